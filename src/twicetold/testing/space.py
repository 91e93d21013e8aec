"""Space: the one app of the fake Cloud Foundry, and where it belongs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def _guid() -> str:
    return str(uuid.uuid4())


@dataclass
class Space:
    """An organization with a space with an app.

    Attributes:
        org_name: Of the organization.
        space_name: Of the space.
        app_name: Of the app.
        environment: What was set for the app.
        services: The bound services, as in VCAP_SERVICES.
        is_file_based: Whether the app gets them in a file.
        memory: MiB of its process ``task``.
        disk: MiB of the same.
        has_process: Whether it has that process.
        org: Guid, and so are the others.
    """

    org_name: str
    space_name: str
    app_name: str
    environment: Mapping[str, str]
    services: Mapping[str, Any]
    is_file_based: bool
    memory: int
    disk: int
    has_process: bool
    org: str = field(default_factory=_guid)
    space: str = field(default_factory=_guid)
    app: str = field(default_factory=_guid)
    droplet: str = field(default_factory=_guid)
    process_guid: str = field(default_factory=_guid)

    def resources(self, kind: str) -> list[dict[str, Any]]:
        """All that there is of a kind, as the Cloud Controller presents it."""
        if kind == "organizations":
            return [_named(self.org, self.org_name)]
        if kind == "spaces":
            return [_named(self.space, self.space_name, organization=self.org)]
        if kind == "apps":
            lifecycle = {"state": "STOPPED", "lifecycle": {"type": "docker", "data": {}}}
            return [_named(self.app, self.app_name, space=self.space) | lifecycle]
        web = {"guid": _guid(), "type": "web", "instances": 0, "command": None, "memory_in_mb": 512, "disk_in_mb": 1024}
        own = {"guid": self.process_guid, "type": "task", "memory_in_mb": self.memory, "disk_in_mb": self.disk}
        return [web, web | own] if self.has_process else [web]

    def is_process(self, template: Mapping[str, Any]) -> bool:
        """Whether a task's template names the process ``task``."""
        return self.has_process and (template.get("process") or {}).get("guid") == self.process_guid


def _named(guid: str, name: str, **within: str) -> dict[str, Any]:
    relationships = {kind: {"data": {"guid": other}} for kind, other in within.items()}
    return {"guid": guid, "name": name, "relationships": relationships, "metadata": {"labels": {}, "annotations": {}}}
