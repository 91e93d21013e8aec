"""Explanations are true: what they name is what moved the probability, and what they add up is what they show.

Each pair of ``evidence_pairs.csv`` was written so that one piece of evidence weighs. What the explanation names is
mended or taken out of the text itself, and the probability has to move the way the explanation said. Only the public
surface is used, so the tests hold for any model whose explanations are sums of named evidence.
"""

from __future__ import annotations

import csv
import json
import math
import random
import re
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold import Record, compare, find
from twicetold.cli import main

#: Sums of a few dozen float64 values below 100.
EXACT = 1e-9
#: Probabilities are rounded to six decimals.
ROUNDED = 1e-6
#: Evidence of stored pairs is float32: a few dozen roundings of values below 100.
STORED = 1e-4


def read_cases():
    """By "for" and "against": the evidence, what is said of it, both texts, and the second one without the evidence."""
    cases = {"for": [], "against": []}
    with PAIRS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            cases[row["speaks"]].append([row[name] for name in ("evidence", "said", "text_a", "text_b", "changed")])
    return cases


def named(case):
    return f"{case[0]} {case[3]}"


PAIRS = Path(__file__).with_name("evidence_pairs.csv")
CASES = read_cases()
WORDS = re.findall(
    r"\S+",
    "train teachers nurses all staff raise lower attendance to 85% 90% by June May 2025 two three centers not weekly "
    "Hilltop infants 🙂 école the of repair roof",
)
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)


def weight(explanation, name):
    return sum(piece.log_odds for piece in explanation.evidence if piece.name == name)


def told(explanation):
    """All that the explanation says of the second text and of both."""
    clashes = [part for clash in explanation.clash for part in clash]
    return " ".join([explanation.sentence, *explanation.only_b, *clashes]).casefold()


@pytest.mark.parametrize("case", CASES["against"], ids=named)
def test_without_the_evidence_against_it_the_probability_is_higher(case):
    name, said, text_a, text_b, mended = case
    before, after = compare(text_a, text_b), compare(text_a, mended)
    assert weight(before, name) < 0, f"the explanation does not name {name}: {before.evidence}"
    assert said.casefold() in told(before)
    assert weight(after, name) > weight(before, name)
    assert after.probability > before.probability
    assert after.log_odds > before.log_odds


@pytest.mark.parametrize("case", CASES["for"], ids=named)
def test_without_the_evidence_for_it_the_probability_is_lower(case):
    name, _, text_a, text_b, spoiled = case
    before, after = compare(text_a, text_b), compare(text_a, spoiled)
    assert weight(before, name) > 0, f"the explanation does not name {name}: {before.evidence}"
    assert weight(after, name) < weight(before, name)
    assert after.probability < before.probability
    assert after.log_odds < before.log_odds


def test_the_values_that_are_told_to_clash_are_the_ones_to_make_equal():
    mended = 0
    for _, _, text_a, text_b, _ in CASES["against"]:
        before = compare(text_a, text_b)
        for _, here, there in before.clash:
            if here.casefold() not in text_a.casefold() or there.casefold() not in text_b.casefold():
                continue  # told in other words than the text's, such as 4 for four
            equal = re.sub(re.escape(there), here, text_b, flags=re.IGNORECASE)
            after = compare(text_a, equal)
            assert len(after.clash) < len(before.clash), equal
            assert after.probability > before.probability, equal
            mended += 1
    assert mended >= 10


def test_the_words_that_are_told_to_be_added_are_the_ones_to_take_out():
    taken_out = 0
    for name, _, text_a, text_b, _ in CASES["against"]:
        before = compare(text_a, text_b)
        if before.only_a or not (name == "word-added" or name.endswith("one-sided")):
            continue
        for word in before.only_b:
            without = " ".join(re.sub(rf"\b{word}\b", "", text_b, flags=re.IGNORECASE).split())
            assert compare(text_a, without).probability > before.probability, without
            taken_out += without != text_b
    assert taken_out >= 5


