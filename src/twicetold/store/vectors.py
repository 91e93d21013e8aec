"""Vectors: what texts mean to a model, kept from run to run."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import sqlalchemy as sa

from twicetold.store import bulk
from twicetold.store.tables import vectors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def text_digest(text: str) -> str:
    """SHA-256 of a text, as hexadecimal text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_vectors(connection: sa.Connection, model_digest: str, texts: Iterable[str]) -> dict[str, bytes]:
    """The stored vectors of those texts that have some, by text."""
    by_digest = {text_digest(text): text for text in texts}
    found: dict[str, bytes] = {}
    for some in bulk.chunks(by_digest):
        chosen = sa.select(vectors.c.text_digest, vectors.c.content).where(
            vectors.c.model_digest == model_digest, vectors.c.text_digest.in_(some)
        )
        found |= {by_digest[digest]: content for digest, content in connection.execute(chosen)}
    return found


def keep_vectors(connection: sa.Connection, model_digest: str, contents: Mapping[str, bytes]) -> None:
    """Stores the vectors of texts; what is there already stays."""
    rows = (
        {"model_digest": model_digest, "text_digest": text_digest(text), "content": content}
        for text, content in sorted(contents.items())
    )
    bulk.upsert(connection, vectors, rows)


def prune_vectors(connection: sa.Connection, model_digest: str) -> int:
    """Forgets the vectors of other models; returns how many."""
    return connection.execute(sa.delete(vectors).where(vectors.c.model_digest != model_digest)).rowcount
