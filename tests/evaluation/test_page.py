"""The page of an evaluation: offline, escaped, accessible, and complete."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from twicetold.evaluation.evaluate import evaluate_groups, evaluate_pairs
from twicetold.pairs import Thresholds
from twicetold.report.evaluation import render_evaluation

VOID = {"meta", "link", "br", "rect", "line", "circle"}
NASTY = "<script>alert(1)</script> \"quoted\" & 'more' \udc80 \x00"


class Tags(HTMLParser):
    """Collects tags and visible text; fails on a tag that is not closed in order."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data

    def headings(self) -> list[int]:
        return [int(tag[1]) for tag, _ in self.tags if re.fullmatch(r"h[1-6]", tag)]


def page_of(evaluation, **more: str) -> Tags:
    return Tags(render_evaluation(evaluation, **{"title": "Evaluation", "source": "labelled.csv", **more}))


@pytest.fixture(params=["pairs", "groups"])
def evaluation(request, pairs, records):
    return evaluate_pairs(**pairs) if request.param == "pairs" else evaluate_groups(**records)


def test_a_page_loads_and_runs_nothing(evaluation):
    page = page_of(evaluation)
    assert not {tag for tag, _ in page.tags} & {"script", "img", "iframe", "form", "input"}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    policy = next(attributes["content"] for tag, attributes in page.tags if "http-equiv" in attributes)
    assert policy.startswith("default-src 'none'")
    assert {attributes.get("href", "")[:1] for tag, attributes in page.tags if tag == "a"} == {"#"}


def test_the_same_evaluation_gives_the_same_bytes(evaluation):
    first, second = (render_evaluation(evaluation, title="t", source="s") for _ in range(2))
    assert first == second


def test_headings_step_down_one_level_at_a_time(evaluation):
    levels = page_of(evaluation).headings()
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_ids_are_unique_and_links_lead_somewhere(evaluation):
    page = page_of(evaluation)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {attributes["href"][1:] for tag, attributes in page.tags if tag == "a"}
    assert links <= set(ids)


def test_title_source_and_findings_are_shown(evaluation):
    text = page_of(evaluation, title="My title", source="my source").text
    assert "My title" in text
    assert "my source" in text
    assert all(finding.message in text for finding in evaluation.findings)


def test_every_metric_is_shown_with_its_interval(evaluation):
    text = page_of(evaluation).text
    for each in evaluation.metrics.values():
        assert f"{each.value:.3f}" in text
        assert f"{each.low:.3f} to {each.high:.3f}" in text


def test_baselines_are_shown_with_their_cuts(pairs):
    text = page_of(evaluate_pairs(**pairs)).text
    assert "Twicetold minus baseline" in text
    assert "0.450 for Accuracy, 0.450 for F1" in text
    assert "in hindsight" in text


def test_a_gain_has_a_plus_and_a_loss_a_minus_sign(records):
    text = page_of(evaluate_groups(**records)).text
    assert re.search(r"\+0\.\d{3}", text)
    assert re.search("\N{MINUS SIGN}0\\.\\d{3}", text)


def test_without_baselines_and_kinds_there_is_no_word_of_them(pairs):
    text = page_of(evaluate_pairs(**{**pairs, "baselines": None, "kinds": None})).text
    assert "baseline" not in text
    assert "By kind" not in text


def test_the_threshold_in_use_is_marked(pairs):
    assert "50% (in use)" in page_of(evaluate_pairs(**pairs)).text


def test_differing_words_of_an_error_are_marked(pairs):
    pairs["probabilities"][0] = 0.0
    page = page_of(evaluate_pairs(**pairs))
    assert "mark" in {tag for tag, _ in page.tags}
    assert "Error 1: labelled duplicate, given 0%" in page.text


def test_text_from_the_data_is_never_markup(pairs, records):
    pairs |= {name: [NASTY] * 60 for name in ("texts_a", "texts_b", "kinds", "ids")}
    pairs |= {"probabilities": [0.9] * 60, "baselines": {NASTY: [0.5] * 60}}
    records |= {name: [NASTY] * 12 for name in ("texts", "ids", "scopes", "predicted_groups")}
    records |= {"baselines": {NASTY: [NASTY] * 12}}
    for found in (evaluate_pairs(**pairs), evaluate_groups(**records)):
        page = page_of(found, title=NASTY, source=NASTY)
        assert "script" not in {tag for tag, _ in page.tags}
        assert page.text.count("<script>alert(1)</script>") > 4
        assert "\x00" not in page.text


def test_undefined_values_are_called_undefined():
    one = evaluate_pairs([1], [0.9], texts_a=["a"], texts_b=["b"], thresholds=Thresholds(0.5, 0.5))
    assert "undefined" in page_of(one).text
    assert "nan" not in page_of(one).text


def test_a_text_of_a_million_characters_is_cut_and_said(pairs):
    pairs["texts_a"][0] = "word " * 200_000
    pairs["probabilities"][0] = 0.0
    html = render_evaluation(evaluate_pairs(**pairs), title="t", source="s")
    assert len(html) < 300_000
    assert "Cut here: 998,000 more characters." in Tags(html).text


def test_a_huge_wrong_group_says_how_many_records_are_left_out():
    found = evaluate_groups([str(k) for k in range(50)], ["g"] * 50, ["s"] * 50)
    assert "and 30 more records" in page_of(found).text


def test_the_page_meets_wcag_in_light_and_dark_and_on_narrow_screens(evaluation, chromium, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    path = tmp_path / "evaluation.html"
    path.write_bytes(render_evaluation(evaluation, title="Evaluation", source="labelled.csv"))
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for scheme, width in (("light", 1280), ("dark", 320)):
            page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
            page.goto(path.as_uri())
            assert axe.Axe().run(page).response["violations"] == []
            assert page.evaluate("document.documentElement.scrollWidth") == width
        browser.close()
