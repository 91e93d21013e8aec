"""Pages of a service that shows several profiles."""

from __future__ import annotations

import pytest

from pages.conftest import KEYS
from pages.tabs import is_narrow_enough, violations
from twicetold.service.pages.texts import LANGUAGES, texts_in


@pytest.fixture(scope="module")
def several(start):
    """The shipped example as two profiles, neither of which is the usual one."""
    return start("example", keys=KEYS | {"one": (["read"], None, "goals")}, more=["other & more"])


def links(page):
    return [each["href"] for each in page.html.all("a") if each.get("href", "").startswith("/")]


def test_a_profile_is_chosen_and_stays_chosen(several):
    choice = several.get("/runs", key="ann", before="r3")
    assert (choice.status, "Choose a profile" in choice.text) == (300, True)
    assert links(choice)[1:] == ["/runs?before=r3&profile=goals", "/runs?before=r3&profile=other+%26+more"]
    shown = several.get("/", key="ann", profile="other & more")
    assert "Profile: other & more. Choose another profile." in shown.text
    but_away = [each for each in links(shown) if not each.startswith("/static") and each != "/"]
    assert [each for each in but_away if "profile=other+%26+more" not in each] == []
    assert several.post("/runs", {}, key="ann").status == 300
    assert several.store.count("requests") == 0


def test_who_may_see_one_profile_need_not_choose(several):
    shown = several.get("/", key="one")
    assert (shown.status, "Choose another profile" in shown.text) == (200, False)
    assert several.get("/", key="one", profile="other & more").status == 403


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_choice_meets_wcag_and_leads_on(several, visit, language):
    page = visit(several, "/model", key="ann", width=320, bypass_csp=True, locale=language)
    assert page.locator("h1").inner_text() == texts_in(language)("profiles.heading")
    assert (violations(page), is_narrow_enough(page, 320)) == ([], True)
    page.get_by_role("link", name="goals").click()
    assert page.locator("h1").inner_text() == texts_in(language)("model.heading")


def test_without_any_results_the_page_says_what_to_do(several):
    several.store.execute("delete from published")
    reply = several.get("/", key="ann")
    assert (reply.status, "no profile has results yet" in reply.text) == (400, True)
