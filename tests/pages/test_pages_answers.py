"""The pages over HTTP: what they hold, what they refuse, and that no record's text is ever more than text."""

from __future__ import annotations

import csv
import io
import re

import pytest

from pages.conftest import ATTACK

PATHS = ["/", "/scopes", "/label", "/try", "/runs", "/runs/compare", "/model", "/?state=settled", "/?text=nowhere"]
RULES = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "connect-src": "'self'",
    "img-src": "data:",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def is_safe(reply):
    """Fails on a page that a text could have broken out of, or that a browser might run something of."""
    rules = dict(rule.strip().split(" ", 1) for rule in reply.headers["content-security-policy"].split(";"))
    assert rules == RULES
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["cache-control"] == "no-store"
    for tag, attributes in reply.html.elements:
        assert tag not in ("style", "iframe", "img", "b", "object")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        if tag == "script":
            assert attributes["src"].startswith("/static/")
    return reply


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_there_and_safe(example, path):
    reply = is_safe(example.get(path))
    assert reply.status == 200
    assert len([1 for tag, _ in reply.html.elements if tag == "h1"]) == 1


def test_the_queue_begins_where_an_answer_settles_most(example):
    rows = list(csv.DictReader(io.StringIO(example.get("/", **{"as": "csv"}).body.decode())))
    doubts = [float(row["doubt"]) for row in rows]
    assert len(rows) == example.store.count("groups")
    assert doubts == sorted(doubts, reverse=True)
    first = example.get("/").html
    (link,) = [each["href"] for each in first.all("a") if each.get("href", "").startswith("/groups/")][:1]
    assert link == f"/groups/{rows[0]['id']}"


def test_the_queue_is_searched_page_by_page_and_by_scope(example):
    assert "Page" not in example.get("/", text="zebra").text
    found = example.get("/", text="breakfast", scope="recipient-2")
    assert found.text.count("answers to give") == 1
    groups = set()
    for offset in (0, 25):
        links = example.get("/", **{"from": offset}).html.all("a")
        groups |= {each["href"] for each in links if each.get("href", "").startswith("/groups/")}
    assert len(groups) == example.store.count("groups")


def test_a_group_shows_members_evidence_and_facts(example):
    reply = is_safe(example.get(example.group_with("g033")))
    for word in ("Record to keep", "Why 73%?", "Meaning of the whole text", "Grant", "Recipient request", "Created"):
        assert word in reply.text
    assert b"<mark>continuation</mark>" in reply.body


def test_texts_of_records_are_text(biting):
    for record in ("=cmd", "b5", "b7"):
        reply = is_safe(biting.get(biting.group_with(record), key="ann"))
        assert reply.status == 200
    page = biting.get(biting.group_with("=cmd"), key="ann")
    assert ATTACK in page.text
    assert b"<script>alert" not in page.body
    for path in ("/", "/?scope=small", "/label"):
        is_safe(biting.get(path, key="ann"))
    tried = biting.post("/try", {"one": ATTACK, "other": f"{ATTACK} \u202e"}, key="ann")
    assert ATTACK in is_safe(tried).text


@pytest.mark.parametrize("value", [ATTACK, "\u202e", "\0", "é" * 400, "'; drop table groups; --"])
def test_what_is_asked_for_is_text_too(example, value):
    for name in ("text", "scope"):
        assert is_safe(example.get("/", **{name: value})).status in (200, 400)
    is_safe(example.get("/runs/compare", a=value, b=value))
    assert example.get(f"/groups/{'x' * 600}").status == 422


def test_a_table_runs_nothing_in_a_spreadsheet(biting):
    for path in (biting.group_with("=cmd"), biting.group_with("<b>3"), "/"):
        reply = biting.get(path, key="ann", **{"as": "csv"})
        assert reply.headers["content-type"] == "text/csv; charset=utf-8"
        assert reply.headers["content-disposition"].startswith("attachment")
        cells = [cell for row in csv.reader(io.StringIO(reply.body.decode())) for cell in row]
        assert len(cells) > 8
        assert not [cell for cell in cells if re.match(r"\s*[=+\-@]", cell)]


def test_a_huge_group_is_shown_page_by_page(biting):
    path = biting.group_with("h0001")
    first = biting.get(path, key="ann")
    assert "1,100 records" in first.text
    assert len(first.body) < 400_000
    last = biting.get(path, key="ann", **{"from": 1080})
    assert "Records 1,081 to 1,099 of 1,100" in last.text
    rows = biting.get(path, key="ann", **{"as": "csv"}).body.decode().splitlines()
    assert len(rows) == 1101
    fields = first.html.form(do="dismiss")
    refused = biting.post(path, fields, key="ann")
    assert (refused.status, refused.text.count("1,000 decisions at once")) == (422, 1)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nowhere", 404), ("/groups/g0", 404), ("/?state=odd", 422), ("/runs/r0", 404), ("/static/0/pages.css", 404)],
)
def test_an_error_is_a_page_for_people_and_a_problem_for_programs(example, path, status):
    reply = is_safe(example.get(path))
    assert reply.status == status
    assert "TT" in reply.text
    asked = example.ask("GET", path, Accept="application/json")
    assert asked.status == status
    assert asked.headers["content-type"] == "application/problem+json"


