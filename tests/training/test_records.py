"""The grouped records keep what their README promises."""

from __future__ import annotations

import csv
import html
import re
import unicodedata
from collections import Counter, defaultdict
from importlib.resources import files
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz import fuzz
from rapidfuzz.utils import default_process

from twicetold.text.canonical import canonical
from twicetold.text.cleaning import clean
from twicetold.text.lexicon import Lexicon

TRAINING = Path(__file__).parents[2] / "training"
DEMO = Path(str(files("twicetold.data.demo")))
COLUMNS = ["record_id", "scope", "field", "text", "cluster_id"]
FIELDS = {"head-start", "other-grants", "okr", "tickets", "requirements", "courses", "maintenance"}
OTHERS = [TRAINING / "pairs.csv", TRAINING / "goals.csv", DEMO / "goals.csv"]
TEXT_COLUMNS = ("text_a", "text_b", "goal_text", "text")
SPANISH = re.compile("[áéíóúñ]")


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def texts_of(path):
    return {row[column] for row in rows_of(path) for column in TEXT_COLUMNS if row.get(column)}


def bare(text):
    """The words of a text without case, markup and punctuation."""
    plain = unicodedata.normalize("NFKC", html.unescape(re.sub(r"<[^>]+>", " ", text)))
    return " ".join(re.findall(r"\w+", plain.casefold()))


def alike(a, b):
    return fuzz.token_set_ratio(a["text"], b["text"], processor=default_process)


def area_under_curve(above, below):
    """Chance that a value of ``above`` is higher than one of ``below``, ties counted half (Mann-Whitney U)."""
    difference = np.array(above)[:, None] - np.array(below)[None, :]
    return float(np.mean((difference > 0) + 0.5 * (difference == 0)))


@pytest.fixture(scope="module")
def spelled():
    lexicon = Lexicon.default()
    return lambda text: canonical(clean(text), lexicon)


@pytest.fixture(scope="module")
def records():
    return rows_of(TRAINING / "records.csv")


@pytest.fixture(scope="module")
def clusters(records):
    found = defaultdict(list)
    for row in records:
        found[row["cluster_id"]].append(row)
    return found


@pytest.fixture(scope="module")
def within_scope(records):
    """Token-set ratios of all pairs within a scope: of records of one cluster, and of the others."""
    scopes = defaultdict(list)
    for row in records:
        scopes[row["scope"]].append(row)
    same, other = [], []
    for members in scopes.values():
        for a, b in combinations(members, 2):
            (same if a["cluster_id"] == b["cluster_id"] else other).append(alike(a, b))
    return same, other


def test_records_have_the_promised_columns_and_nothing_blank(records):
    assert list(records[0]) == COLUMNS
    assert all(value and value.strip() for row in records for value in row.values())


def test_record_ids_are_unique(records):
    assert len({row["record_id"] for row in records}) == len(records)


def test_ids_name_the_scope_they_stand_in(records):
    for row in records:
        assert row["record_id"].startswith(row["scope"] + "-")
        assert row["cluster_id"].startswith(row["scope"] + "-c")


def test_a_cluster_stays_within_one_scope_and_a_scope_within_one_field(records):
    pairs = {(row["cluster_id"], row["scope"], row["field"]) for row in records}
    assert len(pairs) == len({cluster for cluster, _, _ in pairs})
    assert len({(s, f) for _, s, f in pairs}) == len({s for _, s, _ in pairs})


def test_every_field_has_its_records_in_several_scopes(records):
    counts = Counter(row["field"] for row in records)
    assert set(counts) == FIELDS
    assert counts["head-start"] >= 120
    assert min(counts.values()) >= 80
    assert min(Counter(field for _, field in {(r["scope"], r["field"]) for r in records}).values()) >= 4


def test_every_scope_is_of_the_size_of_one_organisation(records):
    sizes = Counter(row["scope"] for row in records)
    assert {scope: size for scope, size in sizes.items() if not 18 <= size <= 30} == {}


