"""Services: the databases and buckets that are bound, as what a driver needs to connect."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from twicetold.errors import SettingInvalid
from twicetold.platform import settings
from twicetold.platform.addresses import database_url, parts
from twicetold.platform.bindings import Binding, bindings, plain_name
from twicetold.platform.secret import MASK, Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twicetold.platform.settings import Settings

__all__ = ["Bucket", "Database", "Secret", "authorities", "bound", "bucket", "database", "redact", "store"]

#: The root certificates of Amazon's databases in cloud.gov's region.
CERTIFICATES = "data/certificates/rds-us-gov-west-1.pem"
DEFAULT_STORE = "sqlite:///twicetold.db"
_FORMS = "postgres://user:password@host:5432/database or sqlite:///path"
_REMEDY = "See 'twicetold config show' for the services that are bound."
_POSTGRES = {"postgres", "postgresql", "postgresql+psycopg"}
_NAMES = ("db_name", "dbname", "database", "name")


@dataclass(frozen=True, slots=True)
class Database:
    """A database: a SQLAlchemy URL, and one of its replica where it has one.

    Attributes:
        name: The service's name.
        origin: Where it was found.
        url: ``postgresql+psycopg://…`` or ``sqlite:///path``.
        replica: The same database on a server that only reads; None where there is none.
    """

    name: str
    origin: str
    url: Secret
    replica: Secret | None = None

    @property
    def place(self) -> str:
        """Host and database, or the file: what may be shown."""
        return _place(self.url)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of S3 or of a server that speaks like it.

    Attributes:
        name: The service's name.
        origin: Where it was found.
        bucket: The bucket's own name.
        region: Such as ``us-gov-west-1``.
        endpoint: URL of the server, the FIPS one where the binding has it; None for Amazon's of the region.
        access_key: Who asks.
        secret_key: What proves it.
        encrypt: Whether objects are written with server-side encryption.
    """

    name: str
    origin: str
    bucket: str
    region: str
    endpoint: str | None
    access_key: Secret
    secret_key: Secret
    encrypt: bool = True

    @property
    def place(self) -> str:
        """Server and bucket: what may be shown."""
        host = (self.endpoint or f"https://s3.{self.region}.amazonaws.com").partition("://")[2]
        return f"{host}/{self.bucket}"


def database(name: str | None = None) -> Database:
    """The database that is bound under a name, an instance's name or a tag; without a name, the only one.

    Raises:
        SettingInvalid: None or several fit, or the binding lacks what a connection needs.
    """
    return _to_database(_choose("database", name))


def bucket(name: str | None = None) -> Bucket:
    """The bucket that is bound under a name, an instance's name or a tag; without a name, the only one.

    Raises:
        SettingInvalid: None or several fit, or the binding lacks what a connection needs.
    """
    return _to_bucket(_choose("bucket", name))


def store(chosen: Settings) -> Database:
    """Where results and decisions are kept.

    The setting ``store`` holds a URL; else ``database`` names a bound service; else it is the only PostgreSQL that is
    bound; else the file ``twicetold.db`` in the working folder.

    Raises:
        SettingInvalid: The URL is none that can be used, or the bound services leave no clear answer.
    """
    if chosen.store:
        origin = settings.origin("store", {})
        named = "--store" if origin == "default" else origin
        return _to_database(Binding("store", named, credentials={"uri": chosen.store.reveal()}, is_explicit=True))
    if chosen.database:
        return database(chosen.database)
    if any(kind(binding) == "database" and not _is_file(binding) for binding in bindings()):
        return _to_database(_choose("database", None, lambda binding: not _is_file(binding)))
    return Database("store", "default", Secret(DEFAULT_STORE))


def bound() -> list[dict[str, str]]:
    """The services in sight, as rows that may be shown: name, kind, origin, place, and what is wrong with them."""
    return [_row(binding) for binding in bindings()]


def redact(text: str, service: Database | Bucket) -> str:
    """A text, such as a driver's error, without the service's user, password and keys."""
    users: set[str] = set()
    if isinstance(service, Bucket):
        secrets = {service.access_key.reveal(), service.secret_key.reveal()}
    else:
        known = [parts(url.reveal()) or {} for url in (service.url, service.replica) if url]
        secrets = {part[key] for part in known for key in ("password", "?sslpassword") if key in part}
        users = {part["user"] for part in known if "user" in part}
    forms = {form for secret in secrets for form in (secret, quote(secret, safe=""), repr(secret)[1:-1]) if secret}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, MASK)
    for user in users:  # often a plain word, so only where it stands alone
        text = re.sub(rf"(?<!\w){re.escape(user)}(?!\w)", lambda _: MASK, text)
    return text


