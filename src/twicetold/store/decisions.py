"""Decisions in the store: never changed, never forgotten; the last one about a pair counts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from twicetold.decisions import Answer, Decision
from twicetold.store import bulk
from twicetold.store.lock import take_turn
from twicetold.store.tables import decisions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


def add_decisions(connection: sa.Connection, profile: str, made: Iterable[Decision]) -> int:
    """Adds decisions, those without a time as of now.

    Left out is what is there already: the same decision of the same time, and one without a time that only repeats
    the last answer about its records. Who adds others waits: their numbers are seen in the order in which they grow, so
    that nobody who asks for those after one that they know misses any.

    Returns:
        How many were added.
    """
    take_turn(connection, f"decisions of {profile}")
    made = list(map(_storable, made))
    known, last = set(), dict[frozenset[str], Decision]()
    for decision in read_decisions(
        connection, profile, {name for each in made for name in (each.record_a, each.record_b)}
    ):
        known.add(_digest(decision))
        last[frozenset((decision.record_a, decision.record_b))] = decision
    now, rows = datetime.now(UTC), []
    for place, decision in enumerate(made):
        about = frozenset((decision.record_a, decision.record_b))
        if decision.at is None and _is_same(last.get(about), decision):
            continue
        timed = replace(decision, at=decision.at or now + timedelta(microseconds=place))  # each a moment of its own
        if (digest := _digest(timed)) not in known:
            known.add(digest)
            last[about] = max(timed, last.get(about, timed), key=_when)
            rows.append({"profile": profile, "digest": digest, **_row(timed)})
    bulk.upsert(connection, decisions, rows)
    return len(rows)


def _storable(decision: Decision) -> Decision:
    texts = (decision.record_a, decision.record_b, decision.who, decision.why)
    record_a, record_b, who, why = map(bulk.storable, texts)
    at = decision.at.replace(tzinfo=UTC) if decision.at and not decision.at.tzinfo else decision.at
    return Decision(record_a, record_b, decision.answer, who, why, at)


def _row(decision: Decision) -> dict[str, object]:
    names = ("record_a", "record_b", "who", "why", "at")
    return {"answer": str(decision.answer)} | {name: getattr(decision, name) for name in names}


def _when(decision: Decision) -> datetime:
    assert decision.at is not None
    return decision.at


def _is_same(one: Decision | None, other: Decision) -> bool:
    return one is not None and (one.answer, one.who, one.why) == (other.answer, other.who, other.why)


def read_decisions(connection: sa.Connection, profile: str, about: Collection[str] | None = None) -> list[Decision]:
    """The decisions of a profile, oldest first: by when they were made, then by when they came here.

    Args:
        connection: To the store.
        profile: Whose.
        about: At least those that name one of these records first; None for all.
    """
    chosen = sa.select(decisions).where(decisions.c.profile == profile).order_by(decisions.c.at, decisions.c.id)
    if about is not None and len(about) <= bulk.AT_A_TIME:
        chosen = chosen.where(decisions.c.record_a.in_(about))
    return [
        Decision(row["record_a"], row["record_b"], Answer(row["answer"]), row["who"], row["why"], row["at"])
        for row in connection.execute(chosen).mappings()
    ]


def decided_texts(connection: sa.Connection, profile: str) -> list[sa.RowMapping]:
    """What was decided, oldest first, and what the texts said then: id, answer, record_a, record_b, text_a, text_b."""
    columns = [decisions.c[name] for name in ("id", "answer", "record_a", "record_b", "text_a", "text_b")]
    chosen = sa.select(*columns).where(decisions.c.profile == profile).order_by(decisions.c.at, decisions.c.id)
    return list(connection.execute(chosen).mappings())


def anchor_decisions(connection: sa.Connection, texts: Mapping[int, tuple[str | None, str | None]]) -> None:
    """Notes digests of the texts that decisions are about, by the decisions' id."""
    statement = (
        decisions.update()
        .where(decisions.c.id == sa.bindparam("key"))
        .values(text_a=sa.bindparam("a"), text_b=sa.bindparam("b"))
    )
    rows = [{"key": key, "a": a, "b": b} for key, (a, b) in sorted(texts.items())]
    for some in bulk.chunks(rows):
        connection.execute(statement, some)


def _digest(decision: Decision) -> str:
    """What makes two entries the same decision."""
    when = decision.at.astimezone(UTC).isoformat() if decision.at else ""
    parts = [decision.record_a, decision.record_b, str(decision.answer), decision.who, decision.why, when]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
