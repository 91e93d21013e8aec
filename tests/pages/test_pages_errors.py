"""Every error and state that a browser can meet: in the reader's language, by axe-core, and at 320 pixels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pages.conftest import KEYS
from pages.tabs import is_narrow_enough, violations
from twicetold.platform.secret import Secret
from twicetold.platform.services import Database
from twicetold.service.limits import REFUSALS
from twicetold.service.pages.texts import LANGUAGES, texts_in
from twicetold.store.engine import open_engine, transaction
from twicetold.store.people import begin_session

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def rough(start):
    """The shipped example on a platform, for people who log in at a provider that is away."""
    return start("example", "postgres", keys=KEYS, has_login=True, VCAP_APPLICATION="{}")


@dataclass
class Reader:
    """Somebody with a narrow screen and a language."""

    fixture: Any
    visit: Any
    language: str

    def __getattr__(self, name):
        return self.fixture(name)

    def open(self, site, path, **options):
        return self.visit(site, path, width=320, bypass_csp=True, locale=self.language, **options)


def without_link(reader):
    return reader.open(replace(reader.example, cookie=""), "/"), "error.401-link.title"


def link_of_yesterday(reader):
    return reader.open(replace(reader.example, cookie="twicetold=of-yesterday"), "/"), "error.401-expired.title"


def without_key(reader):
    return reader.open(reader.biting, "/"), "error.401-key.title"


def session_that_ends_while_somebody_decides(reader):
    rough, cookie, now = reader.rough, f"of-{reader.language}", datetime.now(UTC)
    engine = open_engine(Database("store", "the tests", Secret(rough.store.address), None))
    with transaction(engine) as connection:
        access = {"role": "reviewer", "profiles": None, "scopes": None}
        digest = hashlib.sha256(cookie.encode()).hexdigest()
        begin_session(connection, digest, "jo@example.gov", access, now, now - timedelta(days=1))
    engine.dispose()
    page = reader.open(replace(rough, cookie=f"twicetold={cookie}"), rough.group_with("g017"))
    page.locator("#same-1").check()
    rough.store.execute("delete from sessions")
    page.locator("button[value=save]").first.click()
    return page, "error.401-login.title"


def login_that_is_refused(reader):
    return reader.open(reader.rough, "/login/callback?code=x&state=y"), "error.403-login.title"


def action_that_is_not_allowed(reader):
    return reader.open(reader.biting, "/label", key="reader"), "error.403.title"


def page_that_is_not_there(reader):
    return reader.open(reader.example, "/nowhere"), "error.404.title"


def run_that_is_not_there(reader):
    return reader.open(reader.example, "/runs/r0"), "error.404.title"


def page_that_takes_no_form(reader):
    return _send(reader, "/model"), "error.405.title"


def request_that_is_too_large(reader):
    return _send(reader, "/try", one="x" * 70_000, other="y"), "error.413.title"


def text_that_is_too_long(reader):
    return _send(reader, "/try", one="x" * 10_001, other="y"), "error.422.title"


def address_that_is_wrong(reader):
    return reader.open(reader.example, "/?state=odd"), "error.400.title"


def network_that_is_locked_out(reader):
    for _ in range(REFUSALS):
        reader.rough.ask("GET", "/v1/groups", Authorization="Bearer tt_wrong", X_Forwarded_For="9.9.9.9")
    return reader.open(reader.rough, "/", headers={"X-Forwarded-For": "9.9.9.9"}), "error.429.title"


def defect(reader):
    site = reader.start("example")
    site.store.execute("update runs set counts = '[1]'")  # nothing writes that
    (row,) = site.store.execute("select id from runs")
    return reader.open(site, f"/runs/{row['id']}"), "error.500.title"


def provider_that_is_away(reader):
    return reader.open(reader.rough, "/"), "error.503.title"


def store_that_is_away(reader):
    page = reader.open(reader.rough, "/", key="ann")
    reader.postgres.stop()
    try:
        page.reload()
    finally:
        reader.postgres.start()
    return page, "error.503.title"


def group_that_has_changed(reader):
    site = reader.start("example", keys=KEYS)
    path = site.group_with("g033")
    page = reader.open(site, path, key="ann")
    site.post(path, site.get(path, key="bob").html.form(do="split", tick=["g029"]), key="bob")
    page.locator("#different-1").check()
    page.locator("button[value=save]").first.click()
    return page, "stale.heading"


def pair_that_was_labelled_meanwhile(reader):
    site = reader.start("example", keys=KEYS)
    page = reader.open(site, "/label", key="ann")
    site.post("/label", dict(site.get("/label", key="bob").html.form()) | {"answer": "same"}, key="bob")
    page.locator("#different").check()
    page.locator("main button").click()
    page.locator(".warning").wait_for()
    return page, "label.heading"


def group_that_is_gone(reader):
    site = reader.start("example", keys=KEYS)
    path = site.group_with("g033")
    for table in ("members", "groups"):
        site.store.execute(f"delete from {table}")
    return reader.open(site, path, key="ann"), "gone.title"


def results_that_are_not_there_yet(reader):
    site = reader.start("example", keys=KEYS)
    site.store.execute("delete from published")
    page = reader.open(site, "/", key="ann")
    assert "twicetold run" in page.locator(".empty").inner_text()
    return page, "queue.heading"


def group_that_is_huge(reader):
    return reader.open(reader.biting, reader.biting.group_with("h0001"), key="ann"), "group.heading"


def _send(reader, path, **fields):
    """What a form of a page would send."""
    page = reader.open(reader.example, "/")
    page.evaluate(
        """([path, fields]) => {
            const form = Object.assign(document.createElement("form"), {method: "post", action: path});
            for (const [name, value] of Object.entries(fields)) {
                form.append(Object.assign(document.createElement("input"), {type: "hidden", name, value}));
            }
            document.body.append(form);
            form.submit();
        }""",
        [path, fields],
    )
    page.wait_for_url(f"**{path}")
    return page


STATES = (
    without_link,
    link_of_yesterday,
    without_key,
    session_that_ends_while_somebody_decides,
    login_that_is_refused,
    action_that_is_not_allowed,
    page_that_is_not_there,
    run_that_is_not_there,
    page_that_takes_no_form,
    request_that_is_too_large,
    text_that_is_too_long,
    address_that_is_wrong,
    network_that_is_locked_out,
    defect,
    provider_that_is_away,
    store_that_is_away,
    group_that_has_changed,
    pair_that_was_labelled_meanwhile,
    group_that_is_gone,
    results_that_are_not_there_yet,
    group_that_is_huge,
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_every_error_and_state_is_said_in_the_readers_language_and_meets_wcag(request, visit, state, language):
    reader = Reader(request.getfixturevalue, visit, language)
    page, title = state(reader)
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").inner_text() == texts_in(language)(title, n=1100)
    assert "Traceback" not in page.content()
    assert violations(page) == []
    assert is_narrow_enough(page, 320)
