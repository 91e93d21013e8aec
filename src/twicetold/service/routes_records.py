"""Routes for records between runs: what is put is found at once, until a run reads the source anew."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from starlette.status import HTTP_204_NO_CONTENT

from twicetold.records import Record
from twicetold.service.desk import Asker, AtDesk
from twicetold.service.shapes import Name, ProfileName, ScopeName, Text
from twicetold.store import audit, puts
from twicetold.store.bulk import storable
from twicetold.text.reading import is_placeholder

if TYPE_CHECKING:
    import sqlalchemy as sa

router = APIRouter(prefix="/v1", tags=["records"])
#: Characters of an attribute, and attributes of a record.
_VALUE, _ATTRIBUTES = 2000, 100


def _said(text: str) -> str:
    if is_placeholder(text):
        raise ValueError("a text has to say something; runs set such ones aside")
    return storable(text)


class RecordPut(BaseModel):
    """A record as the source has it, or soon will."""

    model_config = ConfigDict(extra="forbid")
    id: Annotated[Name, Field(min_length=1)]
    text: Annotated[Text, AfterValidator(_said)]
    scope: ScopeName
    attributes: Annotated[
        dict[Name, Annotated[str, Field(max_length=_VALUE), AfterValidator(storable)]], Field(max_length=_ATTRIBUTES)
    ] = {}


class RecordsPut(BaseModel):
    """Records; all of them are put, or none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "profile": "ttahub",
                    "records": [
                        {"id": "83050", "scope": "4711", "text": "Hold 85% of parent meetings in the evening."}
                    ],
                }
            ]
        },
    )
    profile: ProfileName = None
    records: Annotated[list[RecordPut], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _has_each_once(self) -> RecordsPut:
        if len({record.id for record in self.records}) < len(self.records):
            raise ValueError("an id is there twice")
        return self


class PutShown(BaseModel):
    """What was put."""

    records: int = Field(description="How many; as often as they are sent.")


@router.put("/records", response_model=PutShown, summary="Put records between runs")
async def put_records(asked: RecordsPut, desk: AtDesk, caller: Asker) -> dict[str, Any]:
    """Puts records in the place of those of the same ids; from now on texts are matched with them.

    They come into groups when a run has read them from the source. Such a run, begun later, ends what was put.
    """
    name = desk.about(caller, "run", asked.profile, *{record.scope for record in asked.records})
    found = [Record(each.id, each.text, each.scope, each.attributes) for each in asked.records]

    def work(connection: sa.Connection) -> None:
        puts.put_records(connection, name, found, datetime.now(UTC), caller.scopes)
        about = f"{len(found)} records: {', '.join(each.id for each in found)}"
        audit.note(connection, who=caller.name, action="write-records", profile=name, about=about)

    await desk.write(work)
    return {"records": len(found)}


@router.delete("/records/{record_id}", status_code=HTTP_204_NO_CONTENT, summary="Take a record away between runs")
async def take_away(
    record_id: Name, desk: AtDesk, caller: Asker, profile: Annotated[Name | None, Query()] = None
) -> None:
    """Texts are not matched with the record any more, until a run finds it in the source again."""
    name = desk.about(caller, "run", profile)

    def work(connection: sa.Connection) -> None:
        puts.take_away(connection, name, record_id, datetime.now(UTC), caller.scopes)
        audit.note(connection, who=caller.name, action="delete-records", profile=name, about=record_id)

    await desk.write(work)
