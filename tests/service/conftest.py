"""The service as a process over stores that hold the results of a real run, and callers with keys of every kind."""

from __future__ import annotations

import http.client
import json
import signal
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from program.profiles import goals_profile
from program.running import Program, Running, until
from servers.openid import Browser
from servers.process import HOST, free_ports
from twicetold.service.keys import new_key

if TYPE_CHECKING:
    from pathlib import Path

    from program.stores import Store

OWN, FOREIGN = "own", "foreign"
#: Records of two scopes; in each the first two say the same, in other words than the third.
GOALS = (
    ("o1", "Train all teaching staff on safe sleep practices.", OWN),
    ("o2", "train ALL teaching staff on safe-sleep practices", OWN),
    ("o3", "Repair the roof of the main building.", OWN),
    ("o4", "Fix the roof of the main building.", OWN),
    ("f1", "Hold monthly family meetings at every canary center.", FOREIGN),
    ("f2", "hold monthly family meetings at every canary center", FOREIGN),
    ("f3", "Buy new buses.", FOREIGN),
    ("f4", "Plant trees around the playground.", FOREIGN),
)
#: What keys may be like: actions and scopes.
KINDS = {
    "reader": (["read"], None),
    "decider": (["read", "decide"], None),
    "runner": (["run"], None),
    "all": (["read", "decide", "run"], None),
    "admin": (["admin"], None),
    "own": (["read", "decide", "run"], [OWN]),
}


@dataclass(frozen=True)
class Reply:
    """An answer of the service."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Service:
    """A service at work.

    Attributes:
        process: It.
        port: Where it listens.
        keys: By name.
        store: Where its results are.
        program: Runs other commands over the same store.
    """

    process: Running
    port: int
    keys: dict[str, str]
    store: Store
    program: Program
    _last: dict[str, Any] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None = "all", **headers: str) -> Reply:
        """Sends a request; ``key`` is the name of a key, or None to send none."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            sent["Authorization"] = f"Bearer {self.keys.get(key, key)}"
        if body is not None and not isinstance(body, bytes):
            body, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=30)) as connection:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def get(self, path: str, *, key: str | None = "all", **query: Any) -> Reply:
        return self.ask("GET", f"{path}?{urlencode(query)}" if query else path, key=key)

    def post(self, path: str, body: Any, *, key: str | None = "all", **headers: str) -> Reply:
        return self.ask("POST", path, body, key=key, **headers)

    def match(self, text: str, scope: str = OWN, **more: Any) -> Reply:
        return self.post("/v1/matches", {"text": text, "scope": scope, **more})

    @property
    def said(self) -> str:
        """All that it has written."""
        return "".join(self.process.said) + "".join(self.process._errors)

    def end(self):
        return self.process.terminate()


def write_goals(folder: Path, goals=GOALS) -> None:
    lines = ["id,text,scope", *(",".join(goal) for goal in goals)]
    (folder / "goals.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def filled(stores, tmp_path_factory):
    """Stores with the results of a run, by kind; others are copied from them."""
    made: dict[str, Store] = {}

    def filled(kind: str) -> Store:
        if kind not in made:
            folder, store = tmp_path_factory.mktemp("filled"), stores(kind)
            write_goals(folder)
            (folder / "goals.toml").write_text(goals_profile())
            assert Program(folder, TWICETOLD_STORE=store.address).run().summary["state"] == "published"
            made[kind] = store
        return made[kind]

    return filled


@pytest.fixture(scope="session")
def start(filled, stores, tmp_path_factory):
    """Starts a service over a copy of the results, or over the store of one like it; all end with the tests."""
    started: list[Running] = []

    def start(
        kind: str,
        *arguments: str,
        kinds: dict[str, tuple] = KINDS,
        login: dict[str, str] | None = None,
        like: Service | None = None,
        wait: bool = True,
        **variables: str,
    ) -> Service:
        folder = tmp_path_factory.mktemp("service")
        write_goals(folder)
        (folder / "goals.toml").write_text(goals_profile())
        copied = like.store if like else stores.copy(filled(kind))
        keys, lines = {}, []
        for name, (may, scopes) in kinds.items():
            keys[name], entry = new_key(name, may=may, profiles=None, scopes=scopes, days=1)
            lines.append(f'{name} = "{entry}"')
        lines = ["[services.twicetold-keys]", *lines, ""] if lines else []
        if login:
            lines += ["[services.twicetold-login]", *(f"{name} = {json.dumps(value)}" for name, value in login.items())]
        (folder / "twicetold.toml").write_text("\n".join([*lines, ""]))
        program = Program(folder, TWICETOLD_STORE=copied.address, **variables)
        (port,) = free_ports(1)
        process = program.start("serve", "--host", HOST, "--port", port, "--profile", "goals", *arguments)
        started.append(process)
        service = Service(process, port, keys, copied, program)
        if wait:
            process.wait_for("service.started")
            assert process.is_alive(), service.said
        return service

    yield start
    for process in started:
        if process.is_alive():
            process.kill()


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def shared(request, start):
    """A service whose results no test changes."""
    return start(request.param)


@pytest.fixture(params=["sqlite", "postgres"])
def service(request, start):
    """A service of the test's own."""
    service = start(request.param)
    yield service
    if service.process.is_alive():
        assert service.process.send(signal.SIGTERM).status == 128 + signal.SIGTERM


@pytest.fixture
def follows():
    """Waits until something that another process has done is seen here."""
    return lambda condition: until(condition, seconds=30)


@pytest.fixture(scope="session")
def browser():
    """Opens a browser that knows the address at which people reach a service."""
    return lambda service: Browser(service.port)


@pytest.fixture(scope="session")
def goals():
    """Id, text and scope of each record."""
    return GOALS


@pytest.fixture(scope="session")
def groups(shared):
    """The id of the groups of each scope."""
    found: dict[str, list[str]] = {}
    for row in shared.get("/v1/groups").json["groups"]:
        found.setdefault(row["scope"], []).append(row["id"])
    return found
