"""Rankings: the groups of each profile in the order in which they are worth looking at, until something changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from twicetold.store import browse, review

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import sqlalchemy as sa

    from twicetold.store.review import Standing

#: Profiles that are remembered.
_MOST = 4


class Rankings:
    """The rankings of the profiles that were last asked for; what they follow is asked each time, three rows."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[tuple[str, int, int], list[Standing]]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, connection: sa.Connection, profile: str, seen: Collection[str] | None) -> Sequence[Standing]:
        """The groups of a profile, those with the most doubt first; only those of the scopes ``seen``."""
        state = browse.state_of(connection, profile)
        with self._lock:
            known = self._known.get(profile)
            if known is None or known[0] != state:
                known = state, review.standings(connection, profile)
                self._known[profile] = known
                while len(self._known) > _MOST:
                    self._known.popitem(last=False)
        return [each for each in known[1] if seen is None or each.scope in seen]
