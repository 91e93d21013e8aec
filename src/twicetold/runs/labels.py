"""Labels: what people decided about pairs of texts, as a model can be calibrated on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twicetold.decisions import Answer
from twicetold.store.decisions import decided_texts
from twicetold.store.records import kept_records
from twicetold.store.vectors import text_digest
from twicetold.text.reading import read

if TYPE_CHECKING:
    import sqlalchemy as sa

    from twicetold.text.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Labels:
    """Pairs of texts and what was said about them, as columns, by the records' ids.

    Attributes:
        texts_a: One text of each pair.
        texts_b: The other.
        scopes: Of each pair.
        same: Whether the last word about them is "same"; "different" otherwise.
        edited: Pairs left out since a text says something else now than when it was decided about.
        gone: Pairs left out since the store has a text no more.
    """

    texts_a: list[str]
    texts_b: list[str]
    scopes: list[str]
    same: list[bool]
    edited: int
    gone: int


def read_labels(connection: sa.Connection, profile: str, lexicon: Lexicon) -> Labels:
    """The last word about each pair of a profile's records, where it says "same" or "different".

    Args:
        connection: To the store.
        profile: Whose records.
        lexicon: The model's own, as that by which runs note what texts say.
    """
    last = {tuple(sorted((row["record_a"], row["record_b"]))): row for row in decided_texts(connection, profile)}
    decided = [row for _, row in sorted(last.items()) if row["answer"] in (Answer.SAME, Answer.DIFFERENT)]
    known = kept_records(connection, profile, {row[side] for row in decided for side in ("record_a", "record_b")})
    labels = Labels([], [], [], [], 0, 0)
    edited = gone = 0
    for row in decided:
        one, other = known.get(row["record_a"]), known.get(row["record_b"])
        if one is None or other is None:
            gone += 1
        elif not (_says(one.text, row["text_a"], lexicon) and _says(other.text, row["text_b"], lexicon)):
            edited += 1
        else:
            labels.texts_a.append(one.text)
            labels.texts_b.append(other.text)
            labels.scopes.append(one.scope)
            labels.same.append(row["answer"] == Answer.SAME)
    return replace(labels, edited=edited, gone=gone)


def _says(text: str, digest: str | None, lexicon: Lexicon) -> bool:
    """Whether a text is as it was decided about; where no run has noted it yet, it is taken to be."""
    return digest is None or text_digest(read(text, lexicon).canonical) == digest
