"""Page: what all pages share: who looks at what, in which language, within which policy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.status import HTTP_300_MULTIPLE_CHOICES

from twicetold.errors import InputInvalid, UsageError
from twicetold.report import wording
from twicetold.service.desk import Asker, AtDesk, Desk
from twicetold.service.keys import Caller
from twicetold.service.pages.assets import address
from twicetold.service.pages.texts import LANGUAGES, Texts, choose
from twicetold.service.shapes import Name
from twicetold.sinks.tables import table_csv
from twicetold.store import audit, browse
from twicetold.store.bulk import storable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LANGUAGE = "twicetold-language"
#: Nothing but our own files, and no script or style inside of a page.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    # With no-referrer a browser would not say of a form where it comes from, and that is checked.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept-Language, Cookie",
}
#: Fields of a form; more come only from somebody who tries.
_FIELDS = 2000
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who looks at a page.

    Attributes:
        request: What they asked for.
        desk: What all routes share.
        caller: Who they are.
        texts: In their language.
        profile: What the page is about.
        has_others: Whether there are other profiles to choose from.
    """

    request: Request
    desk: Desk
    caller: Caller
    texts: Texts
    profile: str
    has_others: bool

    def may(self, action: str) -> bool:
        """Whether they may do something."""
        return action in self.caller.actions

    def link(self, path: str, **query: object) -> str:
        """The address of a page about the same profile; what is None is left out."""
        return _address(path, {**query, "profile": None if self.profile == self.desk.profile else self.profile})

    def here(self, **changed: object) -> str:
        """The address of this page with something changed."""
        return _address(self.request.url.path, {**self.request.query_params, **changed})

    def page(self, template: str, *, status: int = 200, **content: object) -> Response:
        """A page."""
        answer = respond(template, self.texts, status=status, visit=self, **content)
        if (wish := self.request.query_params.get("lang")) in LANGUAGES:
            answer.set_cookie(LANGUAGE, wish, max_age=365 * 86_400, samesite="lax", httponly=True)
        return answer

    def part(self, template: str, **content: object) -> str:
        """A part of a page."""
        return _written(template, self.texts, visit=self, **content)

    async def table(self, name: str, columns: Mapping[str, Sequence[object]]) -> Response:
        """What is on the screen as a table for spreadsheets; the audit log tells of it."""
        about = {"who": self.caller.name, "action": "export", "profile": self.profile or "", "about": f"{name}.csv"}
        await self.desk.write(audit.note, **about)
        told = {
            key: [_CONTROLS.sub("\N{REPLACEMENT CHARACTER}", str(each)) for each in columns[key]] for key in columns
        }
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        return Response(table_csv(told), headers=headers, media_type="text/csv; charset=utf-8")


def _address(path: str, query: Mapping[str, object]) -> str:
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def respond(template: str, texts: Texts, *, status: int = 200, **content: object) -> Response:
    """A page for whoever reads it."""
    html = _written(template, texts, **content).encode("utf-8", "replace")
    return HTMLResponse(html, status, headers=HEADERS)


def _written(template: str, texts: Texts, **content: object) -> str:
    html = _environment().get_template(template).render(t=texts, **content)
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", html)


def texts_for(request: Request) -> Texts:
    """The texts in the language of a request: of its link, of an earlier choice, or of the browser."""
    wishes = request.query_params.get("lang"), request.cookies.get(LANGUAGE), request.headers.get("accept-language")
    return choose(*wishes)


async def _visit(
    request: Request, desk: AtDesk, caller: Asker, profile: Annotated[Name | None, Query()] = None
) -> Visit:
    """Who looks at what.

    Raises:
        Choice: It is not said which profile, and there are several.
        UsageError: It is not said, and none has results.
        NotAllowed: They may not look at it.
    """
    known: list[str] = []
    if desk.profile is None:
        known = [each for each in await desk.read(browse.profiles_in_force) if _is_for(caller, each)]
    name = profile or desk.profile or (known[0] if len(known) == 1 else None)
    caller.require("read", name)
    texts = texts_for(request)
    if name is not None:
        return Visit(request, desk, caller, texts, name, bool({*known} - {name}))
    if known:
        asked = dict(request.query_params)
        links = {each: _address(request.url.path, asked | {"profile": each}) for each in known}
        raise Choice(respond("profiles.html.j2", texts, status=HTTP_300_MULTIPLE_CHOICES, links=links))
    raise UsageError(
        "no profile has results yet", remedy="Run one with 'twicetold run', or start the service with --profile."
    )


class Choice(Exception):
    """In place of a page that could be about several profiles, one to choose among them.

    Attributes:
        page: What to show.
    """

    def __init__(self, page: Response) -> None:
        super().__init__()
        self.page = page


async def choose_profile(_request: Request, choice: Exception) -> Response:
    """The page on which a profile is chosen."""
    assert isinstance(choice, Choice)
    return choice.page


def _is_for(caller: Caller, profile: str) -> bool:
    return caller.profiles is None or profile in caller.profiles


Looks = Annotated[Visit, Depends(_visit)]


async def _fields(request: Request) -> list[tuple[str, str]]:
    """What a form holds, in its order.

    Raises:
        InputInvalid: It is no form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise InputInvalid("a form was expected", remedy="Send the form of the page.")
    body = (await request.body()).decode("utf-8", "replace")
    try:
        found = parse_qsl(body, keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError:
        raise InputInvalid(f"a form may have {_FIELDS:,} fields", remedy="Decide about fewer records.") from None
    return [(storable(name), storable(value)) for name, value in found]


Fields = Annotated[list[tuple[str, str]], Depends(_fields)]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("twicetold.service.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"cut": wording.cut, "signed": wording.signed}
    globals_: dict[str, Any] = {"asset": address, "LANGUAGES": LANGUAGES, "visit": None}
    environment.globals |= globals_
    return environment
