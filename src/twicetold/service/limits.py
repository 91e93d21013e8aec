"""Limits: how often a caller or an address may ask, and when an address that was refused again and again is locked out.

All of it is counted in the memory of one process: several processes allow several times as much.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from twicetold.errors import TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import Scope

    from twicetold.service.keys import Caller

#: Requests in a second, for as long as one likes, and at once: by a key, by a person, by an address without either.
KEY, PERSON, ADDRESS = (500.0, 1000), (50.0, 200), (20.0, 200)
#: So many refused keys, links and logins from one address in so many seconds lock it out for so many.
REFUSALS, WITHIN, LOCKED = 20, 300.0, 900.0
#: Callers and addresses that are remembered; those that have not asked for longest are forgotten.
_MOST = 10_000


class Limits:
    """Counts requests and refusals; may be shared by threads.

    Args:
        clock: Seconds that only ever grow.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._refused: OrderedDict[str, list[float]] = OrderedDict()

    def spend_caller(self, caller: Caller) -> None:
        """Counts a request of somebody who is known.

        Raises:
            TooManyRequests: They ask too often.
        """
        kind, limit = ("person", PERSON) if caller.is_person else ("key", KEY)
        self._spend(f"{kind} {caller.name}", limit, caller.called)

    def spend_address(self, address: str) -> None:
        """Counts a request of somebody who is not known.

        Raises:
            TooManyRequests: Their address asks too often.
        """
        if address:
            self._spend(f"address {address}", ADDRESS, "this address")

    def refuse(self, address: str) -> bool:
        """Counts a key, link or login that was refused; says whether this one locks the address out."""
        if not address:
            return False
        with self._lock:
            now = self._clock()
            times = [at for at in self._refused.pop(address, []) if now - at < WITHIN]
            self._refused[address] = [*times, now][-REFUSALS:]
            if len(self._refused) > _MOST:
                self._refused.popitem(last=False)
            return len(times) + 1 == REFUSALS

    def require_open(self, address: str) -> None:
        """Refuses an address that is locked out.

        Raises:
            TooManyRequests: It is.
        """
        with self._lock:
            times = self._refused.get(address, [])
            if len(times) < REFUSALS:
                return
            left = times[-1] + LOCKED - self._clock()
            if left <= 0:
                del self._refused[address]
                return
        raise TooManyRequests("this address was refused too often", seconds=math.ceil(left))

    def _spend(self, who: str, limit: tuple[float, int], called: str) -> None:
        """Takes one of the requests that are left; they come back by the second (a token bucket)."""
        rate, most = limit
        with self._lock:
            now = self._clock()
            left, at = self._left.pop(who, (float(most), now))
            left = min(most, left + (now - at) * rate)
            self._left[who] = (left - 1 if left >= 1 else left), now
            if len(self._left) > _MOST:
                self._left.popitem(last=False)
        if left < 1:
            raise TooManyRequests(f"{called} asks too often", seconds=math.ceil((1 - left) / rate))


def address_of(scope: Scope, headers: Mapping[str, str], *, is_routed: bool) -> str:
    """Whence a request comes; empty for this machine, where a proxy may stand for everybody.

    Args:
        scope: Of the request.
        headers: Its headers.
        is_routed: Whether a platform's router stands before the service. It adds to X-Forwarded-For whence it was
            asked; what a client has put there itself stands before that. The last address that is a public one is
            taken: after it come only routers of the platform.
    """
    client: tuple[str, int] | None = scope.get("client")
    direct = _plain(client[0]) if client else ""
    if not is_routed:
        return direct
    named = [_plain(part.strip()) for part in headers.get("x-forwarded-for", "").split(",")]
    public = [each for each in named if each and ipaddress.ip_network(each).is_global]
    return public[-1] if public else direct


def _plain(address: str) -> str:
    """An address as it is counted: of IPv6 the network of 64 bits, which is what one subscriber has."""
    try:
        read = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(read, ipaddress.IPv6Address):
        if read.ipv4_mapped is None:
            return "" if read.is_loopback else str(ipaddress.ip_network((read, 64), strict=False))
        read = read.ipv4_mapped
    return "" if read.is_loopback else str(read)
