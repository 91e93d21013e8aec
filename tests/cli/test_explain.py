"""``twicetold explain``: the evidence of two texts."""

from __future__ import annotations

import json
import math
import re

import pytest

PAIR = ("Raise attendance to 85% in the toddler rooms.", "Raise attendance to 90% in the toddler rooms.")


def test_the_waterfall_adds_up(run):
    lines = run("explain", *PAIR).stdout.splitlines()
    numbers = {match[1]: float(match[2]) for line in lines if (match := re.match(r"([\w-]+) +([+-]\d+\.\d\d)\b", line))}
    total = numbers.pop("total")
    assert "baseline" in numbers
    assert "number-clash" in numbers
    assert sum(numbers.values()) == pytest.approx(total, abs=0.005 * (len(numbers) + 1))
    stated = float(re.search(r"probability (\d\.\d+)", lines[0])[1])
    assert 1 / (1 + math.exp(-total)) == pytest.approx(stated, abs=0.01)


def test_the_words_are_named(run):
    text = run("explain", "Paint the kitchen blue.", "Paint the kitchen green.").stdout
    assert "in both: paint, kitchen" in text
    assert "only in the first: blue" in text
    assert "only in the second: green" in text


def test_identical_texts_need_no_evidence(run):
    result = run("explain", "Train all staff.", "TRAIN ALL STAFF")
    assert result.stdout == "duplicate (probability 1.000): identical after normalisation\n"


def test_json_holds_everything_and_nothing_infinite(run):
    different = json.loads(run("explain", *PAIR, "--json").stdout)
    assert sum(piece["log_odds"] for piece in different["evidence"]) == pytest.approx(different["log_odds"], abs=1e-4)
    assert different["clash"] == [["number", "85%", "90%"]]
    same = json.loads(run("explain", "a goal", "A goal", "--json").stdout)
    assert (same["probability"], same["log_odds"], same["verdict"]) == (1.0, None, "duplicate")


@pytest.mark.parametrize("text", ["", "  ", ".", "n/a"])
@pytest.mark.parametrize("place", ["first", "second"])
def test_a_text_that_says_nothing_is_an_error(run, text, place):
    texts = ("a goal", text) if place == "second" else (text, "a goal")
    result = run("explain", *texts)
    assert result.exit_code == 4
    assert f"the {place} text says nothing that could be compared" in result.stderr


def test_a_text_may_begin_with_a_hyphen(run):
    assert run("explain", "-5% injuries in the gym", "--json is a format").exit_code == 0


def test_one_text_is_not_enough(run):
    assert run("explain", "a goal").exit_code == 2


def test_texts_do_not_steer_the_terminal(run):
    assert "\x1b" not in run("explain", "Paint the \x1b[31mkitchen", "Paint the \x1b[2Jgym").stdout
