"""How fast `twicetold serve` answers while people type: one of them after another, and a hundred at once.

Starts the service as a process of its own over a SQLite store with the results of a run over generated goals, and asks
it over HTTP on this machine. A person's keystrokes are the beginnings of a goal, three characters apart.

    python benchmarks/serve.py            # writes the section into docs/benchmarks.md
    python benchmarks/serve.py --print-only
"""

from __future__ import annotations

import argparse
import csv
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
from pathlib import Path
from typing import TYPE_CHECKING

from document import publish
from generate import generate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HOST = "127.0.0.1"
SCOPE = "r00000"
PROFILE = """
[source]
kind = "files"
files = ["goals.csv"]
[records]
id = "id"
text = "text"
scope = "scope"
"""
COLUMNS = ("what is asked", "requests", "a second", "p50", "p95", "p99", "largest")


class Person:
    """One who types: a connection that stays, and a session of their own."""

    def __init__(self, port: int, cookie: str) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)
        self._headers = {"Cookie": cookie, "Content-Type": "application/json"}

    def asks(self, text: str) -> float:
        """Seconds from sending a text to having all of the answer."""
        body = json.dumps({"text": text, "scope": SCOPE, "limit": 10})
        begin = time.perf_counter()
        self._connection.request("POST", "/v1/matches", body, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{answer.status}: {content.decode()}")
        return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--goals", type=int, default=500, help="records of the scope")
    parser.add_argument("--people", type=int, default=100, help="who type at once")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two requests of one of them")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long they do")
    parser.add_argument("--print-only", action="store_true", help="leave the page alone")
    options = parser.parse_args()
    rows = list(generate(options.goals, 1, 7))
    others = list(generate(options.goals, 1, 8))  # who types has something else in mind, but in the same trade
    texts = [row.goal_text for row in (*rows[::10], *others[::10])]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "goals.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("id", "text", "scope"), *((r.goal_id, r.goal_text, SCOPE) for r in rows)])
        (folder / "goals.toml").write_text(PROFILE, encoding="utf-8")
        twicetold = [sys.executable, "-m", "twicetold"]
        subprocess.run([*twicetold, "run", "--profile", "goals"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        command = [*twicetold, "serve", "--port", "0", "--profile", "goals"]
        process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        try:
            port, cookie = enter(process)
            table = measure(port, cookie, texts, options)
            peak = memory(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
    told = (
        f"{options.goals} goals in one scope, the text of whoever types against all of them; "
        f"{options.people} people type at once, and each sends a text {options.pause:g} s after the last answer, at"
        " times of their own. Client and service share the machine. The service's memory at the end: "
        f"{peak >> 20} MiB."
    )
    publish("serve", f"{told}\n\n{table}", print_only=options.print_only)


def measure(port: int, cookie: str, texts: Sequence[str], options: argparse.Namespace) -> str:
    """The table."""
    one = Person(port, cookie)
    cold = one.asks(texts[0])
    for text in keystrokes(texts[:5]):  # warm
        one.asks(text)
    begin = time.perf_counter()
    alone = [one.asks(text) for text in keystrokes(texts[5:45])]
    rows = [("the first text, its scope not yet in memory", [cold], cold)]
    rows.append(("one person, keystroke after keystroke", alone, time.perf_counter() - begin))
    begin = time.perf_counter()
    together = at_once(port, cookie, texts, options)
    rows.append((f"{options.people} people at once", together, time.perf_counter() - begin))
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---|" + "---:|" * (len(COLUMNS) - 1)]
    return "\n".join([*lines, *(line(*row) for row in rows)])


def at_once(port: int, cookie: str, texts: Sequence[str], options: argparse.Namespace) -> list[float]:
    """What each request of all people took."""
    until, found = time.perf_counter() + options.seconds, list[float]()
    lock = threading.Lock()

    def types(number: int) -> None:
        person, took = Person(port, cookie), []
        time.sleep(options.pause * number / options.people)
        while time.perf_counter() < until:
            for text in keystrokes(texts[number % len(texts) :]):
                took.append(person.asks(text))
                time.sleep(options.pause)
                if time.perf_counter() >= until:
                    break
        with lock:
            found.extend(took)

    people = [threading.Thread(target=types, args=(number,)) for number in range(options.people)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    return found


def keystrokes(texts: Sequence[str]) -> Iterator[str]:
    """What is in the field after every third key, text after text."""
    for text in texts:
        yield from (text[:length] for length in range(12, len(text) + 1, 3))


def line(told: str, took: Sequence[float], seconds: float) -> str:
    shares = statistics.quantiles(took, n=100) if len(took) > 1 else [took[0]] * 99
    figures = [f"{value * 1000:.1f} ms" for value in (shares[49], shares[94], shares[98], max(took))]
    return "| " + " | ".join([told, f"{len(took):,}", f"{len(took) / seconds:.0f}", *figures]) + " |"


def enter(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The port of a service, and the cookie of a session there."""
    assert process.stderr is not None
    for said in process.stderr:
        if found := re.search(rf"http://{HOST}:(\d+)(/login\S+)", said):
            port = int(found[1])
            connection = http.client.HTTPConnection(HOST, port, timeout=60)
            connection.request("GET", found[2])
            cookie = connection.getresponse().getheader("Set-Cookie", "")
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return port, cookie.partition(";")[0]
    raise SystemExit("the service does not start")


def memory(pid: int) -> int:
    """Bytes that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
