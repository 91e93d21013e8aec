"""The labelled data keeps what its README promises."""

from __future__ import annotations

import csv
import html
import re
import unicodedata
from collections import Counter
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz import fuzz
from rapidfuzz.utils import default_process

TRAINING = Path(__file__).parents[2] / "training"
DEMO = Path(str(files("twicetold.data.demo")))
PAIR_COLUMNS = ["id", "text_a", "text_b", "duplicate", "kind", "field"]
DUPLICATE_KINDS = {
    "exact-variant",
    "paraphrase",
    "paraphrase-low-overlap",
    "reorder",
    "voice",
    "abbreviation",
    "typo",
    "tail",
    "truncated",
    "opposite-same",
    "number-format",
    "spanish",
    "synonym",
}
OTHER_KINDS = {
    "number",
    "date",
    "rate",
    "site",
    "role",
    "age",
    "topic",
    "polarity",
    "direction",
    "action",
    "scope-added",
    "agent-swap",
    "near-topic",
    "two-slots",
    "other",
    "order",
    "comparator",
}
FIELDS = {"head-start", "other-grants", "okr", "tickets", "requirements", "courses", "maintenance"}
FEWEST_OF_A_KIND = 30


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        return list(reader.fieldnames), list(reader)


def bare(text):
    """The words of a text without case, markup and punctuation."""
    plain = unicodedata.normalize("NFKC", html.unescape(re.sub(r"<[^>]+>", " ", text)))
    return " ".join(re.findall(r"\w+", plain.casefold()))


def texts_of(path):
    _, rows = rows_of(path)
    cells = (row[column] for row in rows for column in ("text_a", "text_b", "goal_text", "text") if row.get(column))
    return {bare(cell) for cell in cells} - {""}


def area_under_curve(rows, score):
    """Chance that a duplicate scores higher than another pair, ties counted half (Mann-Whitney U)."""
    scores = np.array([score(row["text_a"], row["text_b"]) for row in rows])
    duplicate = np.array([row["duplicate"] == "1" for row in rows])
    above = scores[duplicate][:, None] - scores[~duplicate][None, :]
    return float(np.mean((above > 0) + 0.5 * (above == 0)))


def table_under(header):
    """The cells of the README's table that starts with ``header``."""
    lines = (TRAINING / "README.md").read_text(encoding="utf-8").splitlines()
    start = lines.index(header) + 2
    end = next(i for i in range(start, len(lines) + 1) if i == len(lines) or not lines[i].startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start:end]]


@pytest.fixture(scope="module")
def pairs():
    return rows_of(TRAINING / "pairs.csv")[1]


@pytest.fixture(scope="module")
def goals():
    return rows_of(TRAINING / "goals.csv")[1]


@pytest.fixture(scope="module")
def demo():
    return rows_of(DEMO / "goals.csv")[1]


@pytest.mark.parametrize("name", ["pairs.csv", "unsure.csv"])
def test_pairs_have_the_promised_columns_and_nothing_blank(name):
    header, rows = rows_of(TRAINING / name)
    assert header == PAIR_COLUMNS
    assert all(value and value.strip() for row in rows for value in row.values())


def test_ids_are_unique_across_sure_and_unsure_pairs(pairs):
    ids = [row["id"] for row in pairs + rows_of(TRAINING / "unsure.csv")[1]]
    assert len(ids) == len(set(ids))


def test_labels_are_zero_or_one_and_unsure_pairs_are_marked_so(pairs):
    assert {row["duplicate"] for row in pairs} == {"0", "1"}
    assert {row["duplicate"] for row in rows_of(TRAINING / "unsure.csv")[1]} == {"unsure"}


def test_no_pair_stands_twice_in_any_order_or_case(pairs):
    both = pairs + rows_of(TRAINING / "unsure.csv")[1]
    seen = Counter(tuple(sorted((row["text_a"].casefold(), row["text_b"].casefold()))) for row in both)
    assert [pair for pair, count in seen.items() if count > 1] == []


def test_no_pair_is_labelled_both_ways(pairs):
    labels = {}
    for row in pairs:
        labels.setdefault(frozenset((bare(row["text_a"]), bare(row["text_b"]))), set()).add(row["duplicate"])
    assert [pair for pair, found in labels.items() if len(found) > 1] == []


def test_texts_of_the_same_words_in_the_same_order_are_duplicates(pairs):
    same = [row for row in pairs if bare(row["text_a"]) == bare(row["text_b"])]
    assert same
    assert {row["duplicate"] for row in same} == {"1"}


def test_no_pair_repeats_one_text_to_the_letter(pairs):
    assert [row["id"] for row in pairs if row["text_a"] == row["text_b"]] == []


def test_each_kind_goes_with_one_label(pairs):
    assert {row["kind"] for row in pairs if row["duplicate"] == "1"} == DUPLICATE_KINDS
    assert {row["kind"] for row in pairs if row["duplicate"] == "0"} == OTHER_KINDS


def test_each_kind_has_enough_pairs(pairs):
    counts = Counter(row["kind"] for row in pairs)
    assert {kind: count for kind, count in counts.items() if count < FEWEST_OF_A_KIND} == {}


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_each_field_has_duplicates_and_others_in_balance(pairs, field):
    labels = [row["duplicate"] == "1" for row in pairs if row["field"] == field]
    assert len(labels) >= 200
    assert 0.40 <= np.mean(labels) <= 0.55


