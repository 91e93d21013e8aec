"""Anchors: a decision remembers what the texts said, so that somebody is asked again when that has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twicetold.decisions import Answer
from twicetold.findings import Finding, Severity
from twicetold.store.decisions import anchor_decisions, decided_texts
from twicetold.store.vectors import text_digest
from twicetold.text.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import sqlalchemy as sa

    from twicetold.decisions import Decision
    from twicetold.records import Records
    from twicetold.text.lexicon import Lexicon

_NAMED = 10


def anchor(
    connection: sa.Connection, profile: str, records: Records, lexicon: Lexicon, obeyed: Iterable[Decision]
) -> None:
    """Notes what the texts say that decisions without a note are about, as far as the records are there.

    Args:
        connection: Notes in its transaction.
        profile: Whose decisions.
        records: With the texts.
        lexicon: The model's own: what a run learns from other texts is no change of this one.
        obeyed: What the run has read; whoever decided later may have read other texts.
    """
    digest = _digests(records, lexicon)
    said = {(each.record_a, each.record_b, str(each.answer)) for each in obeyed}
    noted = {}
    for row in decided_texts(connection, profile):
        if (row["record_a"], row["record_b"], row["answer"]) not in said:
            continue
        known = row["text_a"], row["text_b"]
        texts = known[0] or digest(row["record_a"]), known[1] or digest(row["record_b"])
        if texts != known:
            noted[row["id"]] = texts
    anchor_decisions(connection, noted)


def about_edited(connection: sa.Connection, profile: str, records: Records, lexicon: Lexicon) -> Iterator[Finding]:
    """What to ask again: decisions in force of which a text says something else now.

    They are obeyed all the same. Case, blanks and punctuation change nothing: canonical texts are compared.
    """
    digest = _digests(records, lexicon)
    last = {frozenset((row["record_a"], row["record_b"])): row for row in decided_texts(connection, profile)}
    edited = [
        "/".join(filter(None, (row["record_a"], row["record_b"])))
        for row in last.values()
        if row["answer"] != Answer.UNSURE
        and any(
            row[text] and (now := digest(row[record])) and now != row[text]
            for text, record in (("text_a", "record_a"), ("text_b", "record_b"))
        )
    ]
    if edited:
        named = ", ".join(edited[:_NAMED]) + (f" and {len(edited) - _NAMED:,} more" if len(edited) > _NAMED else "")
        message = f"decisions about records whose text has changed since; they are obeyed, but ask again: {named}"
        yield Finding(Severity.WARNING, "decisions-text-changed", message, len(edited))


def _digests(records: Records, lexicon: Lexicon) -> Callable[[str], str | None]:
    """Tells the digest of a record's canonical text; None where there is no such record."""
    rows = {record: row for row, record in enumerate(records.ids)}

    def digest(record: str) -> str | None:
        row = rows.get(record)
        if row is None:
            return None
        return text_digest(read(records.texts[row], lexicon).canonical)

    return digest
