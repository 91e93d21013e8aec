"""Shapes: what requests and answers look like; the OpenAPI is made of these."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from twicetold.decisions import Answer
from twicetold.pairs import Verdict
from twicetold.store.bulk import storable

#: Characters of a text that is compared; the model reads some hundred words.
TEXT = 10_000
#: Characters of names: of records, scopes, profiles, people.
NAME = 500
_DONE = "Hold 85% of parent meetings in the evening."
_GROUP = "g3f2a91c07d44"

Text = Annotated[str, Field(max_length=TEXT)]
Name = Annotated[str, Field(max_length=NAME), AfterValidator(storable)]
ProfileName = Annotated[
    Name | None, Field(description="Whose records; may be left out where the service was started with --profile.")
]
ScopeName = Annotated[Name, Field(description="Records are compared only within one scope.")]
GroupState = Literal["open", "decided"]
Limit = Annotated[int, Field(ge=1, le=100)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MatchesAsked(_Asked):
    """A text, and where to look for what says the same."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"profile": "ttahub", "scope": "4711", "text": _DONE, "limit": 5}]}
    )
    text: Text
    scope: ScopeName
    profile: ProfileName = None
    limit: Limit = 10
    evidence: bool = Field(False, description="Whether to say what each piece of evidence counts.")


class TextsAsked(_Asked):
    """Two texts to be compared."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text_a": "Raise attendance to 85%.", "text_b": "raise attendance to 90 %"}]}
    )
    text_a: Text
    text_b: Text
    profile: ProfileName = None


class DecisionAsked(_Asked):
    """What a person says about two records, or which record of its group is to be kept."""

    record_a: Name
    record_b: Annotated[Name, Field(description="Empty for a keeper.")] = ""
    answer: Answer
    why: Annotated[str, Field(max_length=2000), AfterValidator(storable)] = ""

    @model_validator(mode="after")
    def _has_records_enough(self) -> DecisionAsked:
        if not self.record_a or (self.answer is Answer.KEEPER) != (not self.record_b):
            raise ValueError("two records are needed, and for a keeper only record_a")
        if self.record_a == self.record_b:
            raise ValueError("a record is always the same as itself")
        return self


class DecisionsAsked(_Asked):
    """What a person has decided; all of it is added, or none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "profile": "ttahub",
                    "who": "j.doe",
                    "decisions": [{"record_a": "goal-17", "record_b": "goal-95", "answer": "same"}],
                }
            ]
        }
    )
    profile: ProfileName = None
    who: Annotated[
        Name, Field(description="The person, where the key stands for a program; else the name of the key is noted.")
    ] = ""
    decisions: Annotated[list[DecisionAsked], Field(min_length=1, max_length=100)]


class UndoAsked(_Asked):
    """Who takes a decision back, and why."""

    profile: ProfileName = None
    who: Name = ""
    why: Annotated[str, Field(max_length=2000), AfterValidator(storable)] = ""


