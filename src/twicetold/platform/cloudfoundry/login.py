"""Login: tokens of UAA, asked for with a user's password, renewed when they are no longer taken."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from twicetold.errors import DependencyUnavailable, SettingInvalid
from twicetold.platform.secret import MASK, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twicetold.platform.cloudfoundry.exchange import Answer, Exchange

#: The client of the cf program, which every UAA of a Cloud Foundry knows; its secret is empty ("cf:" in base 64).
_CLIENT = "Basic Y2Y6"
_ROTATE = (
    "Passwords of service accounts last 90 days. Make a new one: 'cf delete-service-key SERVICE KEY', "
    "'cf create-service-key SERVICE KEY', 'cf service-key SERVICE KEY'; then set TWICETOLD_CF_USERNAME and "
    "TWICETOLD_CF_PASSWORD to what it shows."
)
_CHECK = "Check TWICETOLD_CF_USERNAME and TWICETOLD_CF_PASSWORD; several wrong attempts lock an account."


class Login:
    """Who asks; sends requests with a token that the servers take.

    A password that was refused is not sent again by itself: a few such attempts lock an account.
    """

    def __init__(self, exchange: Exchange, uaa: str, username: Secret, password: Secret) -> None:
        """Asks nobody for anything yet.

        Args:
            exchange: What makes the requests.
            uaa: Address of the server that gives tokens.
            username: Who asks.
            password: What proves it.
        """
        self._exchange = exchange
        self._uaa = uaa
        self._username, self._password = username, password
        self._token = self._refresher = Secret("")
        self._expires = 0.0

    def ask(self, method: str, url: str, body: bytes | None = None) -> Answer:
        """The answer to a request that may be made again.

        Raises:
            SettingInvalid: The password is not accepted.
            DependencyUnavailable: A server cannot be reached, or keeps failing.
        """
        return self._exchange.patiently(lambda: self.once(method, url, body))

    def once(self, method: str, url: str, body: bytes | None = None, *, hides: bool = False) -> Answer:
        """The answer to a single attempt; the token is renewed, then asked for anew, where it is not taken.

        Args:
            method: Of HTTP.
            url: Where to.
            body: JSON.
            hides: Whether the server says 404 to an old token, as Log Cache does.

        Raises:
            Passing: There was no answer that says something about the request.
            SettingInvalid: The password is not accepted.
            DependencyUnavailable: A server cannot be reached, keeps failing, or takes no token.
        """
        if not self._token:
            self._log_in()
        for renew in (self._refresh, self._log_in):
            answer = self._send(method, url, body)
            is_old = hides and answer.status == 404 and time.monotonic() >= self._expires
            if answer.status != 401 and not is_old:
                return answer
            renew()
        answer = self._send(method, url, body)
        if answer.status == 401:
            raise DependencyUnavailable(
                f"{urlsplit(url).netloc} does not take the token that {urlsplit(self._uaa).netloc} has just given.",
                remedy="Try again later; if it stays so, ask those who run the platform.",
            )
        return answer

    def redact(self, text: str) -> str:
        """A server's text without anything that is secret here."""
        for secret in (self._password, self._username, self._token, self._refresher):
            text = text.replace(secret.reveal(), MASK) if secret else text
        return text

    def _send(self, method: str, url: str, body: bytes | None) -> Answer:
        headers = {"authorization": f"bearer {self._token.reveal()}"}
        if body is not None:
            headers["content-type"] = "application/json"
        return self._exchange.once(method, url, headers=headers, body=body)

    def _refresh(self) -> None:
        """Renews the token with the one that was given for that; a password does it where that is too old."""
        answer = self._grant({"grant_type": "refresh_token", "refresh_token": self._refresher.reveal()}.items())
        if answer.status == 200:
            self._take(answer)
        else:
            self._log_in()

    def _log_in(self) -> None:
        user = {"username": self._username.reveal(), "password": self._password.reveal()}
        answer = self._grant({"grant_type": "password", **user}.items())
        if answer.status != 200:
            raise self._refusal(answer)
        self._take(answer)

    def _grant(self, fields: Iterable[tuple[str, str]]) -> Answer:
        headers = {"authorization": _CLIENT, "content-type": "application/x-www-form-urlencoded"}
        body = urlencode(list(fields)).encode("ascii")
        return self._exchange.ask("POST", f"{self._uaa}/oauth/token", headers=headers, body=body)

    def _take(self, answer: Answer) -> None:
        self._token = Secret(str(answer.content.get("access_token", "")))
        self._refresher = Secret(str(answer.content.get("refresh_token", "")))
        seconds = answer.content.get("expires_in")
        self._expires = time.monotonic() + (seconds if isinstance(seconds, int | float) else 0.0)

    def _refusal(self, answer: Answer) -> SettingInvalid:
        """Why there is no token; in words of our own, for UAA may repeat in its what it was sent."""
        place = urlsplit(self._uaa).netloc
        said = str(answer.content.get("error_description", "")).lower()
        if "password" in said and ("expired" in said or "change" in said):
            return SettingInvalid(f"{place}: the password of the account has expired.", remedy=_ROTATE)
        if "locked" in said:
            remedy = "Wait until it is unlocked (minutes), and correct the password wherever it is set before."
            return SettingInvalid(f"{place}: the account is locked after too many wrong passwords.", remedy=remedy)
        return SettingInvalid(f"{place} does not accept the user and password ({answer.status}).", remedy=_CHECK)
