"""The pages in a browser: the reviewer's path, keyboard only, without script, narrow, on paper, and by axe-core."""

from __future__ import annotations

import pytest

from pages.tabs import is_narrow_enough, violations
from twicetold.runs.packing import pack

pytestmark = pytest.mark.browser

PAGES = [
    "/",
    "/?state=settled",
    "/?text=nowhere",
    "/scopes",
    "/label",
    "/try",
    "/runs",
    "/runs/compare",
    "/model",
    "/nowhere",
]


@pytest.fixture(scope="module")
def own(start):
    """The shipped example for whoever came by the link; tests decide there."""
    return start("example")


@pytest.fixture(scope="module")
def shared_by_two(start):
    """The shipped example for two people with keys."""
    from pages.conftest import KEYS

    return start("example", keys=KEYS)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_meets_wcag_and_never_scrolls_sideways(example, visit, width, language):
    page = visit(example, width=width, bypass_csp=True, locale=language)
    for path in [*PAGES, example.group_with("g033")]:
        page.goto(path)
        assert (path, violations(page)) == (path, [])
        assert is_narrow_enough(page, width), path


@pytest.mark.parametrize("width", [320, 768, 1280, 1920])
def test_texts_that_bite_break_no_page(biting, visit, width):
    page = visit(biting, key="ann", width=width, bypass_csp=True)
    for path in ["/", biting.group_with("b7"), biting.group_with("=cmd"), biting.group_with("b5"), "/scopes", "/label"]:
        page.goto(path)
        assert is_narrow_enough(page, width), path
        assert violations(page) == []
    assert page.said == []


def test_no_dialog_opens_and_nothing_is_asked_for_elsewhere(biting, visit):
    page = visit(biting, key="ann")
    opened = []
    page.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
    for path in ["/", biting.group_with("=cmd"), "/try", "/runs"]:
        page.goto(path)
        page.wait_for_load_state("networkidle")
    assert (opened, page.said) == ([], [])


def test_the_policy_stops_a_script(example, visit):
    page = visit(example)
    with pytest.raises(Exception, match="Content Security Policy"):
        page.add_script_tag(content="document.title = 'broken'")


def test_the_whole_path_of_a_reviewer_changes_the_next_run(own, visit):
    before = sorted(map(sorted, own.store.groups().values()))
    page = visit(own, bypass_csp=True)
    page.get_by_role("link", name="Submit the expansion application").click()
    page.get_by_text("Why 68%?").click()
    assert page.get_by_text("Meaning of the whole text").first.is_visible()
    page.locator("#different-1").check()
    page.locator("#different-2").check()
    page.locator("#different-3").check()
    page.get_by_label("Reason, if you want to give one").fill("Expansion is another application.")
    page.get_by_role("button", name="Save answers").click()
    assert "3 decisions were saved" in page.locator(".notice").inner_text()
    assert violations(page) == []
    page.get_by_role("link", name="Go to the next group").first.click()
    page.get_by_role("button", name="All are the same").click()
    page.get_by_role("link", name="Runs").click()
    page.get_by_role("button", name="Ask for a run").click()
    assert "waiting" in page.locator("#table").inner_text()
    assert own.program("run", "--requests").status == 0
    page.wait_for_function("!document.querySelector('#table').innerText.includes('waiting')", timeout=20_000)
    page.goto("/runs/compare")
    page.get_by_role("button", name="Compare").click()
    assert "g033" in page.locator(".log").inner_text()
    after = sorted(map(sorted, own.store.groups().values()))
    assert ["g029", "g033", "g037", "g044"] in before
    assert ["g029", "g037", "g044"] in after
    assert page.said == []


