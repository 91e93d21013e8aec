"""Runs over a scope that counts as large: what is encoded is kept, what is missed is held to a gate."""

from __future__ import annotations

import os
import sys

import pytest

from program.running import Running, until

#: The program with constants so low that a few dozen texts are very many.
PROGRAM = """
import os, time
from twicetold import pipeline
from twicetold.cli import main
from twicetold.engines import large, searching
from twicetold.matching import neighbors, plan, suggested
from twicetold.runs import comparing

for module in (pipeline, searching, comparing):
    module.EXACT = 40
plan.LARGE = large.LARGE = 50
large._ROWS = 32
comparing._VECTORS = 16
packed, count = comparing.pack, 0

def pack(meaning):
    global count
    count += 1
    if count == int(os.environ.get("STOP_AT", 0)):
        print('{"event":"middle"}', flush=True)
        time.sleep(600)
    return packed(meaning)

comparing.pack = pack
if "MISS" in os.environ:
    nothing = neighbors.each_once(neighbors.np.empty((0, 2), neighbors.np.int64))
    neighbors.Search.pairs = lambda *_of, **_how: nothing
    suggested.pairs_by_wording = lambda _block: nothing
main()
"""


@pytest.fixture
def begin_large(tmp_path):
    """Begins a run of the profile with these constants; its files go into a folder of their own."""
    started, script = [], tmp_path / "low.py"
    script.write_text(PROGRAM)
    (tmp_path / "spare").mkdir()

    def begin(place, **variables):
        command = [sys.executable, str(script), "run", "--profile", "goals"]
        own = {"TWICETOLD_WORK_DIR": str(tmp_path / "spare"), **place.program.variables, **variables}
        started.append(Running(command, place.folder, {**os.environ, **own}))
        return started[-1]

    yield begin
    for running in started:
        if running.is_alive():
            running.kill()


@pytest.fixture
def run_large(begin_large, tmp_path):
    """Runs the profile with these constants to its end, which leaves none of its files."""

    def run(place, **variables):
        ended = begin_large(place, **variables).end()
        assert "Traceback" not in ended.out + ended.err, ended.err
        assert list((tmp_path / "spare").iterdir()) == []
        return ended

    return run


@pytest.fixture
def one_scope(place_of, stores):
    """Makes a place with goals in one scope."""

    def one_scope(kind="sqlite", name="work"):
        place = place_of(stores(kind), name)
        place.goals.generate(120, 1)
        return place

    return one_scope


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_run_that_is_killed_while_it_encodes_does_not_encode_the_same_again(
    one_scope, begin_large, run_large, tmp_path, kind
):
    undisturbed = one_scope(kind, "undisturbed")
    whole = run_large(undisturbed).counts("compare")
    place = one_scope(kind)
    running = begin_large(place, STOP_AT="70")
    running.wait_for("middle")
    until(lambda: place.store.count("vectors") > 0)
    running.kill()
    kept = place.store.count("vectors")
    assert 48 <= kept < 70
    assert list((tmp_path / "spare").iterdir()) == []
    ended = run_large(place)
    assert ended.status == 0
    assert 0 < ended.counts("compare")["texts_encoded"] <= whole["texts_encoded"] - kept
    assert place.files() == undisturbed.files()
    assert place.store.results() == undisturbed.store.results()


def test_the_results_are_those_of_a_run_that_compares_all(one_scope, run_large):
    large, plain = one_scope(name="large"), one_scope(name="plain")
    ended, other = run_large(large), plain.run()
    assert ended.summary["state"] == other.summary["state"] == "published"
    assert large.store.groups() == plain.store.groups()
    assert large.files()["groups.csv"] == plain.files()["groups.csv"]
    every = plain.files()["pairs.csv"].splitlines()
    assert [line for line in every if b",duplicate," in line] == [
        line for line in large.files()["pairs.csv"].splitlines() if b",duplicate," in line
    ]
    assert set(large.files()["pairs.csv"].splitlines()) <= set(every)
    codes = [row["code"] for row in large.store.execute("select code from findings")]
    assert codes.count("pairs-not-compared") == 1
    assert run_large(large).summary["state"] == "noop"


def gate(ended):
    return next((gate for gate in ended.summary["gates"] if gate["gate"] == "duplicates_missed"), None)


def test_a_run_that_misses_too_many_duplicates_is_held(one_scope, run_large):
    place = one_scope()
    held = run_large(place, MISS="1")
    assert (held.status, held.summary["state"], held.summary["error"]) == (7, "held", "TT700")
    assert "duplicates_missed" in held.summary["reason"]
    assert gate(held) == {"gate": "duplicates_missed", "measured": 1.0, "bound": 0.1, "passed": False}
    assert place.files() == {}
    released = place.program("runs", "publish", held.summary["run_id"])
    assert (released.status, released.summary["state"]) == (0, "published")
    assert place.files()


def test_a_gate_that_is_open_or_not_reached_holds_nothing(one_scope, run_large):
    place = one_scope(name="open")
    place.profile(more="[publish.gates]\nduplicates_missed = 1")
    passed = run_large(place, MISS="1")
    assert (passed.status, gate(passed)["measured"], gate(passed)["passed"]) == (0, 1.0, True)
    closed = one_scope(name="closed")
    closed.profile(more="[publish.gates]\nduplicates_missed = 0")
    found = run_large(closed)
    assert (found.status, gate(found)) == (
        0,
        {"gate": "duplicates_missed", "measured": 0.0, "bound": 0.0, "passed": True},
    )


def test_a_scope_that_is_not_large_any_more_is_compared_whole(one_scope, run_large):
    place, fresh = one_scope(), one_scope(name="fresh")
    run_large(place)
    for each in (place, fresh):
        each.goals.edit(next(iter(each.goals.by_id)), text="Paint the fence of the north yard in green.")
    ended, whole = place.run(), fresh.run()
    assert ended.counts("compare")["texts_compared"] == whole.counts("compare")["texts_compared"] > 50
    assert ended.counts("compare")["texts_encoded"] == 1
    assert place.files()["pairs.csv"] == fresh.files()["pairs.csv"]
    assert place.store.results()["compared"] == fresh.store.results()["compared"]
    assert gate(ended) is None
    assert ended.status == 0  # it looks like the run before


def test_a_scope_that_has_grown_large_is_searched_anew(one_scope, run_large):
    place = one_scope()
    every = place.run().counts("compare")["texts_compared"]
    place.goals.edit(next(iter(place.goals.by_id)), text="Paint the fence of the north yard in green.")
    ended = run_large(place)
    assert ended.status == 0
    assert every - 3 <= ended.counts("compare")["texts_compared"] <= every + 1
    assert gate(ended)["measured"] == 0
