"""People: who has logged in, by the cookie of their browser; the store knows them, so every process does."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from twicetold.errors import KeyRefused, LoginRefused, NotAllowed
from twicetold.service.login import AWAY, IDLE, LONGEST
from twicetold.service.provider import Provider, plain_code
from twicetold.service.roles import person_caller
from twicetold.store import audit
from twicetold.store import people as stored
from twicetold.store.engine import reading, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import sqlalchemy as sa

    from twicetold.service.keys import Caller
    from twicetold.service.login import Login

#: A session is noted as seen this often, so that reading it writes seldom.
_NOTED = timedelta(minutes=1)


def _now() -> datetime:
    return datetime.now(UTC)


class People:
    """Lets people in who have logged in at the identity provider; may be shared by threads.

    Args:
        engine: The store.
        login: Where they log in.
        clock: The time.
    """

    def __init__(self, engine: sa.Engine, login: Login, *, clock: Callable[[], datetime] = _now) -> None:
        self._engine, self.login, self._clock = engine, login, clock
        self.provider = Provider(login, clock=lambda: clock().timestamp())

    def begin(self, back: str) -> tuple[str, str]:
        """Where a browser goes to log in, and what it keeps until it comes back.

        Args:
            back: The page that it wanted, as a path.
        """
        state, browser, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        address, now = self.provider.leave_for(state, nonce, verifier), self._clock()
        row = {"digest": _digest(state), "browser": _digest(browser), "nonce": nonce, "verifier": verifier}
        with transaction(self._engine) as connection:
            stored.begin_login(connection, row | {"back": back, "began_at": now}, now - AWAY)
        return address, browser

    def finish(self, answer: Mapping[str, str], browser: str, former: str, address: str) -> tuple[str, str]:
        """Logs a person in who comes back; the cookie of a new session, and the page that was wanted.

        Args:
            answer: What the browser brings: code and state, or an error.
            browser: What it has kept.
            former: The session that it had; it ends.
            address: Where it is, for the audit log.

        Raises:
            LoginRefused: It brings nothing that lets anybody in.
            NotAllowed: The person is known to the provider, and nobody has let them in here.
            DependencyUnavailable: The provider does not answer.
        """
        person = ""
        try:
            begun = self._take(answer, browser)
            claims = self.provider.claims(answer.get("code", ""), begun["verifier"], begun["nonce"])
            person = self._person(claims)
            cookie = self._enter(person, self.login.access(claims), former)
        except (LoginRefused, NotAllowed) as error:
            with transaction(self._engine) as connection:
                about = f"login: {error.message}" + f" (from {address})" * bool(person)
                audit.note(connection, who=person or address, action="refused", about=about)
            raise
        return cookie, begun["back"]

    def caller(self, cookie: str) -> Caller:
        """Whoever has a cookie.

        Raises:
            KeyRefused: There is no such session, or it has ended.
            NotAllowed: Nobody lets the person in any more.
        """
        remedy = "Log in at /login."
        if not cookie:
            raise KeyRefused("nobody is logged in", remedy=remedy)
        digest, now = _digest(cookie), self._clock()
        with reading(self._engine) as connection:
            session = stored.read_session(connection, digest)
        if session is None or now >= session.began_at + LONGEST or now >= session.seen_at + IDLE:
            raise KeyRefused("the session has ended", remedy=remedy)
        if session.access is None:
            raise NotAllowed(f"nobody has let {session.person} in")
        if now - session.seen_at >= _NOTED:
            with transaction(self._engine) as connection:
                stored.see_session(connection, digest, now)
        return person_caller(session.person, session.access)

    def leave(self, cookie: str) -> None:
        """Ends a session, in all processes."""
        with transaction(self._engine) as connection:
            person = stored.end_session(connection, _digest(cookie))
            if person is not None:
                audit.note(connection, who=person, action="logout")

    def _take(self, answer: Mapping[str, str], browser: str) -> stored.Row:
        with transaction(self._engine) as connection:
            begun = stored.take_login(connection, _digest(answer.get("state", "")))
        if begun is None or self._clock() >= begun["began_at"] + AWAY:
            raise LoginRefused("the login is unknown, was used already, or took too long")
        if not hmac.compare_digest(begun["browser"], _digest(browser)):
            raise LoginRefused("the login was begun in another browser")
        if answer.get("iss", self.login.issuer) != self.login.issuer:
            raise LoginRefused("the answer comes from another identity provider")
        if "code" not in answer:
            code = plain_code(answer.get("error", ""))
            raise LoginRefused(f"the identity provider let nobody in ({code})")
        return begun

    def _person(self, claims: Mapping[str, object]) -> str:
        person = claims.get(self.login.person)
        if not isinstance(person, str) or not person.strip():
            raise LoginRefused(f"the identity provider does not tell the claim {self.login.person!r}")
        if self.login.person == "email" and claims.get("email_verified") in (False, "false"):
            raise LoginRefused("the identity provider has not verified the person's address")
        return stored.name_of(person)

    def _enter(self, person: str, access: stored.Row | None, former: str) -> str:
        cookie, now = secrets.token_urlsafe(32), self._clock()
        with transaction(self._engine) as connection:
            stored.end_session(connection, _digest(former))
            is_granted = (stored.granted(connection, person) or access) is not None
            if is_granted:
                stored.begin_session(connection, _digest(cookie), person, access, now, now - LONGEST)
                audit.note(connection, who=person, action="login")
        if not is_granted:
            raise NotAllowed(
                f"nobody has let {person} in", remedy=f"Ask an admin to run 'twicetold people grant {person}'."
            )
        return cookie


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
