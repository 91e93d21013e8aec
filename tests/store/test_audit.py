"""The audit log: what is noted is there, and neither the program nor SQL changes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from twicetold.store import audit
from twicetold.store.engine import transaction


def note(engine, **more):
    with transaction(engine) as connection:
        audit.note(connection, **{"who": "ann", "action": "decide", "profile": "hub", "about": "7"} | more)


def entries(engine, profiles=None, **more):
    with engine.connect() as connection:
        return audit.list_entries(connection, profiles, **{"limit": 100} | more)


def table(engine):
    return "audit" if engine.dialect.name == "sqlite" else "twicetold.audit"


def test_an_empty_log_has_no_entries(engine):
    assert entries(engine) == []


def test_what_is_noted_is_there_with_the_time(engine):
    note(engine)
    (entry,) = entries(engine)
    assert {name: entry[name] for name in ("who", "action", "profile", "about")} == {
        "who": "ann",
        "action": "decide",
        "profile": "hub",
        "about": "7",
    }
    assert abs(entry["at"] - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("who", ["", " ", "é", "a\0b", "\ud800", "x" * 5000, "'; drop table audit; --"])
def test_any_name_can_be_noted(engine, who):
    note(engine, who=who)
    assert len(entries(engine)) == 1


def test_what_an_entry_is_about_is_cut_where_it_is_long(engine):
    note(engine, about="x" * 5000)
    assert entries(engine)[0]["about"] == "x" * 1000


def test_an_action_that_nobody_knows_is_a_defect(engine):
    with pytest.raises(AssertionError):
        note(engine, action="dance")


def test_entries_come_page_by_page_and_for_some_profiles_only(engine):
    for profile in ("a", "b", "", "a"):
        note(engine, profile=profile)
    assert [entry["profile"] for entry in entries(engine)] == ["a", "b", "", "a"]
    assert [entry["profile"] for entry in entries(engine, ["a"])] == ["a", "a"]
    assert entries(engine, []) == []
    first = entries(engine, limit=2)
    assert [entry["profile"] for entry in entries(engine, after=first[-1]["id"])] == ["", "a"]


@pytest.mark.parametrize(
    "change",
    [
        "update {audit} set who = 'nobody'",
        "update {audit} set about = '' where id = 1",
        "delete from {audit}",
        "delete from {audit} where id = 1",
    ],
)
def test_no_entry_is_changed_or_deleted(engine, change):
    note(engine)
    before = entries(engine)
    with pytest.raises(sa.exc.DBAPIError, match="neither changed nor deleted"), engine.begin() as connection:
        connection.execute(sa.text(change.format(audit=table(engine))))
    assert entries(engine) == before


def test_nor_is_one_replaced(engine):
    note(engine)
    before = entries(engine)
    statement = {
        "sqlite": "insert or replace into audit (id, who, action) values (1, 'nobody', 'decide')",
        "postgresql": "truncate twicetold.audit",
    }[engine.dialect.name]
    with pytest.raises(sa.exc.DBAPIError, match="neither changed nor deleted"), engine.begin() as connection:
        connection.execute(sa.text(statement))
    assert entries(engine) == before


def test_what_is_taken_back_leaves_no_entry(engine):
    with engine.connect() as connection:
        audit.note(connection, who="ann", action="decide")
        connection.rollback()
    assert entries(engine) == []
