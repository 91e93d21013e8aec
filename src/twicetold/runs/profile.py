"""Profiles: what a run reads, how it compares, where it publishes and when it starts, in one TOML file."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from twicetold.errors import FileNotUsable, SettingInvalid
from twicetold.platform.settings import PREFIX, Bytes, Chance
from twicetold.runs.complaints import describe
from twicetold.runs.schedule import check_cron, check_timezone
from twicetold.separations import Separation, When
from twicetold.sources import ttahub

FOLDER_VARIABLE = PREFIX + "PROFILES"
_SUFFIX = ".toml"
_REMEDY = "The reference page 'Profiles' lists every key; 'twicetold profile show ttahub' prints a whole profile."


def _beside(path: Path, info: ValidationInfo) -> Path:
    """Paths in a profile are relative to the folder that it lies in."""
    return Path(info.context["folder"], path) if info.context else path


def _plain_name(name: str) -> str:
    if "://" in name:
        raise ValueError("name a bound service here; addresses and passwords belong into its binding")
    return name


def _rule(name: str) -> str:
    names = [rule.name for rule in ttahub.RULES]
    if name not in names:
        raise ValueError(f"there is no such rule; there are {', '.join(names)}")
    return name


FilePath = Annotated[Path, AfterValidator(_beside)]
Service = Annotated[str, Field(min_length=1), AfterValidator(_plain_name)]
Column = Annotated[str, Field(min_length=1)]
RuleName = Annotated[str, AfterValidator(_rule)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FilesSource(_Part):
    """Files on disk."""

    kind: Literal["files"] = Field(description="What kind of source it is.")
    files: tuple[FilePath, ...] = Field(min_length=1, description="Files with the same columns.")
    where: str | None = Field(default=None, description="A DuckDB condition; only rows for which it is true are read.")


class S3Source(_Part):
    """Objects in a bucket that is bound."""

    kind: Literal["s3"] = Field(description="What kind of source it is.")
    address: str = Field(
        pattern=r"^s3://[^/]+/.*$",
        description="One object, or a prefix that ends in a slash: `s3://bucket/goals/`.",
    )
    where: str | None = Field(default=None, description="A DuckDB condition; only rows for which it is true are read.")


class _DatabaseSource(_Part):
    service: Service | None = Field(
        default=None, description="The bound database, by name or tag; empty for the only one."
    )
    statement_timeout: float = Field(default=60, gt=0, description="Seconds that one statement may take.")
    replica: bool = Field(default=True, description="Read from a replica where one is bound.")


class PostgresSource(_DatabaseSource):
    """A query of your own."""

    kind: Literal["postgres"] = Field(description="What kind of source it is.")
    query: str = Field(min_length=1, description="One SELECT; its columns become id, text, scope and attributes.")


class HubSource(_DatabaseSource):
    """The goals of the TTA Hub."""

    kind: Literal["ttahub"] = Field(description="What kind of source it is.")
    rules: dict[RuleName, bool] = Field(
        default_factory=dict, description="Rules to switch on or off, by name; see the page on the TTA Hub."
    )
    templates: bool = Field(
        default=False, description=f"Whether to read curated templates, too, into the scope {ttahub.TEMPLATES!r}."
    )

    @property
    def rules_on(self) -> tuple[ttahub.Rule, ...]:
        """The rules in force."""
        return ttahub.rules_on(self.rules)


Source = Annotated[FilesSource | S3Source | PostgresSource | HubSource, Field(discriminator="kind")]


class RecordColumns(_Part):
    """Which columns make a record."""

    id: Column | None = Field(default=None, description="Column of ids; guessed from its name where empty.")
    text: Column | None = Field(default=None, description="Column of texts; guessed likewise.")
    scope: str | None = Field(
        default=None, description='Column within whose equal values records are compared; "" for none.'
    )


class Separate(_Part):
    """Records that are never proposed as one group."""

    name: str = Field(min_length=1, description="What the rule is called where its effects are shown.")
    column: Column = Field(description="The attribute that it looks at.")
    when: When = Field(
        description="`both` records have a value; their values are `different`; or comma-separated values are `shared`."
    )


class Match(_Part):
    """How records are compared; what is empty is as in the settings."""

    duplicate: Chance | None = Field(default=None, description="Probability from which a pair is a duplicate.")
    possible: Chance | None = Field(default=None, description="Probability from which a pair is possible.")
    keeper: tuple[Literal["curated", "oldest", "longest"], ...] | None = Field(
        default=None, description="What decides which record of a group to keep, in order."
    )
    model: FilePath | None = Field(default=None, description="Model folder; empty for the shipped one.")
    lexicon: FilePath | None = Field(default=None, description="Acronyms and synonyms of your own.")
    separate: tuple[Separate, ...] = Field(default=(), description="Rules that keep records of one scope apart.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.duplicate is not None and self.possible is not None and self.possible > self.duplicate:
            raise ValueError(f"possible = {self.possible} is above duplicate = {self.duplicate}")
        names = [rule.name for rule in self.separate]
        if len(set(names)) < len(names):
            raise ValueError(f"the names of its rules 'separate' must differ; they are {', '.join(names)}")
        return self


class Bucket(_Part):
    """Where in S3 results go."""

    service: Service | None = Field(
        default=None, description="The bound bucket, by name or tag; empty for the only one."
    )
    prefix: str = Field(
        default="twicetold", pattern=r"^[^/\s](.*[^/])?$", description="What the names of objects begin with."
    )


class Gates(_Part):
    """Bounds beyond which the results of a run are kept aside, until a person releases them."""

    rejected_share: Chance = Field(default=0.05, description="Rows set aside, of all rows; 1 never trips.")
    grouped_share_change: Chance = Field(
        default=0.1, description="Change of the share of records in groups since the last run; 1 never trips."
    )
    records_lost: Chance = Field(
        default=0.5, description="Share of the last run's records by which there are fewer now; 1 never trips."
    )
    largest_group: int = Field(default=100, ge=2, description="Records in the largest group.")
    duplicates_missed: Chance = Field(
        default=0.1,
        description="Share of the duplicates of sampled texts that were not found, where a scope is so large that not "
        "all its pairs are compared; 1 never trips.",
    )
    histogram_drift: Chance = Field(
        default=0.15,
        description="Total variation distance between the probabilities of this run's pairs and the last one's; "
        "1 never trips.",
    )


class Publish(_Part):
    """Where results go besides the store, which always has them."""

    s3: Bucket | None = Field(default=None, description="Into a bucket.")
    out: FilePath | None = Field(default=None, description="Into a folder.")
    parquet: bool = Field(default=False, description="Write groups and pairs as Parquet, too.")
    report: bool = Field(default=True, description="Write `report.html`.")
    gates: Gates = Field(default_factory=Gates)


class Schedule(_Part):
    """When the service starts the run by itself; a task is started by its platform."""

    cron: Annotated[str, AfterValidator(check_cron)] = Field(
        description="Minute, hour, day of month, month, day of week: `30 2 * * 1-5`."
    )
    timezone: Annotated[str, AfterValidator(check_timezone)] = Field(
        default="UTC", description="Such as `America/New_York`."
    )


class Limits(_Part):
    """What a run may use; what is empty is as in the settings."""

    deadline: float | None = Field(
        default=None, gt=0, description="Seconds after which the run saves its state and ends."
    )
    memory: Bytes | None = Field(default=None, description="Memory that may be used, such as `512M`.")


class Spark(_Part):
    """Compare on a Spark cluster; the results are the same."""

    master: str | None = Field(
        default=None, description="Such as `spark://host:7077`; as Spark, or `spark-submit`, is configured if empty."
    )


class Profile(_Part):
    """A profile as it was read."""

    description: str = Field(default="", description="One line about it, for `twicetold profile list`.")
    source: Source
    records: RecordColumns = Field(default_factory=RecordColumns)
    match: Match = Field(default_factory=Match)
    publish: Publish = Field(default_factory=Publish)
    schedule: Schedule | None = None
    limits: Limits = Field(default_factory=Limits)
    spark: Spark | None = None
    _path: Path = PrivateAttr(Path())

    @model_validator(mode="after")
    def _hub_has_its_own_columns(self) -> Self:
        if isinstance(self.source, HubSource) and self.records.model_fields_set:
            rule = f"the rule {ttahub.SAME_GRANT!r} chooses the scope"
            raise ValueError(f"a source of kind 'ttahub' needs no [records]: its columns are known, and {rule}")
        return self

    @property
    def name(self) -> str:
        """The name of its file without the ending: what runs, locks and results are filed under."""
        return self._path.stem

    @property
    def path(self) -> Path:
        """The file that it was read from."""
        return self._path

    @property
    def columns(self) -> RecordColumns:
        """The columns to read; None where they are guessed."""
        if not isinstance(self.source, HubSource):
            return self.records
        return RecordColumns(id="id", text="text", scope=ttahub.scope_column(self.source.rules_on))

    @property
    def separations(self) -> tuple[Separation, ...]:
        """What keeps records of one scope apart: the rules of the source, then those of the profile."""
        own = tuple(Separation(rule.name, rule.column, rule.when) for rule in self.match.separate)
        return (*ttahub.separations_of(self.source.rules_on), *own) if isinstance(self.source, HubSource) else own

    @property
    def digest(self) -> str:
        """SHA-256 of what can change the results: source, columns and comparison, with the contents of the lexicon.

        Not of where results are published, when it runs, or what it may use; nor of the model, which has its own.
        """
        parts = self.model_dump(mode="json", include={"source", "match"})
        for name in ("statement_timeout", "replica"):
            parts["source"].pop(name, None)
        parts["columns"] = self.columns.model_dump()
        parts["separations"] = [[rule.name, rule.column, rule.when] for rule in self.separations]
        if isinstance(self.source, HubSource):
            templates = parts["source"].pop("templates")
            parts["source"]["rules"] = ttahub.goals_query(self.source.rules_on, templates=templates)
        if isinstance(self.source, FilesSource):
            parts["source"]["files"] = [os.path.relpath(file, self._path.parent) for file in self.source.files]
        parts["match"]["model"] = None
        if self.match.lexicon is not None:
            parts["match"]["lexicon"] = hashlib.sha256(_bytes_of(self.match.lexicon)).hexdigest()
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def load_profile(name_or_path: str | Path) -> Profile:
    """Reads a profile by its path, or by its name.

    A name is looked for in the working folder, in its folder ``profiles``, in the folder that the variable
    ``TWICETOLD_PROFILES`` names, and then among the shipped ones, whose paths are relative to the working folder.

    Raises:
        FileNotUsable: There is no such profile; the message lists those that there are.
        SettingInvalid: The file says something that cannot be; the message names file, line, key, value and what is
            allowed, for all that is wrong.
    """
    path = _find(str(name_or_path))
    text = _bytes_of(path).decode("utf-8", "replace")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingInvalid(f"{path}: not TOML: {error}.", remedy=_REMEDY) from None
    folder = Path() if is_shipped(path) else path.parent
    try:
        profile = Profile.model_validate(content, context={"folder": folder})
    except ValidationError as error:
        raise SettingInvalid(describe(error, path, text, content, Profile), remedy=_REMEDY) from None
    profile._path = path  # noqa: SLF001 - the reader's own private field
    return profile


def list_profiles() -> dict[str, Path]:
    """The profiles that can be named, and the file of each: of two of one name, the one that is found first."""
    found: dict[str, Path] = {}
    for folder in _folders():
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            if folder != Path() or _is_profile(path):
                found.setdefault(path.stem, path)
    return found


def is_shipped(path: Path) -> bool:
    """Whether a profile came with the package."""
    return path.parent == _shipped()


def _find(name: str) -> Path:
    if name.endswith(_SUFFIX) or len(Path(name).parts) > 1:
        return Path(name)
    for folder in _folders():
        path = folder / f"{name}{_SUFFIX}"
        if path.is_file():
            return path
    known = ", ".join(f"{name} ({path})" for name, path in list_profiles().items())
    raise FileNotUsable(
        f"There is no profile {name!r}. There are: {known}.",
        remedy=f"Name one of them, or the path of a TOML file; {FOLDER_VARIABLE} can name a folder of profiles.",
    )


def _folders() -> list[Path]:
    named = os.environ.get(FOLDER_VARIABLE)
    return [Path(), Path("profiles"), *([Path(named)] if named else []), _shipped()]


def _shipped() -> Path:
    return Path(str(resources.files("twicetold.data"))) / "profiles"


def _is_profile(path: Path) -> bool:
    """The working folder has other TOML files, too: a profile says what its source is."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    source = content.get("source")
    return isinstance(source, dict) and "kind" in source


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileNotUsable(f"{path} cannot be read: {error.strerror}.") from None
