"""Client: the Cloud Controller's apps and tasks, and what Log Cache keeps of their output."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote, urlencode, urlsplit

from twicetold.errors import DependencyUnavailable, SettingInvalid, TwicetoldError, UsageError
from twicetold.platform.cloudfoundry.exchange import Exchange, Pace, Passing, checked
from twicetold.platform.cloudfoundry.login import Login
from twicetold.platform.cloudfoundry.tasks import LABEL, App, Order, Task, read_task

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twicetold.platform.cloudfoundry.exchange import Answer
    from twicetold.platform.settings import Settings

_SETTINGS = ("cf_api", "cf_username", "cf_password", "cf_org", "cf_space")
#: The type of the process whose command, memory and disk tasks take over.
PROCESS = "task"
_PER_PAGE = 200
_LONGEST_DETAIL = 300
_QUOTA = "Wait until something ends, stop what is not needed, ask for less with --memory, or enlarge the quota."
_NAME = "Check the name; an account sees only the spaces in which it has a role."


class Client:
    """A space of a Cloud Foundry."""

    def __init__(self, settings: Settings, pace: Pace | None = None) -> None:
        """Asks the platform where its parts are; nothing secret is sent yet.

        Args:
            settings: Those that begin with ``cf_``, all of them.
            pace: How patient to be.

        Raises:
            SettingInvalid: A setting is missing, or an address is none that a password may go to.
            DependencyUnavailable: The platform cannot be reached.
        """
        missing = [f"TWICETOLD_{name.upper()}" for name in _SETTINGS if not getattr(settings, name)]
        if missing:
            raise SettingInvalid(
                f"Cloud Foundry: not set: {', '.join(missing)}.",
                remedy="Set them in the environment; 'twicetold config show' says what is set. None is an option.",
            )
        assert settings.cf_api
        assert settings.cf_username
        assert settings.cf_password
        self.pace = pace or Pace()
        self.org, self.space = settings.cf_org or "", settings.cf_space or ""
        self._api = checked(settings.cf_api)
        exchange = Exchange(self.pace)
        links = exchange.ask("GET", self._api).content.get("links")
        self._logs = _link(links, "log_cache")
        uaa = _link(links, "login") or _link(links, "uaa")
        if not uaa:
            raise DependencyUnavailable(
                f"{urlsplit(self._api).netloc} is no API of Cloud Foundry: it names no login.",
                remedy="Set TWICETOLD_CF_API to the address that 'cf api' shows.",
            )
        self._login = Login(exchange, uaa, settings.cf_username, settings.cf_password)
        self._exchange = exchange

    def app(self, name: str) -> App:
        """The app of a name in the space that the settings name.

        Raises:
            UsageError: There is no such organization, space or app, or the account does not see it.
        """
        org = self._named("organizations", "organization", self.org, {})
        space = self._named("spaces", "space", self.space, {"organization_guids": org})
        return App(self._named("apps", "app", name, {"space_guids": space}), name)

    def process(self, app: App) -> str | None:
        """The process from which an app's tasks take what they are not told; None if it has none."""
        path = f"/v3/apps/{app.guid}/processes?{urlencode({'types': PROCESS})}"
        return next((str(process["guid"]) for process in self._all(path)), None)

    def tasks(self, app: App, key: str | None = None) -> Iterator[Task]:
        """The tasks that this program started for an app, the latest first; with a key, those that have it."""
        query = {"label_selector": LABEL if key is None else f"{LABEL}={key}", "order_by": "-created_at"}
        for content in self._all(f"/v3/apps/{app.guid}/tasks?{urlencode(query | {'per_page': _PER_PAGE})}"):
            yield read_task(content)

    def task(self, guid: str) -> Task:
        """What has become of a task."""
        return read_task(self._taken(self._login.ask("GET", f"{self._api}/v3/tasks/{quote(guid)}"), 200))

    def start(self, app: App, order: Order, process: str | None = None) -> Task:
        """The task with the order's key: the one that is there, or a new one, which then has the order's name.

        A request that brought no answer may have been obeyed, so the task is looked for before one is asked for
        again. Should two callers ask at once, the later task is told to stop and both get the earlier one.

        Args:
            app: Whose image.
            order: What to do.
            process: From which the task takes what the order leaves open; see :meth:`process`.

        Raises:
            UsageError: The key belongs to a task with another command, or the platform refuses the order.
            DependencyUnavailable: There is no room within a quota, or a server cannot be reached.
        """
        task = self._exchange.patiently(lambda: self._first(app, order.key) or self._create(app, order, process))
        if task.name == order.name:
            task, *later = sorted(self.tasks(app, order.key), key=lambda task: task.number) or [task]
            for each in later:
                if each.name == order.name:
                    self.cancel(each)
        if task.command not in (None, order.command):
            raise UsageError(
                f"The key {order.key!r} belongs to {task}, which was told {task.command!r}.",
                remedy="Take another key for another command.",
            )
        return task

    def hurry(self) -> None:
        """Gives each further request two attempts, a short while apart: somebody waits for this program's end."""
        self._exchange.pace = replace(self.pace, attempts=2, longest_pause=1.0, obedience=2.0)

    def cancel(self, task: Task) -> Task:
        """Tells a task to stop; one that is over stays as it is."""
        answer = self._login.ask("POST", f"{self._api}/v3/tasks/{quote(task.guid)}/actions/cancel", b"{}")
        return self.task(task.guid) if answer.status == 422 else read_task(self._taken(answer, 202))

    def looks(self, task: Task, until: float) -> Iterator[Task]:
        """A task as it is now, again and again until it is over or the time is; at least once.

        Args:
            task: Which.
            until: On the monotonic clock.
        """
        pause = self.pace.poll
        while True:
            now = self.task(task.guid)
            yield now
            left = until - time.monotonic()
            if now.is_over or left <= 0:
                return
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, self.pace.longest_poll)

    def envelopes(self, app: App, start: int, limit: int) -> list[Mapping[str, Any]]:
        """What an app and its tasks have printed, from a time on, the oldest first; asked for once.

        Args:
            app: Whose.
            start: Nanoseconds since 1970.
            limit: How many, up to 1,000; a few more come if as many have the same time.

        Raises:
            DependencyUnavailable: Log Cache cannot be reached, or does not let the account read.
        """
        query = urlencode({"start_time": start, "envelope_types": "LOG", "limit": limit})
        url = f"{self._logs}/api/v1/read/{quote(app.guid)}?{query}"
        if not self._logs:
            raise DependencyUnavailable("This platform names no Log Cache.", remedy="See 'cf logs --recent'.")
        try:
            answer = self._login.once("GET", url, hides=True)
        except Passing as error:
            problem = f"{error}."
        else:
            problem = f"{urlsplit(self._logs).netloc} does not show the log ({answer.status})."
            if answer.status == 200:
                batch = (answer.content.get("envelopes") or {}).get("batch") or []
                return [envelope for envelope in batch if isinstance(envelope, dict)]
        raise DependencyUnavailable(problem, remedy="See 'cf logs --recent'.")

    def _first(self, app: App, key: str) -> Task | None:
        """Of all tasks with a key the one that was asked for first."""
        return min(self.tasks(app, key), key=lambda task: task.number, default=None)

    def _create(self, app: App, order: Order, process: str | None) -> Task:
        """Asks once for a task.

        Raises:
            Passing: It is not known whether there is one now.
        """
        asked: dict[str, Any] = {
            "name": order.name,
            "command": order.command,
            "metadata": {"labels": {LABEL: order.key}},
        }
        asked |= {"template": {"process": {"guid": process}}} if process else {}
        asked |= {"memory_in_mb": order.memory} if order.memory else {}
        asked |= {"disk_in_mb": order.disk} if order.disk else {}
        answer = self._login.once("POST", f"{self._api}/v3/apps/{app.guid}/tasks", json.dumps(asked).encode())
        return read_task(self._taken(answer, 202))

    def _named(self, path: str, kind: str, name: str, within: Mapping[str, str]) -> str:
        """The guid of what has a name."""
        for content in self._all(f"/v3/{path}?{urlencode({'names': name, **within})}"):
            if content.get("name") == name:  # a comma in a name separates names
                return str(content["guid"])
        raise UsageError(f"There is no {kind} {name!r} that the account can see.", remedy=_NAME)

    def _all(self, path: str) -> Iterator[Mapping[str, Any]]:
        """All resources of a list, over all its pages."""
        url: str | None = self._api + path
        while url:
            content = self._taken(self._login.ask("GET", url), 200)
            yield from content.get("resources") or ()
            following = ((content.get("pagination") or {}).get("next") or {}).get("href")
            url = str(following) if following else None
            if url and not url.startswith(f"{self._api}/"):
                raise DependencyUnavailable(f"{urlsplit(self._api).netloc} continues a list at another address.")

    def _taken(self, answer: Answer, status: int) -> Mapping[str, Any]:
        """The content of an answer, if it has the status that it should have."""
        if answer.status != status:
            self._refuse(answer)
        return answer.content

    def _refuse(self, answer: Answer) -> NoReturn:
        """Raises what an answer means for a person."""
        place = urlsplit(self._api).netloc
        errors = [error for error in answer.content.get("errors") or () if isinstance(error, dict)]
        said = "; ".join(str(error.get("detail") or error.get("title")) for error in errors)
        detail = self._login.redact(said)[:_LONGEST_DETAIL] or f"status {answer.status}"
        raise _meaning(answer.status, detail, f"{place}: {detail}".rstrip(".") + ".")


def _meaning(status: int, detail: str, message: str) -> TwicetoldError:
    if "quota" in detail or "memory limit" in detail or "disk limit" in detail:
        return DependencyUnavailable(message, remedy=_QUOTA)
    if "droplet" in detail:
        return UsageError(message, remedy="Push the app first: 'cf push APP --task'.")
    if status == 403:
        return UsageError(message, remedy="The account needs the role Space Developer in the space.")
    if status in (400, 404, 422):
        return UsageError(message, remedy="See the message of the platform above.")
    return DependencyUnavailable(message, remedy="Try again later; if it stays so, ask those who run the platform.")


def _link(links: object, name: str) -> str:
    """An address that the platform names; empty if it does not."""
    link = links.get(name) if isinstance(links, dict) else None
    href = link.get("href") if isinstance(link, dict) else None
    return checked(href) if isinstance(href, str) and href else ""
