"""Routes to look at groups: pages of them, one with all about it, and what has changed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.status import HTTP_304_NOT_MODIFIED

from twicetold.errors import InputInvalid, NotThere
from twicetold.service.desk import Asker, AtDesk, require_results
from twicetold.service.shapes import ChangesShown, GroupsShown, GroupState, GroupWhole, Limit, Name
from twicetold.store import browse

if TYPE_CHECKING:
    import sqlalchemy as sa

    from twicetold.service.keys import Caller
    from twicetold.store.standing import Standing

router = APIRouter(prefix="/v1", tags=["groups"])
_Tag = Annotated[str | None, Header(alias="If-None-Match", description="The ETag of an answer that you have.")]
_Profile = Annotated[Name | None, Query()]
Chance = Annotated[float, Query(ge=0, le=1)]
_NUMBER = 2**63 - 1
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "What you have is what is in force."}}


@router.get("/groups", response_model=GroupsShown, responses=_UNCHANGED, summary="Groups in force, page by page")
async def list_groups(
    request: Request,
    desk: AtDesk,
    caller: Asker,
    profile: _Profile = None,
    scope: Annotated[Name | None, Query(description="Only groups of this scope.")] = None,
    text: Annotated[Name, Query(description="Only groups with a member whose text holds this.")] = "",
    smallest: Annotated[int, Query(ge=2, le=2**31 - 1, description="Members at least.")] = 2,
    largest: Annotated[int | None, Query(ge=2, le=2**31 - 1, description="Members at most.")] = None,
    state: Annotated[GroupState | None, Query(description="Only groups that are open, or that are decided.")] = None,
    least: Annotated[Chance, Query(description="Only groups with this probability at least.")] = 0.0,
    most: Annotated[Chance, Query(description="Only groups with this probability at most.")] = 1.0,
    cursor: Annotated[str, Query(max_length=4000, description="'next' of the page before.")] = "",
    limit: Annotated[Limit, Query()] = 50,
    if_none_match: _Tag = None,
) -> Response:
    """Groups in the order of their scopes and ids."""
    name = desk.about(caller, "read", profile, *([scope] if scope is not None else []))
    after = _place(cursor) if cursor else None

    def is_wanted(group: Standing) -> bool:
        has_size = smallest <= group.size and (largest is None or group.size <= largest)
        is_sure = (least <= 0 and most >= 1) or (group.lowest is not None and least <= group.lowest <= most)
        return has_size and is_sure and state in (None, group.state)

    def work(connection: sa.Connection) -> tuple[str, list[browse.Row] | None]:
        run, _, decision = require_results(connection, name)
        tag = _tag(request, caller, run, decision)
        if tag == if_none_match:
            return tag, None
        found = filter(is_wanted, desk.rankings.of(connection, name).in_order(caller.scopes, scope, after))
        if text:
            saying = browse.groups_saying(connection, name, text)
            found = filter(lambda group: group.id in saying, found)
        page = list(islice(found, limit + 1))
        texts = browse.texts_of(connection, name, [group.keeper for group in page])
        return tag, [browse.told(group) | {"text": texts.get(group.keeper)} for group in page]

    tag, rows = await desk.read(work)
    if rows is None:
        return _unchanged(tag)
    last = rows[limit - 1] if len(rows) > limit else None
    following = _cursor(last["scope"], last["id"]) if last else None
    shown = GroupsShown.model_validate({"groups": rows[:limit], "next": following})
    return _tagged(shown.model_dump_json(), tag)


@router.get("/groups/{group_id}", response_model=GroupWhole, responses=_UNCHANGED, summary="One group, whole")
async def show_group(
    request: Request,
    desk: AtDesk,
    caller: Asker,
    group_id: Name,
    profile: _Profile = None,
    if_none_match: _Tag = None,
) -> Response:
    """A group with its members, the pairs among them and why, how runs have changed it, and what was decided."""
    name = desk.about(caller, "read", profile)

    def work(connection: sa.Connection) -> tuple[str, browse.Row | None]:
        run, change, decision = require_results(connection, name)
        found = browse.read_group(connection, name, group_id, caller.scopes)
        if found is None:
            raise NotThere("there is no such group")
        return _tag(request, caller, run, change, decision), found

    tag, found = await desk.read(work)
    if tag == if_none_match:
        return _unchanged(tag)
    return _tagged(GroupWhole.model_validate(found).model_dump_json(), tag)


@router.get("/changes", response_model=ChangesShown, summary="What runs have changed")
async def list_changes(
    desk: AtDesk,
    caller: Asker,
    profile: _Profile = None,
    after: Annotated[int, Query(ge=0, le=_NUMBER, description="Only changes after this number.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """The feed of changes, oldest first; 'after' of the answer is what to send next time."""
    name = desk.about(caller, "read", profile)
    rows = await desk.read(browse.list_changes, name, caller.scopes, after=after, limit=limit)
    return {"changes": rows, "after": rows[-1]["id"] if rows else after}


def _cursor(*parts: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[str, str]:
    """Scope and id that a cursor stands for.

    Raises:
        InputInvalid: It is none that was given out.
    """
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if [type(part) for part in parts] == [str, str] and "\0" not in "".join(parts):
            "".join(parts).encode()
            return parts[0], parts[1]
    except (binascii.Error, ValueError, TypeError, RecursionError):
        pass
    raise InputInvalid("the cursor is none that was given out here", remedy="Begin again without a cursor.")


def _tag(request: Request, caller: Caller, *state: object) -> str:
    """What changes whenever the answer to a request does: what is in force, what is asked, and who may see what."""
    seen = None if caller.scopes is None else sorted(caller.scopes)
    whole = json.dumps([*state, request.url.path, sorted(request.query_params.multi_items()), seen])
    return f'"{hashlib.sha256(whole.encode()).hexdigest()[:32]}"'


def _tagged(content: str, tag: str) -> Response:
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    return Response(content, headers=headers, media_type="application/json")


def _unchanged(tag: str) -> Response:
    return Response(status_code=HTTP_304_NOT_MODIFIED, headers={"ETag": tag, "Cache-Control": "private, no-cache"})
