"""Identity: groups keep their ids from run to run, and what is told of their changes is all there is."""

from __future__ import annotations

from collections import Counter
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.groups import Group, group_id
from twicetold.matching.identity import Change, Kind, identify

RECORDS = [f"r{n}" for n in range(9)]


def partition(labels, scopes="stst") -> list[Group]:
    """Groups of two or more by label, each in the scope of its label; 0 is nowhere."""
    members = {}
    for record, label in zip(RECORDS, labels, strict=True):
        members.setdefault(label, []).append(record)
    return [
        Group(group_id(scopes[label - 1], ids), scopes[label - 1], tuple(ids), ids[0])
        for label, ids in members.items()
        if label and len(ids) > 1
    ]


partitions = st.builds(
    partition, st.lists(st.integers(0, 4), min_size=9, max_size=9), st.text("st", min_size=4, max_size=4)
)
presents = st.sets(st.sampled_from(RECORDS)).map(lambda gone: set(RECORDS) - gone)


def group(name, *members):
    return Group(name, "s", members, members[0])


def told(former, found, present=None):
    """The changes as (kind, group), and the ids."""
    every = {member for each in (*former, *found) for member in each.members}
    result = identify(former, found, every if present is None else present)
    return [(str(change.kind), change.group) for change in result.changes], [each.id for each in result.groups]


def applied(former, changes) -> dict[str, set[str]]:
    """The members of each group after the changes, as somebody would who follows the feed."""
    state, scopes = {each.id: set(each.members) for each in former}, {each.id: each.scope for each in former}
    for change in changes:
        if change.kind is Kind.CREATED:
            assert change.group not in state
        if change.kind in (Kind.CREATED, Kind.MOVED):
            scopes[change.group] = change.scope
        assert scopes[change.group] == change.scope
        state.setdefault(change.group, set())
        assert set(change.removed) <= state[change.group]
        assert not set(change.added) & state[change.group]
        state[change.group] = state[change.group] - set(change.removed) | set(change.added)
        if not state[change.group]:
            del state[change.group]
    return {name: (scopes[name], members) for name, members in state.items()}


def shown(groups):
    return {each.id: (each.scope, set(each.members)) for each in groups}


@given(partitions, partitions, presents)
def test_the_changes_lead_from_the_former_groups_to_the_new_ones(former, found, present):
    there = [each for each in found if set(each.members) <= present]
    result = identify(former, there, present)
    assert applied(former, result.changes) == shown(result.groups)


@given(st.lists(partitions, max_size=5))
def test_the_feed_of_several_runs_leads_to_the_last_one(rounds):
    state, current = {}, []
    for found in rounds:
        result = identify(current, found, RECORDS)
        state = applied(current, result.changes)
        current = list(result.groups)
    assert state == shown(current)


@given(partitions, partitions, presents)
def test_ids_are_unique_and_groups_come_as_they_were_found(former, found, present):
    result = identify(former, found, present)
    assert len({each.id for each in result.groups}) == len(result.groups)
    assert [(each.members, each.keeper, each.scope) for each in result.groups] == [
        (each.members, each.keeper, each.scope) for each in found
    ]
    # An id that is given up is nobody else's: a new group has one that no former group had.
    created = {change.group for change in result.changes if change.kind is Kind.CREATED}
    assert not created & {each.id for each in former}


@given(partitions, partitions, presents)
def test_a_group_that_keeps_more_than_half_of_its_present_members_keeps_its_id(former, found, present):
    result = identify(former, found, present)
    for each in result.groups:
        heirs = []
        for before in former:
            there = set(before.members) & present
            if 2 * len(there & set(each.members)) > len(there):
                heirs.append((-len(there & set(each.members)), before.id))
        if heirs:
            assert each.id == min(heirs)[1]
        else:
            assert each.id not in {before.id for before in former}


@given(partitions, partitions, presents, st.randoms(use_true_random=False))
def test_the_order_of_what_is_given_makes_no_difference(former, found, present, chance):
    wanted = identify(former, found, present)
    former, mixed = chance.sample(former, len(former)), chance.sample(found, len(found))
    result = identify(former, mixed, sorted(present))
    assert result.changes == wanted.changes
    assert set(result.groups) == set(wanted.groups)


@given(partitions)
def test_the_same_groups_again_are_no_change(found):
    first = identify([], found, RECORDS)
    again = identify(first.groups, found, RECORDS)
    assert again.changes == ()
    assert again.groups == first.groups


