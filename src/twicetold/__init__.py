"""Finds records that say the same thing in different words.

>>> import twicetold
>>> twicetold.compare("Raise attendance to 85%.", "raise attendance to 85 percent").verdict
<Verdict.DUPLICATE: 'duplicate'>
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

#: Where each public name lives. They are imported on first use, so that importing the package costs nothing.
_HOME = {
    "Answer": "decisions",
    "Decision": "decisions",
    "Evidence": "pairs",
    "Explanation": "matching.explanation",
    "Finding": "findings",
    "Group": "groups",
    "Model": "model.artifact",
    "Pairs": "pairs",
    "Record": "records",
    "Records": "records",
    "Result": "_api",
    "Thresholds": "pairs",
    "TwicetoldError": "errors",
    "Verdict": "pairs",
    "compare": "_api",
    "find": "_api",
    "score": "_api",
}
__all__ = [*_HOME, "__version__"]  # noqa: PLE0604 - a list of text, though the linter cannot see it

if TYPE_CHECKING:  # what the table above says, for type checkers and editors
    from twicetold._api import Result as Result
    from twicetold._api import compare as compare
    from twicetold._api import find as find
    from twicetold._api import score as score
    from twicetold.decisions import Answer as Answer
    from twicetold.decisions import Decision as Decision
    from twicetold.errors import TwicetoldError as TwicetoldError
    from twicetold.findings import Finding as Finding
    from twicetold.groups import Group as Group
    from twicetold.matching.explanation import Explanation as Explanation
    from twicetold.model.artifact import Model as Model
    from twicetold.pairs import Evidence as Evidence
    from twicetold.pairs import Pairs as Pairs
    from twicetold.pairs import Thresholds as Thresholds
    from twicetold.pairs import Verdict as Verdict
    from twicetold.records import Record as Record
    from twicetold.records import Records as Records


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
