"""Server: HTTP on this machine for the three services of the fake Cloud Foundry."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from twicetold.testing.controller import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twicetold.testing.controller import Said

    _Answer = Callable[["Asked"], Said]


@dataclass(frozen=True)
class Asked:
    """A request.

    Attributes:
        method: Of HTTP.
        path: Without its query.
        query: Parameters of the address.
        authorization: The header.
        body: As it came.
    """

    method: str
    path: str
    query: dict[str, str]
    authorization: str
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def json(self) -> dict[str, Any]:
        """The object of a JSON body; empty where it is none."""
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass
class Trouble:
    """What goes wrong, with which requests, and how often.

    Attributes:
        times: How many requests are still to be hit.
        method: A regular expression for the whole method.
        path: A regular expression to be found in the path with its query.
        status: What is answered; 0 breaks the connection.
        headers: Of that answer.
        is_late: Whether what was asked for is done all the same.
    """

    times: int
    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    is_late: bool


@dataclass
class Limit:
    """How many requests an account may make within a period.

    Attributes:
        requests: How many; None for no limit.
        seconds: The length of a period.
    """

    requests: int | None = None
    seconds: float = 1.0
    _count: int = 0
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self) -> tuple[bool, dict[str, str]]:
        """Whether one more is allowed, and what the platform says about it."""
        if self.requests is None:
            return True, {}
        with self._lock:
            if time.time() >= self._until:
                self._count, self._until = 0, time.time() + self.seconds
            self._count += 1
            left = max(0, self.requests - self._count)
            reset = str(int(self._until) + 1)
            headers = {
                "X-RateLimit-Limit": str(self.requests),
                "X-RateLimit-Remaining": str(left),
                "X-RateLimit-Reset": reset,
            }
            is_allowed = self._count <= self.requests
        # The second of the clock at which the next period begins, not a number of seconds.
        return is_allowed, headers if is_allowed else headers | {"Retry-After": reset}


class Server:
    """Listens on a free port; answers as it is told, unless something is to go wrong.

    Attributes:
        base: Its address.
        limit: On requests to the Cloud Controller.
        seen: Method and path, with its query, of every request.
    """

    def __init__(self, answer: _Answer, host: str) -> None:
        self.limit = Limit()
        self.seen: list[tuple[str, str]] = []
        self._answer = answer
        self._troubles: list[Trouble] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer((host, 0), type("Handler", (_Handler,), {"server_of": self}))
        self._server.block_on_close = False
        self.base = f"http://{host}:{self._server.server_port}"

    def start(self) -> None:
        """Begins to answer."""
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Answers no more."""
        self._server.shutdown()
        self._server.server_close()

    def add(self, trouble: Trouble) -> None:
        """Lets something go wrong, after what was added before."""
        with self._lock:
            self._troubles.append(trouble)

    def respond(self, asked: Asked, address: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Status, body and headers of the answer to a request; the status 0 is none."""
        trouble = self._take(asked.method, address)
        if trouble and not trouble.is_late:
            return trouble.status, _page(trouble.status), dict(trouble.headers)
        headers: dict[str, str] = {}
        if asked.path.startswith("/v3/"):  # the root is free
            is_allowed, headers = self.limit.take()
            if not is_allowed:
                return *refusal("CF-RateLimitExceeded", "Rate Limit Exceeded"), headers
        status, content = self._answer(asked)
        if trouble:
            return trouble.status, _page(trouble.status), dict(trouble.headers)
        return status, content, headers

    def _take(self, method: str, address: str) -> Trouble | None:
        with self._lock:
            self.seen.append((method, address))
            for trouble in self._troubles:
                if trouble.times and re.fullmatch(trouble.method, method) and re.search(trouble.path, address):
                    trouble.times -= 1
                    return trouble
        return None


def _page(status: int) -> dict[str, Any]:
    """The body that goes with a status of the server's own trouble; routers send none."""
    if status == 429:
        return refusal("CF-RateLimitExceeded", "Rate Limit Exceeded")[1]
    if status == 503:
        detail = "Task workers are unavailable: connection refused"
        return {"errors": [{"detail": detail, "title": "CF-TaskWorkersUnavailable", "code": 170020}]}
    return {}


class _Handler(BaseHTTPRequestHandler):
    server_of: Server
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True  # or each answer would wait for the client's acknowledgement of its headers

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        asked = Asked(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query)),
            authorization=self.headers.get("Authorization", ""),
            body=body,
        )
        status, content, headers = self.server_of.respond(asked, self.path)
        if not status:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        data = json.dumps(content).encode("utf-8") if content else b""
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json; charset=utf-8"} | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the base class's words

    def log_message(self, *_: object) -> None:
        """Nothing: whoever wants to know looks at ``seen``."""
