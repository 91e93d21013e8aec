"""Exchange: one request and its answer, asked again where that does no harm and may help."""

from __future__ import annotations

import json
import random
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from twicetold import __version__
from twicetold.errors import DependencyUnavailable, SettingInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_Value = TypeVar("_Value")
#: Answers that say nothing about the request: the next attempt may succeed.
_PASSING = {429, 500, 502, 503, 504}
#: A number in Retry-After above this is a time, not a span; the Cloud Controller gives the second of its next period.
_EPOCH = 1_000_000_000
#: Seconds until a server must have accepted a connection, and between two pieces of its answer.
_TIMEOUT = urllib3.Timeout(connect=10, read=30)
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|::1")


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient a client is; spans are in seconds.

    Attributes:
        attempts: How often a request is made in all.
        pause: Before the second attempt; each further one is twice as long, and up to a half is cut off by chance.
        longest_pause: Bound of that.
        obedience: The longest Retry-After that is waited for.
        poll: Between the first two looks at a task; each further one is half as long again.
        longest_poll: Bound of that.
        settle: How long a task must be over and its log silent until no more lines are expected.
        grace: How long it may take until a task that was told to stop is over.
        stop: How long its process may still print then; the platform kills it after ten seconds.
    """

    attempts: int = 8
    pause: float = 1.0
    longest_pause: float = 15.0
    obedience: float = 120.0
    poll: float = 2.0
    longest_poll: float = 15.0
    settle: float = 3.0
    grace: float = 40.0
    stop: float = 11.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said.

    Attributes:
        status: Of HTTP.
        content: The JSON object of the body; empty where it is none.
    """

    status: int
    content: Mapping[str, Any]


class Passing(Exception):
    """Why an attempt failed that may be made again.

    Attributes:
        wait: Seconds that the server asks for; None where it leaves that open.
    """

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class Exchange:
    """Makes requests; what goes wrong is told in words that hold neither headers nor bodies."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self._pools: dict[str, urllib3.PoolManager] = {}

    def ask(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """The answer to a request that may be made again.

        Raises:
            DependencyUnavailable: No attempt brought an answer.
        """
        return self.patiently(lambda: self.once(method, url, headers=headers, body=body))

    def once(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """The answer to a single attempt.

        Raises:
            Passing: There was none, or one that says nothing about the request; the server may have obeyed it.
        """
        place, problem = urlsplit(url).netloc, ""
        sent = {"accept": "application/json", "user-agent": f"twicetold/{__version__}", **(headers or {})}
        try:
            # A redirect would carry the token to whoever the answer names.
            answer = self._pool(url).request(
                method, url, headers=sent, body=body, redirect=False, retries=False, timeout=_TIMEOUT
            )
        except urllib3.exceptions.HTTPError as error:
            problem = _describe(error)
        if problem:  # outside of the handler, so that the driver's error does not go along
            raise Passing(f"{place} {problem}")
        if answer.status in _PASSING:
            raise Passing(f"{place} answers with status {answer.status}", _wait(answer.headers.get("Retry-After", "")))
        content = _content(answer.data)
        if answer.status < 300 and not content:
            raise Passing(f"{place} answers with something that is no JSON object")
        return Answer(answer.status, content)

    def patiently(self, action: Callable[[], _Value]) -> _Value:
        """What an action gives, tried until it gives something.

        Raises:
            DependencyUnavailable: No attempt did, or the server asks for more time than it gets.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return action()
            except Passing as error:
                problem, wait = str(error), error.wait
            if attempt >= self.pace.attempts:
                raise DependencyUnavailable(f"{problem}, at attempt {attempt} still.", remedy="Try again later.")
            if wait is not None and wait > self.pace.obedience:
                raise DependencyUnavailable(
                    f"{problem} and asks to wait for {wait:,.0f} s.", remedy="Try again after that."
                )
            time.sleep(self._pause(attempt) if wait is None else wait)

    def _pause(self, attempt: int) -> float:
        whole: float = min(self.pace.longest_pause, self.pace.pause * 2.0 ** (attempt - 1))
        return whole * random.uniform(0.5, 1)  # noqa: S311 - so that clients do not come back all at once

    def _pool(self, url: str) -> urllib3.PoolManager:
        """The connections for a server: through the proxy that the environment names, if any."""
        parts = urlsplit(url)
        if parts.netloc not in self._pools:
            proxy = "" if is_loopback(url) or proxy_bypass(parts.netloc) else getproxies().get(parts.scheme, "")
            self._pools[parts.netloc] = _through(proxy) if proxy else urllib3.PoolManager()
        return self._pools[parts.netloc]


def checked(url: str) -> str:
    """An address without its last slash, if a password may go there.

    Raises:
        SettingInvalid: It is none, or everybody on the way could read what is sent.
    """
    full = url.strip().rstrip("/") if "://" in url else f"https://{url.strip().rstrip('/')}"
    try:
        parts = urlsplit(full)
        is_address = bool(parts.hostname) and parts.port != 0 and not parts.username and not parts.query
    except ValueError:
        is_address = False
    if not is_address or parts.scheme not in ("http", "https"):
        raise SettingInvalid("Cloud Foundry's address is not of the form https://api.example.gov.", remedy=_ADDRESS)
    if parts.scheme == "http" and not is_loopback(full):
        raise SettingInvalid(f"A password is not sent to {parts.netloc} without TLS.", remedy=_ADDRESS)
    return full


_ADDRESS = "Set TWICETOLD_CF_API to the https address that 'cf api' shows."


def is_loopback(url: str) -> bool:
    """Whether an address stays on this machine."""
    return bool(_LOOPBACK.fullmatch(urlsplit(url).hostname or ""))


def _through(proxy: str) -> urllib3.PoolManager:
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}" if parts.username else None
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return urllib3.ProxyManager(address, proxy_headers=urllib3.make_headers(proxy_basic_auth=login))


def _describe(error: urllib3.exceptions.HTTPError) -> str:
    """An error of the network without its text."""
    kinds = {
        urllib3.exceptions.NameResolutionError: "has a name that does not resolve",
        urllib3.exceptions.NewConnectionError: "refused the connection",
        urllib3.exceptions.TimeoutError: "gave no answer in time",
        urllib3.exceptions.SSLError: "has no certificate that is trusted here, or failed at TLS",
        urllib3.exceptions.ProxyError: "is not reached through the proxy",
        urllib3.exceptions.ProtocolError: "broke the connection",
    }
    said = (text for kind, text in kinds.items() if isinstance(error, kind))
    return next(said, f"failed with {type(error).__name__}")


def _wait(given: str) -> float | None:
    """The seconds that Retry-After asks for: a span, the second of an epoch, or a date."""
    now = datetime.now(UTC).timestamp()
    try:
        number = float(given) if given.strip().isdigit() else parsedate_to_datetime(given).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(0.0, number - now if number > _EPOCH else number)


def _content(data: bytes) -> Mapping[str, Any]:
    """A JSON object; an error page of a router is none."""
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
