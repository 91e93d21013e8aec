"""Review: which groups and pairs are worth looking at first, and what people have said about them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from twicetold.decisions import Answer, Decision
from twicetold.groups import Group
from twicetold.records import Record
from twicetold.store import decisions, records, results, review, reviewed, standing
from twicetold.store.engine import transaction
from twicetold.store.tables import groups

AT = datetime(2026, 11, 22, 19, 30, tzinfo=UTC)
#: Two groups: one of three texts, one pair of which was judged different; one of four records with two texts.
GROUPS = [Group("g1", "north", ("a", "b", "c"), "a"), Group("g2", "south", ("s", "t", "u", "É"), "s")]
PAIRS = [
    ("a", "b", "north", 0.9),
    ("a", "c", "north", 0.6),
    ("s", "t", "south", 1.0),
    ("s", "u", "south", 0.8),
    ("u", "É", "south", 1.0),
    ("x", "y", "south", 0.5),
]


@pytest.fixture
def filled(engine):
    """A store with the groups."""
    with transaction(engine) as connection:
        found = [Record(name, f"Text {name}", "north" if name in "abc" else "south", {}) for name in "abcstuÉxy"]
        records.publish_records(connection, "p", AT, found)
        fresh = [{"scope": scope, "digest": "d", "records": 3, "groups": 1} for scope in ("north", "south")]
        rows = [
            {
                "record_a": a,
                "record_b": b,
                "scope": scope,
                "probability": chance,
                "verdict": "duplicate",
                "reason": "",
                "evidence": {"meaning": chance},
            }
            for a, b, scope, chance in PAIRS
        ]
        results.publish_scopes(connection, "p", AT, gone={}, fresh=fresh, found_groups=GROUPS, found_pairs=rows)
    return engine


@pytest.fixture
def say(filled):
    """Adds what somebody says, each a minute after the one before."""
    said = []

    def say(a, b, answer):
        said.append(Decision(a, b, Answer(answer), "ann", at=AT + timedelta(minutes=len(said))))
        with transaction(filled) as connection:
            decisions.add_decisions(connection, "p", said[-1:])

    return say


def ask(engine, call, *args, **kwargs):
    with transaction(engine) as connection:
        return call(connection, "p", *args, **kwargs)


def test_the_doubt_of_a_group_counts_its_pairs_that_are_probably_wrong(filled):
    first, second = ask(filled, review.standings)
    assert (first.id, first.size, first.open, first.lowest) == ("g1", 3, 2, 0.6)
    assert first.doubt == pytest.approx(0.1 + 0.4 + 1)  # b and c were judged different
    assert (second.id, second.open) == ("g2", 3)
    assert second.doubt == pytest.approx(0.2)  # records of one text are no doubt


def test_the_last_word_settles_in_whichever_order_its_records_are_named(filled, say):
    say("b", "a", "same")
    assert next(each for each in ask(filled, review.standings) if each.id == "g1").doubt == pytest.approx(0.4 + 1)
    say("a", "b", "unsure")
    assert next(each for each in ask(filled, review.standings) if each.id == "g1").open == 2
    for other in "bc":
        say("a", other, "different")
    assert next(each for each in ask(filled, review.standings) if each.id == "g1").open == 0


def test_a_decision_about_records_of_two_groups_settles_neither(filled, say):
    say("a", "s", "different")
    assert [each.open for each in ask(filled, review.standings)] == [2, 3]


def told_twice(engine):
    """Of each group whether it is decided, and its lowest probability: as pages hold it, and as routes ask for it."""
    held = {each.id: (each.open == 0, each.lowest) for each in ask(engine, review.standings)}
    chosen = sa.select(groups.c.id, standing.is_decided("p"), standing.lowest("p")).where(groups.c.profile == "p")
    with transaction(engine) as connection:
        asked = {name: (bool(decided), lowest) for name, decided, lowest in connection.execute(chosen)}
    return held, asked


def test_pages_and_routes_agree_on_which_groups_are_decided(filled, say):
    """whatever is said, in whatever order, and taken back: the two definitions are one"""
    rng, names, decided = random.Random(5), "abcstuÉxy", set()
    for _ in range(80):
        say(*rng.sample(names, 2), rng.choice(["same", "different", "same", "different", "unsure"]))
        held, asked = told_twice(filled)
        assert held == asked
        decided |= {(name, is_decided) for name, (is_decided, _) in held.items()}
    assert decided == {("g1", True), ("g1", False), ("g2", True), ("g2", False)}


def test_a_store_without_results_has_nothing_to_look_at(engine):
    assert ask(engine, review.standings) == []
    assert ask(engine, review.open_pairs, None, limit=5) == []
    assert ask(engine, review.labels, None) == []


def test_pairs_are_asked_about_where_an_answer_is_worth_most(filled, say):
    # a and c: 0.4 of 6 records; s and u: 0.2 of 8; x and y: 0.5 of 2; a and b: 0.1 of 6; identical ones never
    wanted = [("a", "c"), ("s", "u"), ("x", "y"), ("a", "b")]
    assert ask(filled, review.open_pairs, None, limit=9) == wanted
    assert ask(filled, review.open_pairs, None, offset=1, limit=2) == wanted[1:3]
    assert ask(filled, review.open_pairs, ["north"], limit=9) == [("a", "c"), ("a", "b")]
    assert ask(filled, review.open_pairs, None, scope="south", limit=1) == [("s", "u")]
    say("c", "a", "unsure")
    assert ask(filled, review.open_pairs, None, limit=1) == [("s", "u")]


def test_labels_have_the_probability_of_the_texts(filled, say):
    for a, b, answer in (("a", "b", "same"), ("É", "s", "different"), ("t", "s", "same"), ("b", "c", "different")):
        say(a, b, answer)
    say("x", "y", "unsure")
    found = {(each.is_same, each.probability) for each in ask(filled, review.labels, None)}
    assert found == {(True, 0.9), (False, 0.8), (True, 1.0), (False, None)}
    assert {each.probability for each in ask(filled, review.labels, ["north"])} == {0.9, None}


def test_members_come_least_certain_first_each_with_the_pair_of_its_text(filled):
    group = ask(filled, reviewed.read_header, "g2", None)
    others = ask(filled, reviewed.read_others, group, limit=9)
    assert [(row["id"], row["probability"]) for row in others] == [("u", 0.8), ("É", 0.8), ("t", 1.0)]
    assert others[1]["evidence"] == {"meaning": 0.8}
    assert [row["id"] for row in ask(filled, reviewed.read_others, group, offset=1, limit=1)] == ["É"]
    assert ask(filled, reviewed.read_header, "g2", ["north"]) is None


def test_words_are_searched_in_all_members(filled):
    assert ask(filled, review.groups_saying, "TEXT U") == {"g2"}
    assert ask(filled, review.groups_saying, "%") == set()


def test_whoever_was_at_a_group_long_ago_is_forgotten(filled):
    assert ask(filled, reviewed.note_presence, "g1", "ann") == []
    assert [row["who"] for row in ask(filled, reviewed.note_presence, "g1", "bob")] == ["ann"]
    assert ask(filled, reviewed.note_presence, "g2", "bob") == []
    with transaction(filled) as connection:
        connection.execute(reviewed.presence.update().values(at=datetime.now(UTC) - timedelta(hours=1)))
    assert ask(filled, reviewed.note_presence, "g1", "bob") == []


def test_what_is_seen_changes_with_each_decision(filled, say):
    before = ask(filled, reviewed.seen_now, "g1", lock=True)
    assert before.keeper == "a"
    say("a", "b", "same")
    after = ask(filled, reviewed.seen_now, "g1")
    assert after.decision > before.decision
    say("s", "t", "same")
    assert ask(filled, reviewed.seen_now, "g1") == after
    assert ask(filled, reviewed.seen_now, "nowhere") == reviewed.Seen(0, 0, "")
