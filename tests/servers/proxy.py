"""An HTTP proxy that misbehaves as it is told: errors, slow answers, and answers cut in the middle."""

from __future__ import annotations

import http.client
import re
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

_HOP = {"connection", "keep-alive", "transfer-encoding"}


@dataclass
class Fault:
    """What goes wrong, with which requests, and how often.

    Attributes:
        times: How many requests are still to be hit.
        method: A regular expression for the whole method.
        path: A regular expression to be found in the path with its query.
        status: Answer this at once instead of asking the server.
        delay: Seconds to wait before anything else.
        cut: Send only half of the server's answer and close; the server has done what it was asked.
        then: Done after the server has answered, and before the answer goes on.
    """

    times: int
    method: str = ".*"
    path: str = ""
    status: int | None = None
    delay: float = 0
    cut: bool = False
    then: Callable[[], object] = lambda: None


class FaultProxy:
    """Between ``endpoint`` and a server; faults are taken in the order in which they were given.

    Attributes:
        endpoint: Where clients find it.
        seen: Method and path of every request so far.
    """

    def __init__(self, host: str, port: int) -> None:
        self.behind = (host, port)
        self.seen: list[tuple[str, str]] = []
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._server = ThreadingHTTPServer((host, 0), type("Handler", (_Handler,), {"proxy": self}))
        self._server.block_on_close = False
        self.endpoint = f"http://{host}:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def fail(self, times: int = 1, status: int = 500, *, method: str = ".*", path: str = "") -> None:
        """Answers the next requests with an error of the server's."""
        self._add(Fault(times, method, path, status=status))

    def delay(self, seconds: float, times: int = 1, *, method: str = ".*", path: str = "") -> None:
        """Lets the next requests wait, and then does what they ask."""
        self._add(Fault(times, method, path, delay=seconds))

    def cut(
        self, times: int = 1, *, method: str = ".*", path: str = "", then: Callable[[], object] = lambda: None
    ) -> None:
        """Does what the next requests ask, then something else, and breaks off in the middle of the answer."""
        self._add(Fault(times, method, path, cut=True, then=then))

    def heal(self) -> None:
        """Forgets all faults."""
        with self._lock:
            self._faults.clear()

    def _add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def take(self, method: str, path: str) -> Fault:
        """The fault for a request; one without any trouble if there is none."""
        with self._lock:
            self.seen.append((method, path))
            for fault in self._faults:
                if fault.times and re.fullmatch(fault.method, method) and re.search(fault.path, path):
                    fault.times -= 1
                    return fault
        return Fault(0)

    def wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)


class _Handler(BaseHTTPRequestHandler):
    proxy: FaultProxy
    protocol_version = "HTTP/1.1"
    timeout = 60

    def _serve(self) -> None:
        body = self._body()
        fault = self.proxy.take(self.command, self.path)
        self.proxy.wait(fault.delay)
        try:
            if fault.status:
                self._answer(
                    fault.status, [("Content-Type", "application/xml")], b"<Error><Code>InternalError</Code></Error>"
                )
            else:
                self._forward(body, fault)
        except (OSError, http.client.HTTPException):
            self.close_connection = True

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _serve  # noqa: N815 - the base class's words

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _forward(self, body: bytes, fault: Fault) -> None:
        """The Host header goes on as it came: it is part of what the client signed."""
        connection = http.client.HTTPConnection(*self.proxy.behind, timeout=30)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in {*_HOP, "expect", "content-length"}:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            data = answer.read()
            headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
            fault.then()
            self._answer(answer.status, headers, data, cut=fault.cut)
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], data: bytes, *, cut: bool = False) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if self.command == "HEAD" or name.lower() != "content-length":
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(data)))
        if cut:
            self.close_connection = True
            if not data:  # then the status line and headers are what is cut
                return
            self.end_headers()
            self.wfile.write(data[: len(data) // 2])
            return
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing: the tests look at ``seen``."""
