"""What PostgreSQL says of a value, as the text that a table has."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from psycopg.types import TypeInfo
from psycopg.types.string import TextLoader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import psycopg
    from psycopg.types import TypesRegistry

#: How values are to be written, for the time of the transaction.
FORMS = {
    "datestyle": "ISO, YMD",
    "intervalstyle": "iso_8601",
    "timezone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}
_WHOLE = 1e38  # floats below it that are whole are written in digits
_ARRAYS = "SELECT oid, typname, typelem FROM pg_type WHERE oid = ANY(%s) AND typcategory = 'A' AND typelem <> 0"


def read_as_text(connection: psycopg.Connection[Any]) -> None:
    """Lets all values come as PostgreSQL writes them, so that none is refused: also the year 10000 or infinity."""
    for info in connection.adapters.types:
        connection.adapters.register_loader(info.oid, TextLoader)


def learn_arrays(connection: psycopg.Connection[Any], kinds: Iterable[int]) -> bool:
    """Makes known those types that are arrays of types of the database's own; whether there are any."""
    unknown = [kind for kind in kinds if connection.adapters.types.get(kind) is None]
    found = connection.execute(_ARRAYS, [unknown]).fetchall() if unknown else []
    for array, name, element in found:
        TypeInfo(name, int(element), int(array)).register(connection)
    return bool(found)


def as_text(kind: int, types: TypesRegistry) -> Callable[[Any], str]:
    """What makes a text of a value: NULL and not-a-number become "", arrays JSON.

    Args:
        kind: PostgreSQL's number of the type.
        types: The types that are known.
    """
    info = types.get(kind)
    if info is None or info.array_oid != kind:
        return _SCALARS.get(kind, str)
    if info.oid in _JSON:
        return partial(_list, item=_SCALARS.get(info.oid, str))
    return partial(_list, item=partial(json.dumps, ensure_ascii=False))


def _list(value: Sequence[Any] | str | None, item: Callable[[str], str]) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        token = item(value)
        return json.dumps(token) if token.lstrip("-") == _INFINITE else token or "null"
    return f"[{', '.join(_list(part, item) for part in value)}]"


def _float(value: str) -> str:
    number = float(value)
    is_whole = number.is_integer() and abs(number) < _WHOLE
    return str(int(number)) if is_whole else _number(value)


def _number(value: str) -> str:
    return "" if value == "NaN" else value


_SCALARS: dict[int, Callable[[str], str]] = {
    16: {"t": "true", "f": "false"}.__getitem__,
    700: _float,
    701: _float,
    1700: _number,
}
_JSON = {*_SCALARS, 20, 21, 23, 26, 114, 3802}  # types of which values are JSON already: numbers, and JSON itself
_INFINITE = "Infinity"
