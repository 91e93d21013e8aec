"""Fingerprints: whether anything has changed that a result depends on."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import asdict
from html import unescape
from typing import TYPE_CHECKING

from twicetold import __version__
from twicetold.engines.packing import FORM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from twicetold.decisions import Constraints, Decision
    from twicetold.pipeline import Settings
    from twicetold.records import Records
    from twicetold.sources.table import RejectedRow
    from twicetold.text.abbreviations import Learned

#: Markup, dots between initials, characters that cannot be seen.
_NO_LETTERS = re.compile(r"<[^<>]*>|[^\w\s]+")


def digest_of(*parts: object) -> str:
    """SHA-256 of anything that JSON can say, as hexadecimal text."""
    content = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def run_fingerprint(
    input_digest: str,
    rejected: Sequence[RejectedRow],
    settings_digest: str,
    model: Mapping[str, str],
    decisions: Iterable[Decision],
) -> str:
    """One digest of all that the results of a run depend on.

    Args:
        input_digest: Of all records, sorted by scope and id.
        rejected: Rows that were set aside.
        settings_digest: Of the profile, and of settings from elsewhere.
        model: Name, version and digest.
        decisions: What people decided, oldest first.
    """
    aside = sorted((row.reason, *row.row) for row in rejected)
    said = [(each.record_a, each.record_b, str(each.answer)) for each in decisions]
    return digest_of(input_digest, aside, settings_digest, dict(model), __version__, said)


def comparison_digest(settings: Settings, model: Mapping[str, str]) -> str:
    """One digest of all that comparing two texts depends on beside them."""
    return digest_of(FORM, dict(model), __version__, asdict(settings.thresholds))


def scope_digests(
    records: Records,
    scopes: Sequence[NDArray[np.int32]],
    learned: Learned,
    settings: Settings,
    model: Mapping[str, str],
) -> dict[str, str]:
    """For each scope one digest of all that its results depend on.

    Args:
        records: All records, sorted by scope and id.
        scopes: The rows of each scope, ascending.
        learned: What all texts teach.
        settings: How records are compared and grouped.
        model: Name, version and digest.
    """
    columns = {settings.keeper.curated_column, settings.keeper.created_column}
    columns |= {rule.column for rule in settings.separations}
    read = {name: records.attributes[name] for name in columns & set(records.attributes)}
    rules = [asdict(rule) for rule in settings.separations]
    common = digest_of(comparison_digest(settings, model), asdict(settings.keeper), rules)
    told = _Told(settings.constraints)
    defined = [(_letters(each.short), each.short, each.long) for each in learned.abbreviations if not each.scopes]
    digests = {}
    for rows in scopes:
        places = rows.tolist()
        scope = records.scopes[places[0]]
        ids, texts = [records.ids[row] for row in places], [records.texts[row] for row in places]
        whole = _letters("\n".join(texts)) if defined else ""
        digests[scope] = digest_of(
            common,
            ids,
            texts,
            {name: [column[row] for row in places] for name, column in read.items()},
            [[short, long] for found, short, long in defined if found in whole],
            dict(learned.by_scope.get(scope, {})),
            dict(learned.misspellings.get(scope, {})),
            told.about(ids),
        )
    return digests


def _letters(text: str) -> str:
    """A text without what reading takes away or makes equal, so that a short form is found however it is written."""
    return _NO_LETTERS.sub("", unicodedata.normalize("NFKC", unescape(text))).casefold()


class _Told:
    """What people decided, by record."""

    def __init__(self, constraints: Constraints) -> None:
        self._by_record: dict[str, list[tuple[str, str, str]]] = {}
        for answer, pairs in (("same", constraints.must_link), ("different", constraints.cannot_link)):
            for a, b in sorted(pairs):
                self._by_record.setdefault(a, []).append((answer, a, b))
        self._keepers = constraints.keepers

    def about(self, ids: Sequence[str]) -> list[object]:
        """What was decided about records, as far as both of a pair are among them."""
        there = set(ids)
        pairs = [said for record in ids for said in self._by_record.get(record, ()) if said[2] in there]
        return [pairs, [record for record in self._keepers if record in there]]
