"""Problems: every error as one JSON object (RFC 9457), with a code, what happened and what to do about it."""

from __future__ import annotations

import inspect
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from twicetold.errors import (
    DependencyUnavailable,
    InputInvalid,
    KeyRefused,
    NotAllowed,
    TooManyRequests,
    TwicetoldError,
)
from twicetold.service.pages.errors import is_person, page_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI, Request
    from starlette.types import Scope

MEDIA_TYPE = "application/problem+json"
#: Where clients of the Hub's first service ask; their errors had one member, ``error``.
OLD_CLIENTS = "/compute"
#: Complaints about one request that are told.
_MOST = 20
#: Seconds after which to try again where the service is busy.
_RETRY = "2"
SCHEMA = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "remedy"],
    "properties": {
        "type": {"type": "string", "description": "urn:twicetold:error: and the code."},
        "title": {"type": "string", "description": "What errors of this code have in common."},
        "status": {"type": "integer", "description": "Of HTTP."},
        "code": {"type": "string", "description": "As in the reference of errors; it never changes its meaning."},
        "detail": {"type": "string", "description": "What happened."},
        "remedy": {"type": "string", "description": "What to do about it."},
        "errors": {
            "type": "array",
            "description": "What is wrong with single values of the request.",
            "items": {
                "type": "object",
                "required": ["at", "message"],
                "properties": {"at": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
    "example": {
        "type": "urn:twicetold:error:TT210",
        "title": "The caller is known, but may not do this, or not in this profile or scope.",
        "status": 403,
        "code": "TT210",
        "detail": "the key 'frontend' has no access to this scope",
        "remedy": NotAllowed.remedy,
    },
}


def problem(
    error: TwicetoldError, *, status: int | None = None, wrong: Sequence[dict[str, str]] = (), path: str = ""
) -> JSONResponse:
    """An error of the program as an answer.

    Args:
        error: What went wrong.
        status: Of HTTP, where it is not the error's own.
        wrong: What is wrong with single values.
        path: What was asked; old clients find the message where they look for it.
    """
    status = status or error.http_status
    content: dict[str, Any] = {
        "type": f"urn:twicetold:error:{error.code}",
        "title": (inspect.getdoc(type(error)) or "").partition("\n")[0],
        "status": status,
        "code": error.code,
        "detail": error.message,
        "remedy": error.hint,
    }
    if wrong:
        content["errors"] = list(wrong)
    if path == OLD_CLIENTS:
        content["error"] = error.message
    return JSONResponse(content, status, _headers(error), media_type=MEDIA_TYPE)


def told(
    scope: Scope, error: TwicetoldError, *, status: int | None = None, wrong: Sequence[dict[str, str]] = ()
) -> Response:
    """An error as whoever asked reads it: a page for people, a problem for programs."""
    if is_person(scope):
        page = page_of(scope, error, status=status or error.http_status)
        page.headers.update(_headers(error))
        return page
    return problem(error, status=status, wrong=wrong, path=scope["path"])


def _headers(error: TwicetoldError) -> dict[str, str]:
    if isinstance(error, KeyRefused):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, DependencyUnavailable):
        return {"Retry-After": _RETRY}
    return {"Retry-After": str(error.seconds)} if isinstance(error, TooManyRequests) else {}


def crash(scope: Scope) -> Response:
    """The answer where the program has a defect; nothing of what was asked is in it."""
    remedy = "Report this with the time at which it happened; the service's log says where."
    return told(scope, TwicetoldError("something went wrong here", remedy=remedy))


def answer_problems(app: FastAPI) -> None:
    """Lets an application answer all errors so."""

    async def known(request: Request, error: Exception) -> Response:
        assert isinstance(error, TwicetoldError)
        return told(request.scope, error)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        wrong = [
            {"at": ".".join(map(str, each["loc"])), "message": str(each["msg"])} for each in error.errors()[:_MOST]
        ]
        remedy = "Mend the values under 'errors'; /openapi.json says what is allowed."
        refused = InputInvalid("the request breaks its contract", remedy=remedy)
        return told(request.scope, refused, wrong=wrong)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        said = TwicetoldError(HTTPStatus(error.status_code).phrase.lower(), remedy="See /openapi.json for the routes.")
        answer = told(request.scope, said, status=error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    async def crashed(request: Request, _error: Exception) -> Response:
        return crash(request.scope)

    app.add_exception_handler(TwicetoldError, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(Exception, crashed)
