"""Which column holds the ids, which the texts, which the scopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twicetold.errors import ColumnAmbiguous, ColumnNotFound
from twicetold.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

# Names in order of preference; names in one row are equally good, so two of them in one file are ambiguous.
# Case, blanks, underscores and hyphens do not count: "Goal ID" is goalid.
_ID_NAMES = (
    ("id",),
    ("goalid", "recordid", "rowid", "itemid", "ticketid", "requirementid"),
    ("key", "uuid", "guid", "uid", "identifier"),
)
_TEXT_NAMES = (
    ("text",),
    ("goaltext", "recordtext", "fulltext"),
    ("goal", "goalname", "goalstatement"),
    ("name", "title", "summary", "description", "statement", "sentence", "question", "comment", "message"),
)
_SCOPE_NAMES = (
    ("scope",),
    ("recipientid", "recipient"),
    ("grantid", "grant", "grantnumber"),
)
_MOST_LISTED = 40
_LONGEST_NAME = 40
_SENTENCE = 5  # words from which on a name is none


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the parts of a record are.

    Attributes:
        id: Name of the column of ids; empty if there is none and line numbers stand in.
        text: Name of the column of texts.
        scope: Name of the column of scopes; empty if all records are compared with each other.
        guessed: At least one of the three was not named by the user.
    """

    id: str
    text: str
    scope: str
    guessed: bool


def choose_columns(
    names: Sequence[str],
    *,
    id_column: str | None = None,
    text_column: str | None = None,
    scope_column: str | None = None,
    repeated: Collection[str] = (),
    source: str,
) -> Columns:
    """Takes the columns that are named, and guesses the others when one answer is clear.

    Args:
        names: The columns of the file.
        id_column: The column of ids, if named.
        text_column: The column of texts, if named.
        scope_column: The column of scopes, if named; "" for no scope.
        repeated: Columns whose name occurs more than once in the file.
        source: The file, for messages.

    Raises:
        ColumnNotFound: A named column is not there.
        ColumnAmbiguous: There is no clear guess, or the name occurs more than once.
    """
    named = {
        role: find_column(names, column, source) if column else column
        for role, column in (("id", id_column), ("text", text_column), ("scope", scope_column))
    }
    free = [name for name in names if name not in named.values()]
    chosen = {
        role: _guess(free, ranks, role, source) if named[role] is None else named[role] or ""
        for role, ranks in (("id", _ID_NAMES), ("text", _TEXT_NAMES), ("scope", _SCOPE_NAMES))
    }
    if not chosen["text"]:
        raise ColumnAmbiguous(f"{source}: no column looks like the text. {list_columns(names)}")
    for role, name in chosen.items():
        if name in repeated:
            raise ColumnAmbiguous(
                f"{source}: the column {name!r} that would be the {role} occurs more than once.",
                remedy="Give the columns different names in the file.",
            )
    return Columns(**chosen, guessed=None in named.values())


def find_column(names: Sequence[str], wanted: str, source: str) -> str:
    """The column of that name; if there is none, the only one that differs in case or blanks.

    Raises:
        ColumnNotFound: There is no such column; the message lists all, and names the nearest.
    """
    if wanted in names:
        return wanted
    alike = [name for name in names if name.strip().casefold() == wanted.strip().casefold()]
    if len(alike) == 1:
        return alike[0]
    nearest = "" if alike else _nearest(names, wanted)
    raise ColumnNotFound(f"{source} has no column {_short(wanted)}.{nearest} {list_columns(names)}")


def list_columns(names: Sequence[str]) -> str:
    """The columns in a sentence for an error."""
    listed = ", ".join(_short(name) for name in names[:_MOST_LISTED])
    more = f", and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    hint = " These look like data: the file seems to have no header line." if any(map(_is_data, names)) else ""
    return f"Its columns are: {listed}{more}.{hint}"


def findings_about(columns: Columns) -> list[Finding]:
    """What a reader of the results must know about the choice of columns."""
    findings = []
    if columns.guessed:
        roles = {"id": columns.id, "text": columns.text, "scope": columns.scope}
        guess = ", ".join(f"{role} from {name!r}" for role, name in roles.items() if name)
        findings.append(Finding(Severity.INFO, "columns-guessed", f"The columns were guessed: {guess}."))
    if not columns.id:
        message = "There is no column of ids; the numbers of the lines are the ids."
        findings.append(Finding(Severity.INFO, "ids-from-lines", message))
    if not columns.scope:
        message = "There is no column of scopes; every record is compared with every other."
        findings.append(Finding(Severity.INFO, "no-scope", message))
    return findings


def _guess(names: Sequence[str], ranks: Sequence[Collection[str]], role: str, source: str) -> str:
    for rank in ranks:
        candidates = [name for name in names if _bare(name) in rank]
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            among = " and ".join(map(_short, candidates))
            raise ColumnAmbiguous(f"{source}: {among} could each be the {role}. {list_columns(names)}")
    return ""


def _is_data(name: str) -> bool:
    """Whether a name is rather a cell: a number, a date, or a sentence."""
    return len(name.split()) >= _SENTENCE or (any(map(str.isdigit, name)) and not any(map(str.isalpha, name)))


def _bare(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())


def _nearest(names: Sequence[str], wanted: str) -> str:
    from rapidfuzz import fuzz, process, utils  # noqa: PLC0415 - only needed for this message

    found = process.extractOne(wanted, names, scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=60)
    return f" Did you mean {_short(found[0])}?" if found else ""


def _short(name: str) -> str:
    return repr(name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "…")
