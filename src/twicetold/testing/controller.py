"""Controller: version 3 of the Cloud Controller's API, as far as tasks need it."""

from __future__ import annotations

import re
import secrets
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from twicetold.testing.running import Running

if TYPE_CHECKING:
    from collections.abc import Callable

    from twicetold.testing.space import Space

Said = tuple[int, dict[str, Any]]
LONGEST_COMMAND = 4096
_USUAL_PAGE, _LARGEST_PAGE = 50, 5000
#: MiB of a task that is told neither itself nor by a process.
USUAL_MEMORY, USUAL_DISK = 512, 2048
_LABEL = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
_FIELDS = {
    "name",
    "command",
    "disk_in_mb",
    "memory_in_mb",
    "log_rate_limit_in_bytes_per_second",
    "droplet_guid",
    "template",
    "user",
    "metadata",
}
_ERRORS = {
    "CF-InvalidAuthToken": (1000, 401),
    "CF-NotAuthenticated": (10002, 401),
    "CF-NotAuthorized": (10003, 403),
    "CF-BadQueryParameter": (10005, 400),
    "CF-UnprocessableEntity": (10008, 422),
    "CF-ResourceNotFound": (10010, 404),
    "CF-RateLimitExceeded": (10013, 429),
}


def refusal(title: str, detail: str) -> Said:
    """An error as the Cloud Controller presents it."""
    code, status = _ERRORS[title]
    return status, {"errors": [{"detail": detail, "title": title, "code": code}]}