def assert_adds_up(explanation, text_a, text_b):
    if math.isinf(explanation.log_odds):
        assert [piece.name for piece in explanation.evidence] == ["identical"]
        assert explanation.probability == 1.0
        return
    total = math.fsum(piece.log_odds for piece in explanation.evidence)
    assert total == pytest.approx(explanation.log_odds, abs=EXACT), (text_a, text_b)
    assert explanation.probability == pytest.approx(1 / (1 + math.exp(-total)), abs=ROUNDED)


@given(TEXTS, TEXTS)
@settings(max_examples=80)
def test_contributions_add_up_to_the_log_odds_of_any_two_texts(text_a, text_b):
    assert_adds_up(compare(text_a, text_b), text_a, text_b)


@pytest.mark.parametrize(("text_a", "text_b"), [case[2:4] for case in CASES["against"] + CASES["for"]])
def test_contributions_add_up_for_the_pairs_written_here(text_a, text_b):
    assert_adds_up(compare(text_a, text_b), text_a, text_b)


@pytest.fixture(scope="module")
def explain():
    """The command ``explain``."""
    before = signal.getsignal(signal.SIGTERM)
    yield lambda *arguments: CliRunner().invoke(main, ["explain", *arguments], catch_exceptions=False).stdout
    signal.signal(signal.SIGTERM, before)


@given(text_a=TEXTS, text_b=TEXTS)
@settings(max_examples=20)
def test_the_command_explain_adds_up_too(explain, text_a, text_b):
    shown = json.loads(explain("--json", text_a, text_b))
    if shown["log_odds"] is None:
        return
    assert math.fsum(piece["log_odds"] for piece in shown["evidence"]) == pytest.approx(shown["log_odds"], abs=EXACT)
    lines = re.findall(r"^(\S+) +([+-]\d+\.\d\d)\b", explain(text_a, text_b), re.MULTILINE)
    *pieces, (last, total) = [(name, float(number)) for name, number in lines]
    assert (last, len(pieces)) == ("total", len(shown["evidence"]))
    assert sum(number for _, number in pieces) == pytest.approx(total, abs=0.005 * len(lines) + EXACT)


@pytest.fixture(scope="module")
def found():
    """All pairs of some random texts, and the pairs written here."""
    chance = random.Random(11)
    said = [" ".join(chance.choices(WORDS, k=chance.randint(2, 9))) for _ in range(12)]
    written = [(str(row), text) for row, case in enumerate(CASES["against"]) for text in case[2:4]]
    records = [Record(f"r{row}", text, "random") for row, text in enumerate(said)]
    records += [Record(f"w{row}", text, scope) for row, (scope, text) in enumerate(written)]
    return find(records, settings={"possible": 0.0, "duplicate": 0.5})


def test_the_stored_evidence_of_found_pairs_adds_up(found):
    weighed = found.pairs.take(~found.identical)
    assert len(weighed) > 90
    totals = weighed.log_odds.astype(float).sum(axis=1).tolist()
    for (a, b, chance), total in zip(weighed, totals, strict=True):
        assert chance == pytest.approx(1 / (1 + math.exp(-total)), abs=STORED)
        assert_adds_up(found.explain(a, b), found.records.texts[a], found.records.texts[b])
        assert found.explain(a, b).log_odds == pytest.approx(total, abs=STORED)


def test_every_waterfall_of_the_report_adds_up(found, tmp_path):
    found.report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    tables = re.findall(r'<table class="waterfall">.*?</table>', page, re.DOTALL)
    assert len(tables) > 5
    for table in tables:
        numbers = re.findall(r"<td>([+−]?\d+\.\d\d)</td></tr>", table)
        *pieces, total = [float(number.replace("−", "-")) for number in numbers]
        assert len(pieces) > 1
        assert sum(pieces) == pytest.approx(total, abs=0.005 * len(numbers) + EXACT)