def kind(binding: Binding) -> str:
    """What a binding is: ``database``, ``bucket`` or ``other``."""
    given = binding.credentials
    scheme = given.get("uri", "").partition(":")[0].lower()
    if scheme in _POSTGRES or (scheme == "sqlite" and binding.is_explicit):
        return "database"
    if scheme == "s3" or "bucket" in given or "s3" in binding.labels:
        return "bucket"
    if scheme:
        return "other"
    words = " ".join((*binding.labels, *binding.tags)).lower()
    is_anything = not binding.labels or "user-provided" in binding.labels
    says_so = "postgres" in words or "aws-rds" in words
    return "database" if says_so or (is_anything and any(key in given for key in _NAMES[:-1])) else "other"


def _row(binding: Binding) -> dict[str, str]:
    row = {"service": binding.name, "kind": kind(binding), "from": binding.origin, "place": "", "problem": ""}
    try:
        if row["kind"] == "database":
            row["place"] = _to_database(binding).place
        elif row["kind"] == "bucket":
            row["place"] = _to_bucket(binding).place
    except SettingInvalid as error:
        row["problem"] = error.message
    return row


def _choose(wanted: str, name: str | None, fits: Callable[[Binding], bool] = lambda _: True) -> Binding:
    """The one binding of a kind that a name means.

    Raises:
        SettingInvalid: None or several do; the candidates are named.
    """
    everything = bindings()
    known = [binding for binding in everything if kind(binding) == wanted and fits(binding)]
    # A service of which nothing says what it is can be named all the same.
    unknown = [binding for binding in everything if kind(binding) == "other" and "uri" not in binding.credentials]
    found = known if name is None else _named(known, name) or _named(unknown, name)
    if len(found) == 1:
        return found[0]
    asked = "" if name is None else f" {name!r}"
    if found:
        listed = ", ".join(f"{binding.name!r} ({binding.origin})" for binding in found)
        remedy = f"Name one of them with the setting '{wanted}'."
        raise SettingInvalid(f"{len(found)} services fit the {wanted}{asked}: {listed}.", remedy=remedy)
    there = ", ".join(repr(binding.name) for binding in known) or "none"
    others = "".join(f" {binding.name!r} is of kind {kind(binding)}." for binding in _named(everything, name or ""))
    raise SettingInvalid(f"No {wanted}{asked} is bound; of that kind there are: {there}.{others}", remedy=_REMEDY)


def _named(known: list[Binding], name: str) -> list[Binding]:
    """Those of that name; where there are none, those with that tag."""
    plain = plain_name(name)
    named = [binding for binding in known if plain in map(plain_name, (binding.name, *binding.aliases))]
    return named or [binding for binding in known if plain in map(plain_name, binding.tags)]


def _to_database(binding: Binding) -> Database:
    if _is_file(binding):
        return Database(binding.name, binding.origin, Secret(binding.credentials["uri"]))
    known, query = _reachable(binding)
    missing = [key for key in _needed(binding) if key not in known]
    if missing:
        raise _lacking(binding, missing)
    replica = _replica(binding, known)
    return Database(
        binding.name,
        binding.origin,
        Secret(database_url(known, query)),
        Secret(database_url(replica, query)) if replica else None,
    )


def _needed(binding: Binding) -> tuple[str, ...]:
    """An address that a person wrote may leave the rest to the driver; the platform's says everything."""
    return ("db_name",) if binding.is_explicit else ("host", "username", "password", "db_name")


