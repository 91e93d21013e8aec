"""Identity: a group keeps its id from run to run while it keeps most of its members; what changed is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from twicetold.groups import Group, group_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence


class Kind(StrEnum):
    """What happened to a group between two runs."""

    CREATED = "created"
    GROWN = "grown"
    SHRUNK = "shrunk"
    SPLIT = "split"
    MERGED = "merged"
    DISSOLVED = "dissolved"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one group. All changes since a state, applied in order to its members, give the next state.

    Attributes:
        kind: ``split`` and ``shrunk`` take members away, ``grown`` adds some, ``created`` adds all; after ``merged``,
            ``dissolved``, and a ``split`` that leaves nobody, the id is given up. ``moved`` says that the group stands
            in another scope now.
        group: The group's id.
        scope: Its scope, after a move the new one.
        added: Ids of records, sorted.
        removed: Ids of records, sorted.
        others: Ids of the groups that its members went to, sorted.
    """

    kind: Kind
    group: str
    scope: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Identified:
    """Groups with the ids that last, and what changed.

    Attributes:
        groups: In the order in which they were found.
        changes: Losses first, then gains, each by id of the group: applied in order, no record is ever in two groups.
    """

    groups: tuple[Group, ...]
    changes: tuple[Change, ...]


def identify(former: Sequence[Group], found: Sequence[Group], present: Collection[str]) -> Identified:
    """Gives the groups of a run the ids of the former groups that they continue.

    A group continues a former one if it holds more than half of those of its members that still exist. Where it could
    continue several, they have merged: it takes the id of the one it has most members of, then the smallest id.

    Args:
        former: The groups in force.
        found: The groups of the run; each record is in one at most.
        present: Ids of all records that exist now.
    """
    place = {member: number for number, group in enumerate(found) for member in group.members}
    taken = _continued(former, place, present)
    ids = _fresh_ids(found, taken, {group.id for group in former})
    groups = tuple(replace(group, id=name) for group, name in zip(found, ids, strict=True))
    known = {group.id: group for group in former}
    changes = [change for group in groups for change in _changes_of(group, known.get(group.id), place, ids)]
    kept = set(ids)
    changes += [_ended(group, place, ids) for group in former if group.id not in kept]
    order = list(Kind)
    return Identified(
        groups, tuple(sorted(changes, key=lambda each: (bool(each.added), each.group, -order.index(each.kind))))
    )


def _continued(former: Sequence[Group], place: Mapping[str, int], present: Collection[str]) -> dict[int, str]:
    """The former id that each found group continues, by its number."""
    claims: dict[int, list[tuple[int, str]]] = {}
    for group in former:
        there = [member for member in group.members if member in present]
        held = Counter(place[member] for member in there if member in place)
        for number, count in held.items():
            if 2 * count > len(there):
                claims.setdefault(number, []).append((-count, group.id))
    return {number: min(candidates)[1] for number, candidates in claims.items()}


def _fresh_ids(found: Sequence[Group], taken: Mapping[int, str], former: Collection[str]) -> list[str]:
    """An id for each group: the one it continues, or one that no other group has or had just now."""
    used = {*taken.values(), *former}
    ids = []
    for number, group in enumerate(found):
        name, attempt = taken.get(number), 0
        while name is None:
            fresh = group_id(group.scope, [*group.members, *["again"] * attempt])
            name, attempt = (None if fresh in used else fresh), attempt + 1
        used.add(name)
        ids.append(name)
    return ids


def _changes_of(group: Group, before: Group | None, place: Mapping[str, int], ids: Sequence[str]) -> Iterable[Change]:
    if before is None:
        yield Change(Kind.CREATED, group.id, group.scope, added=group.members)
        return
    if before.scope != group.scope:
        yield Change(Kind.MOVED, group.id, group.scope)
    removed = tuple(sorted(set(before.members) - set(group.members)))
    added = tuple(sorted(set(group.members) - set(before.members)))
    if removed:
        others = _whereabouts(removed, place, ids)
        yield Change(Kind.SPLIT if others else Kind.SHRUNK, group.id, group.scope, removed=removed, others=others)
    if added:
        yield Change(Kind.GROWN, group.id, group.scope, added=added)


def _ended(group: Group, place: Mapping[str, int], ids: Sequence[str]) -> Change:
    others = _whereabouts(group.members, place, ids)
    kind = (Kind.DISSOLVED, Kind.MERGED, Kind.SPLIT)[min(len(others), 2)]
    return Change(kind, group.id, group.scope, removed=group.members, others=others)


def _whereabouts(members: Iterable[str], place: Mapping[str, int], ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({ids[place[member]] for member in members if member in place}))
