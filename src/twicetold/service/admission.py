"""Admission: who asks, by key or by cookie; it is found out before any route sees the request."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import RedirectResponse
from starlette.status import HTTP_303_SEE_OTHER

from twicetold.errors import KeyRefused, TwicetoldError
from twicetold.service.limits import LOCKED, REFUSALS, address_of
from twicetold.service.session import COOKIE
from twicetold.service.sites import READS, require_same_site
from twicetold.store import audit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response
    from starlette.types import Scope

    from twicetold.service.desk import Desk
    from twicetold.service.keys import Caller

#: What anybody may ask: what platforms probe, what describes the routes, what pages are drawn with, and the way in.
OPEN = (
    *("/healthz", "/readyz", "/metrics", "/openapi.json"),
    *("/login", "/login/callback", "/logout", "/logout/away"),
)
_STATIC = "/static/"
#: Answers as long as the process lives, whoever asks however often.
_ALWAYS = "/healthz"
_WAYS_IN = ("/login", "/login/callback")
_PROGRAMS = ("/v1/", "/compute")


async def admit(desk: Desk, scope: Scope, headers: Mapping[str, str]) -> None:
    """Finds out who asks, and notes it in the scope of the request.

    Raises:
        KeyRefused: Nobody knows them.
        NotAllowed: Another site's page asks.
        TooManyRequests: They ask too often; or their address was refused too often, and they bring nothing that is
            right, or come to log in. Others behind the same address, who have a key or a session, go on.
    """
    path, address = scope["path"], address_of(scope, headers, is_routed=desk.is_routed)
    scope["twicetold.address"] = address
    if path == _ALWAYS:
        return
    key = _key(headers)
    if desk.session is not None:
        desk.session.require_same_site(scope["method"], headers)
    elif desk.people is not None and not key:
        require_same_site(scope["method"], headers, desk.people.login.url)
    if path in OPEN or path.startswith(_STATIC):
        if path in _WAYS_IN:
            desk.limits.require_open(address)
        desk.limits.spend_address(address)
        return
    try:
        caller = await _caller(desk, headers, key)
    except TwicetoldError:
        desk.limits.require_open(address)
        desk.limits.spend_address(address)
        if key and desk.session is None:
            await refuse(desk, address)
        raise
    scope["twicetold.caller"] = caller
    desk.limits.spend_caller(caller)


async def refuse(desk: Desk, address: str) -> None:
    """Counts a key, link or login that was refused; where it was one too many, the audit log tells of it."""
    if desk.limits.refuse(address):
        desk.log.warning("service.locked_out", seconds=LOCKED)
        about = f"{REFUSALS} refused keys, links or logins"
        await desk.write(audit.note, who=address, action="locked-out", about=about)


def way_in(desk: Desk, scope: Scope, headers: Mapping[str, str]) -> Response | None:
    """Where a browser is sent that wants a page and has nobody logged in; None where it cannot log in."""
    is_page = scope["method"] in READS and "text/html" in headers.get("accept", "")
    if desk.people is None or not is_page or scope["path"].startswith(_PROGRAMS):
        return None
    query = scope.get("query_string", b"").decode("latin-1")
    back = scope["path"] + f"?{query}" * bool(query)
    return RedirectResponse(f"/login?back={quote(back, safe='/')}", HTTP_303_SEE_OTHER)


def cookie_of(headers: Mapping[str, str], name: str) -> str:
    """The value of a cookie; empty where there is none. Others may be of any form."""
    for part in headers.get("cookie", "").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""


def cookie_name(desk: Desk, kind: str = "") -> str:
    """What a cookie is called: where browsers come by https, in the way that keeps other hosts from setting it."""
    is_https = desk.people is not None and desk.people.login.is_https
    return ("__Host-" if is_https else "") + COOKIE + f"-{kind}" * bool(kind)


def _key(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")


async def _caller(desk: Desk, headers: Mapping[str, str], key: str) -> Caller:
    if desk.session is not None:
        return desk.session.caller(cookie_of(headers, COOKIE))
    if key:
        return desk.keys.caller(key)
    if desk.people is not None:
        return await desk.asks.do(desk.people.caller, cookie_of(headers, cookie_name(desk)))
    raise KeyRefused("the request has no key")