def _reachable(binding: Binding) -> tuple[dict[str, str], dict[str, str]]:
    """Where a PostgreSQL is and who asks, single keys before the address; and the driver's parameters."""
    given = binding.credentials
    is_whole = not binding.is_explicit and {"host", "username", "password", "db_name"} <= given.keys()
    address = {} if is_whole else _address(binding, "uri", _POSTGRES)
    query = {name[1:]: value for name, value in address.items() if name.startswith("?")}
    user, password = query.pop("user", None), query.pop("password", None)
    known = {
        "username": given.get("username") or given.get("user") or address.get("user") or user,
        "password": given.get("password") or address.get("password") or password,
        "host": given.get("host") or given.get("hostname") or address.get("host"),
        "port": given.get("port") or address.get("port"),
        "db_name": next((given[key] for key in _NAMES if given.get(key)), None) or address.get("path"),
    }
    port = known["port"]
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise SettingInvalid(f"{binding.origin}: service {binding.name!r}: 'port' is no port number.", remedy=_REMEDY)
    if binding.is_explicit:
        query |= {key: given[key] for key in ("sslmode", "sslrootcert") if given.get(key)}
    else:  # nothing that is bound may ask for less
        query = {"sslmode": "verify-full", "sslrootcert": authorities()}
    return {name: value for name, value in known.items() if value}, query


def _replica(binding: Binding, known: Mapping[str, str]) -> dict[str, str] | None:
    host = binding.credentials.get("replica_host")
    if host:
        return {**known, "host": host}
    address = _address(binding, "replica_uri", _POSTGRES)
    names = {"username": "user", "password": "password", "host": "host", "port": "port", "db_name": "path"}
    given = {name: address[part] for name, part in names.items() if part in address}
    return {**known, **given} if given else None


def _to_bucket(binding: Binding) -> Bucket:
    given = binding.credentials
    is_whole = {"bucket", "region", "access_key_id", "secret_access_key", "endpoint"} <= given.keys()
    has_address = given.get("uri", "").startswith("s3:") and not is_whole
    address = _address(binding, "uri", {"s3"}) if has_address else {}
    host = address.get("host", "") + (f":{address['port']}" if "port" in address else "")
    endpoint = given.get("fips_endpoint") or given.get("endpoint") or host or None
    scheme = given.get("scheme") or address.get("?scheme") or "https"
    known = {
        "bucket": given.get("bucket") or address.get("path", "").strip("/"),
        "region": given.get("region") or address.get("?region", ""),
        "access_key_id": given.get("access_key_id") or address.get("user", ""),
        "secret_access_key": given.get("secret_access_key") or address.get("password", ""),
    }
    missing = [key for key, value in known.items() if not value]
    if missing:
        raise _lacking(binding, missing)
    return Bucket(
        name=binding.name,
        origin=binding.origin,
        bucket=known["bucket"],
        region=known["region"],
        endpoint=endpoint if endpoint is None or "://" in endpoint else f"{scheme}://{endpoint}",
        access_key=Secret(known["access_key_id"]),
        secret_key=Secret(known["secret_access_key"]),
        encrypt=(given.get("encrypt") or address.get("?encrypt") or "true").lower() not in {"false", "0", "no", "off"},
    )


def _address(binding: Binding, key: str, schemes: set[str]) -> dict[str, str]:
    """The parts of an address among the credentials; none where it is absent."""
    text = binding.credentials.get(key)
    found = parts(text) if text else {}
    if found is None or (found and found["scheme"] not in schemes):
        allowed = "s3://KEY:SECRET@host/bucket" if "s3" in schemes else _FORMS
        place = f"{binding.origin}: service {binding.name!r}"
        remedy = "Write @ : / ? # and % in a user or password as %40 %3A %2F %3F %23 and %25."
        raise SettingInvalid(f"{place}: {key!r} is no address of the form {allowed}.", remedy=remedy)
    return found


def _lacking(binding: Binding, missing: list[str]) -> SettingInvalid:
    keys = ", ".join(map(repr, missing))
    return SettingInvalid(f"{binding.origin}: service {binding.name!r} lacks {keys}.", remedy=_REMEDY)


def _is_file(binding: Binding) -> bool:
    return binding.is_explicit and binding.credentials.get("uri", "").startswith("sqlite://")


def authorities() -> str:
    """The file of the certificates to trust: the setting ``ca``, else those that are shipped."""
    return str(settings.load().ca or Path(str(files("twicetold"))) / CERTIFICATES)


def _place(url: Secret) -> str:
    if url.reveal().startswith("sqlite:"):
        return url.reveal().partition(":///")[2] or ":memory:"
    address = parts(url.reveal()) or {}
    port = f":{address['port']}" if "port" in address else ""
    return f"{address.get('host') or address.get('?host', '')}{port}/{address.get('path', '')}"
