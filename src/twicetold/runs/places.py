"""Places: the line on which each key of a TOML file stands, so that an error can name it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Path = tuple[str | int, ...]
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|[\[\]{}=.,\n]"
    r"|[^\s\"'#\[\]{}=.,]+",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def lines_of(text: str) -> dict[Path, int]:
    """The line of each table and key, by its path: ``("match", "separate", 0, "when")``.

    Args:
        text: A document that ``tomllib`` has read without complaint; others give some answer. Keys inside the braces
            of an inline table are not told apart: their table's line stands for them.
    """
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for line, tokens in _statements(text):
        if tokens[0] == "[":
            is_array = tokens[1] == "["
            table = _resolved(_keys(tokens), counts, is_new=is_array)
            _note(found, table, line)
        else:
            _note(found, table + tuple(_keys(tokens[: tokens.index("=")])), line)
    return found


def line_of(lines: dict[Path, int], path: Sequence[str | int]) -> int:
    """The line of a key; if it has none of its own, that of the nearest table around it; 1 for the whole file."""
    known = (lines.get(tuple(path[:depth])) for depth in range(len(path), 0, -1))
    return next((line for line in known if line is not None), 1)


def _note(found: dict[Path, int], path: Path, line: int) -> None:
    """The first line that mentions a path, or anything in it, is its own."""
    for depth in range(1, len(path) + 1):
        found.setdefault(path[:depth], line)


def _resolved(keys: Sequence[str], counts: dict[Path, int], *, is_new: bool) -> Path:
    """The path of a header; in arrays of tables it means the last one, and a header in double brackets begins one."""
    path: Path = ()
    for place, key in enumerate(keys, start=1):
        path += (key,)
        if place == len(keys) and is_new:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path


def _statements(text: str) -> Iterator[tuple[int, list[str]]]:
    """Headers and key-value pairs with the line on which each begins; a value may go over many lines."""
    tokens: list[str] = []
    depth, begin, line, seen = 0, 1, 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        piece = match[0]
        if piece == "\n" and not depth:
            if tokens:
                yield begin, tokens
            tokens = []
        elif piece != "\n" and not piece.startswith("#"):
            begin = begin if tokens else line
            tokens.append(piece)
            if "=" in tokens:  # brackets before are those of a header
                depth += (piece in "[{") - (piece in "]}")
    if tokens:
        yield begin, tokens


def _keys(tokens: Sequence[str]) -> list[str]:
    return [_plain(token) for token in tokens if token not in {"[", "]", "."}]


def _plain(key: str) -> str:
    if key[0] == "'":
        return key[1:-1]
    return _ESCAPE.sub(_unescape, key[1:-1]) if key[0] == '"' else key


def _unescape(match: re.Match[str]) -> str:
    short, long, char = match.groups()
    return _ESCAPED.get(char, char) if char else chr(int(short or long, 16))
