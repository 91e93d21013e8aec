"""Settings: what can be configured, from where each value came, and what is allowed."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from twicetold.errors import SettingInvalid
from twicetold.platform.secret import MASK, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "TWICETOLD_"
FILE = Path("twicetold.toml")
#: What is shown as a mask even where it is wrong.
_HIDDEN = {"store", "cf_username", "cf_password"}
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def parse_bytes(value: object) -> object:
    """A size such as "512M" or "1.5GiB" as bytes; anything else is left for the validator to judge."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*", str(value), re.IGNORECASE)
    return int(Decimal(match[1]) * _UNITS[match[2].upper()]) if match else value


def parse_list(value: object) -> object:
    """A comma-separated text as a tuple of its parts."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def parse_secret(value: object) -> object:
    """A text as a secret, so that no message can hold it."""
    return Secret(value) if isinstance(value, str) else value


Bytes = Annotated[int, BeforeValidator(parse_bytes), Field(gt=0)]
Chance = Annotated[float, Field(ge=0, le=1)]
Hidden = Annotated[Secret, BeforeValidator(parse_secret), PlainSerializer(str, return_type=str, when_used="json")]


class Settings(BaseModel):
    """Everything that can be set."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    model: Path | None = Field(None, description="Model folder; empty for the one that is shipped.")
    lexicon: Path | None = Field(None, description="Acronyms and synonyms of your own, added to the shipped ones.")
    duplicate: Chance | None = Field(None, description="Probability from which a pair is a duplicate.")
    possible: Chance | None = Field(None, description="Probability from which a pair is possible.")
    keeper: Annotated[tuple[str, ...], BeforeValidator(parse_list)] = Field(
        ("curated", "oldest", "longest"),
        description="What decides which record of a group to keep, in order.",
    )
    memory: Bytes | None = Field(None, description="Memory that may be used, such as 512M; empty for the container's.")
    work_dir: Path | None = Field(
        None, description="Folder for what a very large scope does not hold in memory; empty for the system's."
    )
    threads: Annotated[int, Field(gt=0)] | None = Field(
        None, description="Texts encoded at a time; empty for the processors that the container grants."
    )
    store: Hidden | None = Field(
        None,
        description="URL of the store; empty for the bound database, or twicetold.db in the working folder.",
    )
    database: str | None = Field(None, description="Name or tag of the bound database; empty for the only one.")
    bucket: str | None = Field(None, description="Name or tag of the bound bucket; empty for the only one.")
    ca: Path | None = Field(
        None, description="Certificates of the authorities that vouch for bound databases; empty for the shipped ones."
    )
    cf_api: str | None = Field(
        None, description="Cloud Foundry's API, for `twicetold cf`: https://api.fr.cloud.gov; `CF_API` is read too."
    )
    cf_username: Hidden | None = Field(None, description="Who starts tasks there; `CF_USERNAME` is read too.")
    cf_password: Hidden | None = Field(None, description="What proves it; `CF_PASSWORD` is read too.")
    cf_org: str | None = Field(None, description="The organization with the app; `CF_ORG` is read too.")
    cf_space: str | None = Field(None, description="The space with the app; `CF_SPACE` is read too.")


def load(options: Mapping[str, Any] | None = None) -> Settings:
    """The settings in force: options win over the environment, and the environment over the file.

    Args:
        options: Values from the command line; None means not given.

    Raises:
        SettingInvalid: A value is not allowed; the message names the setting, the value and where it came from.
    """
    given = {name: value for name, value in (options or {}).items() if value is not None}
    try:
        return Settings(**{**_from_file(), **_from_environment(), **given})
    except ValidationError as error:
        problem = error.errors(include_context=False, include_url=False)[0]
    # Outside of the handler: the validator's own error would go along, and it holds every value.
    name = str(problem["loc"][0])
    if problem["type"] == "extra_forbidden":
        known = ", ".join(Settings.model_fields)
        place = "settings" if name in given else FILE
        raise SettingInvalid(f"{place}: there is no setting {name!r}; there are {known}")
    value = MASK if name in _HIDDEN else repr(problem["input"])
    raise SettingInvalid(f"{name} = {value}: {problem['msg']} (from {origin(name, given)})")


def origin(name: str, options: Mapping[str, Any]) -> str:
    """Where the value of a setting comes from."""
    if options.get(name) is not None:
        return f"--{name}"
    if name in (variables := _variables()):
        return variables[name]
    return str(FILE) if name in _from_file() else "default"


def _from_environment() -> dict[str, str]:
    """Settings by name; a variable may be in either case, and an empty one sets nothing."""
    values = {variable.upper(): value for variable, value in os.environ.items() if value}
    return {name: values[variable] for name, variable in _variables().items()}


def _variables() -> dict[str, str]:
    """The variable that sets each setting, where one does; those of ``cf_`` are also named as the cf program has it."""
    given = {variable.upper() for variable, value in os.environ.items() if value}
    names = {name: (PREFIX + name.upper(), name.upper() * name.startswith("cf_")) for name in Settings.model_fields}
    return {name: next(filter(given.__contains__, known)) for name, known in names.items() if given & set(known)}


def _from_file() -> dict[str, Any]:
    """Settings by name; the services that the file names are no settings."""
    return {name: value for name, value in read_file().items() if name != "services"}


def read_file() -> dict[str, Any]:
    """The content of the settings' file; empty where there is none.

    Raises:
        SettingInvalid: It is no TOML.
    """
    import tomllib  # noqa: PLC0415 - only few have a file

    try:
        return tomllib.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    except (OSError, ValueError) as error:
        problem = str(error)
    raise SettingInvalid(f"{FILE}: {problem}")
