"""Guard: stands before all routes: who asks, how much they send, how long it took, and what no answer may lack."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from twicetold.errors import InputInvalid, KeyRefused, RequestTooLarge, TwicetoldError
from twicetold.service.admission import admit, way_in
from twicetold.service.problems import crash, told
from twicetold.service.sites import READS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from twicetold.service.desk import Desk

#: Bytes of a request's body, and seconds in which they have to come.
BODY_BYTES = 65_536
BODY_SECONDS = 10.0
#: A request that took longer is worth a line in the log.
_SLOW = 1.0
#: Sent with every answer: it is data for the one who asked, and nothing for a browser to run, keep or frame.
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    # Not 'no-referrer': forms would come with the origin 'null' then.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
#: A browser that has come by https once shall never come otherwise.
_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}


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
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        is_https = self._is_https(headers)

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_headers(message.get("headers", ()), is_https=is_https)
            await send(message)

        scope["twicetold.entrance"] = self._desk.entrance
        try:
            await admit(self._desk, scope, headers)
            body = await _body(headers, receive)
            await self._app(scope, _replay(body, receive), answer)
        except TwicetoldError as error:
            refused = way_in(self._desk, scope, headers) if isinstance(error, KeyRefused) else None
            await (refused or told(scope, error))(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next request is answered
            self.tell(error)
            if not status:
                await crash(scope)(scope, receive, answer)
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

    def _is_https(self, headers: Mapping[str, str]) -> bool:
        """Whether the browser came by https: as it is told to, or as the platform's router says."""
        people = self._desk.people
        by_router = self._desk.is_routed and headers.get("x-forwarded-proto") == "https"
        return by_router or (people is not None and people.login.is_https)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self._desk.metrics.count(method, route, status, seconds)
        if status >= 500 or not status or seconds > _SLOW or (method not in READS and route in _AUDITED):
            caller = scope.get("twicetold.caller")
            fields: dict[str, Any] = {"caller": caller.name} if caller is not None else {}
            milliseconds = round(seconds * 1000)
            self._desk.log.info(
                "request", method=method, route=route, status=status, milliseconds=milliseconds, **fields
            )


_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
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
        "/groups/{group_id}",
        "/label",
        "/runs",
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


def _with_headers(headers: Iterable[tuple[bytes, bytes]], *, is_https: bool) -> list[tuple[bytes, bytes]]:
    headers, wanted = list(headers), _HEADERS | (_HTTPS if is_https else {})
    present = {name.lower() for name, _ in headers}
    return [
        *headers,
        *((name.encode(), value.encode()) for name, value in wanted.items() if name.lower().encode() not in present),
    ]
