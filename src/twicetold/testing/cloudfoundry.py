"""A Cloud Foundry of one's own: UAA, Cloud Controller and Log Cache of one app, over HTTP on this machine."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any, Self

from twicetold.testing.controller import Controller, refusal
from twicetold.testing.launchers import Launch, Script
from twicetold.testing.log_cache import LogCache, envelope
from twicetold.testing.server import Server, Trouble
from twicetold.testing.space import Space
from twicetold.testing.uaa import Uaa

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twicetold.testing.controller import Said
    from twicetold.testing.running import Running
    from twicetold.testing.server import Asked

_READ = "/log-cache/api/v1/read/"


class FakeCloudFoundry:
    """Answers on this machine as a Cloud Foundry with one app does.

    Use it as a context; tasks that are not over at its end are told to stop.

    Attributes:
        username: Who may log in.
        password: What proves it.
        launch: What tasks do that begin from now on.
        placing: Seconds that a task is PENDING.
        unplaceable: Why the platform starts no task, such as ``insufficient resources: memory``; empty if it does.
        controller: Quotas, roles, and the largest page of a list.

    Example:
        >>> with FakeCloudFoundry(Script(("done",), ends=4)) as foundry:
        ...     foundry.api.startswith("http://127.0.0.1:")
        True
    """

    def __init__(
        self,
        launch: Callable[[Launch], int | str] | None = None,
        *,
        app: str = "twicetold",
        org: str = "agency",
        space: str = "dev",
        environment: Mapping[str, str] | None = None,
        services: Mapping[str, Any] | None = None,
        is_file_based: bool = False,
        memory: int = 512,
        disk: int = 1024,
        has_process: bool = True,
        token_seconds: float = 600.0,
        host: str = "127.0.0.1",
    ) -> None:
        """Listens from now on, and answers as soon as the context is entered.

        Args:
            launch: What a task does; by default it prints nothing and succeeds.
            app: Name of the app.
            org: Name of its organization.
            space: Name of its space.
            environment: Variables that were set for the app.
            services: What is bound to it, as in VCAP_SERVICES.
            is_file_based: Whether the app gets that in a file, as with the feature ``file-based-vcap-services``.
            memory: MiB of its process ``task``, from which tasks take what they are not told.
            disk: MiB of the same.
            has_process: Whether it has that process.
            token_seconds: How long a token is taken.
            host: Where to listen.
        """
        self.username, self.password = f"user-{secrets.token_hex(8)}", f"password-{secrets.token_hex(16)}"
        self.launch = launch or Script()
        self.placing, self.unplaceable = 0.0, ""
        self._space = Space(
            org_name=org,
            space_name=space,
            app_name=app,
            environment=environment or {},
            services=services or {},
            is_file_based=is_file_based,
            memory=memory,
            disk=disk,
            has_process=has_process,
        )
        self._uaa = Uaa(self.username, self.password, token_seconds)
        self._logs = LogCache()
        self.controller = Controller(self._space, self._begin)
        self._server = Server(self._answer, host)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        for task in self.controller.tasks:
            task.cancel(self.api)
        for task in self.controller.tasks:
            task.join()
        self._server.stop()

    @property
    def api(self) -> str:
        """Its address, as ``cf api`` would show it."""
        return self._server.base

    @property
    def settings(self) -> dict[str, str]:
        """What ``twicetold cf`` needs to know, as settings."""
        return {
            "cf_api": self.api,
            "cf_username": self.username,
            "cf_password": self.password,
            "cf_org": self._space.org_name,
            "cf_space": self._space.space_name,
        }

    @property
    def variables(self) -> dict[str, str]:
        """The same as variables of the environment."""
        return {f"TWICETOLD_{name.upper()}": value for name, value in self.settings.items()}

    @property
    def tasks(self) -> list[dict[str, Any]]:
        """All tasks as the Cloud Controller presents them, in the order in which they were asked for."""
        return [task.shown(self.api) for task in self.controller.tasks]

    @property
    def requests(self) -> list[tuple[str, str]]:
        """Method and path, with its query, of every request so far."""
        return list(self._server.seen)

    def fail(
        self,
        status: int,
        *,
        times: int = 1,
        method: str = ".*",
        path: str = "",
        headers: Mapping[str, str] | None = None,
        is_late: bool = False,
    ) -> None:
        """Answers requests with a status of trouble.

        Args:
            status: Such as 503 or 429; 0 breaks the connection.
            times: How many requests are hit.
            method: A regular expression for the whole method.
            path: A regular expression to be found in the path with its query, such as ``/oauth/token``, ``/v3/tasks``
                or ``/log-cache``.
            headers: Of the answer, such as Retry-After.
            is_late: Do what is asked, and only then give that answer.
        """
        self._server.add(Trouble(times, method, path, status, headers or {}, is_late))

    def limit_requests(self, requests: int | None, seconds: float = 1.0) -> None:
        """Lets the Cloud Controller answer so many requests in each period, and refuse the others."""
        self._server.limit.requests, self._server.limit.seconds = requests, seconds

    def expire_tokens(self, *, renewing: bool = False) -> None:
        """Takes no token any more that was given so far; on demand not even to renew it."""
        self._uaa.forget(renewing=renewing)

    def expire_password(self) -> None:
        """Lets the 90 days of the password be over."""
        self._uaa.state = "expired"

    def lock_account(self) -> None:
        """Lets the account be locked after too many wrong passwords."""
        self._uaa.state = "locked"

    def log(
        self,
        text: str | bytes,
        *,
        task: str | None = None,
        time_ns: int | None = None,
        instance: str = "0",
        is_error: bool = False,
    ) -> None:
        """Puts a line into the log, as late and as old as it shall be.

        Args:
            text: The line.
            task: Name of the task that printed it; None for the app's process ``web``.
            time_ns: When it was printed, in nanoseconds since 1970; by default now.
            instance: The number of the process's instance.
            is_error: Whether it went to standard error.
        """
        at, source = time.time_ns() if time_ns is None else time_ns, self._space.app
        kind = "APP/PROC/WEB" if task is None else f"APP/TASK/{task}"
        self._logs.put(source, envelope(text, at=at, source=source, kind=kind, instance=instance, is_error=is_error))

    def _begin(self, task: Running) -> None:
        task.start(self.launch, self._logs, self.placing, self.unplaceable)

    def _answer(self, asked: Asked) -> Said:
        if asked.method == "GET" and asked.path in ("", "/", "/v3"):
            return 200, {"links": self._links()}
        if asked.path == "/uaa/oauth/token":
            return self._uaa.answer(asked.authorization, asked.form)
        is_known = self._uaa.accepts(asked.authorization)
        if asked.path.startswith(_READ):  # which says 404 to strangers
            source = asked.path.removeprefix(_READ)
            is_its = is_known and source == self._space.app
            return self._logs.answer(source, asked.query) if is_its else (404, {})
        if not asked.authorization:
            return refusal("CF-NotAuthenticated", "Authentication error")
        if not is_known:
            return refusal("CF-InvalidAuthToken", "Invalid Auth Token")
        path = asked.path.removeprefix("/v3/")
        return self.controller.answer(asked.method, path, asked.query, asked.json, self.api)

    def _links(self) -> dict[str, Any]:
        places = {"self": "", "cloud_controller_v3": "/v3", "login": "/uaa", "uaa": "/uaa", "log_cache": "/log-cache"}
        return {name: {"href": self.api + path} for name, path in places.items()} | {"credhub": None}
