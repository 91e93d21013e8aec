"""What people decided holds in every later run, whatever is edited, imported and run in between."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twicetold.decisions import Answer, Decision
from twicetold.platform.settings import load
from twicetold.runs.execute import execute
from twicetold.runs.operations import import_decisions
from twicetold.runs.profile import load_profile

if TYPE_CHECKING:
    from program.stores import Store

IDS = ("a", "b", "c", "d", "e")
SAYINGS = (
    "Train all staff on active supervision.",
    "All staff will be trained on active supervision.",
    "TRAIN ALL STAFF ON ACTIVE SUPERVISION",
    "Repair the roof of the gym.",
)
PROFILE = """
[source]
kind = "files"
files = ["goals.csv"]
[publish]
report = false
[publish.gates]
grouped_share_change = 1
histogram_drift = 1
rejected_share = 1
"""

edits = st.tuples(st.just("edit"), st.sampled_from(IDS), st.sampled_from(SAYINGS))
moves = st.tuples(st.just("move"), st.sampled_from(IDS), st.sampled_from(("north", "south")))
decided = st.tuples(
    st.just("decide"),
    st.lists(st.sampled_from(IDS), min_size=2, max_size=2, unique=True),
    st.sampled_from((Answer.DIFFERENT, Answer.DIFFERENT, Answer.SAME, Answer.UNSURE)),
)
runs = st.tuples(st.just("run"), st.sampled_from((None, ["north"])))


@pytest.fixture
def upgraded(stores):
    """A store in a file with tables and no rows."""
    return stores("sqlite")


@contextmanager
def handlers_kept():
    """A run in this process heeds signals in its own way; the tests want theirs back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Desk:
    """Goals, a store and a profile, worked with in this process."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store = folder, store
        self.settings = load({"store": store.address, "threads": 1})
        self.texts = dict.fromkeys(IDS, SAYINGS[0])
        self.scopes = dict.fromkeys(IDS, "north")
        self.last: dict[frozenset[str], Answer] = {}
        (folder / "goals.toml").write_text(PROFILE)

    def edit(self, name, text):
        self.texts[name] = text

    def move(self, name, scope):
        self.scopes[name] = scope

    def decide(self, pair, answer):
        import_decisions(self.settings, str(self.folder / "goals.toml"), [Decision(*pair, answer)])
        self.last[frozenset(pair)] = answer

    def run(self, scopes=None):
        lines = [f"{name},{self.texts[name]},{self.scopes[name]}" for name in IDS]
        (self.folder / "goals.csv").write_text("\n".join(["id,text,scope", *lines, ""]))
        with handlers_kept():
            outcome = execute(load_profile(self.folder / "goals.toml"), self.settings, scopes=scopes)
        assert outcome.state in {"published", "noop"}, outcome
        apart = {pair for pair, answer in self.last.items() if answer is Answer.DIFFERENT}
        for members in self.store.groups().values():
            touched = scopes is None or any(self.scopes[member] in scopes for member in members)
            assert not touched or not [pair for pair in apart if pair <= members]
        return list(self.store.groups().values())


# A tracer of coverage that is installed in two threads at once ends the one that begins, here a thread of DBOS that is
# not needed: CPython 3.11 allows only one installation at a time.
@pytest.mark.filterwarnings("ignore:Exception ignored in thread started by:pytest.PytestUnraisableExceptionWarning")
@given(st.lists(edits | moves | decided | runs, min_size=3, max_size=8))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_sequence_of_edits_decisions_and_runs_groups_a_pair_decided_different(upgraded, stores, steps):
    with TemporaryDirectory() as folder:
        desk = Desk(Path(folder), stores.copy(upgraded))
        for name, *values in steps:
            getattr(desk, name)(*values)
        desk.run()


def test_a_decision_takes_a_group_apart_at_the_next_run_and_a_later_one_puts_it_together(upgraded, tmp_path):
    desk = Desk(tmp_path, upgraded)
    assert desk.run() == [set(IDS)]
    desk.decide(("a", "b"), Answer.DIFFERENT)
    assert all(not {"a", "b"} <= members for members in desk.run())
    desk.decide(("a", "b"), Answer.SAME)
    assert desk.run() == [set(IDS)]
