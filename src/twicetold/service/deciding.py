"""Deciding: how decisions are written, whoever makes them and however they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twicetold.decisions import Answer, Decision
from twicetold.errors import InputInvalid, NotThere
from twicetold.store import audit, browse
from twicetold.store.decisions import add_decisions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import sqlalchemy as sa

    from twicetold.service.keys import Caller


def decide(connection: sa.Connection, profile: str, made: Sequence[Decision], caller: Caller) -> list[browse.Row]:
    """Adds decisions about records that are there, in one scope, and the caller's to see; all of them, or none.

    Returns:
        For each decision the one that counts now about its records.

    Raises:
        NotThere: The caller may see no record of that name.
        InputInvalid: Two records are in different scopes.
    """
    ids = sorted({name for each in made for name in (each.record_a, each.record_b) if name})
    scopes = browse.scopes_of(connection, profile, ids)
    for each in made:
        _require_together(each, [scopes.get(name) for name in (each.record_a, each.record_b) if name], caller)
    before = browse.state_of(connection, profile)[2]
    add_decisions(connection, profile, made)
    rows = [_last(connection, profile, each.record_a, each.record_b) for each in made]
    if added := sorted({row["id"] for row in rows if row["id"] > before}):
        about = f"decisions {', '.join(map(str, added))}"
        audit.note(connection, who=caller.name, action="decide", profile=profile, about=about)
    return rows


def take_back(
    connection: sa.Connection, profile: str, number: int, caller: Caller, *, who: str, why: str = ""
) -> browse.Row:
    """Adds the decision "unsure" about the same records, which takes the earlier answer back.

    Args:
        connection: To the store.
        profile: Whose decision it is.
        number: Of the decision.
        caller: Who asks.
        who: Whom to note.
        why: Their reason.

    Returns:
        The decision that was added.

    Raises:
        NotThere: The caller may see no such decision.
        InputInvalid: It is not the last one about its records.
    """
    found = browse.read_decision(connection, profile, number, caller.scopes)
    if found is None:
        raise NotThere("there is no such decision")
    a, b = found["record_a"], found["record_b"]
    if _last(connection, profile, a, b)["id"] != number:
        raise InputInvalid(
            "somebody has decided about these records since", remedy="Look at the last decision about them."
        )
    made = Decision(a, b, Answer.UNSURE, who, why or f"takes back decision {number}")
    add_decisions(connection, profile, [made])
    taken_back = _last(connection, profile, a, b)
    audit.note(connection, who=caller.name, action="undo", profile=profile, about=f"decision {taken_back['id']}")
    return taken_back


def who_decides(caller: Caller, person: str) -> str:
    """Whom a decision names: the caller, and the person for whom a program asks."""
    return f"{person} via {caller.name}" if person else caller.name


def _require_together(made: Decision, scopes: Iterable[str | None], caller: Caller) -> None:
    places = list(scopes)
    if any(scope is None or not caller.sees_all_of([scope]) for scope in places):
        raise NotThere(
            f"no record that you may see is called {made.record_a!r}"
            + (f" or {made.record_b!r}" * bool(made.record_b)),
            remedy="Name records of the results in force; nothing was added.",
        )
    if len(set(places)) > 1:
        raise InputInvalid(
            f"{made.record_a!r} and {made.record_b!r} are in different scopes, which are never compared",
            remedy="Name records of one scope; nothing was added.",
        )


def _last(connection: sa.Connection, profile: str, record_a: str, record_b: str) -> browse.Row:
    found = browse.last_decision(connection, profile, record_a, record_b)
    assert found is not None
    return found
