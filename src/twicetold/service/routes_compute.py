"""The route of the Hub's first similarity service, for clients that still ask it: four requests at one address.

What a client sent decides which of them it is, in the order in which the first service looked. How its answers differ
from this one's, and why, is in the documents under "Point an old client here".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictInt

from twicetold.decisions import Constraints
from twicetold.errors import BudgetExceeded, NotThere, UsageError
from twicetold.service import answers, similar
from twicetold.service.desk import Asker, AtDesk, require_results
from twicetold.service.problems import OLD_CLIENTS
from twicetold.service.shapes import Name, ProfileName, Text
from twicetold.sources.ttahub import TEMPLATES
from twicetold.store import browse
from twicetold.store.decisions import read_decisions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa

    from twicetold.records import Record
    from twicetold.service.desk import Desk
    from twicetold.service.index import Index
    from twicetold.service.keys import Caller
    from twicetold.service.models import Comparison

router = APIRouter(tags=["old clients"])
#: Scopes and records of one recipient that are compared at once, and pairs in an answer.
_SCOPES, _RECORDS, _PAIRS = 200, 2000, 10_000
#: Whole numbers that JavaScript can hold.
_LARGEST = 2**53 - 1


class ComputeAsked(BaseModel):
    """One of four: a recipient and a text; two texts; a recipient, with or without ``cluster``."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"recipient_id": 9, "text": "Raise attendance to 85%.", "alpha": 0.5},
                {"text_1": "Raise attendance to 85%.", "text_2": "raise attendance to 90 %"},
                {"recipient_id": 9, "cluster": True, "alpha": 0.9},
                {"recipient_id": 9},
            ]
        },
    )
    recipient_id: Annotated[StrictInt, Field(ge=-_LARGEST, le=_LARGEST)] | Name = ""
    text: Text = ""
    text_1: Text = ""
    text_2: Text = ""
    alpha: float | None = Field(
        None,
        ge=0,
        le=1,
        strict=True,
        description="The least probability; left out, the one from which two records are duplicates.",
    )
    cluster: bool = Field(False, strict=True)
    include_curated_templates: bool = Field(
        False, strict=True, description=f"Whether to look among the records of the scope {TEMPLATES!r}, too."
    )
    profile: ProfileName = None


class GoalShown(BaseModel):
    """A record, as the first service called it; ids are numbers where they can be."""

    id: int | str
    name: str
    grant: int | str | None = Field(alias="grantId")


class GoalOrTemplate(GoalShown):
    """The same, or a text for everybody."""

    is_template: bool = Field(alias="isTemplate")


class GoalOfCluster(GoalShown):
    """A member of a group."""

    similarity: float = Field(description="Probability that it says the same as the group's keeper.")


class LikeShown(BaseModel):
    """A record that says the same as a text."""

    goal: GoalOrTemplate
    similarity: float


class LikesShown(BaseModel):
    """Records that say the same as a text, most probable first."""

    result: list[LikeShown]


class ClusterShown(BaseModel):
    """A group: its keeper, and all its members, the keeper first."""

    id: int | str
    name: str
    matches: list[GoalOfCluster]


class ClustersShown(BaseModel):
    """The groups of a recipient's records."""

    result: list[ClusterShown]


class PairOfGoals(BaseModel):
    """Two records that say the same."""

    goal1: GoalShown
    goal2: GoalShown
    similarity: float


class PairsOfGoals(BaseModel):
    """All pairs of a recipient's records that say the same, most probable first."""

    result: list[PairOfGoals]


class SimilarityShown(BaseModel):
    """How probably two texts say the same."""

    similarity: float


Shown = SimilarityShown | LikesShown | ClustersShown | PairsOfGoals