def test_clusters_have_at_most_four_records_and_all_sizes_occur(clusters):
    assert {len(members) for members in clusters.values()} == {1, 2, 3, 4}


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_more_than_half_of_the_records_share_their_cluster_and_many_stand_alone(clusters, field):
    sizes = [len(members) for members in clusters.values() if members[0]["field"] == field]
    assert 0.5 <= sum(size for size in sizes if size > 1) / sum(sizes) <= 0.6


def test_no_text_stands_twice_to_the_letter(records):
    assert len({row["text"] for row in records}) == len(records)


def test_records_that_read_the_same_are_in_one_cluster(records, spelled):
    found = defaultdict(set)
    for row in records:
        found[row["scope"], spelled(row["text"])].add(row["cluster_id"])
    assert [key for key, ids in found.items() if len(ids) > 1] == []


def test_records_share_no_text_with_the_other_files(records, spelled):
    elsewhere = {form(text) for path in OTHERS for text in texts_of(path) for form in (bare, spelled)}
    shared = [row["text"] for row in records if {bare(row["text"]), spelled(row["text"])} & elsewhere]
    assert shared == []


def test_most_records_have_a_near_miss_in_their_scope(records):
    scopes = defaultdict(list)
    for row in records:
        scopes[row["scope"]].append(row)
    nearest = [
        max(alike(row, other) for other in scopes[row["scope"]] if other["cluster_id"] != row["cluster_id"])
        for row in records
    ]
    assert np.mean(np.array(nearest) >= 60) >= 0.8


def test_shared_words_do_not_decide_among_records_that_share_some(within_scope):
    same, other = ([ratio for ratio in ratios if ratio >= 50] for ratios in within_scope)
    assert 0.25 < area_under_curve(same, other) < 0.75


def test_records_of_one_cluster_may_share_few_words_and_others_nearly_all(within_scope):
    same, other = map(np.array, within_scope)
    assert np.sum(same < 50) >= 30
    assert np.sum(other >= 90) >= 100


def test_lengths_vary_from_a_few_words_to_a_paragraph(records):
    lengths = [len(row["text"].split()) for row in records]
    assert 2 < min(lengths) <= 5
    assert 40 <= max(lengths) < 50


def test_length_does_not_tell_records_that_stand_alone(clusters):
    lengths = {True: [], False: []}
    for members in clusters.values():
        lengths[len(members) == 1].extend(len(row["text"]) for row in members)
    assert 0.35 < area_under_curve(lengths[True], lengths[False]) < 0.65


def test_spanish_stands_inside_and_outside_of_clusters(clusters):
    spanish = [members for members in clusters.values() if any(SPANISH.search(row["text"]) for row in members)]
    assert any(len(members) > 1 for members in spanish)
    assert any(len(members) == 1 for members in spanish)


def test_readme_counts_the_records_truly(records, clusters):
    lines = (TRAINING / "README.md").read_text(encoding="utf-8").splitlines()
    start = lines.index("| field | scopes | records | clusters of 2 to 4 | alone |") + 2
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start : start + len(FIELDS)]]
    told = {field: tuple(map(int, counts)) for field, *counts in rows}
    counted = {}
    for field in FIELDS:
        sizes = [len(members) for members in clusters.values() if members[0]["field"] == field]
        scopes = {row["scope"] for row in records if row["field"] == field}
        counted[field] = (len(scopes), sum(sizes), sum(size > 1 for size in sizes), sizes.count(1))
    assert told == counted


def test_readme_sums_the_records_up_truly(records, clusters):
    sizes = Counter(len(members) for members in clusters.values())
    scopes, shared = len({row["scope"] for row in records}), sum(n for size, n in sizes.items() if size > 1)
    told = f"{len(records) - sizes[1]} in {shared} clusters, {sizes[1]} alone"
    about = f"texts of {scopes} organisations in {len(FIELDS)} fields, {told}"
    assert f"| records.csv | {len(records)} | {about} |" in (TRAINING / "README.md").read_text(encoding="utf-8")
