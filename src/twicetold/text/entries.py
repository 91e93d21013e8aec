"""Entries of a lexicon, as the shipped file and users' files hold them."""

from __future__ import annotations

import csv
import hashlib
import json
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twicetold.errors import FileNotUsable, SettingInvalid
from twicetold.text.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: The sections that say what a text mentions, each with terms by value.
TERM_SECTIONS = ("roles", "ages", "settings", "topics", "directions", "negations")
_SECTIONS = ("acronyms", "synonyms", *TERM_SECTIONS, "titles", "opposites", "converses", "antonyms", "prefixes")
_REMEDY = f"A lexicon is TOML with the sections {', '.join(_SECTIONS)}, or CSV with the columns term,means."


@dataclass(frozen=True, slots=True)
class Entries:
    """What a lexicon says.

    Attributes:
        replacements: The preferred form by term. A term in capitals counts only in capitals.
        terms: For each of ``TERM_SECTIONS`` (and "titles", "converses", "antonyms" and "prefixes") the terms by value.
        opposites: For values of directions the other values that each excludes.
    """

    replacements: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    opposites: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def with_more(self, more: Entries) -> Entries:
        """These entries and others; the others win, also where these would undo what they say."""
        preferred = {means.casefold() for means in more.replacements.values()}
        taken = {term.casefold() for term in more.replacements}
        kept = {
            term: means
            for term, means in self.replacements.items()
            if term.casefold() not in preferred and term.casefold() not in taken
        }
        terms = {section: dict(values) for section, values in self.terms.items()}
        for section, values in more.terms.items():
            for value, added in values.items():
                old = terms.setdefault(section, {}).pop(value, ())  # what is added comes last, and so wins
                terms[section][value] = (*old, *added)
        return Entries({**kept, **more.replacements}, terms, {**self.opposites, **more.opposites})

    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal."""
        content = [self.replacements, self.terms, self.opposites]
        text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def read_entries(path: Path) -> Entries:
    """Entries from a TOML or CSV file.

    Raises:
        FileNotUsable: The file is missing or cannot be read.
        SettingInvalid: The file is no lexicon; the message names file, line and value.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid(path, 1, f"the file is not UTF-8 ({error.reason} at byte {error.start})") from error
    except OSError as error:
        raise FileNotUsable(f"The lexicon {path} cannot be read: {error.strerror or error}.") from error
    if path.suffix.lower() == ".toml":
        return entries_from_toml(text, path)
    if path.suffix.lower() == ".csv":
        return _entries_from_csv(text, path)
    raise _invalid(path, 1, f"the ending {path.suffix!r} is neither .toml nor .csv")


def entries_from_toml(text: str, path: Path) -> Entries:
    """Entries from the text of a TOML file; the path is for messages."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingInvalid(f"The lexicon {path} is no TOML: {error}.", remedy=_REMEDY) from error
    replacements: dict[str, str] = {}
    terms: dict[str, dict[str, tuple[str, ...]]] = {}
    opposites: dict[str, tuple[str, ...]] = {}
    for section, values in content.items():
        if section not in _SECTIONS or not isinstance(values, dict):
            raise _invalid(path, _line(text, section), f"{section!r} is no section of a lexicon")
        for key, value in values.items():
            if section == "acronyms":
                replacements[key] = _text(value, key, path, text)
                continue
            if section == "opposites":
                opposites[key] = (value,) if isinstance(value, str) else _texts(value, key, path, text)
                continue
            listed = _texts(value, key, path, text)
            if section == "synonyms":
                replacements.update(dict.fromkeys(listed, str(key)))
            else:
                terms.setdefault(section, {})[key] = listed
    _check(replacements, path, text)
    return Entries(replacements, terms, opposites)


def _entries_from_csv(text: str, path: Path) -> Entries:
    replacements: dict[str, str] = {}
    reader = csv.reader(text.splitlines(), skipinitialspace=True)
    for row in reader:
        cells = [cell.strip() for cell in row]
        if not any(cells) or [cell.casefold() for cell in cells] == ["term", "means"]:
            continue
        if len(cells) != 2 or not all(cells):
            raise _invalid(path, reader.line_num, f"{','.join(row)!r} is not a term and what it means")
        replacements[cells[0]] = cells[1]
    _check(replacements, path, text)
    return Entries(replacements)


def _check(replacements: Mapping[str, str], path: Path, text: str) -> None:
    for term, means in replacements.items():
        words, meant = ([word.casefold() for word in tokens(part)] for part in (term, means))
        if not words or not meant:
            raise _invalid(path, _line(text, term), f"{term!r} = {means!r} has no word on one side")
        is_inside = any(meant[start : start + len(words)] == words for start in range(len(meant)))
        if is_inside and words != meant:
            raise _invalid(path, _line(text, term), f"{means!r} contains the term {term!r} that it replaces")


def invalid_entry(path: Path, term: str, problem: str) -> SettingInvalid:
    """The error for an entry of a file that only shows together with others."""
    return _invalid(path, _line(path.read_text(encoding="utf-8-sig"), term), problem)


def _text(value: object, key: str, path: Path, text: str) -> str:
    if isinstance(value, str):
        return value
    raise _invalid(path, _line(text, key), f"{key!r} must be one text, not {value!r}")


def _texts(value: object, key: str, path: Path, text: str) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise _invalid(path, _line(text, key), f"{key!r} must be a list of texts, not {value!r}")


def _line(text: str, value: str) -> int:
    """The first line that holds a value, from 1."""
    return next((number for number, line in enumerate(text.splitlines(), start=1) if value in line), 1)


def _invalid(path: Path, line: int, problem: str) -> SettingInvalid:
    return SettingInvalid(f"The lexicon {path}, line {line}: {problem}.", remedy=_REMEDY)
