"""twicetold model calibrate: from decisions in a store to a model that runs use."""

from __future__ import annotations

import csv
import json

import pytest

from program.profiles import goals_profile
from program.running import Program

THINGS = ("roof", "garden", "kitchen", "playground", "library", "office", "fence", "van", "door", "window")
PLACES = ("north", "south", "east", "west", "upper", "lower", "old", "new", "main", "small")


def rows(edit=""):
    for number in range(120):
        thing, place, other = THINGS[number % 10], PLACES[number // 10 % 10], THINGS[(number + 3) % 10]
        texts = (f"Staff will repair the {thing} of the {place} center in phase {number}{edit}",)
        texts += (
            f"In phase {number} staff fix the {place} center's {thing}",
            f"Families of {place} plan the {other} {number}",
        )
        yield from ((f"{number}{letter}", text, str(number)) for letter, text in zip("abc", texts, strict=True))


@pytest.fixture
def program(tmp_path):
    """A profile that was run."""
    (tmp_path / "goals.toml").write_text(goals_profile())
    program = Program(tmp_path, TWICETOLD_STORE=f"sqlite:///{tmp_path}/store.db")
    write(program, "goals.csv", ["id", "text", "scope"], rows())
    assert program("run", "--profile", "goals").status == 0
    return program


def write(program, name, header, content):
    with (program.folder / name).open("w", newline="") as file:
        csv.writer(file).writerows([header, *content])


def decide(program, count=120):
    """Whoever decides calls a repair and a fix different, and sees all else as the model does."""
    decided = [(f"{n}a", f"{n}b", "different") for n in range(count - 20)]
    decided += [(f"{n}a", f"{n}b", "same") for n in range(count - 20, count)]
    decided += [(f"{n}a", f"{n}c", "different") for n in range(10)]
    write(program, "decided.csv", ["record_a", "record_b", "answer"], decided)
    assert program("decisions", "import", "decided.csv", "--profile", "goals").status == 0


def calibrate(program):
    return program("model", "calibrate", "--profile", "goals", "--out", "new")


def test_decisions_become_a_model_that_runs_use(program):
    decide(program)
    ended = calibrate(program)
    assert ended.status == 0, ended.err
    assert "130 decided pairs, 20 of them the same" in ended.out
    assert "log loss" in ended.out
    assert program("model", "verify", "new").status == 0
    with (program.folder / "goals.toml").open("a") as file:
        file.write('[match]\nmodel = "new"\n')
    assert program("run", "--profile", "goals").status == 0
    last, first = json.loads(program("runs", "list", "--json").out)
    digest = json.loads(program("model", "show", "new", "--json").out)["digest"]
    assert last["model"]["digest"] == digest != first["model"]["digest"]


def test_without_decisions_enough_nothing_is_written(program):
    ended = calibrate(program)
    assert ended.status == 4
    assert "too few" in ended.err
    assert not (program.folder / "new").exists()


def test_texts_that_were_edited_since_are_left_out_and_counted(program):
    decide(program)
    assert program("run", "--profile", "goals").status == 0  # it notes what the texts say
    changed = [(name, text + " soon" if scope == "3" else text, scope) for name, text, scope in rows()]
    write(program, "goals.csv", ["id", "text", "scope"], changed)
    assert program("run", "--profile", "goals").status == 0
    ended = calibrate(program)
    assert "128 decided pairs" in ended.out, ended.err
    assert "2 whose texts were edited since, 0 whose texts are gone" in ended.out


def test_the_last_word_counts_and_unsure_is_none(program):
    decide(program)
    write(program, "decided.csv", ["record_a", "record_b", "answer"], [("0b", "0a", "unsure"), ("1b", "1a", "same")])
    assert program("decisions", "import", "decided.csv", "--profile", "goals").status == 0
    assert "129 decided pairs, 21 of them the same" in calibrate(program).out