def test_about_half_of_the_pairs_are_duplicates(pairs):
    assert {row["field"] for row in pairs} == FIELDS
    assert 0.45 <= np.mean([row["duplicate"] == "1" for row in pairs]) <= 0.50


@pytest.mark.parametrize(
    "score",
    [
        pytest.param(lambda a, b: fuzz.token_set_ratio(a, b, processor=default_process), id="token-set ratio"),
        pytest.param(lambda a, b: abs(len(a) - len(b)), id="difference in length"),
        pytest.param(lambda a, b: len(a) + len(b), id="length"),
    ],
)
def test_no_trivial_cue_decides(pairs, score):
    hard = [row for row in pairs if row["kind"] not in {"other", "exact-variant"}]
    for rows in (pairs, hard):
        assert 0.25 < area_under_curve(rows, score) < 0.75


@pytest.mark.parametrize(
    "noisy",
    [
        pytest.param(str.isupper, id="capitals"),
        pytest.param(lambda text: "<" in text, id="markup"),
        pytest.param(lambda text: text.startswith(("(", "Goal ", "PG ", "REQ-")), id="tag in front"),
        pytest.param(lambda text: re.search("[áéíóúñ]", text) is not None, id="Spanish"),
    ],
)
def test_noise_in_one_text_stands_on_both_sides_of_the_label(pairs, noisy):
    labels = Counter(row["duplicate"] for row in pairs if noisy(row["text_a"]) != noisy(row["text_b"]))
    assert min(labels["0"], labels["1"]) >= 4


@pytest.mark.parametrize("name", ["goals", "demo"])
def test_goals_have_unique_ids(name, request):
    ids = [row["goal_id"] for row in request.getfixturevalue(name)]
    assert len(ids) == len(set(ids))


def test_a_cluster_stays_within_one_recipient(goals):
    recipients = {}
    for row in goals:
        recipients.setdefault(row["cluster_id"], set()).add(row["recipient_id"])
    assert all(len(found) == 1 for found in recipients.values())


def test_goals_of_the_same_words_are_in_one_cluster(goals):
    clusters = {}
    for row in goals:
        clusters.setdefault((row["recipient_id"], bare(row["goal_text"])), set()).add(row["cluster_id"])
    assert all(len(found) == 1 for found in clusters.values())


def test_demo_labels_name_every_demo_goal_once(demo):
    header, labels = rows_of(DEMO / "labels.csv")
    assert header == ["goal_id", "cluster_id"]
    assert sorted(row["goal_id"] for row in labels) == sorted(row["goal_id"] for row in demo)


def test_demo_clusters_stay_within_one_recipient(demo):
    recipient = {row["goal_id"]: row["recipient_id"] for row in demo}
    found = {}
    for row in rows_of(DEMO / "labels.csv")[1]:
        found.setdefault(row["cluster_id"], set()).add(recipient[row["goal_id"]])
    assert all(len(recipients) == 1 for recipients in found.values())


def test_demo_shows_a_blank_text_and_a_placeholder(demo):
    assert Counter(row["goal_text"] for row in demo)[""] == 1
    assert Counter(row["goal_text"] for row in demo)["TBD"] == 1


def test_training_pairs_goals_and_demo_share_no_text():
    pairs = texts_of(TRAINING / "pairs.csv") | texts_of(TRAINING / "unsure.csv")
    goals, demo = texts_of(TRAINING / "goals.csv"), texts_of(DEMO / "goals.csv")
    assert (pairs & goals, pairs & demo, goals & demo) == (set(), set(), set())


def test_readme_counts_the_kinds_truly(pairs):
    counts = Counter((row["kind"], row["duplicate"]) for row in pairs)
    table = {(kind, label): int(count) for kind, label, count in table_under("| kind | duplicate | pairs |")}
    assert table == counts


def test_readme_counts_the_fields_truly(pairs):
    counts = Counter((row["field"], row["duplicate"]) for row in pairs)
    table = table_under("| field | duplicates | not |")
    assert {(f, label): int(n) for f, *both in table for label, n in zip("10", both, strict=True)} == counts


def test_readme_describes_the_files_truly(pairs, goals):
    duplicates = sum(row["duplicate"] == "1" for row in pairs)
    sizes = Counter(Counter(row["cluster_id"] for row in goals).values())
    recipients = len({row["recipient_id"] for row in goals})
    clusters = sum(count for size, count in sizes.items() if size > 1)
    about = {name: (int(rows), text) for name, rows, text in table_under("| file | rows | what it is |")}
    assert about["pairs.csv"] == (
        len(pairs),
        f"labelled pairs: {duplicates} duplicates, {len(pairs) - duplicates} not",
    )
    assert about["unsure.csv"][0] == len(rows_of(TRAINING / "unsure.csv")[1])
    told = f"goals of {recipients} recipients, {len(goals) - sizes[1]} that share their goal with another"
    assert about["goals.csv"] == (len(goals), f"{told} in {clusters} clusters, {sizes[1]} alone")
