from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest

from twicetold.findings import Finding, Severity
from twicetold.pairs import Evidence
from twicetold.report.html import render_report
from twicetold.text.abbreviations import Abbreviation

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style>",
    "]]>",
    "{{ 7*7 }}",
    "&amp;",
    "'--!>",
]


@pytest.fixture(scope="module")
def small(result_of, record):
    """Two scopes, three groups, one pair to review, one near miss."""
    records = [
        record("a1", "Train 85% of teachers.", "north", status="Closed", created="2024-01-01"),
        record("a2", "Train 90% of teachers.", "north"),
        record("a3", "train 85% of teachers", "north", status="Draft"),
        record("a4", "Open a new center.", "north"),
        record("b1", "Recruit families.", "south"),
        record("b2", "Recruit more families.", "south"),
        record("c1", "Same", ""),
        record("c2", "same", ""),
    ]
    groups = [("c1", "c2"), ("a3", "a1", "a2"), ("b1", "b2")]
    pairs = [
        ("c1", "c2", 1.0),
        ("a1", "a3", 1.0),
        ("a1", "a2", 0.83),
        ("a2", "a4", 0.4),
        ("b1", "b2", 0.9999),
    ]
    return result_of(records, groups, pairs, [("a1", "a4", 0.29)])


@pytest.fixture(scope="module")
def page(small, page_of):
    return page_of(render_report(small, rejected=[("blank text", 3)], source="goals.csv", columns="id=goal"))


def test_learned_abbreviations_are_listed_with_how_they_were_told(result_of, record, page_of):
    learned = (Abbreviation("FSMP", "farm stand match program", 3, 2), Abbreviation("WPT", HOSTILE[0], 9, 0))
    page = page_of(render_report(result_of([record("a1")], abbreviations=learned)))
    assert "FSMP" in page.text
    assert "initials, 2 scopes" in page.text
    assert HOSTILE[0] in page.text
    assert page.all("script") == []


def test_abbreviations_beyond_the_limit_are_counted(result_of, record, page_of):
    learned = tuple(Abbreviation(f"A{number}", "a long form", 1, 0) for number in range(203))
    page = page_of(render_report(result_of([record("a1")], abbreviations=learned)))
    assert "3 more abbreviations are in summary.json" in page.text


def test_the_page_is_balanced_html_in_english_with_one_main_heading(page):
    assert page.source.startswith("<!DOCTYPE html>")
    assert page.all("html") == [{"lang": "en"}]
    assert [text for level, text in page.headings if level == 1] == ["Duplicate report"]


def test_headings_descend_one_level_at_a_time(page):
    levels = [level for level, _ in page.headings if level > 1]
    assert all(below <= above + 1 for above, below in pairwise([1, *levels]))


def test_ids_are_unique_and_every_link_stays_in_the_page(page):
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {link["href"].removeprefix("#") for link in page.all("a")} <= set(ids)
    assert {name for value in page.values("aria-labelledby") for name in value.split()} <= set(ids)


def test_a_skip_link_comes_first_and_landmarks_are_there(page):
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    assert [len(page.all(tag)) for tag in ("main", "footer")] == [1, 1]
    assert page.all("nav")


