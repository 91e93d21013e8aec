"""Review: which groups and pairs are worth looking at first, and what people have said about them."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta

import pytest

from twicetold.decisions import Answer, Decision
from twicetold.groups import Group
from twicetold.records import Record
from twicetold.service.rankings import Rankings
from twicetold.store import browse, decisions, records, results, review, reviewed, standing
from twicetold.store.engine import transaction

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


def standing_of(engine, name):
    (found,) = ask(engine, standing.standings, [name])
    return found


def test_the_doubt_of_a_group_counts_its_pairs_that_are_probably_wrong(filled):
    first, second = ask(filled, Rankings().of).by_worth
    assert (first.id, first.size, first.open, first.lowest) == ("g1", 3, 2, 0.6)
    assert first.doubt == pytest.approx(0.1 + 0.4 + 1)  # b and c were judged different
    assert (second.id, second.open) == ("g2", 3)
    assert second.doubt == pytest.approx(0.2)  # records of one text are no doubt


def test_the_last_word_settles_in_whichever_order_its_records_are_named(filled, say):
    say("b", "a", "same")
    assert standing_of(filled, "g1").doubt == pytest.approx(0.4 + 1)
    say("a", "b", "unsure")
    assert standing_of(filled, "g1").open == 2
    for other in "bc":
        say("a", other, "different")
    assert standing_of(filled, "g1").open == 0


def test_a_decision_about_records_of_two_groups_settles_neither(filled, say):
    say("a", "s", "different")
    assert [each.open for each in ask(filled, Rankings().of).by_worth] == [2, 3]


def test_a_group_stands_alone_as_it_does_among_all(filled, say):
    """whatever is said, in whatever order, and taken back"""
    rng, names, states = random.Random(5), "abcstuÉxy", set()
    for _ in range(80):
        say(*rng.sample(names, 2), rng.choice(["same", "different", "same", "different", "unsure"]))
        found = {each.id: each for each in ask(filled, standing.standings)}
        assert {name: ask(filled, standing.standings, [name]) for name in found} == {
            name: [each] for name, each in found.items()
        }
        states |= {(each.id, each.state) for each in found.values()}
    assert states == {("g1", "decided"), ("g1", "open"), ("g2", "decided"), ("g2", "open")}


def test_what_is_known_again_after_each_decision_is_what_is_found_anew(filled, say):
    rng, names, rankings = random.Random(6), "abcstuÉxy", Rankings()
    before = ask(filled, rankings.of)
    first = before.by_worth
    for _ in range(60):
        for _ in range(rng.randrange(3)):
            say(*rng.sample(names, 2), rng.choice(["same", "different", "unsure"]))
        known, anew = ask(filled, rankings.of), ask(filled, Rankings().of)
        assert known == anew
    assert first == before.by_worth  # whoever still reads it reads no half of another one
    assert known != before


def test_a_decision_that_is_dated_back_is_known_too(filled, say):
    rankings = Rankings()
    say("a", "b", "same")
    say("a", "b", "different")
    ask(filled, rankings.of)
    made = Decision("a", "b", Answer("unsure"), "bob", at=AT + timedelta(seconds=30))
    ask(filled, decisions.add_decisions, [made])
    assert ask(filled, rankings.of).by_id["g1"].open == ask(filled, standing.standings, ["g1"])[0].open == 1


def test_numbers_of_decisions_are_seen_in_the_order_in_which_they_grow(filled):
    made, seen = [Decision("a", other, Answer("same"), "ann") for other in "bc"], []

    def second():
        ask(filled, decisions.add_decisions, made[1:])
        seen.append("second")

    with transaction(filled) as connection:
        decisions.add_decisions(connection, "p", made[:1])
        other = threading.Thread(target=second)
        other.start()
        other.join(0.5)
        assert not seen
    other.join(30)
    assert seen == ["second"]
    assert [each.record_b for each in ask(filled, decisions.read_decisions)] == ["b", "c"]


def test_a_store_without_results_has_nothing_to_look_at(engine):
    assert ask(engine, standing.standings) == []
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
    assert ask(filled, browse.groups_saying, "TEXT U") == {"g2"}
    assert ask(filled, browse.groups_saying, "%") == set()


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
