"""Learning: what the texts of a profile teach about abbreviations, from the store, as runs have learnt it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twicetold.records import Records
from twicetold.store.records import read_records
from twicetold.text.abbreviations import learn

if TYPE_CHECKING:
    import sqlalchemy as sa

    from twicetold.model.artifact import Model
    from twicetold.text.abbreviations import Learned


def learned_by_runs(connection: sa.Connection, profile: str, model: Model) -> Learned:
    """What all texts of a profile teach, as the run in force has learnt it."""
    every = Records.of(read_records(connection, profile))
    return learn(every.texts, every.scopes, model.lexicon, model.is_known)
