"""Group: the page on which somebody decides about a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse, Response
from starlette.status import HTTP_303_SEE_OTHER, HTTP_404_NOT_FOUND, HTTP_409_CONFLICT

from twicetold.errors import BudgetExceeded, NotThere, Overloaded
from twicetold.service import deciding
from twicetold.service.pages.beside import Beside, set_beside
from twicetold.service.pages.choices import SAVE, SPLIT, UNDO, Choices
from twicetold.service.pages.page import Fields, Looks, Visit
from twicetold.service.shapes import Name
from twicetold.store import review, reviewed
from twicetold.store.reviewed import Seen

if TYPE_CHECKING:
    import sqlalchemy as sa

    from twicetold.text.lexicon import Lexicon

router = APIRouter(include_in_schema=False)
#: Members on a page, beside the keeper; and in a table.
PAGE, TABLE = 20, 10_000
_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a group beside its keeper.

    Attributes:
        record: It.
        beside: The keeper's text and its own.
        last: The last decision about the two; None where there is none.
    """

    record: review.Row
    beside: Beside
    last: review.Row | None


@router.get("/groups/{group_id}")
async def show_group(
    visit: Looks,
    group_id: Name,
    offset: Annotated[int, Query(alias="from", ge=0, le=10_000_000)] = 0,
    done: Annotated[str, Query(pattern="^(save|all|split|dismiss|undo|nothing|tick)?$")] = "",
    after: Annotated[int, Query(ge=0, le=_NUMBER)] = 0,
    as_: Annotated[str, Query(alias="as", max_length=10)] = "",
) -> Response:
    """A group: its keeper, and its other members beside it."""
    is_table = as_ == "csv"

    found = await visit.desk.read(_read, visit, group_id, offset, TABLE if is_table else PAGE)
    if found is None:
        return await _gone(visit, group_id)
    if is_table:
        return await visit.table(group_id, _columns(found))
    if visit.may("decide"):  # in a transaction of its own: while one writes, nobody else can
        found["present"] = await visit.desk.write(reviewed.note_presence, visit.profile, group_id, visit.caller.name)
    mine = [row for row in found["decided"] if row["id"] > after and row["who"] == visit.caller.name] if done else []
    shown = await _shown(visit, found)
    return visit.page("group.html.j2", **shown, offset=offset, size=PAGE, done=done, mine=mine, chosen=None)


@router.get("/groups/{group_id}/present")
async def show_presence(visit: Looks, group_id: Name) -> Response:
    """Who else has the group before them; the page asks for it now and then."""
    visit.caller.require("decide", visit.profile)

    def work(connection: sa.Connection) -> tuple[list[review.Row], Seen]:
        if reviewed.read_header(connection, visit.profile, group_id, visit.caller.scopes) is None:
            raise NotThere("there is no such group")
        present = reviewed.note_presence(connection, visit.profile, group_id, visit.caller.name)
        return present, reviewed.seen_now(connection, visit.profile, group_id)

    present, seen = await visit.desk.write(work)
    token = f"{seen.decision}.{seen.change}.{seen.keeper}"
    before = visit.request.query_params.get("seen", token)
    return visit.page("present.html.j2", present=present, is_stale=token != before, seen=before, group_id=group_id)


@router.post("/groups/{group_id}")
async def decide(visit: Looks, group_id: Name, fields: Fields) -> Response:
    """Writes what was chosen, unless the group is another one by now than the one that was looked at."""
    visit.caller.require("decide", visit.profile)
    choices = Choices.of(fields)

    def work(connection: sa.Connection) -> tuple[Seen, str]:
        before = reviewed.seen_now(connection, visit.profile, group_id, lock=True)
        _require_seen(connection, visit, group_id)
        if choices.do == UNDO:
            for number in choices.numbers:
                deciding.take_back(connection, visit.profile, number, visit.caller, who=visit.caller.name)
            return before, UNDO
        if before != choices.seen:
            return before, "stale"
        members = reviewed.member_ids(connection, visit.profile, group_id)
        if choices.do == SPLIT and not 0 < len(set(members) & set(choices.ticked)) < len(members):
            return before, "tick"
        decided = reviewed.decided_about(connection, visit.profile, group_id, limit=100_000)
        made = choices.decisions(members, _last(decided), visit.caller.name)
        if made:
            deciding.decide(connection, visit.profile, made, visit.caller)
        return before, choices.do if made else "nothing"

    before, done = await visit.desk.write(work)
    if done == "stale":
        return await _stale(visit, group_id, choices)
    path = f"/groups/{group_id}" if before.keeper else "/"
    return RedirectResponse(visit.link(path, done=done, after=before.decision), HTTP_303_SEE_OTHER)


def _require_seen(connection: sa.Connection, visit: Visit, group_id: str) -> None:
    """Refuses a group that the caller may not see, and that never was."""
    seen = visit.caller.scopes
    if reviewed.read_header(connection, visit.profile, group_id, seen) is not None:
        return
    past = reviewed.history(connection, visit.profile, group_id)
    if not past or (seen is not None and past[0]["scope"] not in seen):
        raise NotThere("there is no such group")
    if reviewed.seen_now(connection, visit.profile, group_id).keeper:
        raise NotThere("there is no such group")


