"""The scores of a version of the model never change silently."""

from __future__ import annotations

import csv
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from twicetold import Model

HERE = Path(__file__).parent
golden = SimpleNamespace(**runpy.run_path(str(HERE / "write.py")))


@pytest.fixture(scope="module")
def model():
    return Model()


@pytest.fixture(scope="module")
def rows():
    return golden.read()


@pytest.fixture(scope="module")
def chances(rows, model):
    return golden.scored(rows, model)


def test_no_probability_moves_unless_the_version_does(rows, chances, model):
    version, _ = golden.named(model)
    changes = golden.moved(rows, chances) if {row["model"] for row in rows} == {version} else []
    assert not changes, golden.described(changes, len(rows), version)


def test_the_file_is_about_the_shipped_model(rows, model):
    assert {(row["model"], row["digest"]) for row in rows} == {golden.named(model)}, (
        "the model, its lexicon or its thresholds are not those of tests/golden/scores.csv; if that is wanted, run: "
        "python tests/golden/write.py"
    )


def test_there_are_200_pairs_of_many_kinds_and_fields(rows):
    assert len({row["id"] for row in rows}) == len(rows) == 200
    assert len({row["kind"] for row in rows}) >= 30
    assert len({row["field"] for row in rows}) >= 7


def test_the_probabilities_are_of_all_sizes(rows):
    said = [float(row["probability"]) for row in rows]
    assert min(sum(low <= chance < low + 0.2 for chance in said) for low in (0.0, 0.2, 0.4, 0.6, 0.8)) >= 5


def test_a_move_above_the_tolerance_is_seen_and_one_below_is_not(rows):
    before = [float(row["probability"]) for row in rows]
    assert golden.moved(rows, before) == []
    assert golden.moved(rows, [chance + 0.004 for chance in before]) == []
    changed = [before[0] + 0.006, *before[1:-1], before[-1] - 0.1]
    assert [change.split(":")[0] for change in golden.moved(rows, changed)] == [rows[-1]["id"], rows[0]["id"]]


@pytest.fixture
def other(rows):
    """A file in which one probability is not that of the model."""
    return [{**rows[0], "probability": f"{1 - float(rows[0]['probability']):.4f}"}, *rows[1:]]


def test_scores_that_moved_are_not_written_while_the_version_stays(other, model):
    assert abs(float(other[0]["probability"]) - 0.5) > golden.TOLERANCE
    same = [{**row, "model": golden.named(model)[0]} for row in other]
    with pytest.raises(SystemExit, match=r"of 200 .* python tests/golden/write\.py"):
        golden.rewritten(same, model)


def test_scores_of_a_new_or_unreleased_version_are_written(other, model):
    older = [{**row, "model": "twicetold-goals 0.0.1"} for row in other]
    texts = {golden.rewritten(older, model), golden.rewritten(other, model, unreleased=True)}
    assert len(texts) == 1
    written = list(csv.DictReader(texts.pop().splitlines(keepends=True)))
    assert [row["text_a"] for row in written] == [row["text_a"] for row in other]
    assert {(row["model"], row["digest"]) for row in written} == {golden.named(model)}
    assert golden.moved(written, golden.scored(written, model)) == []