class Controller:
    """The tasks of one app.

    Attributes:
        tasks: In the order in which they were asked for.
        is_staged: Whether the app has an image to start.
        is_developer: Whether the account may start tasks.
        memory_quota: MiB for all tasks that are not over; None for no limit.
        task_quota: How many may be not over; None for no limit.
        page: The most resources of one answer.
    """

    def __init__(self, space: Space, begin: Callable[[Running], None]) -> None:
        """Knows no task yet.

        Args:
            space: Where the app is.
            begin: Lets a new task begin.
        """
        self.tasks: list[Running] = []
        self.is_staged = self.is_developer = True
        self.memory_quota: int | None = None
        self.task_quota: int | None = None
        self.page = _LARGEST_PAGE
        self._space, self._begin = space, begin
        self._lock = threading.Lock()

    def answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any], base: str) -> Said:
        """What it says to a request of the account's.

        Args:
            method: Of HTTP.
            path: Below ``/v3``.
            query: Parameters of the address.
            body: JSON.
            base: The API's own address, for links.
        """
        parts = path.strip("/").split("/")
        kind, guid, rest = parts[0], parts[1] if len(parts) > 1 else "", parts[2:]
        if method == "GET" and kind in ("organizations", "spaces", "apps") and not guid:
            return self._list(self._filtered(self._space.resources(kind), query), path, query, base)
        if kind == "apps":
            return self._of_app(method, path, guid, rest, query, body, base)
        if kind == "tasks":
            return self._of_task(method, path, guid, rest, query, base)
        return refusal("CF-ResourceNotFound", "Unknown request")

    def _of_app(
        self, method: str, path: str, guid: str, rest: list[str], query: dict[str, str], body: dict[str, Any], base: str
    ) -> Said:
        if guid != self._space.app:
            return refusal("CF-ResourceNotFound", "App not found")
        if method == "GET" and not rest:
            return 200, self._space.resources("apps")[0]
        if method == "GET" and rest == ["processes"]:
            types = query.get("types", "").split(",") if query.get("types") else None
            found = [each for each in self._space.resources("processes") if types is None or each["type"] in types]
            return self._list(found, path, query, base)
        if rest == ["tasks"]:
            return self._create(body, base) if method == "POST" else self._list_tasks(path, query, base)
        return refusal("CF-ResourceNotFound", "Unknown request")

    def _of_task(self, method: str, path: str, guid: str, rest: list[str], query: dict[str, str], base: str) -> Said:
        if method == "GET" and not guid:
            return self._list_tasks(path, query, base)
        task = next((task for task in self.tasks if task.guid == guid), None)
        if task is None:
            return refusal("CF-ResourceNotFound", "Task not found")
        if method == "GET" and not rest:
            return 200, task.shown(base)
        if method == "POST" and rest in (["actions", "cancel"], ["cancel"]):
            return self._cancel(task, base)
        return refusal("CF-ResourceNotFound", "Unknown request")

    def _cancel(self, task: Running, base: str) -> Said:
        if not self.is_developer:
            return refusal("CF-NotAuthorized", "You are not authorized to perform the requested action")
        shown = task.cancel(base)
        if shown is None:
            return refusal("CF-UnprocessableEntity", f"Task state is {task.state} and therefore cannot be canceled")
        return 202, shown

    def _create(self, body: dict[str, Any], base: str) -> Said:
        if not self.is_developer:
            return refusal("CF-NotAuthorized", "You are not authorized to perform the requested action")
        template, labels = body.get("template"), (body.get("metadata") or {}).get("labels") or {}
        command = body.get("command") or ""
        problem = self._problem(body, command, labels)
        if template and not self._space.is_process(template):
            return refusal("CF-ResourceNotFound", "Process not found")
        if problem:
            return refusal("CF-UnprocessableEntity", problem)
        with self._lock:
            memory = body.get("memory_in_mb") or (self._space.memory if template else USUAL_MEMORY)
            alive = [task for task in self.tasks if not task.is_over]
            if self.memory_quota is not None and memory + sum(task.memory for task in alive) > self.memory_quota:
                return refusal("CF-UnprocessableEntity", "memory_in_mb exceeds organization memory quota")
            if self.task_quota is not None and len(alive) >= self.task_quota:
                return refusal("CF-UnprocessableEntity", "app_task_limit quota exceeded")
            task = Running(
                space=self._space,
                number=len(self.tasks) + 1,
                name=body.get("name") or secrets.token_hex(4),
                command=command,
                memory=memory,
                disk=body.get("disk_in_mb") or (self._space.disk if template else USUAL_DISK),
                labels=labels,
            )
            self.tasks.append(task)
        shown = task.shown(base)
        self._begin(task)
        return 202, shown

    def _problem(self, body: dict[str, Any], command: str, labels: dict[str, Any]) -> str:
        """What is wrong with a task that is asked for; empty if nothing is."""
        unknown = sorted(body.keys() - _FIELDS)
        if unknown:
            return f"Unknown field(s): {', '.join(map(repr, unknown))}"
        if not command:
            return "No command provided"
        if len(command) > LONGEST_COMMAND:
            return f"command must be shorter than {LONGEST_COMMAND + 1} characters"
        wrong = [value for value in labels.values() if not _LABEL.fullmatch(str(value))]
        if wrong:
            return f"Metadata label value error: '{wrong[0]}' contains invalid characters"
        return "" if self.is_staged else "Task must have a droplet. Assign current droplet to app."

    def _list_tasks(self, path: str, query: dict[str, str], base: str) -> Said:
        found = [task.shown(base) for task in self.tasks]
        for requirement in filter(None, re.split(r",(?![^()]*\))", query.get("label_selector", ""))):
            found = [task for task in found if _has(task["metadata"]["labels"], requirement)]
        wanted = query.get("states", "")
        found = [task for task in found if not wanted or task["state"] in wanted.split(",")]
        order = query.get("order_by", "created_at")
        if order.removeprefix("-") not in ("created_at", "updated_at"):
            return refusal("CF-BadQueryParameter", "Order by can only be: 'created_at', 'updated_at'")
        # Times are whole seconds; what is younger has a higher number.
        found.sort(key=lambda task: task["sequence_id"], reverse=order.startswith("-"))
        return self._list(self._filtered(found, query), path, query, base)

    def _filtered(self, found: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
        """What has the names and guids, and is in the organization or space, that are asked for."""
        for field, name in (("name", "names"), ("guid", "guids")):
            if query.get(name):
                found = [each for each in found if each[field] in query[name].split(",")]
        for kind in ("organization", "space"):
            wanted = query.get(f"{kind}_guids")
            if wanted:
                found = [each for each in found if each["relationships"][kind]["data"]["guid"] in wanted.split(",")]
        return found

    def _list(self, found: list[dict[str, Any]], path: str, query: dict[str, str], base: str) -> Said:
        try:
            page, size = int(query.get("page", 1)), int(query.get("per_page", _USUAL_PAGE))
        except ValueError:
            page = size = 0
        if page < 1 or not 1 <= size <= _LARGEST_PAGE:
            return refusal(
                "CF-BadQueryParameter", f"The query parameter is invalid: Per page must be 1 to {_LARGEST_PAGE}"
            )
        size = min(size, self.page)
        pages = max(1, -(-len(found) // size))

        def link(number: int) -> dict[str, str] | None:
            address = f"{base}/v3/{path}?{urlencode(query | {'page': number, 'per_page': size})}"
            return {"href": address} if 1 <= number <= pages else None

        return 200, {
            "pagination": {
                "total_results": len(found),
                "total_pages": pages,
                "first": link(1),
                "last": link(pages),
                "next": link(page + 1),
                "previous": link(page - 1),
            },
            "resources": found[(page - 1) * size : page * size],
        }


def _has(labels: dict[str, Any], requirement: str) -> bool:
    """Whether labels meet one requirement of a selector."""
    among = re.fullmatch(r"\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*", requirement)
    if among:
        values = {value.strip() for value in among[3].split(",")}
        return (labels.get(among[1]) in values) is (among[2] == "in")
    name, sign, value = re.fullmatch(r"\s*(!?[^=!]+?)\s*(?:(!=|==|=)\s*(.*?))?\s*", requirement).groups()  # type: ignore[union-attr]
    if not sign:
        return (name.removeprefix("!") in labels) is not name.startswith("!")
    return (labels.get(name) == value) is (sign != "!=")