def _read(connection: sa.Connection, visit: Visit, group_id: str, offset: int, limit: int) -> dict[str, Any] | None:
    group = reviewed.read_header(connection, visit.profile, group_id, visit.caller.scopes)
    if group is None:
        return None
    every = visit.desk.rankings.of(connection, visit.profile).worthwhile(visit.caller.scopes)
    return {
        "group": group,
        "others": reviewed.read_others(connection, visit.profile, group, offset=offset, limit=limit),
        "decided": reviewed.decided_about(connection, visit.profile, group_id),
        "history": reviewed.history(connection, visit.profile, group_id),
        "seen": reviewed.seen_now(connection, visit.profile, group_id),
        "following": next((each for each in every if each.open and each.id != group_id), None),
        "present": [],
    }


async def _shown(visit: Visit, found: dict[str, Any]) -> dict[str, Any]:
    """What is shown of a group: its members set beside its keeper."""
    group, last = found["group"], _last(found["decided"])
    compare = visit.desk.models.of(visit.profile)
    lexicon = await _lexicon(visit, group["scope"])

    def work() -> list[Member]:
        kept = group["kept"]
        return [
            Member(
                row,
                set_beside(kept["text"], row["text"], compare, lexicon, row["evidence"]),
                last.get(frozenset((kept["id"], row["id"]))),
            )
            for row in found["others"]
        ]

    members = await visit.desk.compute.do(work)
    stands = next((row["record_a"] for row in last.values() if row["answer"] == "keeper"), group["keeper"])
    standing = {row["id"] for row in last.values()}
    return found | {"members": members, "thresholds": compare.thresholds, "standing": standing, "stands": stands}


async def _lexicon(visit: Visit, scope: str) -> Lexicon:
    """What the texts of a scope are read with; where it is too large to be held, without what its texts teach."""
    try:
        return (await visit.desk.indexes.of(visit.profile, scope)).lexicon
    except (BudgetExceeded, Overloaded):
        return visit.desk.models.of(visit.profile).model.lexicon


def _last(decided: list[review.Row]) -> dict[frozenset[str], review.Row]:
    """The last decision about each two records, and about each keeper; the latest decision comes first."""
    last: dict[frozenset[str], review.Row] = {}
    for row in decided:
        last.setdefault(frozenset((row["record_a"], row["record_b"])), row)
    return last


async def _stale(visit: Visit, group_id: str, choices: Choices) -> Response:
    """The page of a group that has changed meanwhile: what has changed, and all that was chosen."""

    def work(connection: sa.Connection) -> dict[str, Any]:
        found = _read(connection, visit, group_id, 0, PAGE) or {
            "group": None,
            "others": [],
            "seen": reviewed.seen_now(connection, visit.profile, group_id),
        }
        named = [*choices.answers, *choices.ticked, choices.beside, choices.keeper]
        return found | {
            "news": reviewed.decided_about(connection, visit.profile, group_id, after=choices.seen.decision, limit=50),
            "changes": reviewed.history(connection, visit.profile, group_id, after=choices.seen.change),
            "told": {name: row["text"] for name, row in _records(connection, visit, named).items()},
        }

    found = await visit.desk.read(work)
    content = {"group_id": group_id, "choices": choices, "SAVE": SAVE}
    return visit.page("stale.html.j2", status=HTTP_409_CONFLICT, **found, **content)


def _records(connection: sa.Connection, visit: Visit, names: list[str]) -> dict[str, review.Row]:
    """Those of some records that the caller may see."""
    found = review.records_of(connection, visit.profile, names[: PAGE * 10])
    return {name: row for name, row in found.items() if visit.caller.sees_all_of([row["scope"]])}


async def _gone(visit: Visit, group_id: str) -> Response:
    """What has become of a group that is no longer there.

    Raises:
        NotThere: The caller may see none of that name, now or then.
    """
    past = await visit.desk.read(reviewed.history, visit.profile, group_id)
    if not past or not visit.caller.sees_all_of([past[0]["scope"]]):
        raise NotThere("there is no such group")
    return visit.page("gone.html.j2", status=HTTP_404_NOT_FOUND, group_id=group_id, history=past)


def _columns(found: dict[str, Any]) -> dict[str, list[str]]:
    rows = [{**found["group"]["kept"], "probability": None}, *found["others"]]
    names = sorted({name for row in rows for name in row["attributes"]})
    columns = {
        "record_id": [row["id"] for row in rows],
        "keeper": ["true", *["false"] * len(found["others"])],
        "probability": ["" if row["probability"] is None else f"{row['probability']:.4f}" for row in rows],
        "text": [row["text"] for row in rows],
    }
    return columns | {f"attribute.{name}": [row["attributes"].get(name, "") for row in rows] for name in names}
