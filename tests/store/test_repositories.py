"""What is put into the store comes out again, on either database, whatever it says and however much it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twicetold.decisions import Answer, Constraints, Decision
from twicetold.errors import RunNotFound
from twicetold.findings import Finding, Severity
from twicetold.groups import Group
from twicetold.records import Record
from twicetold.store import bulk, decisions, records, requests, results, runs, vectors
from twicetold.store.engine import transaction
from twicetold.store.tables import STATES, published, scopes, stages

AT = datetime(2026, 11, 22, 19, 30, 0, 123456, tzinfo=UTC)
LATER = AT + timedelta(days=1)
MANY = 5_200
ODD = [
    "",
    " ",
    "=1+1",
    "'",
    '"',
    "\\",
    "\\N",
    "\t\r\n",
    "NULL",
    "%s :name",
    "{}",
    "é",
    "e\N{COMBINING ACUTE ACCENT}",
    "🙂",
    "\N{RIGHT-TO-LEFT OVERRIDE}x",
    "\ufeff",
    "\u2028",
    "x" * 100_000,
]
UNSTORABLE = ["\0", "a\0b", "\ud800", "x\udfff", "\ud83d\ude42"]
once = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
#: Any text at all, with a weakness for what databases stumble over.
texts = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(UNSTORABLE + ODD[:-1])


@pytest.fixture
def connection(shared_engine):
    """A transaction that is never committed."""
    with shared_engine.connect() as connection:
        yield connection
        connection.rollback()


def begin(connection, run_id="r1", profile="files", started_at=AT, scopes=None):
    runs.begin_run(
        connection,
        id=run_id,
        profile=profile,
        settings_digest="s",
        code_version="1",
        scopes=scopes,
        input_digest="i",
        fingerprint="f",
        model={"name": "m", "version": "1", "digest": "d"},
        started_at=started_at,
    )


def publish(connection, groups=(), *, pairs=(), gone=(), at=AT, profile="files", fresh=()):
    results.publish_scopes(
        connection, profile, at, gone=gone, fresh=list(fresh), found_groups=list(groups), found_pairs=list(pairs)
    )


def scope_row(name, digest="d"):
    return {"scope": name, "digest": digest, "records": 2, "groups": 1}


# Texts


@given(st.text(st.characters(), max_size=30) | st.sampled_from(UNSTORABLE))
def test_a_storable_text_has_bytes_and_stays_as_it_is(text):
    stored = bulk.storable(text)
    assert "\0" not in stored
    assert stored.encode().decode() == stored == bulk.storable(stored)
    if "\0" not in text and text.encode("utf-8", "ignore").decode() == text:
        assert stored == text


@pytest.mark.parametrize("text", [*ODD, *UNSTORABLE], ids=lambda text: ascii(text[:12]))
def test_records_with_odd_texts_come_back(connection, text):
    record = Record(f"id {text[:50]}", text, text[:50], {text[:50] or "name": text})
    assert records.publish_records(connection, "files", AT, [record]) == {"new": 1, "changed": 0, "gone": 0}
    plain = bulk.storable(text)
    name = bulk.storable(text[:50] or "name")
    assert records.read_records(connection, "files") == [
        Record(
            f"id {plain[:50]}" if len(plain) == len(text) else f"id {bulk.storable(text[:50])}",
            plain,
            plain[:50],
            {name: plain},
        )
    ]
    assert records.publish_records(connection, "files", LATER, [record]) == {"new": 0, "changed": 0, "gone": 0}


def test_decisions_with_any_texts_come_back_and_are_known_again(shared_engine):
    @once
    @given(st.lists(st.tuples(texts, texts, texts, texts, st.sampled_from(Answer)), max_size=6))
    def holds(rows):
        made = [
            Decision(a, b, answer, who, why, AT + timedelta(seconds=n))
            for n, (a, b, who, why, answer) in enumerate(rows)
        ]
        with shared_engine.connect() as connection:
            assert decisions.add_decisions(connection, "files", made) == len(made)
            back = decisions.read_decisions(connection, "files")
            assert [each.why for each in back] == [bulk.storable(each.why) for each in made]
            assert [(each.answer, each.at) for each in back] == [(each.answer, each.at) for each in made]
            assert decisions.add_decisions(connection, "files", made) == 0
            assert decisions.add_decisions(connection, "files", back) == 0
            connection.rollback()

    holds()


# Bulk


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, MANY])
def test_rows_are_inserted_however_many(connection, count):
    bulk.insert(connection, scopes, ({"profile": "files", **scope_row(f"s{n}")} for n in range(count)))
    assert len(results.scopes_in_force(connection, "files")) == count


def test_the_order_of_a_rows_columns_makes_no_difference(connection):
    row = {"profile": "files", **scope_row("north", "d1")}
    other = {"profile": "files", **scope_row("south", "d2")}
    bulk.insert(connection, scopes, [row, dict(reversed(other.items()))])
    assert results.scopes_in_force(connection, "files") == {"north": "d1", "south": "d2"}


def test_an_insert_of_what_is_there_is_an_error_of_sqlalchemys_own(connection):
    rows = [{"profile": "files", **scope_row("canary-north")}]
    bulk.insert(connection, scopes, rows)
    with pytest.raises(sa.exc.IntegrityError):
        bulk.insert(connection, scopes, rows)


def test_an_upsert_keeps_or_replaces_as_it_is_told(connection):
    rows = [{"profile": "files", **scope_row(f"s{n}", "old")} for n in range(3)]
    bulk.upsert(connection, scopes, rows)
    bulk.upsert(connection, scopes, [{**row, "digest": "new"} for row in rows[:2]])
    assert set(results.scopes_in_force(connection, "files").values()) == {"old"}
    bulk.upsert(connection, scopes, [{**row, "digest": "new"} for row in rows[:2]], replacing=["digest"])
    assert results.scopes_in_force(connection, "files") == {"s0": "new", "s1": "new", "s2": "old"}
    bulk.upsert(connection, scopes, [])


def test_an_error_leaves_nothing_of_a_transaction(engine):
    def publish_and_fail():
        with transaction(engine) as connection:
            records.publish_records(connection, "files", AT, [Record("a", "text")])
            publish(connection, [Group("g1", "", ("a", "b"), "a")], fresh=[scope_row("")])
            decisions.add_decisions(connection, "files", [Decision("a", "b", Answer.SAME)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish_and_fail()
    with transaction(engine) as connection:
        assert records.read_records(connection, "files") == []
        assert results.groups_in_force(connection, "files") == []
        assert results.scopes_in_force(connection, "files") == {}
        assert decisions.read_decisions(connection, "files") == []


# Records


def test_no_records_are_no_change(connection):
    assert records.publish_records(connection, "files", AT, []) == {"new": 0, "changed": 0, "gone": 0}
    assert records.read_records(connection, "files") == []
    assert records.record_scopes(connection, "files") == {}


def test_thousands_of_records_come_and_go(connection):
    found = [Record(f"g{n:05}", f"Goal {n}", f"scope {n % 7}", {"n": str(n)}) for n in range(MANY)]
    assert records.publish_records(connection, "files", AT, found)["new"] == MANY
    assert sorted(records.read_records(connection, "files"), key=lambda each: each.id) == found
    counts = records.publish_records(connection, "files", LATER, [Record("g00000", "Other", "scope 0"), *found[1:100]])
    assert counts == {"new": 0, "changed": 1, "gone": MANY - 100}
    assert len(records.record_scopes(connection, "files")) == 100
    assert records.publish_records(connection, "files", LATER, found) == {"new": 0, "changed": MANY - 99, "gone": 0}


def test_only_the_scopes_that_were_read_lose_records(connection):
    found = [Record("a", "A", "north"), Record("b", "B", "south")]
    records.publish_records(connection, "files", AT, found)
    assert records.publish_records(connection, "files", LATER, [], scopes={"north"})["gone"] == 1
    assert records.record_scopes(connection, "files") == {"b": "south"}
    assert records.read_records(connection, "files", {"north"}) == []
    assert [each.id for each in records.read_records(connection, "files", {"south", "west"})] == ["b"]


def test_profiles_know_nothing_of_each_other(connection):
    records.publish_records(connection, "one", AT, [Record("a", "A")])
    records.publish_records(connection, "two", AT, [Record("a", "B")])
    decisions.add_decisions(connection, "one", [Decision("a", "b", Answer.SAME)])
    publish(connection, [Group("g1", "", ("a", "b"), "a")], profile="one", fresh=[scope_row("")])
    publish(connection, [Group("g1", "", ("a", "c"), "a")], profile="two", fresh=[scope_row("")])
    publish(connection, gone=[""], profile="one")
    assert [each.text for each in records.read_records(connection, "two")] == ["B"]
    assert decisions.read_decisions(connection, "two") == []
    assert results.groups_in_force(connection, "one") == []
    assert [each.members for each in results.groups_in_force(connection, "two")] == [("a", "c")]


# Results


def test_groups_come_back_by_id_with_their_members_in_order(connection):
    found = [Group("g2", "north", ("A", "a", "b", "Ä"), "b"), Group("g1", "south", ("x", "y"), "y")]
    publish(connection, found, fresh=[scope_row("north"), scope_row("south", "e")])
    assert results.groups_in_force(connection, "files") == found[::-1]
    assert results.groups_in_force(connection, "files", {"north"}) == found[:1]
    assert results.groups_in_force(connection, "files", set()) == []
    assert results.scopes_in_force(connection, "files") == {"north": "d", "south": "e"}


def test_thousands_of_groups_and_pairs_are_replaced_scope_by_scope(connection):
    found = [Group(f"g{n:05}", f"s{n % 1300}", (f"a{n:05}", f"b{n:05}"), f"a{n:05}") for n in range(MANY)]
    pairs = [
        {
            "record_a": group.members[0],
            "record_b": group.members[1],
            "scope": group.scope,
            "probability": 0.75,
            "verdict": "duplicate",
            "reason": "=odd 🙂",
            "evidence": {"meaning": 1.5},
        }
        for group in found
    ]
    fresh = [scope_row(f"s{n}") for n in range(1300)]
    publish(connection, found, pairs=pairs, fresh=fresh)
    publish(connection, gone=[f"s{n}" for n in range(1, 1300)], at=LATER)
    kept = [group for group in found if group.scope == "s0"]
    assert results.groups_in_force(connection, "files") == kept
    publish(connection, kept, pairs=[pair for pair in pairs if pair["scope"] == "s0"], gone=["s0"], fresh=fresh[:1])
    assert results.groups_in_force(connection, "files") == kept


def test_what_comparing_gave_is_kept_once_and_forgotten_when_it_is_not_in_force(connection):
    odd = [text[:40] for text in ODD[1:]] + ["a\0", "b\ud800"]
    kept = [
        (scope, f"d{n}", bytes([0, 255, n % 256])) for n, scope in enumerate([*odd, *(f"s{n}" for n in range(450))])
    ]
    results.keep_compared(connection, "files", kept)
    results.keep_compared(connection, "files", [("s0", f"d{len(odd)}", b"the first one stays"), ("s0", "old", b"")])
    results.keep_compared(connection, "other", [("s0", "old", b"")])
    digests = {scope: digest for scope, digest, _ in kept}
    assert list(results.read_compared(connection, "files", digests)) == [(scope, content) for scope, _, content in kept]
    assert list(results.read_compared(connection, "files", {})) == []
    publish(connection, fresh=[{**scope_row(f"s{n}", f"d{len(odd) + n}")} for n in range(450)])
    assert results.prune_compared(connection, "files") == len(odd) + 1
    assert results.compared_digests(connection, "files") == {(f"s{n}", f"d{len(odd) + n}") for n in range(450)}
    assert results.compared_digests(connection, "other") == {("s0", "old")}


def test_the_feed_of_changes_is_read_on_from_where_it_was_left(connection):
    rows = [
        {"group_id": f"g{n}", "scope": "é", "kind": "grown", "added": ["ä", f"{n}"], "removed": (), "others": []}
        for n in range(1100)
    ]
    results.add_changes(connection, "files", "r1", AT, iter(rows))
    results.add_changes(connection, "files", "r2", AT, [])
    first = results.read_changes(connection, "files", limit=400)
    rest = results.read_changes(connection, "files", after=first[-1]["id"])
    assert [row["group_id"] for row in [*first, *rest]] == [row["group_id"] for row in rows]
    assert (first[3]["added"], first[3]["removed"], first[3]["at"]) == (["ä", "3"], [], AT)
    assert results.read_changes(connection, "files", after=rest[-1]["id"]) == []


# Vectors


def test_vectors_are_kept_by_model_and_text(connection):
    contents = {text: text.encode("utf-8", "surrogatepass")[:50] + b"\0" for text in [*ODD, *UNSTORABLE[2:4]]}
    contents |= {f"text {n}": bytes(3) for n in range(MANY)}
    vectors.keep_vectors(connection, "m1", contents)
    vectors.keep_vectors(connection, "m1", {"": b"the first one stays"})
    vectors.keep_vectors(connection, "m1", {})
    assert vectors.read_vectors(connection, "m1", [*contents, "unknown"]) == contents
    assert vectors.read_vectors(connection, "m2", contents) == {}
    assert vectors.read_vectors(connection, "m1", []) == {}
    vectors.keep_vectors(connection, "m2", {"é": b"2"})
    assert vectors.prune_vectors(connection, "m2") == len(contents)
    assert vectors.read_vectors(connection, "m2", ["é"]) == {"é": b"2"}


# Runs


def test_a_run_is_noted_listed_and_read(connection):
    begin(connection, "r1", scopes=["ö", "north"])
    begin(connection, "r2", started_at=LATER)
    begin(connection, "r3", profile="other", started_at=LATER)
    row = runs.read_run(connection, "r1")
    assert (row["state"], row["scopes"], row["started_at"], row["model"]["digest"]) == (
        "working",
        ["ö", "north"],
        AT,
        "d",
    )
    assert runs.read_run(connection, "r2")["scopes"] is None
    assert [row["id"] for row in runs.list_runs(connection)] == ["r3", "r2", "r1"]
    assert [row["id"] for row in runs.list_runs(connection, profile="files", limit=1)] == ["r2"]
    assert [row["id"] for row in runs.unfinished_runs(connection, "files")] == ["r2", "r1"]


def test_a_run_that_is_not_there_is_named(connection):
    with pytest.raises(RunNotFound, match="no run 'r9'"):
        runs.read_run(connection, "r9")


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_a_run_can_be_stored(connection, state):
    begin(connection)
    runs.set_state(connection, "r1", state, counts={"records": 3})
    row = runs.read_run(connection, "r1")
    assert (row["state"], row["counts"], row["ended_at"] is None) == (state, {"records": 3}, state == "working")
    assert [each["id"] for each in runs.unfinished_runs(connection, "files")] == (["r1"] if state == "working" else [])


def test_a_state_that_nobody_knows_is_refused(connection):
    begin(connection)
    with pytest.raises(sa.exc.IntegrityError):
        runs.set_state(connection, "r1", "resting")


def test_a_summary_is_kept_with_its_run(connection):
    begin(connection)
    runs.set_summary(connection, "r1", 7, {"text": "é 🙂", "gates": [{"passed": False}]})
    row = runs.read_run(connection, "r1")
    assert (row["exit_status"], row["summary"]) == (7, {"text": "é 🙂", "gates": [{"passed": False}]})


def test_the_run_in_force_is_replaced(connection):
    begin(connection, "r1")
    begin(connection, "r2", started_at=LATER)
    assert runs.run_in_force(connection, "files") is None
    runs.set_in_force(connection, "files", "r1", "f1", AT)
    runs.set_in_force(connection, "files", "r2", None, LATER)
    row = runs.run_in_force(connection, "files", lock=True)
    assert (row["run_id"], row["fingerprint"], row["at"], row["started_at"]) == ("r2", None, LATER, LATER)
    assert connection.execute(sa.select(sa.func.count()).select_from(published)).scalar() == 1


def test_findings_of_a_run_are_replaced(connection):
    begin(connection)
    found = [Finding(Severity.WARNING, "odd", "x\0y é", 3), Finding(Severity.INFO, "more", "m", 1)]
    runs.keep_findings(connection, "r1", found[::-1])
    runs.keep_findings(connection, "r1", found)
    assert runs.read_findings(connection, "r1") == [Finding(Severity.WARNING, "odd", "x␀y é", 3), found[1]]
    runs.keep_findings(connection, "r1", [])
    assert runs.read_findings(connection, "r1") == []


def test_a_stage_is_kept_part_by_part_and_replaced(connection):
    begin(connection)
    parts = [bytes([n % 256]) * 3 for n in range(1500)]
    runs.keep_stage(connection, "r1", "input", [b"old", b""])
    runs.keep_stage(connection, "r1", "plan", [b"plan"])
    runs.keep_stage(connection, "r1", "input", iter(parts))
    assert runs.read_stage(connection, "r1", "input") == parts
    assert runs.read_stage(connection, "r1", "none") == []
    runs.drop_stages(connection, "r1")
    assert connection.execute(sa.select(sa.func.count()).select_from(stages)).scalar() == 0


# Decisions


def test_decisions_come_by_when_they_were_made(connection):
    made = [Decision("a", "b", Answer.SAME, at=LATER), Decision("a", "b", Answer.DIFFERENT, at=AT)]
    decisions.add_decisions(connection, "files", made)
    assert decisions.read_decisions(connection, "files") == made[::-1]


def test_moments_are_the_same_in_any_zone(connection):
    east = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert decisions.add_decisions(connection, "files", [Decision("a", "b", Answer.SAME, at=AT)]) == 1
    assert decisions.add_decisions(connection, "files", [Decision("a", "b", Answer.SAME, at=east)]) == 0
    assert (
        decisions.add_decisions(connection, "files", [Decision("a", "b", Answer.SAME, at=AT.replace(tzinfo=None))]) == 0
    )


def test_without_times_same_different_same_ends_as_same(connection):
    said = [Answer.SAME, Answer.DIFFERENT, Answer.SAME]
    for _ in range(3):
        decisions.add_decisions(connection, "files", [Decision("a", "b", answer) for answer in said])
        constraints = Constraints.of(decisions.read_decisions(connection, "files"))
        assert (constraints.must_link, constraints.cannot_link) == ({("a", "b")}, set())


def test_a_list_without_times_that_is_imported_again_adds_nothing(connection):
    made = [Decision(f"a{n}", f"b{n}", Answer.SAME, "ann") for n in range(1500)]
    assert decisions.add_decisions(connection, "files", made) == 1500
    assert decisions.add_decisions(connection, "files", made) == 0
    assert [each.record_a for each in decisions.read_decisions(connection, "files")] == [each.record_a for each in made]


def test_a_repetition_without_a_time_counts_against_the_last_answer_and_not_an_older_one(connection):
    decisions.add_decisions(connection, "files", [Decision("a", "b", Answer.DIFFERENT, at=AT)])
    older = Decision("a", "b", Answer.SAME, at=AT - timedelta(days=900))
    assert decisions.add_decisions(connection, "files", [older, Decision("a", "b", Answer.SAME)]) == 2
    assert Constraints.of(decisions.read_decisions(connection, "files")).must_link == {("a", "b")}


def test_decisions_that_two_import_at_once_are_there_once(engine, at_once):
    made = [Decision(f"a{n}", "b", Answer.SAME, at=AT) for n in range(200)]

    def add(_place):
        with transaction(engine) as connection:
            return decisions.add_decisions(connection, "files", made)

    assert all(isinstance(outcome, int) for outcome in at_once(add, 4))
    with transaction(engine) as connection:
        assert len(decisions.read_decisions(connection, "files")) == 200


def test_texts_are_noted_with_decisions_and_read_oldest_first(connection):
    decisions.add_decisions(
        connection, "files", [Decision("b", "", Answer.KEEPER, at=LATER), Decision("a", "b", Answer.SAME, at=AT)]
    )
    first, second = decisions.decided_texts(connection, "files")
    assert (first["answer"], second["answer"]) == ("same", "keeper")
    decisions.anchor_decisions(connection, {first["id"]: ("t1", None), second["id"]: (None, "t2")})
    decisions.anchor_decisions(connection, {})
    assert [(row["text_a"], row["text_b"]) for row in decisions.decided_texts(connection, "files")] == [
        ("t1", None),
        (None, "t2"),
    ]


# Requests


def test_a_request_is_taken_and_ended_once(connection):
    assert requests.add_request(connection, "k1", "files", ["é", "north"], "worker 3")
    assert not requests.add_request(connection, "k1", "other")
    assert requests.add_request(connection, "k2", "files")
    assert requests.add_request(connection, "k3", "another")
    assert requests.waiting_profiles(connection) == ["files", "another"]
    waiting = requests.waiting_requests(connection, "files")
    assert [(row["key"], row["scopes"], row["state"]) for row in waiting] == [
        ("k1", ["é", "north"], "waiting"),
        ("k2", None, "waiting"),
    ]
    requests.take_requests(connection, [row["id"] for row in waiting])
    assert [row["state"] for row in requests.waiting_requests(connection, "files")] == ["working", "working"]
    begin(connection)
    requests.end_requests(connection, [waiting[0]["id"]], "r1", 0)
    requests.end_requests(connection, [waiting[1]["id"]], None, 4)
    requests.end_requests(connection, [], None, 0)
    assert requests.waiting_profiles(connection) == ["another"]


def test_of_one_key_asked_for_at_once_one_request_is_made(engine, at_once):
    def ask(place):
        with transaction(engine) as connection:
            return requests.add_request(connection, "k", "files", [str(place)])

    assert sorted(at_once(ask, 4)) == [False, False, False, True]


def test_a_host_asks_for_a_run_with_a_row_of_its_own(connection):
    prefix = "" if connection.dialect.name == "sqlite" else "twicetold."
    connection.execute(sa.text(f"insert into {prefix}requests (key, profile) values ('k1', 'files')"))
    connection.execute(
        sa.text(f"insert into {prefix}requests (key, profile, scopes) values ('k2', 'files', '[\"north\"]')")
    )
    one, two = requests.waiting_requests(connection, "files")
    assert (one["scopes"], one["requested_by"], two["scopes"]) == (None, "", ["north"])
    assert abs(one["requested_at"] - datetime.now(UTC)) < timedelta(minutes=1)
