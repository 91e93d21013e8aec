"""Runs as they happen: a folder with goals and a profile, a store on either database, and the program as a process."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from program.running import Program, Running

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from program.stores import Store
    from twicetold.platform.services import Bucket

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))


@dataclass(frozen=True)
class Goal:
    """A record of the tests."""

    id: str
    text: str
    scope: str
    created_at: str = ""


@dataclass
class Goals:
    """A file of goals that can be changed.

    Attributes:
        path: The file.
        by_id: What it holds.
    """

    path: Path
    by_id: dict[str, Goal] = field(default_factory=dict)

    def add(self, *goals: Goal) -> None:
        self.by_id |= {goal.id: goal for goal in goals}
        self.write()

    def generate(self, count: int, scopes: int, *, copies: int = 1, seed: int = 7) -> None:
        """Goals with planted duplicates, each written several times."""
        from generate import generate

        self.add(
            *(
                Goal(f"{row.goal_id}-{copy}", row.goal_text, row.recipient_id, row.created_at)
                for copy in range(copies)
                for row in generate(count, scopes, seed)
            )
        )

    def edit(self, name: str, **columns: str) -> None:
        self.add(replace(self.by_id[name], **columns))

    def remove(self, *names: str) -> None:
        for name in names:
            del self.by_id[name]
        self.write()

    def in_scope(self, scope: str) -> list[Goal]:
        return [goal for goal in self.by_id.values() if goal.scope == scope]

    @property
    def scopes(self) -> list[str]:
        return sorted({goal.scope for goal in self.by_id.values()})

    def write(self) -> None:
        with self.path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("id", "text", "scope", "created_at"))
            writer.writerows((goal.id, goal.text, goal.scope, goal.created_at) for goal in self.by_id.values())


class Place:
    """A folder with goals, a profile, a store and the program.

    Attributes:
        folder: The working folder.
        goals: Its file of goals.
        store: Where results are kept.
        program: Runs commands in the folder.
    """

    def __init__(self, folder: Path, store: Store) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.store = folder, store
        self.goals = Goals(folder / "goals.csv")
        self.program = Program(folder, TWICETOLD_STORE=store.address)
        self.run, self.start = self.program.run, self.program.start
        self.profile()

    def profile(self, publish: str = 'out = "out"', *, name: str = "goals", source: str = "", more: str = "") -> None:
        """Writes a profile."""
        source = source or 'kind = "files"\nfiles = ["goals.csv"]'
        columns = 'id = "id"\ntext = "text"\nscope = "scope"'
        text = f"[source]\n{source}\n[records]\n{columns}\n[publish]\n{publish}\n{more}\n"
        (self.folder / f"{name}.toml").write_text(text, encoding="utf-8")

    def begin(self, *arguments: object) -> Running:
        """Starts a run of the profile."""
        return self.start("run", "--profile", "goals", *arguments)

    def bind(self, bucket: Bucket, endpoint: str | None = None, *, publish: str = 'out = "out"') -> None:
        """Lets runs publish into a bucket, too; through another endpoint than its own where one is given."""
        host = (endpoint or bucket.endpoint).partition("://")[2]
        keys = f"{bucket.access_key.reveal()}:{bucket.secret_key.reveal()}"
        address = f"s3://{keys}@{host}/{bucket.bucket}?scheme=http&region={bucket.region}"
        self.program.variables["TWICETOLD_SERVICE_RESULTS"] = address
        self.profile(f'{publish}\n[publish.s3]\nservice = "results"\nprefix = "told"')

    def files(self) -> dict[str, bytes]:
        """What the folder of results holds, hidden files too, but not what waits for a person."""
        return self._files(self.folder / "out")

    def files_held(self, run_id: str) -> dict[str, bytes]:
        """What a person can look at before the results of a run are released."""
        return self._files(self.folder / "out" / "held" / run_id)

    def _files(self, out: Path) -> dict[str, bytes]:
        found = sorted(out.iterdir()) if out.exists() else []
        return {path.name: path.read_bytes() for path in found if path.name != "held"}


@dataclass
class Shelf:
    """A bucket in which runs put their results.

    Attributes:
        client: Reads it.
        service: What a run is bound to.
    """

    client: BaseClient
    service: Bucket

    def names(self) -> set[str]:
        """The keys of all objects."""
        listed = self.client.list_objects_v2(Bucket=self.service.bucket)
        return {row["Key"] for row in listed.get("Contents", ())}

    def latest(self) -> dict[str, bytes]:
        """The files to which ``latest.json`` leads, and the run under ``run_id``; nothing where there is none."""
        if "told/goals/latest.json" not in self.names():
            return {}
        pointer = json.loads(self._read("told/goals/latest.json"))
        key = pointer["manifest"]["key"]
        files = {name: self._read(f"{key.rpartition('/')[0]}/{name}") for name in json.loads(self._read(key))["files"]}
        return {"run_id": pointer["run_id"], **files}

    def _read(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.service.bucket, Key=key)["Body"].read()


@pytest.fixture(params=["sqlite", "postgres"])
def store(request, stores):
    """An empty store, on SQLite and on PostgreSQL."""
    return stores(request.param)


@pytest.fixture(scope="session")
def make_place():
    """Makes a place; what its program still does at the end of all tests is ended."""
    places = []

    def make_place(folder: Path, store: Store) -> Place:
        places.append(Place(folder, store))
        return places[-1]

    yield make_place
    for place in places:
        place.program.end_all()


@pytest.fixture
def place_of(tmp_path, make_place):
    """Makes a place whose program ends with the test."""
    places = []

    def place_of(store: Store, name: str = "work") -> Place:
        places.append(make_place(tmp_path / name, store))
        return places[-1]

    yield place_of
    for place in places:
        place.program.end_all()


@pytest.fixture
def bucket(s3, s3_bucket):
    """A bucket to look into."""
    bucket = Shelf(s3.client(), s3_bucket)
    yield bucket
    bucket.client.close()


@pytest.fixture
def place(place_of, store):
    """A folder with some ninety goals in three scopes, and a profile that writes into a folder, too."""
    place = place_of(store)
    place.goals.generate(90, 3)
    return place


@pytest.fixture(scope="session")
def _published(stores, make_place, tmp_path_factory):
    """Places in which the profile was run, one for each kind of store."""
    known = {}

    def published(kind):
        if kind not in known:
            known[kind] = make_place(tmp_path_factory.mktemp("published"), stores(kind))
            known[kind].goals.generate(90, 3)
            assert known[kind].run().summary["state"] == "published"
        return known[kind]

    return published


@pytest.fixture(params=["sqlite", "postgres"])
def published(request, _published, place_of, stores):
    """The same as ``place`` after a run."""
    origin = _published(request.param)
    place = place_of(stores.copy(origin.store))
    place.goals.add(*origin.goals.by_id.values())
    shutil.copytree(origin.folder / "out", place.folder / "out")
    return place


@pytest.fixture
def slow(stores):
    """Makes a profile read from a database that takes its time, so that a run stays in the phase ``read``."""

    def slow(place: Place, seconds: float = 60) -> None:
        place.program.variables["TWICETOLD_SERVICE_SLOW"] = stores("postgres").address.replace("+psycopg", "")
        query = f"select 'a' as id, 'Train staff' as text, 'x' as scope, pg_sleep({seconds})::text as slept"
        place.profile(source=f'kind = "postgres"\nservice = "slow"\nquery = "{query}"')

    return slow