def test_the_policy_allows_only_the_style_sheet_that_is_there(page):
    (policy,) = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    (style,) = re.findall("<style>(.*?)</style>", page.source, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.split("; ")[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]
    assert "unsafe" not in policy


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(page):
    assert page.all("script") == page.all("iframe") == page.all("img") == []
    assert page.values("style") == page.values("src") == []
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert [link["href"] for link in page.all("link")] == ["data:,"]
    assert not re.search(r"https?:|url\(|@import", page.source)


def test_the_same_result_gives_the_same_bytes(small):
    assert render_report(small) == render_report(small)


def test_what_the_run_was_is_said(page):
    for said in ("goals.csv", "id=goal", "Model version 1", "sha256:abc", "Pairs compared 1,225"):
        assert said in page.text
    assert "7 records of 8 belong to 3 groups" in page.text
    assert "would leave 4 records to set aside" in page.text


def test_groups_stand_under_their_scope(page):
    headings = [text for level, text in page.headings if level in (3, 4)]
    start = headings.index("No scope")
    found = [re.sub(" group .*", "", text) for text in headings[start : start + 6]]
    assert found == ["No scope", "2 records", "Scope north", "3 records", "Scope south", "2 records"]


def test_every_scope_is_in_the_index(page):
    assert "3 scopes with groups on this page No scope 1 group north 1 group south 1 group" in page.text


def test_the_keeper_is_named_in_words_and_its_text_stands_unmarked(page):
    _, _, north = page.source.partition(">Scope <bdi>north")
    keeper = north[: north.index("same as the keeper")]
    assert "Proposed keeper" in keeper
    assert '<p class="text" dir="auto">train 85% of teachers</p>' in keeper
    assert "2 records with this same text" in keeper


def test_differing_words_of_the_others_are_marked(page):
    assert "Train <mark>90%</mark> of teachers." in page.source


def test_attributes_that_exist_are_shown(page):
    assert "<span>status</span> <bdi>Closed</bdi>" in page.source
    assert "<span>created</span> <bdi></bdi>" not in page.source


def test_the_lowest_probability_of_a_group_is_said(page):
    assert "2 texts. Lowest probability in the group: 83%" in page.text
    assert "All have the same text." in page.text
    assert "Lowest probability in the group: over 99%" in page.text


def test_a_pair_that_was_judged_different_inside_a_group_is_said(result_of, record, page_of):
    records = [record("a", "one"), record("b", "two"), record("c", "three")]
    page = page_of(render_report(result_of(records, [("a", "b", "c")], [("a", "b", 0.9), ("b", "c", 0.9)])))
    assert "Lowest probability in the group: below 30%" in page.text
    result = result_of(records, [("a", "b", "c")], [("a", "b", 0.9), ("b", "c", 0.9)])
    searched = replace(result, counts={**result.counts, "pairs_not_compared": 0})
    assert "in the group: below 30%, or of a pair that is not listed" in page_of(render_report(searched)).text
    assert page.text.index("20% same as the keeper") < page.text.index("90% same as the keeper")


def test_opening_a_pair_shows_the_sentence_the_waterfall_and_the_words(page):
    why = page.source[page.source.index('<details class="why">') :]
    why = why[: why.index("</details>")]
    for said in (
        "85% here, 90% there",
        "Baseline",
        "Number clash",
        "nearly the same",
        "Only in the keeper",
        "In both",
    ):
        assert said in why
    assert why.count("<svg aria-hidden") == 4  # three pieces of evidence and their sum


def test_possible_pairs_stand_apart_with_their_group(page):
    review = page.text[page.text.index("Pairs that may be duplicates") : page.text.index("These came closest")]
    assert "Pair 1: possible, 40% Scope north" in review
    assert "In group g" in review
    assert "Pair 2" not in review


def test_a_duplicate_pair_that_grouping_kept_apart_is_for_review(result_of, record, page_of):
    page = page_of(render_report(result_of([record("a", "x"), record("b", "y")], pairs=[("a", "b", 0.9)])))
    assert "Pair 1: duplicate, 90%" in page.text
    assert "yet kept apart" in page.text


def test_equal_texts_that_a_decision_keeps_apart_are_for_review(result_of, record, page_of, explanation):
    explain = lambda a, b: explanation(0.999)  # noqa: E731
    result = result_of([record("a"), record("b")], pairs=[("a", "b", 1.0)], explain=explain)
    assert "Pair 1: duplicate, over 99%" in page_of(render_report(result)).text


def test_near_misses_say_what_speaks_against_them(page):
    nearest = page.text[page.text.index("These came closest") : page.text.index("What was skipped", 3000)]
    assert "Pair 1: different, 29%" in nearest
    assert "Against: Number clash (\N{MINUS SIGN}1.00)" in nearest


def test_skipped_rows_are_listed_by_reason(page):
    assert "3 rows of the input could not be used" in page.text
    assert "blank text" in page.text


def test_findings_come_the_gravest_first_in_words(result_of, record, page_of):
    findings = (Finding(Severity.INFO, "guessed", "A guess."), Finding(Severity.ERROR, "lost", "A loss.", 7))
    page = page_of(render_report(result_of([record("a")], findings=findings)))
    assert "Error A loss. lost, counted 7 times Note A guess. guessed, counted 1 time" in page.text


@pytest.mark.parametrize("records", [0, 1, 3])
def test_a_result_without_groups_is_a_whole_page(records, result_of, record, page_of):
    page = page_of(render_report(result_of([record(str(n)) for n in range(records)], counts={}, model={})))
    assert "No group of records that say the same thing was found" in page.text
    assert "There are no pairs to review." in page.text
    assert "No compared pair was judged different." in page.text
    assert "No row of the input was set aside." in page.text
    assert "Nothing was degraded or surprising" in page.text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_values_are_shown_as_text_wherever_they_stand(hostile, result_of, record, page_of, explanation):
    told = explanation(
        0.7,
        sentence=hostile,
        evidence=(Evidence("baseline", 1.0), Evidence(hostile, -2.0, hostile)),
        shared=(hostile,),
        only_a=(hostile,),
        only_b=(hostile,),
        agree=((hostile, hostile),),
        clash=((hostile, hostile, hostile),),
    )
    records = [record(hostile + n, f"{hostile} {n}", hostile, **{hostile: hostile}) for n in "abcd"]
    result = result_of(
        records,
        [(hostile + "a", hostile + "b")],
        [(hostile + "a", hostile + "b", 0.7), (hostile + "a", hostile + "c", 0.7)],
        [(hostile + "a", hostile + "d", 0.2)],
        explain=lambda a, b: told,
        findings=(Finding(Severity.WARNING, hostile, hostile),),
        counts={hostile: 1},
        model={hostile: hostile},
    )
    html = render_report(result, rejected=[(hostile, 1)], title=hostile, source=hostile, columns=hostile)
    page = page_of(html)
    assert page.all("script") == page.all("img") == []
    assert len(page.all("style")) == 1
    assert page.values("onerror") == []
    assert page.text.count(hostile) >= 20


@pytest.mark.parametrize(
    "text", ["יעד: 85% עד יוני", "👩‍🏫 train", "e\u0301cole", "\u202egoal", "a\x00b\x1b[31m", "\ud800"]
)
def test_odd_texts_leave_a_page_that_decodes(text, result_of, record, page_of):
    result = result_of([record("a", text), record("b", text + "!")], [("a", "b")], [("a", "b", 0.9)])
    html = render_report(result)
    assert not set(html) & {*range(9), 11, 12, *range(14, 32)}
    assert 'dir="auto"' in page_of(html).source


def test_a_text_of_a_million_characters_is_cut_with_a_note(result_of, record):
    result = result_of([record("a", "word " * 200_000), record("b", "word")], [("a", "b")], [("a", "b", 0.9)])
    html = render_report(result)
    assert len(html) < 100_000
    assert "Cut here: 998,000 more characters." in html.decode()


def test_a_hundred_thousand_equal_records_are_one_text_and_twenty_ids(result_of, record):
    ids = [f"{number:06}" for number in range(100_000)]
    result = result_of([record(name) for name in ids], [ids], [(ids[0], name, 1.0) for name in ids[1:]])
    html = render_report(result)
    assert len(html) < 100_000
    assert "and 99,980 more records with this same text" in html.decode()


def test_a_group_of_many_texts_shows_twenty_and_counts_the_rest(result_of, record, page_of):
    ids = [f"{number:02}" for number in range(50)]
    records = [record(name, f"goal number {name}") for name in ids]
    page = page_of(render_report(result_of(records, [ids])))
    assert page.source.count("same as the keeper") == 19
    assert "30 more texts of this group are in groups.csv." in page.text


def test_ten_thousand_groups_leave_a_page_that_opens(result_of, record, explanation, page_of):
    calls = []

    def explain(a, b):
        calls.append((a, b))
        return explanation(0.8)

    letters = ("a", "b", "c")
    names = [f"{number:05}" for number in range(10_000)]
    records = [record(n + x, f"Raise item {n} to {x} <&>", f"s{n[-2:]}") for n in names for x in letters]
    groups = [tuple(n + x for x in letters[: 3 if n.endswith("7") else 2]) for n in sorted(names, key=lambda n: n[-2:])]
    pairs = [(a, b, 0.8) for a, b, *_ in groups] + [(n + "a", n + "c", 0.4) for n in names if not n.endswith("7")]
    html = render_report(result_of(records, groups, pairs, explain=explain))
    page = page_of(html)
    assert len(html) < 8_000_000
    assert len([each for each in page.all("article") if each["class"] == "group"]) == 300
    assert "shows the 300 largest groups, by scope. 9,700 more groups are in groups.csv." in page.text
    assert "8,800 more pairs to review are in pairs.csv." in page.text
    assert len(calls) == 300 * 2 + 200
    assert page.source.count("3 records <span") == 300


def test_huge_texts_and_attributes_in_many_groups_stay_within_the_size(result_of, record):
    quotes = '"' * 1990
    records = [record(f"{n:04}{x}", f"{quotes} {n} {x}", note=quotes) for n in range(1000) for x in "ab"]
    groups = [(f"{n:04}a", f"{n:04}b") for n in range(1000)]
    html = render_report(result_of(records, groups, [(a, b, 0.9) for a, b in groups]))
    assert len(html) < 8_000_000
    shown = int(re.search(r"shows the (\d+) largest", html.decode())[1])
    assert html.count(b'<article class="group"') == shown < 300


def test_long_lists_of_findings_and_reasons_are_counted_when_cut(result_of, record, page_of):
    findings = tuple(Finding(Severity.INFO, f"code-{n}", "Something.") for n in range(201))
    result = result_of([record("a")], findings=findings)
    page = page_of(render_report(result, rejected=[(f"reason {n}", 2) for n in range(202)]))
    assert "1 more finding is in summary.json." in page.text
    assert "2 more reasons are in rejected.csv." in page.text
    assert "404 rows of the input" in page.text


def test_thresholds_may_be_one_and_the_same(small, page_of):
    low = replace(small, thresholds=replace(small.thresholds, possible=0.625))
    assert "Different: below 62.5%" in page_of(render_report(low)).text


def test_a_histogram_as_the_pipeline_gives_it_is_drawn(page):
    assert sum(attributes.get("class", "").startswith("bar ") for attributes in page.all("rect")) == 49
    assert f"{np.arange(50).sum():,} pairs by probability" in page.text


def test_templates_and_style_sheet_are_inside_the_package():
    templates = files("twicetold.report") / "templates"
    assert (templates / "page.css").is_file()
    assert (templates / "report.html.j2").is_file()