def test_keyboard_alone_is_enough(own, visit):
    page = visit(own, own.group_with("g068"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "usa-skipnav"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name || ''").startswith("answer:"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("d")
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.keyboard.press("x")
    assert page.locator("#different-1").is_checked()
    assert page.locator("#same-2").is_checked()
    assert page.locator("#tick-2").is_checked()
    page.keyboard.press("i")
    assert page.evaluate("document.activeElement.id") == "different-1"
    page.keyboard.press("ArrowRight")
    assert page.locator("#unsure-1").is_checked()
    page.keyboard.press("d")
    page.keyboard.press("Enter")  # on a choice it sends the form by its first button, which saves the answers
    page.wait_for_url("**done=save**")
    assert sorted(each[0] for each in own.decided()[-2:]) == ["different", "same"]


def test_shortcuts_take_no_letter_from_whoever_types_and_can_be_switched_off(example, visit):
    page = visit(example, example.group_with("g068"))
    page.get_by_label("Reason, if you want to give one").press_sequentially("sdukxji")
    assert page.get_by_label("Reason, if you want to give one").input_value() == "sdukxji"
    assert page.locator("input[name^=answer]:checked").count() == 0
    page.get_by_text("Keyboard shortcuts").click()
    page.get_by_label("Use shortcuts in this browser").uncheck()
    page.reload()
    page.locator("#same-1").focus()
    page.keyboard.press("d")
    assert not page.locator("#different-1").is_checked()


def test_without_script_everything_is_read_and_decided(own, visit):
    page = visit(own, own.group_with("g017"), java_script_enabled=False)
    page.get_by_text("Why ").first.click()
    assert page.locator(".waterfall").first.is_visible()
    page.locator("#same-1").check()
    page.get_by_role("button", name="Save answers").click()
    assert "1 decision was saved" in page.locator(".notice").inner_text()
    page.get_by_role("button", name="Undo", exact=True).first.click()
    assert "Taken back" in page.locator(".notice").inner_text()
    page.goto("/label")
    page.get_by_label("Unsure").check()
    page.get_by_role("button", name="Save and go on").click()
    assert "Saved" in page.locator(".notice").inner_text()
    page.goto("/try")
    page.get_by_role("button", name="Compare").click()
    assert page.locator(".waterfall").is_visible()
    page.get_by_role("link", name="Español").click()
    assert page.locator("h1").inner_text() == "Comparar dos textos"


def test_two_people_at_one_group_hear_of_each_other(shared_by_two, visit):
    site = shared_by_two
    path = site.group_with("g033")
    first, second = visit(site, path, key="ann", bypass_csp=True), visit(site, path, key="bob", bypass_csp=True)
    assert "ann" in second.locator("#present").inner_text()
    assert violations(second) == []
    first.locator("#different-1").check()
    first.get_by_role("button", name="Save answers").click()
    second.evaluate("htmx.ajax('GET', document.querySelector('#present').getAttribute('hx-get'), '#present')")
    second.get_by_text("Somebody has decided about this group").wait_for()
    second.locator("#same-1").check()
    second.locator("#same-2").check()
    second.get_by_role("button", name="Save answers").click()
    assert second.locator("h1").inner_text() == "The group has changed since you opened it"
    assert violations(second) == []
    second.get_by_role("button", name="Save my choices anyway").click()
    assert [each[3] for each in site.decided()] == ["ann", "bob", "bob"]
    assert violations(second) == []


def test_paper_shows_texts_and_no_buttons(example, visit):
    page = visit(example, example.group_with("g033"))
    page.emulate_media(media="print")
    assert page.locator(".member .text").first.is_visible()
    assert not page.get_by_role("button", name="Save answers").is_visible()
    assert not page.locator("nav").first.is_visible()


def test_words_that_differ_are_told_by_more_than_colour(example, visit):
    page = visit(example, example.group_with("g033"))
    assert page.evaluate("getComputedStyle(document.querySelector('mark')).textDecorationLine") == "underline"


def test_the_step_of_a_run_changes_before_the_eyes(start, visit):
    site = start("example")
    run_id = site.begin_run()
    tabs = [visit(site, path, bypass_csp=True) for path in ("/runs", f"/runs/{run_id}")]
    tabs[0].get_by_role("link", name=run_id).focus()
    for page in tabs:
        page.get_by_text("planning what to compare").wait_for()
    site.reach(run_id, "plan", pack({"blocks": [1, 2, 3]}))
    for page in tabs:
        page.get_by_text("comparing: 0 of 3 parts are done").wait_for()
        assert violations(page) == []
    assert tabs[0].evaluate("document.activeElement.id") == run_id
    site.store.execute("update runs set state = 'cancelled' where id = ?", run_id)
    for page in tabs:
        page.get_by_text("cancelled").wait_for()
        assert page.said == []
