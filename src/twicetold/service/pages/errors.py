"""Errors: what a person sees where something cannot be shown or done, with what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from twicetold.errors import KeyRefused
from twicetold.service.pages.page import respond, texts_for

if TYPE_CHECKING:
    from fastapi.responses import Response
    from starlette.types import Scope

    from twicetold.errors import TwicetoldError

#: What is said in the reader's language; anything else as what was asked for, or as a defect.
_KNOWN = (400, 401, 403, 404, 405, 409, 413, 422, 500, 503)
#: Paths whose answers are for programs.
_PROGRAMS = ("/v1", "/compute", "/healthz", "/readyz", "/metrics", "/openapi.json")


def is_person(scope: Scope) -> bool:
    """Whether a request comes from a browser that wants a page."""
    path = scope["path"]
    if any(path == each or path.startswith(f"{each}/") for each in _PROGRAMS):
        return False
    return b"text/html" in dict(scope["headers"]).get(b"accept", b"")


def page_of(scope: Scope, error: TwicetoldError, *, status: int, has_link: bool) -> Response:
    """An error as a page.

    Args:
        scope: Of the request.
        error: What went wrong.
        status: Of HTTP.
        has_link: Whether the service lets people in by a link that it prints.
    """
    request = Request(scope)
    texts = texts_for(request)
    known = status if status in _KNOWN else (400 if status < 500 else 500)
    kind = str(known)
    if isinstance(error, KeyRefused):
        was_in = "cookie" in request.headers and "=" in request.headers["cookie"]
        kind = ("401-expired" if was_in else "401-link") if has_link else "401-key"
    answer = respond("error.html.j2", texts, status=status, kind=kind, error=error, request=request)
    if status == 503:
        answer.headers["Retry-After"] = "2"
    return answer
