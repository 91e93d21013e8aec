"""Bindings: what the platform says about the services that this program may use, in each form that it has."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twicetold.errors import SettingInvalid
from twicetold.platform import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PREFIX = "TWICETOLD_SERVICE_"
#: Bytes of one variable that the platform hands over; a longer one may arrive cut.
LARGEST_VARIABLE = 130_000


@dataclass(frozen=True, slots=True)
class Binding:
    """One service as it was found, not yet judged.

    Attributes:
        name: What it is called.
        origin: Where it was found, such as ``VCAP_SERVICES``.
        labels: Its type, in words of the platform: label, provider, tags.
        aliases: Other names that it may be asked for by: the instance's name.
        tags: Words that several services may share.
        credentials: How to reach it, as texts; never shown.
        is_explicit: Whether a person wrote the address here, so that it is taken as it is.
    """

    name: str
    origin: str
    labels: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_explicit: bool = False


def bindings() -> list[Binding]:
    """Every service in sight; of two with one name, the one from the nearer place holds.

    The places, nearest first: ``TWICETOLD_SERVICE_<NAME>``, ``VCAP_SERVICES``, ``VCAP_SERVICES_FILE_PATH``,
    ``SERVICE_BINDING_ROOT``, ``[services]`` in the settings' file.

    Raises:
        SettingInvalid: A variable or file is not of its form; the message names the place, never the content.
    """
    found: list[Binding] = []
    for place in (_from_variables, _from_vcap, _from_vcap_file, _from_folders, _from_settings):
        hidden = {plain_name(binding.name) for binding in found}
        found += [binding for binding in place() if plain_name(binding.name) not in hidden]
    return found


def bindings_called(name: str) -> list[Binding]:
    """The services of a name: their own, their instance's, or a tag.

    Raises:
        SettingInvalid: A variable or file is not of its form.
    """
    wanted = plain_name(name)
    return [each for each in bindings() if wanted in map(plain_name, (each.name, *each.aliases, *each.tags))]


def plain_name(name: str) -> str:
    """A name as variables have it: upper case, and ``_`` for ``-`` and ``.``."""
    return name.upper().replace("-", "_").replace(".", "_")


def _from_variables() -> Iterator[Binding]:
    for variable, value in sorted(os.environ.items()):
        name = variable.upper().removeprefix(PREFIX)
        if value and name and name != variable.upper():
            _check_size(variable, value)
            yield Binding(name.lower(), variable, credentials={"uri": value}, is_explicit=True)


def _from_vcap() -> Iterator[Binding]:
    text = os.environ.get("VCAP_SERVICES", "")
    if text:
        _check_size("VCAP_SERVICES", text)
        yield from _read_vcap(text, "VCAP_SERVICES")


def _from_vcap_file() -> Iterator[Binding]:
    path = os.environ.get("VCAP_SERVICES_FILE_PATH", "")
    if path:
        yield from _read_vcap(_read(Path(path), "VCAP_SERVICES_FILE_PATH"), f"VCAP_SERVICES_FILE_PATH ({path})")


def _read_vcap(text: str, origin: str) -> Iterator[Binding]:
    content, problem = _parse_json(text)
    if problem:
        raise SettingInvalid(f"{origin} is no JSON: {problem}", remedy="Bind the service again, or mend the text.")
    for label, services in _mapping(content, origin).items():
        if not isinstance(services, list):
            raise _wrong(f"{origin}: {label!r}", "a list of services", services)
        for number, entry in enumerate(services):
            place = f"{origin}: {label}[{number}]"
            service = _mapping(entry, place)
            credentials = _mapping(service.get("credentials") or {}, f"{place}: credentials")
            tags = service.get("tags") or ()
            if not isinstance(tags, list | tuple):
                raise _wrong(f"{place}: tags", "a list", tags)
            instance = str(service.get("instance_name") or "")
            yield Binding(
                name=str(service.get("name") or instance or label),
                origin=origin,
                labels=(label,),
                aliases=(instance,) if instance else (),
                tags=tuple(map(str, tags)),
                credentials=_texts(credentials),
            )


def _from_folders() -> Iterator[Binding]:
    root = os.environ.get("SERVICE_BINDING_ROOT", "")
    if not root:
        return
    for folder in sorted(_entries(Path(root))):
        if not folder.is_dir():
            continue
        known = {file.name: _read(file, "SERVICE_BINDING_ROOT") for file in _entries(folder) if file.is_file()}
        known = {name: text.removesuffix("\n") for name, text in known.items()}
        content, _ = _parse_json(known.get("tags", ""))
        yield Binding(
            name=folder.name,
            origin=f"SERVICE_BINDING_ROOT ({folder})",
            labels=tuple(filter(None, (known.get("type"), known.get("provider"), known.get("label")))),
            aliases=tuple(filter(None, (known.get("name"), known.get("binding-name"), known.get("instance-name")))),
            tags=tuple(map(str, content)) if isinstance(content, list) else (),
            # "name" is the binding's own here, whatever the service calls its database.
            credentials={name: text for name, text in known.items() if name != "name"},
        )


def _from_settings() -> Iterator[Binding]:
    origin = str(settings.FILE)
    for name, entry in _mapping(settings.read_file().get("services", {}), f"{origin}: services").items():
        service = _mapping(entry, f"{origin}: services.{name}")
        tags = service.get("tags", [])
        if not isinstance(tags, list):
            raise _wrong(f"{origin}: services.{name}: tags", "a list", tags)
        credentials = {key: value for key, value in service.items() if key != "tags"}
        yield Binding(name, origin, tags=tuple(map(str, tags)), credentials=_texts(credentials), is_explicit=True)


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder, without the hidden names by which Kubernetes swaps versions."""
    try:
        return [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError as error:
        raise SettingInvalid(f"SERVICE_BINDING_ROOT ({folder}): {error.strerror}") from None


def _read(path: Path, variable: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        problem = error.strerror or "cannot be read"
    except UnicodeDecodeError:
        problem = "is not UTF-8"
    raise SettingInvalid(f"{variable} ({path}): {problem}.")


def _parse_json(text: str) -> tuple[Any, str]:
    """The content and an empty text, or None and what is wrong; the parser's own error holds the whole text."""
    try:
        return json.loads(text), ""
    except json.JSONDecodeError as error:
        return None, f"{error.msg} at line {error.lineno}, column {error.colno}"
    except RecursionError:
        return None, "too deeply nested"


def _check_size(variable: str, value: str) -> None:
    size = len(os.fsencode(value))
    if size > LARGEST_VARIABLE:
        raise SettingInvalid(
            f"{variable} has {size:,} bytes; a variable may have {LARGEST_VARIABLE:,}, and a longer one may be cut.",
            remedy="Deliver the bindings as files: cf set the app feature file-based-vcap-services.",
        )


def _mapping(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(place, "an object with named values", value)
    return value


def _wrong(place: str, wanted: str, value: object) -> SettingInvalid:
    return SettingInvalid(f"{place} should be {wanted}, and is a {type(value).__name__}.")


def _texts(credentials: Mapping[str, object]) -> dict[str, str]:
    """Numbers as texts; what is neither text nor number is none that a connection needs."""
    return dict(_plain_values(credentials.items()))


def _plain_values(items: Iterable[tuple[str, object]]) -> Iterator[tuple[str, str]]:
    for name, value in items:
        if isinstance(value, str) and value:
            yield name, value
        elif isinstance(value, bool | int):
            yield name, str(value).lower()