def test_a_link_that_is_followed_again_leads_in_as_long_as_the_session_lasts(example):
    again = example.get("/login", token="of-yesterday")
    assert (again.status, again.headers["location"]) == (303, "/")


def test_who_is_not_in_is_told_how_to_come_in(example, biting):
    nobody = example.ask("GET", "/", Cookie="")
    assert nobody.status == 200  # the cookie that came by the link
    example_cookie, example.cookie = example.cookie, ""
    try:
        assert "open the link" in is_safe(example.get("/")).text.lower()
        expired = example.ask("GET", "/", Cookie="twicetold=of-yesterday")
        assert (expired.status, "Your session has ended" in expired.text) == (401, True)
    finally:
        example.cookie = example_cookie
    keyless = biting.get("/")
    assert (keyless.status, "need a login" in keyless.text) == (401, True)


def test_too_much_at_once_is_a_page(biting):
    reply = is_safe(biting.post("/try", {"one": "x" * 70_000, "other": "y"}, key="ann"))
    assert (reply.status, "too much at once" in reply.text) == (413, True)
    assert biting.post("/try", {"one": "x" * 10_001, "other": "y"}, key="ann").status == 422
    assert "at least one word" in biting.post("/try", {"one": " ", "other": "y"}, key="ann").text


def test_a_store_that_is_away_is_a_page(start, postgres):
    site = start("example", "postgres")
    postgres.stop()
    try:
        reply = is_safe(site.get("/"))
        assert (reply.status, "Not available right now" in reply.text) == (503, True)
        assert reply.headers["retry-after"] == "2"
    finally:
        postgres.start()
    assert site.get("/").status == 200


def test_another_sites_form_is_refused(example):
    path = example.group_with("g033")
    fields = example.get(path).html.form(do="dismiss")
    refused = example.post(path, fields, Origin="http://evil.example")
    assert (refused.status, example.decided()) == (403, [])
    assert "may not" in refused.text


def test_who_may_only_read_sees_no_form_and_cannot_send_one(biting):
    path = biting.group_with("=cmd")
    page = biting.get(path, key="reader")
    assert page.status == 200
    assert not page.html.all("form")
    assert "Label pairs" not in page.text
    fields = biting.get(path, key="ann").html.form(do="dismiss")
    assert biting.post(path, fields, key="reader").status == 403
    assert biting.get("/label", key="reader").status == 403
    assert biting.post("/runs", {}, key="reader").status == 403
    assert biting.decided() == []


def test_what_is_outside_of_somebodys_scopes_is_not_there(biting):
    path = biting.group_with("h0001")
    fields = biting.get(path, key="ann").html.form(do="all")
    assert biting.get(path, key="own").status == 404
    assert biting.get(f"{path}/present", key="own").status == 404
    assert biting.post(path, fields, key="own").status == 404
    assert biting.post("/label", {"a": "h0001", "b": "h0002", "answer": "same"}, key="own").status == 404
    assert biting.get("/", key="own", scope="huge/?&#").status == 403
    assert "huge" not in biting.get("/", key="own").text
    assert "huge" not in biting.get("/scopes", key="own").text
    assert biting.get("/", key="own", **{"as": "csv"}).body.count(b"huge") == 0
    assert biting.decided() == []


def test_a_scope_with_signs_of_addresses_has_a_page(biting):
    (link,) = [
        each["href"] for each in biting.get("/scopes", key="ann").html.all("a") if "huge" in each.get("href", "")
    ]
    assert "1,100 records" in biting.get(link, key="ann").text


def test_the_language_is_chosen_by_the_browser_or_a_link_and_kept(example):
    assert "Grupos por revisar" in example.ask("GET", "/", Accept_Language="es-US,es;q=0.9").text
    chosen = example.get("/", lang="es")
    assert chosen.html.all("html")[0]["lang"] == "es"
    kept = chosen.headers["set-cookie"].partition(";")[0]
    assert "Ejecuciones" in example.ask("GET", "/runs", Cookie=kept, Accept_Language="en").text
    (link,) = [each for each in example.get("/", text="a b").html.all("a") if each.get("hreflang") == "es"]
    assert link["href"] == "/?text=a+b&lang=es"


def test_styles_and_scripts_are_kept_by_browsers_and_hold_no_address(example):
    page = example.get("/").html
    paths = [each["href"] for each in page.all("link") if each["rel"] == "stylesheet"]
    paths += [each["src"] for each in page.all("script")]
    assert len(paths) == 5
    for path in paths:
        reply = example.ask("GET", path)
        assert "immutable" in reply.headers["cache-control"]
        assert b"@import" not in reply.body
        if path.endswith(".css"):
            assert b"url(" not in reply.body
    size = sum(len(example.ask("GET", path).body) for path in paths)
    assert size < 260_000


def test_the_model_page_answers_with_labels_and_without(start):
    site = start("example")
    assert "Nobody has labelled" in site.get("/model").text
    for _ in range(3):
        fields = dict(site.get("/label").html.form())
        site.follow(site.post("/label", fields | {"answer": "different"}))
    shown = site.get("/model", threshold="0.9").text
    assert "3 pairs have an answer, 0 of them" in shown
    assert "With 0.9: 0 pairs wrongly called the same (now 2), 0 missed" in shown
    assert "in use" in shown
