"""A service at work for benchmarks: `twicetold serve` over generated goals, and people who ask it over HTTP."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from generate import Row, write

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from servers.postgres import Postgres
from servers.process import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_Seen = TypeVar("_Seen")
HOST = "127.0.0.1"
STORES = ("SQLite", "PostgreSQL")
#: Tasks that were at work or waited for a processor before this began: other work on the machine makes answers slower.
LOAD = os.getloadavg()[0]
FIGURES = ("p50", "p95", "p99", "largest")
PROFILE = """
[source]
kind = "files"
files = ["goals.csv"]
[records]
id = "goal_id"
text = "goal_text"
scope = "recipient_id"
"""


class Service:
    """A service at work.

    Attributes:
        port: Where it listens.
        cookie: Of the session of whoever asks.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._proc = Path(f"/proc/{process.pid}")
        assert process.stderr is not None
        for said in process.stderr:
            if found := re.search(rf"http://{HOST}:(\d+)(/login\S+)", said):
                break
        else:
            raise SystemExit("the service does not start")
        threading.Thread(target=process.stderr.read, daemon=True).start()
        self.port = int(found[1])
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        connection.request("GET", found[2])
        self.cookie = connection.getresponse().getheader("Set-Cookie", "").partition(";")[0]

    @property
    def memory(self) -> int:
        """Bytes that it holds."""
        return int((self._proc / "statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")

    @property
    def worked(self) -> float:
        """Seconds that processors have worked for it."""
        fields = (self._proc / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request.

    Attributes:
        status: Of HTTP; 0 where there was no answer.
        seconds: From sending it to having all of the answer.
        content: The answer.
    """

    status: int
    seconds: float
    content: bytes

    @property
    def json(self) -> dict[str, Any]:
        """What it says."""
        found: dict[str, Any] = json.loads(self.content)
        return found


class Person:
    """One who asks, over a connection that stays."""

    def __init__(self, service: Service) -> None:
        self._connection = http.client.HTTPConnection(HOST, service.port, timeout=60)
        self._headers = {"Cookie": service.cookie, "Content-Type": "application/json"}

    def asks(self, method: str, path: str, body: object = None) -> Answer:
        sent = json.dumps(body) if body is not None else None
        begin = time.perf_counter()
        try:
            self._connection.request(method, path, sent, self._headers)
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return Answer(0, time.perf_counter() - begin, b"")
        return Answer(answer.status, time.perf_counter() - begin, content)

    def matches(self, text: str, scope: str) -> Answer:
        return self.asks("POST", "/v1/matches", {"text": text, "scope": scope, "limit": 10})


@contextmanager
def store_of(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty store of a kind."""
    if kind == "SQLite":
        yield f"sqlite:///{folder}/store.db"
    else:
        with running(Postgres()) as database:
            assert isinstance(database, Postgres)
            yield database.url()


@contextmanager
def at_work(kind: str, goals: Sequence[Row]) -> Iterator[Service]:
    """A service as a process of its own, over the results of a run."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        variables = {**os.environ, "TWICETOLD_STORE": stack.enter_context(store_of(kind, folder))}
        write(list(goals), folder / "goals.csv")
        (folder / "goals.toml").write_text(PROFILE, encoding="utf-8")
        twicetold = [sys.executable, "-m", "twicetold"]
        for command in (("db", "upgrade"), ("run", "--profile", "goals")):
            subprocess.run([*twicetold, *command], cwd=folder, env=variables, check=True, stdout=subprocess.DEVNULL)
        process = subprocess.Popen(
            [*twicetold, "serve", "--port", "0", "--profile", "goals"],
            cwd=folder,
            env=variables,
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            yield Service(process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def parser(told: str | None, seconds: float) -> argparse.ArgumentParser:
    """The options of a benchmark in which people ask at once."""
    found = argparse.ArgumentParser(description=told, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--people", type=int, default=100, help="who ask at once")
    found.add_argument("--pause", type=float, default=1.0, help="seconds between two requests of one of them")
    found.add_argument("--seconds", type=float, default=seconds, help="how long they do")
    found.add_argument("--print-only", action="store_true", help="leave the page alone")
    return found


def at_once(
    service: Service, options: argparse.Namespace, asks: Callable[[Person, int], Iterable[_Seen]]
) -> list[_Seen]:
    """What people see who ask at once, each at times of their own.

    Args:
        service: Whom they ask.
        options: How many ``people`` they are, for how many ``seconds``, and their ``pause`` between two requests.
        asks: What the person of a number asks, one thing after the other.
    """
    until, found, lock = time.perf_counter() + options.seconds, list[_Seen](), threading.Lock()

    def acts(number: int) -> None:
        seen = []
        time.sleep(options.pause * number / options.people)
        for each in asks(Person(service), number):
            seen.append(each)
            time.sleep(options.pause)
            if time.perf_counter() >= until:
                break
        with lock:
            found.extend(seen)

    people = [threading.Thread(target=acts, args=(number,)) for number in range(options.people)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    return found


def keystrokes(texts: Iterable[str]) -> Iterator[str]:
    """What is in the field after every third key, text after text."""
    for text in texts:
        yield from (text[:length] for length in range(12, len(text) + 1, 3))


def figures(took: Sequence[float]) -> list[str]:
    """Half, 95% and 99% of some times are at most so long, and all of them."""
    shares = statistics.quantiles(took, n=100, method="inclusive") if len(took) > 1 else [took[0]] * 99
    return [f"{value * 1000:.1f} ms" for value in (shares[49], shares[94], shares[98], max(took))]
