"""Guard: stands before all routes: who asks, how much they send, how long it took, and what no answer may lack."""

from __future__ import annotations

import asyncio
import time
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any

from twicetold.errors import InputInvalid, KeyRefused, RequestTooLarge, TwicetoldError
from twicetold.service.problems import OLD_CLIENTS, crash, problem
from twicetold.service.session import COOKIE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from twicetold.service.desk import Desk
    from twicetold.service.keys import Caller

#: Bytes of a request's body, and seconds in which they have to come.
BODY_BYTES = 65_536
BODY_SECONDS = 10.0
#: A request that took longer is worth a line in the log.
_SLOW = 1.0
#: Sent with every answer: it is data for the one who asked, and nothing for a browser to run, keep or frame.
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """Admits requests to an application.

    Args:
        app: Answers them.
        desk: Knows who may ask.
    """

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app, self._desk = app, desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        begin, status = time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_headers(message.get("headers", ()))
            await send(message)

        try:
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            self._admit(scope, headers)
            body = await _body(headers, receive)
            await self._app(scope, _replay(body, receive), answer)
        except TwicetoldError as error:
            await problem(error, path=scope["path"])(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next request is answered
            self.tell(error)
            if not status:
                await crash()(scope, receive, answer)
        finally:
            self._note(scope, status, time.perf_counter() - begin)

    def tell(self, error: BaseException) -> None:
        """Says in the log where something went wrong; the error's message may hold a record's text."""
        if isinstance(error, TwicetoldError):
            self._desk.log.warning("service.problem", code=error.code)
            return
        places, at = [], error.__traceback__
        while at is not None:
            places.append(f"{at.tb_frame.f_globals.get('__name__')}:{at.tb_lineno}")
            at = at.tb_next
        self._desk.log.error("service.crashed", kind=type(error).__name__, where=places[-8:])

    def _admit(self, scope: Scope, headers: dict[str, str]) -> None:
        """Finds out who asks.

        Raises:
            KeyRefused: Nobody knows them.
            NotAllowed: Another site's page asks.
        """
        session = self._desk.session
        if session is not None:
            session.require_same_site(scope["method"], headers)
        if scope["path"].startswith("/v1/") or scope["path"] == OLD_CLIENTS:
            scope["twicetold.caller"] = self._caller(headers)

    def _caller(self, headers: dict[str, str]) -> Caller:
        if self._desk.session is not None:
            return self._desk.session.caller(_cookie(headers.get("cookie", "")))
        scheme, _, token = headers.get("authorization", "").partition(" ")
        key = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        if not key:
            raise KeyRefused("the request has no key")
        return self._desk.keys.caller(key)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self._desk.metrics.count(method, route, status, seconds)
        if status >= 500 or not status or seconds > _SLOW or (method not in _READS and route in _AUDITED):
            caller = scope.get("twicetold.caller")
            fields: dict[str, Any] = {"caller": caller.name} if caller is not None else {}
            milliseconds = round(seconds * 1000)
            self._desk.log.info(
                "request", method=method, route=route, status=status, milliseconds=milliseconds, **fields
            )


_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_READS = frozenset(("GET", "HEAD"))
#: What changes something is in the log, whoever did it.
_AUDITED = frozenset(
    (
        "/v1/decisions",
        "/v1/decisions/{number}/undo",
        "/v1/runs",
        "/v1/runs/{run_id}/cancel",
        "/v1/requests/{number}",
        "/v1/records",
        "/v1/records/{record_id}",
    )
)


async def _body(headers: dict[str, str], receive: Receive) -> bytes:
    """The whole body, before anything is done about it.

    Raises:
        RequestTooLarge: It is longer than what is read.
        InputInvalid: It does not come in time.
    """
    too_large = RequestTooLarge(f"a request may have {BODY_BYTES:,} bytes")
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > BODY_BYTES:
        raise too_large
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise InputInvalid("the request ended before its end", remedy="Send it again.")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > BODY_BYTES:
                    raise too_large
                if not message.get("more_body"):
                    break
    except TimeoutError:
        raise InputInvalid(f"the request did not come within {BODY_SECONDS:g} s", remedy="Send it again.") from None
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read, and then whatever comes."""
    is_given = False

    async def again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _with_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    headers = list(headers)
    present = {name.lower() for name, _ in headers}
    return [
        *headers,
        *((name.encode(), value.encode()) for name, value in _HEADERS.items() if name.lower().encode() not in present),
    ]


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found is not None else ""
