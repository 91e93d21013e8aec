"""The pairs made by rule keep what the README promises."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import variants
from rapidfuzz import fuzz
from rapidfuzz.utils import default_process
from variant_rules.other import OTHER
from variant_rules.same import SAME
from variants import rows_of, words_of

from twicetold.text.canonical import canonical
from twicetold.text.cleaning import clean
from twicetold.text.lexicon import Lexicon

TRAINING = Path(__file__).parents[2] / "training"
DEMO = Path(str(files("twicetold.data.demo"))) / "goals.csv"
SEED_COLUMNS = ["family", "field", "text", "paraphrase", "near", "far", "voice", "swaps"]
SEED_TEXTS = ("text", "paraphrase", "near", "far", "voice")
FIELDS = {"head-start", "other-grants", "okr", "tickets", "requirements", "courses", "maintenance"}
MOST_OF_A_FAMILY = 8


def texts_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ("text_a", "text_b", "goal_text", "text")
    return {words_of(row[column]) for row in rows for column in columns if row.get(column)}


def family(row):
    return row["id"].rpartition("-")[0]


def pair_of(row):
    return frozenset((words_of(row["text_a"]), words_of(row["text_b"])))


def area_under_curve(rows, score):
    """Chance that a duplicate scores higher than another pair, ties counted half (Mann-Whitney U)."""
    scores = np.array([score(row["text_a"], row["text_b"]) for row in rows])
    duplicate = np.array([row["duplicate"] == "1" for row in rows])
    above = scores[duplicate][:, None] - scores[~duplicate][None, :]
    return float(np.mean((above > 0) + 0.5 * (above == 0)))


@pytest.fixture(scope="module")
def seeds():
    return rows_of("seeds.csv")


@pytest.fixture(scope="module")
def made():
    return rows_of("variants.csv")


# --- The seeds --------------------------------------------------------------------------------------------------


def test_seeds_have_the_promised_columns_and_each_a_text_a_paraphrase_and_another_goal(seeds):
    assert list(seeds[0]) == SEED_COLUMNS
    assert [seed["family"] for seed in seeds if not (seed["text"] and seed["paraphrase"] and seed["near"])] == []
    assert len({seed["family"] for seed in seeds}) == len(seeds) >= 350
    assert {seed["field"] for seed in seeds} == FIELDS


def test_every_seed_text_stands_once_and_in_no_other_file(seeds):
    texts = Counter(words_of(seed[column]) for seed in seeds for column in SEED_TEXTS if seed[column])
    assert [text for text, count in texts.items() if count > 1] == []
    elsewhere = [TRAINING / f"{name}.csv" for name in ("pairs", "unsure", "goals", "records")] + [DEMO]
    for path in elsewhere:
        assert texts.keys() & texts_of(path) == set()


def test_what_may_be_swapped_stands_in_the_text_and_makes_another(seeds):
    for seed in seeds:
        for kind, swaps in variants._swaps(seed["swaps"]).items():
            assert kind in {"action", "topic", "role"}, seed["family"]
            for old, new in swaps:
                assert old.lower() in seed["text"].lower(), (seed["family"], old)
                assert new, (seed["family"], old)
                assert old.lower() != new.lower()


def test_a_near_goal_has_words_in_common_with_its_text_and_a_paraphrase_has_fewer(seeds):
    def overlap(column):
        return np.mean([fuzz.token_set_ratio(seed["text"], seed[column], processor=default_process) for seed in seeds])

    assert overlap("near") > overlap("paraphrase")


# --- The pairs --------------------------------------------------------------------------------------------------


def test_the_file_is_what_the_script_makes(made):
    assert variants.variants() == made


def test_there_are_some_thousand_pairs_half_of_them_duplicates(made):
    assert 2_500 <= len(made) <= 3_500
    assert 0.48 <= np.mean([row["duplicate"] == "1" for row in made]) <= 0.52
    assert list(made[0]) == list(variants.COLUMNS)
    assert all(value.strip() for row in made for value in row.values())


def test_ids_are_unique_also_beside_the_hand_written_pairs(made):
    ids = [row["id"] for row in made + rows_of("pairs.csv") + rows_of("unsure.csv")]
    assert len(ids) == len(set(ids))


def test_a_family_is_small_and_shares_no_text_with_another(made):
    sizes = Counter(map(family, made))
    assert max(sizes.values()) <= MOST_OF_A_FAMILY
    owners = defaultdict(set)
    for row in made:
        owners[words_of(row["text_a"])].add(family(row))
        owners[words_of(row["text_b"])].add(family(row))
    assert [text for text, found in owners.items() if len(found) > 1] == []


def test_half_of_the_duplicates_stand_on_a_hand_written_paraphrase(made):
    kinds = [row["kind"] for row in made if row["duplicate"] == "1"]
    assert 0.48 <= np.mean([kind.startswith("paraphrase") for kind in kinds]) <= 0.52


def test_no_pair_stands_twice_or_is_labelled_both_ways(made):
    rows = made + rows_of("pairs.csv")
    exact = Counter(tuple(sorted((row["text_a"], row["text_b"]))) for row in rows)
    assert [pair for pair, count in exact.items() if count > 1] == []
    labels = defaultdict(set)
    for row in rows:
        labels[pair_of(row)].add(row["duplicate"])
    assert [pair for pair, found in labels.items() if len(found) > 1] == []


def test_no_pair_repeats_one_text_to_the_letter(made):
    assert [row["id"] for row in made if row["text_a"] == row["text_b"]] == []


def test_texts_that_the_package_reads_as_one_are_duplicates(made):
    lexicon = Lexicon.default()
    others = [row for row in made if row["duplicate"] == "0"]
    same = [
        row["id"]
        for row in others
        if canonical(clean(row["text_a"]), lexicon) == canonical(clean(row["text_b"]), lexicon)
    ]
    assert same == []


def test_kinds_tell_the_rule_and_go_with_one_label(made):
    same = set(SAME) | {"combined", "voice", "paraphrase"} | {f"paraphrase, {kind}" for kind in SAME}
    other = set(OTHER) | {f"{kind}, reworded" for kind in OTHER} | {"near-topic", "other"}
    assert {row["kind"] for row in made if row["duplicate"] == "1"} <= same
    assert {row["kind"] for row in made if row["duplicate"] == "0"} <= other


@pytest.mark.parametrize("kind", sorted(OTHER))
def test_each_way_of_meaning_something_else_is_there_often_enough(made, kind):
    assert sum(row["kind"].split(",")[0] == kind for row in made) >= 40


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_fields_are_of_one_size_and_balanced(made, field):
    labels = [row["duplicate"] == "1" for row in made if row["field"] == field]
    assert len(labels) >= len(made) / len(FIELDS) * 0.9
    assert 0.45 <= np.mean(labels) <= 0.55


@pytest.mark.parametrize(
    "score",
    [
        pytest.param(lambda a, b: fuzz.token_set_ratio(a, b, processor=default_process), id="token-set ratio"),
        pytest.param(lambda a, b: fuzz.token_sort_ratio(a, b, processor=default_process), id="token-sort ratio"),
        pytest.param(lambda a, b: fuzz.ratio(a, b, processor=default_process), id="edit distance"),
        pytest.param(lambda a, b: abs(len(a) - len(b)), id="difference in length"),
        pytest.param(lambda a, b: abs(len(a.split()) - len(b.split())), id="difference in words"),
        pytest.param(lambda a, b: len(a) + len(b), id="length"),
    ],
)
def test_no_trivial_cue_decides(made, score):
    assert 0.4 <= area_under_curve(made, score) <= 0.6


@pytest.mark.parametrize(
    "noisy",
    [
        pytest.param(str.isupper, id="capitals"),
        pytest.param(lambda text: "<" in text or "&" in text, id="markup"),
        pytest.param(lambda text: text.rstrip()[-1] in ".?!", id="full stop"),
        pytest.param(lambda text: text.startswith(("(", "[", "Goal ", "REQ-")), id="tag in front"),
        pytest.param(
            lambda text: re.search(r", as (?:measured|shown|documented|agreed)|Thank", text) is None, id="tail"
        ),
        pytest.param(lambda text: re.search(r"\d", text) is None, id="digits"),
        pytest.param(lambda text: re.search(r"\b(?:not|no|never|cannot)\b", text) is None, id="negation"),
        pytest.param(lambda text: text.count(". "), id="second sentence"),
    ],
)
def test_noise_in_one_text_stands_on_both_sides_of_the_label(made, noisy):
    labels = [row["duplicate"] == "1" for row in made if noisy(row["text_a"]) != noisy(row["text_b"])]
    assert len(labels) >= 20
    assert 0.3 <= np.mean(labels) <= 0.7


def test_readme_describes_the_files_truly(seeds, made):
    text = (TRAINING / "README.md").read_text(encoding="utf-8")
    duplicates = sum(row["duplicate"] == "1" for row in made)
    assert f"| seeds.csv | {len(seeds)} |" in text
    assert (
        f"| variants.csv | {len(made)} | pairs made by rule: {duplicates} duplicates, {len(made) - duplicates}" in text
    )
