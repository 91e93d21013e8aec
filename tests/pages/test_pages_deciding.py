"""Deciding on the pages: what a form does, who else is there, and that nothing that was chosen is ever lost."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from servers.process import HOST, free_ports


def members(site):
    return sorted(map(sorted, site.store.groups().values()))


def page_of(site, record="g033", key="ann"):
    path = site.group_with(record)
    return path, site.get(path, key=key).html


def test_answers_a_keeper_and_their_undoing(site):
    path, page = page_of(site)
    fields = page.form(**{"answer:g044": "different", "answer:g029": "same", "keeper": "g029", "why": "Other year."})
    saved = site.follow(site.post(path, fields, key="ann"), key="ann")
    assert "3 decisions were saved" in saved.text
    assert set(site.decided()) == {
        ("different", "g033", "g044", "ann"),
        ("same", "g033", "g029", "ann"),
        ("keeper", "g029", "", "ann"),
    }
    assert "decided: different" in saved.text
    assert "Reason: Other year." in saved.text
    assert [
        each["value"] for each in saved.html.all("input") if each.get("name") == "keeper" and "checked" in each
    ] == ["g029"]
    again = site.follow(site.post(path, saved.html.form(), key="ann"), key="ann")
    assert "there was no new answer" in again.text
    number = site.store.execute("select id from decisions where answer = 'different'")[0]["id"]
    undone = site.follow(site.post(path, [("do", "undo"), ("number", number)], key="bob"), key="bob")
    assert "Taken back" in undone.text
    assert site.decided()[-1] == ("unsure", "g033", "g044", "bob")
    assert "Replaced by a later decision" in undone.text


def test_a_group_is_split_and_dismissed_and_the_next_run_follows(site):
    path, page = page_of(site)
    untouched = site.follow(site.post(path, page.form(do="split"), key="ann"), key="ann")
    assert "tick some of its records" in untouched.text
    assert site.decided() == []
    site.follow(site.post(path, page.form(do="split", tick=["g033", "g044"]), key="ann"), key="ann")
    assert len(site.decided()) == 4
    other, page = page_of(site, "g062")
    site.follow(site.post(other, page.form(do="dismiss"), key="ann"), key="ann")
    assert len(site.decided()) == 4 + 6
    assert "2 of 35 groups are settled" in site.get("/", key="ann").text
    assert site.program.run().summary["state"] == "published"
    assert ["g033", "g044"] in members(site)
    assert ["g029", "g037"] in members(site)
    assert not [group for group in members(site) if len({"g062", "g052", "g055", "g070"} & set(group)) > 1]
    gone = site.get(other, key="ann")
    assert (gone.status, "no longer there" in gone.text) == (404, True)
    runs = [row["id"] for row in site.store.execute("select id from runs order by id")]
    moved = site.get("/runs/compare", key="ann", a=runs[0], b=runs[1])
    assert "dissolved" in moved.text
    assert other.removeprefix("/groups/") in moved.text


def test_a_stale_form_is_refused_and_keeps_what_was_chosen(site):
    path, page = page_of(site)
    site.post(path, page.form(**{"answer:g044": "different"}), key="bob")
    mine = page.form(**{"answer:g044": "same", "answer:g029": "unsure", "keeper": "g029", "why": "Ask the grantee."})
    stale = site.post(path, mine, key="ann")
    assert stale.status == 409
    assert "g033 and g044 are different." in stale.text
    assert "bob" in stale.text
    again = dict(stale.html.form())
    assert (again["answer:g044"], again["answer:g029"], again["keeper"]) == ("same", "unsure", "g029")
    assert again["why"] == "Ask the grantee."
    assert len(site.decided()) == 1
    site.follow(site.post(path, again, key="ann"), key="ann")
    assert [each[0] for each in site.decided()] == ["different", "same", "unsure", "keeper"]


def test_choices_about_a_group_that_is_gone_can_still_be_saved(site):
    path, page = page_of(site)
    site.follow(site.post(path, page.form(do="dismiss"), key="bob"), key="bob")
    site.program.run()
    stale = site.post(path, page.form(**{"answer:g044": "same"}), key="ann")
    assert (stale.status, "no longer there" in stale.text) == (409, True)
    kept = site.post(path, stale.html.form(), key="ann")
    assert (kept.status, kept.headers["location"][:6]) == (303, "/?done")
    assert site.decided()[-1] == ("same", "g033", "g044", "ann")


def test_of_many_who_save_the_same_form_at_once_one_gets_through(site):
    path, page = page_of(site)
    forms = [page.form(**{"answer:g044": ("same", "different")[n % 2], "why": f"person {n}"}) for n in range(12)]
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda form: site.post(path, form, key="ann"), forms))
    assert sorted(reply.status for reply in replies) == [303, *[409] * 11]
    assert len(site.decided()) == 1
    assert all("What you had chosen" in reply.text for reply in replies if reply.status == 409)


def test_somebody_else_at_the_group_is_named(site):
    path, _ = page_of(site, key="bob")
    assert "bob has this group open, too" in site.get(path, key="ann").text
    assert "ann has this group open, too" in site.get(f"{path}/present", key="bob").text
    assert "has this group open" not in site.get(path, key="reader").text
    site.post(path, site.get(path, key="ann").html.form(do="all"), key="ann")
    assert "Somebody has decided" in site.get(f"{path}/present", key="bob", seen="0.1.g033").text


def test_labels_are_blind_uncertain_first_and_never_overwritten_unseen(site):
    page = site.get("/label", key="ann")
    assert "%" not in page.text.replace("%.", "")
    fields = dict(page.html.form()) | {"answer": "different"}
    assert "Saved: Different" in site.follow(site.post("/label", fields, key="ann"), key="ann").text
    late = site.post("/label", fields | {"answer": "same"}, key="bob")
    assert (late.status, "while you looked at it" in late.text) == (409, True)
    assert len(site.decided()) == 1
    again = dict(late.html.form())
    assert again["answer"] == "same"
    site.follow(site.post("/label", again, key="bob"), key="bob")
    assert [each[3] for each in site.decided()] == ["ann", "bob"]
    assert dict(site.get("/label", key="ann", skip=1).html.form())["a"]
    assert site.post("/label", {"a": "g033", "b": "g044", "answer": "perhaps"}, key="ann").status == 422


def test_the_last_groups_page_says_so(site):
    for row in site.store.execute("select id from groups"):
        path = f"/groups/{row['id']}"
        site.post(path, site.get(path, key="ann").html.form(do="all"), key="ann")
    shown = site.get("/", key="ann").text
    assert "35 of 35 groups are settled" in shown
    assert "All groups are settled" in shown


def test_two_processes_know_of_each_others_people_and_decisions(site):
    (port,) = free_ports(1)
    process = site.program.start("serve", "--host", HOST, "--port", port, "--profile", "goals")
    process.wait_for("service.started")
    other = replace(site, process=process, port=port)
    try:
        path, page = page_of(site)
        assert "0 of 35 groups are settled" in other.get("/", key="bob").text
        assert "ann has this group open, too" in other.get(path, key="bob").text
        site.follow(site.post(path, page.form(do="all"), key="ann"), key="ann")
        assert other.post(path, page.form(do="dismiss"), key="bob").status == 409
        assert "1 of 35 groups are settled" in other.get("/", key="bob").text
        assert len(site.decided()) == 3
    finally:
        process.send(signal.SIGTERM)
