"""Complaints: what is wrong with a TOML file, as sentences that name file, line, key, value and what is allowed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from twicetold.runs.places import line_of, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_LONGEST = 60
_LOGIN = re.compile(r"(://)[^@\s/]*@")


def describe(error: ValidationError, path: Path, text: str, content: Mapping[str, Any], model: type[BaseModel]) -> str:
    """One line for each thing that is wrong.

    Args:
        error: What pydantic says.
        path: The file.
        text: Its text, for the lines.
        content: What the text says.
        model: What it should be.
    """
    lines = lines_of(text)
    said = []
    for problem in error.errors():
        place = _place(problem["loc"], content)
        if problem["type"].startswith("union_tag"):
            place = (*place, problem["ctx"]["discriminator"].strip("'"))
        what = _what(problem, place, content, model)
        said.append((line_of(lines, place), _dotted(place), what))
    return "\n".join(f"{path}, line {line}: {key}{what}." for line, key, what in sorted(said))


def _what(problem: ErrorDetails, place: Sequence[str | int], content: Mapping[str, Any], model: type[BaseModel]) -> str:
    kind, value = problem["type"], problem["input"]
    if kind == "missing":
        return " is missing"
    if kind == "union_tag_not_found":
        return f" is missing: {_kinds(model, place)}"
    if kind == "union_tag_invalid":
        return f" = {_shown(problem['ctx']['tag'])}: {_kinds(model, place)}"
    if kind == "extra_forbidden":
        parts = list(_parts_at(model, place[:-1], content))
        known = ", ".join(name for part in parts for name in part.model_fields)
        return f" is no key that is known here; there are {known}"
    message = (
        problem["msg"]
        .removeprefix("Value error, ")
        .replace("Input should be", "must be")
        .replace("a valid tuple", "a list")
    )
    return f": {message}" if isinstance(value, dict | BaseModel) else f" = {_shown(value)}: {message}"


def _place(loc: Sequence[str | int], content: Mapping[str, Any]) -> tuple[str | int, ...]:
    """Where in the file an error is: its path without the words that pydantic adds to name a choice or a key."""
    place: list[str | int] = []
    here: Any = content
    chosen: Any = None
    for step in loc:
        if isinstance(here, dict) and here is not chosen and step == here.get("kind"):
            chosen = here  # the first step into a table with a kind is that kind; a key may have the same name
        elif step != "[key]":
            place.append(step)
            here = _inside(here, step)
    return tuple(place)


def _inside(content: object, step: str | int) -> object:
    if isinstance(content, dict):
        return content.get(step)
    return content[step] if isinstance(content, list) and isinstance(step, int) and step < len(content) else None


def _parts_at(model: type[BaseModel], place: Sequence[str | int], content: object) -> Iterator[type[BaseModel]]:
    """The parts of a model that stand at a place; of several that could, the one whose kind the file names."""
    if not place:
        yield model
        return
    step, *rest = place
    inside = content.get(step) if isinstance(content, dict) else None
    if isinstance(step, int):  # an entry of a list, whose type is already that of its entries
        yield from _parts_at(model, rest, content)
        return
    for part in _models_in(model.model_fields[str(step)].annotation):
        kinds = get_args(part.model_fields["kind"].annotation) if "kind" in part.model_fields else ()
        if not kinds or (isinstance(inside, dict) and inside.get("kind") in kinds):
            yield from _parts_at(part, rest, inside)


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _kinds(model: type[BaseModel], place: Sequence[str | int]) -> str:
    *_, table, key = place
    parts = _models_in(model.model_fields[str(table)].annotation)
    kinds = [repr(kind) for part in parts for kind in get_args(part.model_fields[str(key)].annotation)]
    return f"must be one of {', '.join(kinds)}"


def _dotted(place: Sequence[str | int]) -> str:
    if not place:
        return "the profile"
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")


def _shown(value: object) -> str:
    """A value as it may be shown: short, and without the login of an address."""
    text = _LOGIN.sub(r"\1***@", repr(value))
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
