"""Services with pages over stores that hold the results of real runs: the shipped example, and records that bite."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pages.site import Site
from program.profiles import goals_profile
from program.running import Program, Running
from servers.process import HOST, free_ports
from twicetold.service.keys import new_key

if TYPE_CHECKING:
    from program.stores import Store

EXAMPLE = Path(__file__).parents[2] / "src" / "twicetold" / "data" / "demo" / "goals.csv"
KEYS = {
    "ann": (["read", "decide", "run"], None),
    "bob": (["read", "decide", "run"], None),
    "reader": (["read"], None),
    "own": (["read", "decide", "run"], ["small"]),
}
ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)> & \"quotes\" 'too' {{ 7*7 }}"
#: Records whose texts bite: markup, formulas, signs that turn the direction, a very long word, and 1,100 alike.
BITING = (
    ("=cmd", f"Train {ATTACK} all teachers on safe sleep.", "small"),
    ("b2", f"train {ATTACK} all teachers on safe sleep", "small"),
    ("<b>3", '=HYPERLINK("http://evil.example") Serve breakfast at 8 a.m. every day.', "small"),
    ("b4", '=HYPERLINK("http://evil.example") serve breakfast at 8 a.m. every day', "small"),
    ("b5", "\u202eevil\u202c הגדלת מעורבות המשפחה ל-85% by June.", "small"),
    ("b6", "\u202eevil\u202c הגדלת מעורבות המשפחה ל-85% by june", "small"),
    ("b7", "Open a center in " + "Llanfairpwllgwyngyll" * 20 + ". " + "Very long indeed. " * 150, "small"),
    ("b8", "open a center in " + "Llanfairpwllgwyngyll" * 20 + ". " + "Very long indeed. " * 150, "small"),
    *(
        (f"h{number:04}", "Plant trees around the playground." + "!" * (number % 3), "huge/?&#")
        for number in range(1100)
    ),
)


def pytest_configure(config):
    config.addinivalue_line("markers", "browser: runs in Chromium")


def _example(folder: Path) -> None:
    (folder / "goals.csv").write_bytes(EXAMPLE.read_bytes())
    (folder / "goals.toml").write_text(goals_profile(name="goal_id", text="goal_text", scope="recipient_id"))


def _biting(folder: Path) -> None:
    rows = ({"id": name, "text": text, "scope": scope, "status": ATTACK} for name, text, scope in BITING)
    (folder / "goals.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "goals.toml").write_text(goals_profile("jsonl"))


WRITE = {"example": _example, "biting": _biting}


@pytest.fixture(scope="session")
def filled(stores, tmp_path_factory):
    """Stores with the results of a run, by what they hold and kind: others are copied from them."""
    made: dict[tuple[str, str], Store] = {}

    def filled(what: str, kind: str) -> Store:
        if (what, kind) not in made:
            folder, store = tmp_path_factory.mktemp("filled"), stores(kind)
            WRITE[what](folder)
            ended = Program(folder, TWICETOLD_STORE=store.address).run()
            assert ended.summary["state"] == "published", ended.err
            made[what, kind] = store
        return made[what, kind]

    return filled


@pytest.fixture(scope="session")
def start(filled, stores, tmp_path_factory):
    """Starts a service over a copy of some results; every one of them ends with the tests."""
    started: list[Running] = []

    def start(what: str, kind: str = "sqlite", *, keys: dict | None = None) -> Site:
        folder = tmp_path_factory.mktemp("site")
        WRITE[what](folder)
        store = stores.copy(filled(what, kind))
        made, lines = {}, []
        for name, (may, scopes) in (keys or {}).items():
            made[name], entry = new_key(name, may=may, profiles=None, scopes=scopes, days=1)
            lines.append(f'{name} = "{entry}"')
        if lines:
            (folder / "twicetold.toml").write_text("\n".join(["[services.twicetold-keys]", *lines, ""]))
        program = Program(folder, TWICETOLD_STORE=store.address)
        (port,) = free_ports(1)
        process = program.start("serve", "--host", HOST, "--port", port, "--profile", "goals")
        started.append(process)
        process.wait_for("service.started")
        site = Site(process, port, made, store, program)
        assert process.is_alive(), process._errors
        if not keys:
            site.enter()
        return site

    yield start
    for process in started:
        if process.is_alive():
            process.send(signal.SIGTERM)


@pytest.fixture(scope="session")
def example(start):
    """The shipped example, for whoever came by the link; no test changes it."""
    return start("example")


@pytest.fixture(scope="session")
def biting(start):
    """Records that bite, for callers with keys; no test decides anything there."""
    return start("biting", keys=KEYS)


@pytest.fixture(params=["sqlite", "postgres"])
def site(request, start):
    """The shipped example of the test's own, for callers with keys."""
    return start("example", request.param, keys=KEYS)
