"""The generated goals: reproducible, labelled rightly, and as skewed and noisy as promised."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from generate import fields_of, generate, meaning_of_near_miss, new_meaning, slot_of, tell
from grammar import in_words, load

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ROWS = generate(4_000, 160, 7)


def members(rows, key):
    found = defaultdict(list)
    for row in rows:
        found[getattr(row, key)].append(row)
    return found


def command(out, hash_seed):
    run = [sys.executable, str(BENCHMARKS / "generate.py"), "300", str(out), "--scopes", "12", "--seed", "5"]
    subprocess.run(run, env={**os.environ, "PYTHONHASHSEED": hash_seed}, check=True)
    return out.read_bytes()


def test_the_same_arguments_give_the_same_bytes_in_any_process(tmp_path):
    assert command(tmp_path / "a.csv", "1") == command(tmp_path / "b.csv", "2")


def test_another_seed_gives_other_goals():
    assert {row.goal_text for row in generate(100, 4, 1)} != {row.goal_text for row in generate(100, 4, 2)}


def test_the_file_holds_what_was_generated(tmp_path):
    command(tmp_path / "a.csv", "0")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        texts = [row["goal_text"] for row in csv.DictReader(file)]
    assert texts == [row.goal_text for row in generate(300, 12, 5)]


@pytest.mark.parametrize(("n", "scopes"), [(0, 1), (1, 1), (50, 1), (50, 200)])
def test_as_many_goals_come_as_were_asked_for(n, scopes):
    rows = generate(n, scopes, 3)
    assert len(rows) == n
    assert len({row.recipient_id for row in rows}) <= scopes


def test_no_id_comes_twice():
    assert len({row.goal_id for row in ROWS}) == len(ROWS)


def test_a_cluster_never_leaves_its_scope():
    assert all(len({row.recipient_id for row in rows}) == 1 for rows in members(ROWS, "cluster_id").values())


def test_texts_that_are_equal_in_a_scope_share_their_cluster():
    said = defaultdict(set)
    for row in ROWS:
        said[row.recipient_id, " ".join(row.goal_text.casefold().split())].add(row.cluster_id)
    assert [key for key, clusters in said.items() if len(clusters) > 1] == []


def test_a_third_of_the_goals_or_more_has_a_duplicate_and_many_have_none():
    sizes = Counter(len(rows) for rows in members(ROWS, "cluster_id").values())
    alone = sizes[1] / len(ROWS)
    assert 0.2 < alone < 0.6
    assert {2, 3, 4, 5, 6} <= set(sizes)


def test_most_duplicates_are_said_in_other_words():
    clusters = [rows for rows in members(ROWS, "cluster_id").values() if len(rows) == 2]
    other_words = sum(a.goal_text.casefold() != b.goal_text.casefold() for a, b in clusters)
    assert 0.7 < other_words / len(clusters) < 0.95


def test_a_few_scopes_are_large_and_most_are_small():
    sizes = sorted(len(rows) for rows in members(ROWS, "recipient_id").values())
    assert sizes[-1] > 3 * len(ROWS) / 160
    assert sizes[len(sizes) // 2] < len(ROWS) / 160


def test_goals_have_the_length_of_real_ones():
    words = sorted(len(row.goal_text.split()) for row in ROWS)
    assert words[len(words) // 20] >= 8
    assert words[-len(words) // 20] <= 40


def test_nearly_every_text_is_another_one():
    assert len({row.goal_text for row in ROWS}) > 0.85 * len(ROWS)


def test_a_near_miss_differs_in_one_slot_of_the_same_intent():
    rng = random.Random(0)
    sites = load().sites[:4]
    for _ in range(200):
        meaning = new_meaning(sites, rng)
        near = meaning_of_near_miss(meaning, sites, rng)
        assert near.intent == meaning.intent
        assert sum(a != b for a, b in zip(meaning.values, near.values, strict=True)) == 1


def test_one_meaning_can_be_told_in_many_ways():
    rng = random.Random(0)
    meaning = new_meaning(load().sites[:4], rng)
    assert len({tell(meaning, rng) for _ in range(100)}) > 50


def test_every_sentence_of_an_intent_names_the_same_slots():
    for intent in load().intents:
        named = [{slot_of(field) for field in fields_of(sentence)} for sentence in (*intent.do, *intent.say)]
        assert all(slots == named[0] for slots in named)
        assert not named[0] & set(intent.adjuncts)


def test_every_field_of_a_sentence_has_wordings_for_every_value_of_its_slot():
    slots = load().slots
    for intent in load().intents:
        for field in {*fields_of(" ".join((*intent.do, *intent.say))), *intent.adjuncts}:
            assert slots[field].keys() == slots[slot_of(field)].keys()


def test_no_wording_stands_for_two_values_of_a_slot():
    for name, values in load().slots.items():
        wordings = Counter(wording for said in values.values() for wording in said)
        assert [wording for wording, count in wordings.items() if count > 1] == [], name


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "zero"), (15, "fifteen"), (18, "eighteen"), (40, "forty"), (97, "ninety-seven"), (100, "one hundred")],
)
def test_numbers_are_spelled(number, words):
    assert in_words(number) == words
