"""The report in a browser: Section 508 and WCAG 2.1 AA by axe-core, its policy, narrow screens, paper."""

from __future__ import annotations

import math

import numpy as np
import pytest

from twicetold.evaluation.metrics import ReliabilityBin
from twicetold.evaluation.results import ThresholdRow
from twicetold.findings import Finding, Severity
from twicetold.report.html import render_report
from twicetold.report.plots import precision_recall, reliability

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "section508"]
SCREENS = [("light", 1280), ("dark", 1280), ("light", 320), ("dark", 320)]


@pytest.fixture(scope="module")
def report(tmp_path_factory, result_of, record):
    """A report with something in every part of it."""
    records = [
        record("a1", "Train 85% of the teachers\nby June.", "north", status="Closed", created="2024-01-01"),
        record("a2", "Train 90% of teachers by June.", "north", status="In Progress"),
        record("a3", "train 85% of the teachers by june", "north"),
        record("a4", "Open a new center in " + "Llanfairpwllgwyngyll" * 12, "north"),
        record("a5", "Open a center.", "north"),
        record("b1", "הגדלת מעורבות המשפחה ל-85% 😀", "دار"),
        record("b2", "הגדלת מעורבות המשפחה ל-90%", "دار"),
        record("c1", "Very long. " * 400, ""),
        record("c2", "Very long. " * 401, ""),
    ]
    result = result_of(
        records,
        [("c1", "c2"), ("a1", "a2", "a3"), ("b1", "b2")],
        [
            ("c1", "c2", 0.99),
            ("a1", "a3", 1.0),
            ("a1", "a2", 0.83),
            ("b1", "b2", 0.7),
            ("a4", "a5", 0.4),
            ("a2", "a5", 0.9),
        ],
        [("a1", "a4", 0.29)],
        findings=tuple(Finding(severity, f"some-{severity}", "Said in a sentence.") for severity in Severity),
        histogram=10 ** np.linspace(6, 0, 50).astype(np.int64),
    )
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_bytes(render_report(result, rejected=[("blank text", 3)], source="goals.csv", columns="id=goal_id"))
    return path.as_uri()


@pytest.fixture(scope="module")
def plots(tmp_path_factory, result_of):
    """A page with the plots of an evaluation."""
    bins = [ReliabilityBin(n / 5, n / 5 + 0.2, 9, n / 5 + 0.1, n / 5 + 0.1, n / 5, n / 5 + 0.2) for n in range(5)]
    points = [ThresholdRow(n / 9, math.sqrt((n + 1) / 10), 1 - n / 9, 0.5, 0.5, 9) for n in range(10)]
    drawn = reliability(bins) + precision_recall(points, 5 / 9)
    html = render_report(result_of()).replace(b"</main>", f"<section>{drawn}</section></main>".encode())
    path = tmp_path_factory.mktemp("plots") / "plots.html"
    path.write_bytes(html)
    return path.as_uri()


@pytest.fixture
def visit(browser):
    """Opens an address in a fresh context; everything that the console says is kept in ``said``."""
    contexts = []

    def open_page(address, scheme="light", width=1280, **options):
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("request", lambda request: page.said.append(request.url) if request.url[:4] == "http" else None)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()


def violations(page) -> list[str]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    found = axe.Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response
    assert len(found["passes"]) > 10
    return [f"{each['id']}: {node['html']}" for each in found["violations"] for node in each["nodes"]]


@pytest.mark.parametrize(("scheme", "width"), SCREENS)
@pytest.mark.parametrize("opened", [False, True])
def test_the_report_meets_wcag_and_section_508(report, visit, scheme, width, opened):
    page = visit(report, scheme, width, bypass_csp=True)
    page.evaluate("all => document.querySelectorAll('details').forEach(each => each.open = all)", opened)
    assert violations(page) == []


@pytest.mark.parametrize(("scheme", "width"), SCREENS)
def test_the_plots_meet_wcag_and_section_508(plots, visit, scheme, width):
    assert violations(visit(plots, scheme, width, bypass_csp=True)) == []


def test_axe_sees_what_breaks_the_rules(report, visit):
    page = visit(report, bypass_csp=True)
    page.add_style_tag(content=".lead { color: #ccc; }")
    assert any(each.startswith("color-contrast") for each in violations(page))


def test_the_browser_has_nothing_to_say_about_the_page(report, visit):
    assert visit(report).said == []


def test_the_policy_stops_a_script(report, visit):
    page = visit(report)
    with pytest.raises(Exception, match="Content Security Policy"):
        page.add_script_tag(content="document.title = 'broken'")


def test_the_style_sheet_is_let_through_by_the_policy(report, visit):
    page = visit(report, java_script_enabled=True)
    assert page.evaluate("getComputedStyle(document.querySelector('.banner')).backgroundColor") == "rgb(22, 46, 81)"


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("which", ["report", "plots"])
def test_the_page_never_scrolls_sideways(which, width, visit, request):
    page = visit(request.getfixturevalue(which), width=width)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_waterfall_opens_by_keyboard_without_script(report, visit):
    page = visit(report, java_script_enabled=False)
    why = page.locator(".why").first
    assert not why.locator("table").is_visible()
    why.locator("summary").focus()
    page.keyboard.press("Enter")
    assert why.locator("table").is_visible()


def test_the_first_tab_reaches_the_skip_link_and_it_leads_to_the_content(report, visit):
    page = visit(report, java_script_enabled=False)
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    assert skip.bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_what_has_the_focus_is_outlined(report, visit):
    page = visit(report)
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_marked_words_are_underlined_not_only_coloured(report, visit):
    page = visit(report)
    assert page.evaluate("getComputedStyle(document.querySelector('mark')).textDecorationLine") == "underline"


def test_dark_is_dark(report, visit):
    page = visit(report, "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 28)"


def test_paper_shows_the_words_of_closed_pairs_and_hides_the_navigation(report, visit):
    page = visit(report)
    words = page.locator(".why .words").first
    assert not words.is_visible()
    page.emulate_media(media="print")
    assert words.bounding_box()["height"] > 0
    assert not page.locator(".contents").is_visible()
    assert not page.locator(".why table").first.is_visible()
