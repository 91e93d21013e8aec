"""Variables: what the platform sets for a task; there is no PORT, and no number of an instance."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twicetold.testing.running import Running
    from twicetold.testing.space import Space

_CREDENTIALS = "/etc/cf-instance-credentials"
#: Where the platform puts the bound services of an app that gets them in a file.
SERVICES_FILE = "/etc/cf-service-bindings/vcap_services"


def variables(space: Space, task: Running) -> dict[str, str]:
    """The environment of a task, without that of its image."""
    application: dict[str, Any] = {
        "application_id": space.app,
        "application_name": space.app_name,
        "application_uris": [],
        "cf_api": "",
        "limits": {"disk": task.disk, "fds": 16_384, "mem": task.memory},
        "name": space.app_name,
        "organization_id": space.org,
        "organization_name": space.org_name,
        "space_id": space.space,
        "space_name": space.space_name,
        "uris": [],
        "users": None,
        "version": space.droplet,
        "application_version": space.droplet,
    }
    services = (
        {"VCAP_SERVICES_FILE_PATH": SERVICES_FILE}
        if space.is_file_based
        else {"VCAP_SERVICES": json.dumps(dict(space.services))} | _database_url(space)
    )
    return {
        **space.environment,
        **services,
        "VCAP_APPLICATION": json.dumps(application),
        "MEMORY_LIMIT": f"{task.memory}m",
        "CF_INSTANCE_GUID": str(uuid.uuid4()),
        "CF_INSTANCE_IP": "127.0.0.1",
        "CF_INSTANCE_INTERNAL_IP": "127.0.0.1",
        "CF_INSTANCE_CERT": f"{_CREDENTIALS}/instance.crt",
        "CF_INSTANCE_KEY": f"{_CREDENTIALS}/instance.key",
        "CF_SYSTEM_CERT_PATH": "/etc/cf-system-certificates",
    }


def _database_url(space: Space) -> dict[str, str]:
    """The address of the first service that has one, whatever it is: who trusts it may find a bucket."""
    bound = [service.get("credentials") or {} for services in space.services.values() for service in services]
    return next(({"DATABASE_URL": str(given["uri"])} for given in bound if given.get("uri")), {})