@router.post(OLD_CLIENTS, response_model=Shown, summary="Answer as the Hub's first service did")
async def compute(asked: ComputeAsked, desk: AtDesk, caller: Asker) -> dict[str, Any]:
    """Answers in the shape of the first service; the keys that are sent say what is wanted."""
    profile, sent = desk.about(caller, "read", asked.profile), asked.model_fields_set
    compare = await desk.compute.do(desk.models.of, profile)
    if sent >= {"text_1", "text_2"} and not sent >= {"recipient_id", "text"}:
        found = await desk.compute.do(answers.comparison, asked.text_1, asked.text_2, compare)
        return {"similarity": found["probability"]}
    if "recipient_id" not in sent:
        raise UsageError("recipient_id not provided", remedy="Send recipient_id, or text_1 and text_2.")
    scopes = await desk.read(_scopes, profile, str(asked.recipient_id), caller)
    least = compare.thresholds.duplicate if asked.alpha is None else asked.alpha
    if "text" in sent:
        if asked.include_curated_templates and caller.sees_all_of([TEMPLATES]):
            scopes = [*(scope for scope in scopes if scope != TEMPLATES), TEMPLATES]
        return {"result": await _like(desk, profile, scopes, asked.text, compare, least)}
    indexes = await _indexes(desk, profile, scopes)
    if sum(len(index.records) for index in indexes) > _RECORDS:
        raise BudgetExceeded(
            f"the recipient has more than {_RECORDS:,} records, too many to compare while somebody waits",
            remedy="Read the groups that runs publish: GET /v1/groups.",
        )
    constraints = await desk.read(lambda connection: Constraints.of(read_decisions(connection, profile)))
    answer = _clusters if asked.cluster else _pairs
    return {"result": await desk.builds.do(answer, indexes, compare, constraints, least)}


def _scopes(connection: sa.Connection, profile: str, recipient: str, caller: Caller) -> list[str]:
    require_results(connection, profile)
    found = browse.scopes_of_recipient(connection, profile, recipient, caller.scopes, _SCOPES + 1)
    if len(found) > _SCOPES:
        raise BudgetExceeded(
            f"the recipient has more than {_SCOPES} scopes", remedy="Ask about one of them: /v1/matches."
        )
    return found


async def _indexes(desk: Desk, profile: str, scopes: Sequence[str]) -> list[Index]:
    found = []
    for scope in scopes:
        try:
            found.append(await desk.indexes.of(profile, scope))
        except NotThere:  # it has gone meanwhile, or there are no templates
            continue
    return found


async def _like(
    desk: Desk, profile: str, scopes: Sequence[str], text: str, compare: Comparison, least: float
) -> list[dict[str, Any]]:
    found = [
        like
        for index in await _indexes(desk, profile, scopes)
        for like in await desk.compute.do(similar.like_text, text, index, compare, least)
    ]
    found.sort(key=lambda like: -like.probability)
    return [
        {
            "goal": {**_goal(like.record), "isTemplate": like.record.scope == TEMPLATES},
            "similarity": like.probability,
        }
        for like in found
    ]


def _clusters(
    indexes: Sequence[Index], compare: Comparison, constraints: Constraints, least: float
) -> list[dict[str, Any]]:
    found = [group for index in indexes for group in similar.groups(index, compare, constraints, least)]
    return [
        {
            "id": _number(group[0].record.id),
            "name": group[0].record.text,
            "matches": [{**_goal(like.record), "similarity": like.probability} for like in group],
        }
        for group in found
    ]


def _pairs(
    indexes: Sequence[Index], compare: Comparison, constraints: Constraints, least: float
) -> list[dict[str, Any]]:
    found = [pair for index in indexes for pair in similar.pairs(index, compare, constraints, least)]
    if len(found) > _PAIRS:
        raise BudgetExceeded(f"{len(found):,} pairs are as probable; an answer has {_PAIRS:,}", remedy="Raise alpha.")
    found.sort(key=lambda pair: -pair[2])
    return [{"goal1": _goal(a), "goal2": _goal(b), "similarity": chance} for a, b, chance in found]


def _goal(record: Record) -> dict[str, Any]:
    """A record with its grant: its attribute ``grant_id``, or its scope where that is not the recipient's.

    A template has no grant, and the number of the Hub's template as its id.
    """
    if record.scope == TEMPLATES:
        name = record.attributes.get("standard_template_id") or record.id
        return {"id": _number(name), "name": record.text, "grantId": None}
    grant = record.attributes.get("grant_id") or (record.scope if "recipient_id" in record.attributes else "")
    return {"id": _number(record.id), "name": record.text, "grantId": _number(grant) or None}


def _number(name: str) -> int | str:
    """A name as a number where both are written the same."""
    is_number = name.isascii() and name.isdigit() and len(name) <= 15 and str(int(name)) == name
    return int(name) if is_number else name
