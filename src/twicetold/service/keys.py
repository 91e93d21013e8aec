"""Keys: who may ask the service, for what, and about which records.

A key is 256 random bits, so its SHA-256 is enough to know it again and tells nobody what it is: there is nothing that
could be guessed, as there is with passwords. Entries are texts, so that any platform can hold them: one credential of
the service ``twicetold-keys`` each, of the form ``sha256=…&may=read,decide&profile=ttahub&scope=*&until=2027-01-31``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from twicetold.errors import KeyRefused, NotAllowed, SettingInvalid
from twicetold.platform.bindings import bindings_called
from twicetold.store.bulk import storable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

#: What may be allowed: to look at results and compare texts, to decide, to ask for runs, to read the audit log.
ACTIONS = ("read", "decide", "run", "admin")
#: The service whose credentials are entries; its name or a tag.
SERVICE = "twicetold-keys"
ALL = "*"
#: What a folder of bindings has beside the credentials.
_NO_KEYS = ("type", "provider", "label", "tags", "binding-name", "instance-name")
_PREFIX = "tt_"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_FORM = "sha256=HEX&may=read,decide,run,admin&profile=NAME&scope=SCOPE&until=YYYY-MM-DD"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks.

    Attributes:
        name: What decisions and logs call them: the name of the key, or what the identity provider calls a person.
        actions: What they may do.
        profiles: The profiles that they may see; None for all.
        scopes: The scopes that they may see; None for all.
        is_person: Whether they have logged in, and have no key.
    """

    name: str
    actions: frozenset[str]
    profiles: frozenset[str] | None = None
    scopes: frozenset[str] | None = None
    is_person: bool = False

    def require(self, action: str, profile: str | None = None, scopes: Iterable[str] = ()) -> None:
        """Refuses what the caller may not do.

        Raises:
            NotAllowed: They may not do that, or not in this profile or one of these scopes.
        """
        if action not in self.actions:
            raise NotAllowed(f"{self.called} may not {action}")
        if profile is not None and self.profiles is not None and profile not in self.profiles:
            raise NotAllowed(f"{self.called} has no access to this profile")
        if self.scopes is not None and any(scope not in self.scopes for scope in scopes):
            raise NotAllowed(f"{self.called} has no access to this scope")

    @property
    def called(self) -> str:
        """The caller in a message."""
        return self.name if self.is_person else f"the key {self.name!r}"

    def sees_all_of(self, scopes: Collection[str] | None) -> bool:
        """Whether all of some scopes are theirs; None stands for all that there are."""
        return self.scopes is None or (scopes is not None and self.scopes.issuperset(scopes))


@dataclass(frozen=True, slots=True)
class Key:
    """A key, without the key.

    Attributes:
        digest: SHA-256 of the key.
        caller: Whom it stands for.
        until: The last day on which it is valid, in UTC.
    """

    digest: bytes
    caller: Caller
    until: date


class Keys:
    """The keys that are valid here.

    Args:
        known: All of them; several may be valid at once, so that one can replace another without a gap.
    """

    def __init__(self, known: Sequence[Key]) -> None:
        self._known = tuple(known)

    def __len__(self) -> int:
        return len(self._known)

    def caller(self, key: str, *, today: date | None = None) -> Caller:
        """Whom a key stands for; takes the same time whichever it is.

        Raises:
            KeyRefused: It is unknown or has expired.
        """
        digest, found = _digest(key), None
        for known in self._known:
            if hmac.compare_digest(known.digest, digest):
                found = known
        if found is None:
            raise KeyRefused("the key is not known here")
        if found.until < (today or datetime.now(UTC).date()):
            raise KeyRefused(f"the key {found.caller.name!r} expired on {found.until.isoformat()}")
        return found.caller


def bound_keys() -> Keys:
    """The keys of every service of the name or tag ``twicetold-keys`` that is bound, in whatever form.

    Raises:
        SettingInvalid: An entry is not of its form; the message names it, never its content.
    """
    found = dict[str, Key]()
    for binding in bindings_called(SERVICE):
        for name, entry in binding.credentials.items():
            if name in found:
                remedy = "Give each key a name of its own."
                raise SettingInvalid(f"{binding.origin}: the key {name!r} is there twice", remedy=remedy)
            if name not in _NO_KEYS:
                found[name] = read_entry(name, entry, f"{binding.origin}: service {binding.name!r}")
    return Keys(list(found.values()))


def new_key(
    name: str,
    *,
    may: Collection[str],
    profiles: Collection[str] | None,
    scopes: Collection[str] | None,
    days: int,
) -> tuple[str, str]:
    """A new key, and the entry by which it is known.

    Args:
        name: Whom it stands for.
        may: Actions.
        profiles: Those that it is for; None for all.
        scopes: Those that it is for; None for all.
        days: For how long.

    Raises:
        SettingInvalid: A name or an action cannot be.
    """
    key = _PREFIX + secrets.token_urlsafe(32)
    until = datetime.now(UTC).date() + timedelta(days=days)
    parts = [f"sha256={_digest(key).hex()}", f"may={','.join(may)}"]
    parts += [f"profile={quote(each)}" for each in (profiles if profiles is not None else [ALL])]
    parts += [f"scope={quote(each)}" for each in (scopes if scopes is not None else [ALL])]
    entry = "&".join([*parts, f"until={until.isoformat()}"])
    read_entry(name, entry, "the new key")
    return key, entry


def read_entry(name: str, entry: str, place: str) -> Key:
    """What an entry says.

    Args:
        name: What the key is called.
        entry: The text.
        place: Where it stands, for a message.

    Raises:
        SettingInvalid: It is not of its form.
    """
    parts: dict[str, list[str]] = {}
    for part, value in parse_qsl(entry, keep_blank_values=True):
        parts.setdefault(part, []).append(value)
    remedy = f"Write it as {_FORM}; '*' stands for all. 'twicetold keys new' makes such an entry."

    def wrong(what: str) -> SettingInvalid:
        return SettingInvalid(f"{place}: the key {name!r} {what}", remedy=remedy)

    if not _NAME.fullmatch(name):
        raise SettingInvalid(f"{place}: {name!r} is no name of a key: letters, digits, '_', '.' and '-', at most 64")
    if unknown := parts.keys() - {"sha256", "may", "profile", "scope", "until"}:
        raise wrong(f"has parts that mean nothing: {len(unknown)}")
    digest = parts.get("sha256", [""])
    actions = {action for part in parts.get("may", []) for action in part.split(",") if action}
    if len(digest) != 1 or not _DIGEST.fullmatch(digest[0]):
        raise wrong("has no SHA-256 of 64 hexadecimal digits")
    if not actions or actions - set(ACTIONS):
        raise wrong(f"has to say what it may: some of {', '.join(ACTIONS)}")
    if not parts.get("profile") or not parts.get("scope"):
        raise wrong("has to name profiles and scopes")
    try:
        until = date.fromisoformat(parts.get("until", [""])[-1])
    except ValueError:
        raise wrong("has to say until which day it is valid") from None
    caller = Caller(name, frozenset(actions), _chosen(parts["profile"]), _chosen(parts["scope"]))
    return Key(bytes.fromhex(digest[0]), caller, until)


def _chosen(names: Sequence[str]) -> frozenset[str] | None:
    return None if ALL in names else frozenset(map(storable, names))


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
