"""Errors: what a person sees where something cannot be shown or done, with what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from twicetold.errors import DependencyUnavailable, FileNotUsable, KeyRefused, LoginRefused, TooManyRequests
from twicetold.service.pages.page import respond, texts_for
from twicetold.service.session import COOKIE
from twicetold.service.sites import READS

if TYPE_CHECKING:
    from fastapi.responses import Response
    from starlette.types import Scope

    from twicetold.errors import TwicetoldError

#: What is said in the reader's language; anything else as what was asked for, or as a defect.
_KNOWN = (403, 404, 405, 413, 422, 429)
#: What is said of errors whose status says less; a file that is not usable is a profile's, where a run is asked for.
_FAMILIES = {LoginRefused: "403-login", DependencyUnavailable: "503", FileNotUsable: "422"}
#: Paths whose answers are for programs.
_PROGRAMS = ("/v1", "/compute", "/healthz", "/readyz", "/metrics", "/openapi.json")


def is_person(scope: Scope) -> bool:
    """Whether a request comes from a browser that wants a page."""
    path = scope["path"]
    if any(path == each or path.startswith(f"{each}/") for each in _PROGRAMS):
        return False
    return b"text/html" in dict(scope["headers"]).get(b"accept", b"")


def page_of(scope: Scope, error: TwicetoldError, *, status: int) -> Response:
    """An error as a page.

    Args:
        scope: Of the request.
        error: What went wrong.
        status: Of HTTP.
    """
    request = Request(scope)
    kind, seconds = _kind(request, error, status), error.seconds if isinstance(error, TooManyRequests) else 0
    shown = {"kind": kind, "code": status, "error": error, "seconds": seconds, "request": request}
    return respond("error.html.j2", texts_for(request), status=status, **shown)


def _kind(request: Request, error: TwicetoldError, status: int) -> str:
    """Which of the pages of errors somebody sees."""
    if isinstance(error, KeyRefused):
        entrance = request.scope["twicetold.entrance"]
        return "401-expired" if entrance == "link" and COOKIE in request.cookies else f"401-{entrance}"
    for family, kind in _FAMILIES.items():
        if isinstance(error, family):
            return kind
    if status == 422 and request.method in READS:  # nobody wanted to save anything
        return "400"
    return str(status) if status in _KNOWN else "400" if status < 500 else "500"
