"""UAA: gives tokens for a user's password, and new ones for those that were given."""

from __future__ import annotations

import secrets
import threading
import time
from typing import Any

#: The client of the cf program, with its empty secret, in base 64.
_CLIENT = "Basic Y2Y6"


class Uaa:
    """One user, and the tokens that it has been given.

    Attributes:
        state: ``active``, ``expired`` (the password) or ``locked`` (the account).
        seconds: How long a token is taken.
    """

    def __init__(self, username: str, password: str, seconds: float) -> None:
        self.state = "active"
        self.seconds = seconds
        self._user = (username, password)
        self._lock = threading.Lock()
        self._taken: dict[str, float] = {}
        self._renewing: set[str] = set()

    def accepts(self, header: str) -> bool:
        """Whether a request with this header comes from the user."""
        scheme, _, token = header.partition(" ")
        with self._lock:
            return scheme.lower() == "bearer" and self._taken.get(token, 0.0) > time.monotonic()

    def forget(self, *, renewing: bool) -> None:
        """Takes no token any more that was given so far.

        Args:
            renewing: Those that renew others too.
        """
        with self._lock:
            self._taken.clear()
            if renewing:
                self._renewing.clear()

    def answer(self, header: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """What it says to a request for a token."""
        if header != _CLIENT:
            return 401, {"error": "unauthorized", "error_description": "Bad credentials"}
        if form.get("grant_type") == "refresh_token":
            return self._renew(form.get("refresh_token", ""))
        if form.get("grant_type") == "password":
            return self._log_in(form)
        kind = form.get("grant_type", "")
        return 400, {"error": "unsupported_grant_type", "error_description": f"Unsupported grant type: {kind}"}

    def _log_in(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if (form.get("username"), form.get("password")) != self._user:
            return 401, {"error": "unauthorized", "error_description": "Bad credentials"}
        if self.state == "expired":
            said = "Your current password has expired. Please reset your password."
            return 403, {"error": "access_denied", "error_description": said}
        if self.state == "locked":
            said = "Your account has been locked because of too many failed attempts to login."
            return 401, {"error": "unauthorized", "error_description": said}
        return 200, self._give()

    def _renew(self, token: str) -> tuple[int, dict[str, Any]]:
        with self._lock:
            is_known = token in self._renewing
        if is_known:
            return 200, self._give()
        # The real one repeats the token, too.
        said = f"The token expired, was revoked, or the token ID is incorrect: {token}"
        return 401, {"error": "invalid_token", "error_description": said}

    def _give(self) -> dict[str, Any]:
        token, renewing = (f"eyJhbGciOiJSUzI1NiJ9.{secrets.token_urlsafe(48)}" for _ in range(2))
        with self._lock:
            self._taken[token] = time.monotonic() + self.seconds
            self._renewing.add(renewing)
        return {
            "access_token": token,
            "token_type": "bearer",
            "refresh_token": renewing,
            "expires_in": max(0, int(self.seconds) - 1),
            "scope": "cloud_controller.read cloud_controller.write openid password.write uaa.user",
            "jti": secrets.token_hex(16),
        }