@given(partitions, partitions, presents)
def test_each_kind_means_what_it_says(former, found, present):
    result = identify(former, found, present)
    before, now = ({each.id: set(each.members) for each in groups} for groups in (former, result.groups))
    place = {member: each.id for each in result.groups for member in each.members}
    for change in result.changes:
        assert change.others == tuple(sorted({place[r] for r in change.removed if r in place}))
        assert (change.added, change.removed) == (tuple(sorted(change.added)), tuple(sorted(change.removed)))
        if change.kind is Kind.CREATED:
            assert change.group not in before
        elif change.kind is Kind.GROWN:
            assert change.added
            assert not change.removed
        elif change.kind is Kind.SHRUNK:
            assert change.group in now
            assert not change.others
        elif change.kind is Kind.DISSOLVED:
            assert change.group not in now
            assert not change.others
        elif change.kind is Kind.MOVED:
            assert change.group in before.keys() & now.keys()
            assert not change.removed + change.added
        elif change.kind is Kind.MERGED:
            assert change.group not in now
            assert len(change.others) == 1
        else:
            assert change.others
    counts = Counter((change.group, change.kind) for change in result.changes)
    assert set(counts.values()) <= {1}


def test_nothing_becomes_nothing():
    assert told([], []) == ([], [])


def test_a_first_group_is_created_with_the_id_of_its_members():
    changes, ids = told([], [group("x", "a", "b")])
    assert changes == [("created", group_id("s", ["a", "b"]))]
    assert ids == [group_id("s", ["a", "b"])]


def test_a_group_grows_and_shrinks_under_its_id():
    former = [group("g", "a", "b", "c")]
    assert told(former, [group("x", "a", "b", "c", "d")]) == ([("grown", "g")], ["g"])
    assert told(former, [group("x", "a", "b")], "ab") == ([("shrunk", "g")], ["g"])
    assert told(former, [group("x", "a", "b", "d")], "abd") == ([("shrunk", "g"), ("grown", "g")], ["g"])


def test_a_group_whose_records_are_in_another_scope_has_moved_there():
    former, found = [group("g", "a", "b", "c")], [Group("x", "elsewhere", ("a", "b"), "a")]
    result = identify(former, found, "ab")
    assert [(str(change.kind), change.scope) for change in result.changes] == [
        ("moved", "elsewhere"),
        ("shrunk", "elsewhere"),
    ]
    assert told(former, found, "ab")[1] == ["g"]


def test_a_group_that_is_gone_is_dissolved():
    assert told([group("g", "a", "b")], []) == ([("dissolved", "g")], [])
    result = identify([group("g", "a", "b")], [], {"a"})
    assert result.changes == (Change(Kind.DISSOLVED, "g", "s", removed=("a", "b")),)


def test_of_groups_that_merge_the_one_with_most_members_gives_the_id():
    former = [group("g1", "a", "b"), group("g2", "c", "d", "e")]
    found = identify(former, [group("x", "a", "b", "c", "d", "e")], "abcde")
    assert [each.id for each in found.groups] == ["g2"]
    assert found.changes == (
        Change(Kind.MERGED, "g1", "s", removed=("a", "b"), others=("g2",)),
        Change(Kind.GROWN, "g2", "s", added=("a", "b")),
    )


def test_of_equal_groups_that_merge_the_smallest_id_stays():
    former = [group("g2", "c", "d"), group("g1", "a", "b")]
    assert told(former, [group("x", "a", "b", "c", "d")])[1] == ["g1"]


def test_of_a_group_that_splits_the_larger_part_keeps_the_id():
    found = identify([group("g", *"abcde")], [group("x", *"abc"), group("y", "d", "e")], "abcde")
    assert found.groups[0].id == "g"
    split = next(change for change in found.changes if change.group == "g")
    assert (split.kind, split.removed, split.others) == (Kind.SPLIT, ("d", "e"), (found.groups[1].id,))


def test_a_group_that_splits_in_halves_gives_its_id_up():
    changes, ids = told([group("g", *"abcd")], [group("x", "a", "b"), group("y", "c", "d")])
    assert ("split", "g") in changes
    assert "g" not in ids


def test_members_that_are_gone_do_not_count_against_a_group():
    assert told([group("g", *"abcdef")], [group("x", "a", "b")], "abx")[1] == ["g"]


def test_a_new_group_never_takes_an_id_that_was_just_given_up():
    name = group_id("s", ["c", "d"])
    former = [group(name, "a", "b", "e")]
    changes, (kept, fresh) = told(former, [group("x", "a", "b"), group("y", "c", "d")])
    assert kept == name
    assert fresh != name
    assert ("created", fresh) in changes


@pytest.mark.parametrize("kind", ["same", "merged", "one"])
def test_twenty_thousand_groups_take_no_time(kind):
    former = [group(f"g{n:05}", f"a{n}", f"b{n}") for n in range(20_000)]
    found = {
        "same": former,
        "merged": [group(f"x{n}", *former[n].members, *former[n + 1].members) for n in range(0, 20_000, 2)],
        "one": [group("x", *(member for each in former for member in each.members))],
    }[kind]
    begin = process_time()
    result = identify(former, found, {member for each in former for member in each.members})
    assert process_time() - begin < 5  # it takes a tenth of a second; what is quadratic takes minutes
    assert len(result.groups) == len(found)
