"""Session: how the person at this machine gets in where there are no keys: by a link that works once."""

from __future__ import annotations

import hmac
import secrets
import threading
from typing import TYPE_CHECKING

from twicetold.errors import KeyRefused, NotAllowed
from twicetold.service.keys import ACTIONS, Caller
from twicetold.service.sites import require_same_site

if TYPE_CHECKING:
    from collections.abc import Mapping

COOKIE = "twicetold"
#: What the names of this machine are to a browser; another name that leads here is an attack by DNS.
_HERE = ("127.0.0.1", "localhost", "[::1]")


class Session:
    """One person's session; it ends with the process.

    Attributes:
        token: What the link holds.
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)
        self._cookie = secrets.token_urlsafe(32)
        self._is_used = False
        self._lock = threading.Lock()
        self._caller = Caller("local", frozenset(ACTIONS))

    def enter(self, token: str) -> str:
        """The value of the cookie for whoever comes by the link, once.

        Raises:
            KeyRefused: The link is another one, or was used already.
        """
        with self._lock:
            is_right = hmac.compare_digest(_bytes(token), _bytes(self.token))
            if not is_right or self._is_used:
                remedy = "Start 'twicetold serve' again for a new link."
                raise KeyRefused("the link is not valid, or was used already", remedy=remedy)
            self._is_used = True
        return self._cookie

    def caller(self, cookie: str) -> Caller:
        """Whoever has the cookie.

        Raises:
            KeyRefused: It is another one, or there is none.
        """
        if not self.has(cookie):
            raise KeyRefused("nobody is logged in", remedy="Open the link that 'twicetold serve' has printed.")
        return self._caller

    def has(self, cookie: str) -> bool:
        """Whether a cookie is this session's."""
        return hmac.compare_digest(_bytes(cookie), _bytes(self._cookie))

    def require_same_site(self, method: str, headers: Mapping[str, str]) -> None:
        """Refuses what another site's page may have sent.

        Raises:
            NotAllowed: The request names another host, or would change something and comes from elsewhere.
        """
        host = headers.get("host", "")
        if host.rpartition(":")[0] not in _HERE and host not in _HERE:
            raise NotAllowed("this service answers on this machine only", remedy="Use the link that was printed.")
        require_same_site(method, headers, f"http://{host}")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
