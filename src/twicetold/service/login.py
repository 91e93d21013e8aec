"""Login: where people log in, as the bound service ``twicetold-login`` says."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twicetold.errors import SettingInvalid
from twicetold.platform.bindings import bindings_called
from twicetold.platform.secret import Secret
from twicetold.service.roles import ROLES, highest, limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twicetold.platform.bindings import Binding

#: The service whose credentials say where people log in; its name or a tag.
SERVICE = "twicetold-login"
#: How long a session lasts: at most, and after the last request; how long somebody may be at the provider.
LONGEST, IDLE, AWAY = timedelta(hours=12), timedelta(minutes=30), timedelta(minutes=10)
_NONE = Secret("")
_NEEDED = ("url", "issuer", "client_id")
_REMEDY = f"Mend the credentials of the service {SERVICE!r}; the page on logging in lists them."


@dataclass(frozen=True, slots=True)
class Login:
    """Where people log in.

    Attributes:
        url: Of this service, as browsers know it: scheme and host, without a path.
        issuer: Of the identity provider, letter by letter as its tokens name it.
        discovery: Where the provider describes itself.
        client_id: What the provider calls this service.
        client_secret: How it knows this service again, or empty.
        private_key: In PEM, which signs instead of a secret (private_key_jwt), or empty.
        scope: What is asked for.
        acr_values: How well the provider shall know the person; empty for its usual way.
        person: The claim that names the person.
        role_claim: The claim that names roles; empty where the table of people alone says who may do what.
        profile_claim: The claim that names profiles; empty for all of them.
        scope_claim: The claim that names scopes; empty for all of them.
        default_role: Of everybody who can log in and has no other; empty to let nobody in without one.
    """

    url: str
    issuer: str
    discovery: str
    client_id: str
    client_secret: Secret = _NONE
    private_key: Secret = _NONE
    scope: str = "openid email"
    acr_values: str = ""
    person: str = "email"
    role_claim: str = ""
    profile_claim: str = ""
    scope_claim: str = ""
    default_role: str = ""

    @property
    def is_https(self) -> bool:
        return self.url.startswith("https://")

    def access(self, claims: Mapping[str, Any]) -> dict[str, Any] | None:
        """Role, profiles and scopes that claims allow; None where they let nobody in."""
        role = (highest(_names(claims, self.role_claim)) if self.role_claim else None) or self.default_role
        if not role:
            return None
        parts = {"profiles": self.profile_claim, "scopes": self.scope_claim}
        return {"role": role} | {
            part: limits(_names(claims, claim)) if claim else None for part, claim in parts.items()
        }


def bound_login() -> Login | None:
    """Where people log in; None where no service of the name or tag ``twicetold-login`` is bound.

    Raises:
        SettingInvalid: There are two, or one lacks what is needed; the message never has its values.
    """
    found = bindings_called(SERVICE)
    if not found:
        return None
    if len(found) > 1:
        raise SettingInvalid(f"there are {len(found)} services called {SERVICE!r}", remedy="Bind one of them only.")
    return _read(found[0])


def _read(binding: Binding) -> Login:
    given, place = dict(binding.credentials), f"{binding.origin}: service {binding.name!r}"

    def wrong(what: str) -> SettingInvalid:
        return SettingInvalid(f"{place}: {what}", remedy=_REMEDY)

    if missing := [name for name in _NEEDED if not given.get(name)]:
        raise wrong(f"lacks {', '.join(missing)}")
    if bool(given.get("client_secret")) == bool(given.get("private_key")):
        raise wrong("needs either client_secret or private_key")
    given["discovery"] = given.get("discovery") or given["issuer"].rstrip("/") + "/.well-known/openid-configuration"
    given["url"] = given["url"].rstrip("/")
    for name in ("url", "issuer", "discovery"):
        if not is_safe(given[name]):
            raise wrong(f"{name} has to be an https address; http is for this machine only")
    if urlsplit(given["url"]).path or urlsplit(given["url"]).query:
        raise wrong("url has to be scheme and host only, such as https://twicetold.example.gov")
    if given.get("default_role", "reader") not in ROLES:
        raise wrong(f"default_role has to be one of {', '.join(ROLES)}")
    fields: dict[str, Any] = {name: value for name, value in given.items() if name in Login.__slots__}
    return Login(**fields | {name: Secret(given.get(name, "")) for name in ("client_secret", "private_key")})


def is_safe(address: str) -> bool:
    """Whether an address is of https, or leads to this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    try:
        return parts.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def _names(claims: Mapping[str, Any], claim: str) -> list[str]:
    """The names in a claim: a list of texts, or one text with blanks between them."""
    value = claims.get(claim)
    if isinstance(value, str):
        return value.split()
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
