"""Routes by which people come in and go: the link of the person at this machine, or the identity provider."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.status import HTTP_303_SEE_OTHER

from twicetold.errors import KeyRefused, LoginRefused, NotThere
from twicetold.service.admission import cookie_name, cookie_of, refuse
from twicetold.service.desk import AtDesk
from twicetold.service.login import AWAY
from twicetold.service.pages.page import respond, texts_for

if TYPE_CHECKING:
    from twicetold.service.desk import Desk

router = APIRouter(include_in_schema=False)
#: Where people come to who wanted no other page.
_FIRST = "/"
#: A path of this service; '//host' and '/\\host' would be another's.
_PATH = re.compile(r"/(?![/\\])[!-~]{0,2000}")
_ON_THE_WAY = "login"


@router.get("/login")
async def enter(
    desk: AtDesk,
    request: Request,
    token: Annotated[str, Query(max_length=200)] = "",
    back: Annotated[str, Query(max_length=2001)] = _FIRST,
) -> Response:
    """Lets the person in who has the link, or sends a browser to the identity provider."""
    if desk.session is not None:
        if desk.session.has(cookie_of(request.headers, cookie_name(desk))):  # the link was followed again
            return RedirectResponse(_FIRST, HTTP_303_SEE_OTHER)
        try:
            cookie = desk.session.enter(token)
        except KeyRefused:
            await refuse(desk, request.scope["twicetold.address"])
            raise
        answer = RedirectResponse(_FIRST, HTTP_303_SEE_OTHER)
        answer.set_cookie(cookie_name(desk), cookie, httponly=True, samesite="strict")
        return answer
    if desk.people is None:
        raise NotThere("there are keys here, and no login")
    address, browser = await desk.provider.do(desk.people.begin, back if _PATH.fullmatch(back) else _FIRST)
    answer = RedirectResponse(address, HTTP_303_SEE_OTHER)
    _set(answer, desk, _ON_THE_WAY, browser, seconds=int(AWAY.total_seconds()))
    return answer


@router.get("/login/callback")
async def come_back(desk: AtDesk, request: Request) -> Response:
    """Logs a person in who comes back from the identity provider."""
    if desk.people is None:
        raise NotThere("nobody logs in here")
    address, held = request.scope["twicetold.address"], request.headers
    kept, former = (cookie_of(held, cookie_name(desk, kind)) for kind in (_ON_THE_WAY, ""))
    try:
        cookie, back = await desk.provider.do(
            desk.people.finish, dict(request.query_params), kept, former, address or "this machine"
        )
    except LoginRefused:
        await refuse(desk, address)
        raise
    answer = RedirectResponse(back, HTTP_303_SEE_OTHER)
    _set(answer, desk, "", cookie)
    answer.delete_cookie(cookie_name(desk, _ON_THE_WAY), secure=desk.people.login.is_https)
    return answer


@router.post("/logout")
async def leave(desk: AtDesk, request: Request) -> Response:
    """Ends the session, in all processes."""
    if desk.people is None:
        raise NotThere("nobody logs in here")
    await desk.provider.do(desk.people.leave, cookie_of(request.headers, cookie_name(desk)))
    answer = RedirectResponse("/logout/away", HTTP_303_SEE_OTHER)
    answer.delete_cookie(cookie_name(desk), secure=desk.people.login.is_https)
    return answer


@router.get("/logout/away")
async def leave_provider(desk: AtDesk, request: Request) -> Response:
    """Goes on to the provider, to log out there, too, where it offers that.

    By a header of this page, not by a redirect: pages allow their forms to lead to this host only, and browsers hold
    redirects of forms to that, too.
    """
    away = await desk.provider.do(desk.people.provider.log_out_at) if desk.people is not None else None
    answer = respond("left.html.j2", texts_for(request))
    answer.headers["Refresh"] = f"0; url={away or '/logout'}"
    return answer


@router.get("/logout")
async def left(request: Request) -> Response:
    """What people see who have logged out; it changes nothing."""
    return respond("left.html.j2", texts_for(request))


def _set(answer: Response, desk: Desk, kind: str, value: str, seconds: int | None = None) -> None:
    """Sets a cookie that no script reads, and that comes along when the provider sends the browser back (Lax)."""
    assert desk.people is not None
    secure = desk.people.login.is_https
    answer.set_cookie(cookie_name(desk, kind), value, max_age=seconds, secure=secure, httponly=True, samesite="lax")