class RunAsked(_Asked):
    """Which run is wanted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"profile": "ttahub", "scopes": ["4711"]}]})
    profile: ProfileName = None
    scopes: Annotated[list[ScopeName], Field(min_length=1, max_length=1000)] | None = Field(
        None, description="Only these scopes; all where it is left out."
    )


class EvidenceShown(BaseModel):
    """A named reason for (above 0) or against (below 0) two texts being the same; null where they are identical."""

    name: str
    log_odds: float | None


class MatchShown(BaseModel):
    """A record that may say the same."""

    id: str
    text: str
    probability: float = Field(description="Calibrated chance that a person would call them the same.")
    verdict: Verdict
    reason: str = Field(description="The main reasons in one sentence; 'here' is the text that was sent.")
    evidence: list[EvidenceShown] | None


class MatchesShown(BaseModel):
    """Records of a scope, the most probable first, whatever their probability."""

    matches: list[MatchShown]
    model: str = Field(description="Digest of the model.")
    scope_digest: str = Field(
        description="Changes when a run publishes other results of the scope, or somebody puts a record there."
    )


class ComparisonShown(BaseModel):
    """Two texts, compared."""

    probability: float
    verdict: Verdict
    reason: str
    shared: list[str] = Field(description="Words that both say.")
    only_a: list[str]
    only_b: list[str]
    evidence: list[EvidenceShown]
    model: str


class GroupShown(BaseModel):
    """Records that say the same."""

    id: str = Field(examples=[_GROUP])
    scope: str
    size: int
    keeper: str = Field(description="Id of the member that is proposed to be kept.")
    text: str | None = Field(description="The keeper's.")
    since: datetime
    state: GroupState = Field(
        description="'decided' when each member but the keeper was called the same as, or different from, another one."
    )
    probability: float | None = Field(
        description="Of its least probable pair; null where a person alone has put it together."
    )


class GroupsShown(BaseModel):
    """Some groups in force, and where the next ones begin."""

    groups: list[GroupShown]
    next: str | None = Field(description="To be sent as 'cursor' for the next page; null at the end.")


class MemberShown(BaseModel):
    """A record of a group."""

    id: str
    text: str
    attributes: dict[str, str]
    first_seen: datetime


class PairShown(BaseModel):
    """Two members that were judged the same, or possibly so."""

    record_a: str
    record_b: str
    probability: float
    verdict: Verdict
    reason: str
    evidence: dict[str, float]


class ChangeShown(BaseModel):
    """How a run changed a group."""

    id: int
    run_id: str
    at: datetime
    group_id: str
    scope: str
    kind: str = Field(examples=["created", "grown", "split", "merged", "dissolved"])
    added: list[str]
    removed: list[str]
    others: list[str]


class DecisionShown(BaseModel):
    """What somebody said; the last word about two records counts."""

    id: int
    answer: Answer
    record_a: str
    record_b: str
    who: str
    why: str
    at: datetime


class DecisionOfScope(DecisionShown):
    """The same with the scope of its records."""

    scope: str


class GroupWhole(GroupShown):
    """A group and all that is known about it."""

    text: str | None = None
    members: list[MemberShown]
    pairs: list[PairShown]
    history: list[ChangeShown]
    decisions: list[DecisionShown]


class ChangesShown(BaseModel):
    """Changes, oldest first, and the number to go on from."""

    changes: list[ChangeShown]
    after: int


class DecisionsShown(BaseModel):
    """Decisions in the order in which they came, and the number to go on from."""

    decisions: list[DecisionOfScope]
    after: int


class FindingShown(BaseModel):
    """Something degraded or surprising in a run."""

    severity: str
    code: str
    message: str
    count: int


class RunShown(BaseModel):
    """A run."""

    id: str
    profile: str
    state: str
    scopes: list[str] | None
    started_at: datetime
    ended_at: datetime | None
    exit_status: int | None
    counts: dict[str, Any] | None


class RunWhole(RunShown):
    """A run with its findings."""

    model: dict[str, Any]
    findings: list[FindingShown]


class RunsShown(BaseModel):
    """Runs, the latest first."""

    runs: list[RunShown]
    next: str | None = Field(description="To be sent as 'before' for the next page; null at the end.")


class RequestShown(BaseModel):
    """A run that somebody has asked for."""

    id: int
    profile: str
    scopes: list[str] | None
    state: str = Field(examples=["waiting", "working", "done", "failed"])
    requested_at: datetime
    run_id: str | None
    exit_status: int | None


class ModelShown(BaseModel):
    """What compares the texts."""

    name: str
    version: str
    digest: str
    duplicate: float = Field(description="Probability from which two records are duplicates.")
    possible: float = Field(description="Probability from which they may be.")
    metrics: dict[str, Any] = Field(description="Figures on data that was not used for fitting.")


class EntryShown(BaseModel):
    """Something that somebody did."""

    id: int
    at: datetime
    who: str
    action: str
    profile: str
    about: str


class AuditShown(BaseModel):
    """Entries in the order in which they came, and the number to go on from."""

    entries: list[EntryShown]
    after: int
