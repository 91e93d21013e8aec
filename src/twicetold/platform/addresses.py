"""Addresses of databases and buckets: taken apart and put together, whatever characters the passwords have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOST = r"(?P<host>\[[^\]/@]*\]|[^\[\]:/@?#]*)(?::(?P<port>\d+))?"
_REST = r"/(?P<path>[^?@]*)(?:\?(?P<query>{query}))?"
_SCHEME = r"(?P<scheme>[a-z][a-z0-9+.-]*)://"
#: As the standard has it: reserved characters in name and password are percent-encoded.
_STANDARD = re.compile(
    _SCHEME + r"(?:(?P<user>[^:/@?#]*)(?::(?P<password>[^/@?#]*))?@)?" + _HOST + _REST.format(query=".*"),
    re.IGNORECASE | re.DOTALL,
)
#: As it is often written: the password as it is, up to the last "@".
_AS_WRITTEN = re.compile(
    _SCHEME + r"(?P<user>[^:/@?#]*):(?P<password>.*)@" + _HOST + _REST.format(query="[^@]*"),
    re.IGNORECASE | re.DOTALL,
)


def parts(address: str) -> dict[str, str] | None:
    """Scheme, user, password, host, port, path and query of an address, decoded; absent parts are left out.

    Returns:
        The parts by name and the query's parameters as ``?name``, or None where it is no address, or could be two:
        which of two hosts gets the password is no guess to make.
    """
    standard, as_written = (form.fullmatch(address.strip()) for form in (_STANDARD, _AS_WRITTEN))
    found = standard or as_written
    if not found or (standard and as_written and standard["host"] != as_written["host"]):
        return None
    known = {name: text for name, text in found.groupdict().items() if text}
    query = {f"?{name}": text for name, text in parse_qsl(known.pop("query", ""))}
    scheme = known.pop("scheme").lower()
    return {"scheme": scheme, **{name: unquote(text) for name, text in known.items()}, **query}


def database_url(known: Mapping[str, str], query: Mapping[str, str]) -> str:
    """The SQLAlchemy URL of a PostgreSQL database, every part quoted.

    Args:
        known: ``username``, ``password``, ``host``, ``port`` and ``db_name``; absent ones are left to the driver.
        query: Parameters of the driver, such as ``sslmode``.
    """
    user = quote(known.get("username", ""), safe="")
    password = f":{quote(known['password'], safe='')}" if known.get("password") else ""
    login = f"{user}{password}@" if user or password else ""
    host = known.get("host", "")
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    port = f":{known['port']}" if known.get("port") else ""
    options = f"?{urlencode(query, quote_via=quote)}" if query else ""
    return f"postgresql+psycopg://{login}{host}{port}/{quote(known.get('db_name', ''), safe='')}{options}"
