"""Rankings: the groups of each profile in the order in which they are worth looking at, until something changes.

After a decision only the groups that it is about are looked at anew, and put into their new places.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from twicetold.store import browse, standing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import sqlalchemy as sa

    from twicetold.store.standing import Standing

#: Profiles that are remembered.
_MOST = 4


@dataclass(frozen=True, slots=True)
class Ranking:
    """The groups of a profile as of one moment.

    Attributes:
        state: What they follow: the run in force, the last change and the last decision.
        by_id: All of them.
        by_worth: Those with the most doubt first.
        places: Scope and id of each, in this order.
    """

    state: tuple[str, int, int]
    by_id: Mapping[str, Standing]
    by_worth: Sequence[Standing]
    places: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, state: tuple[str, int, int], found: Sequence[Standing]) -> Ranking:
        """Puts groups into their order."""
        by_id = {each.id: each for each in found}
        return cls(state, by_id, sorted(found, key=_worth), sorted((each.scope, each.id) for each in found))

    def after(self, state: tuple[str, int, int], fresh: Sequence[Standing]) -> Ranking:
        """The same with some groups as they are now."""
        by_id, by_worth = dict(self.by_id), list(self.by_worth)
        for each in fresh:
            del by_worth[bisect_left(by_worth, _worth(by_id[each.id]), key=_worth)]
            insort(by_worth, each, key=_worth)
            by_id[each.id] = each
        return Ranking(state, by_id, by_worth, self.places)

    def worthwhile(self, seen: Collection[str] | None) -> Sequence[Standing]:
        """Those with the most doubt first; only those of the scopes ``seen``."""
        return self.by_worth if seen is None else [each for each in self.by_worth if each.scope in seen]

    def in_order(
        self, seen: Collection[str] | None, scope: str | None, after: tuple[str, str] | None
    ) -> Iterator[Standing]:
        """Those of the scopes ``seen``, by scope and id; only those of one scope, and after a place."""
        begin = max(
            bisect_left(self.places, (scope, "")) if scope is not None else 0,
            bisect_right(self.places, after) if after is not None else 0,
        )
        for own, name in islice(self.places, begin, None):
            if scope not in (None, own):
                return
            if seen is None or own in seen:
                yield self.by_id[name]


class Rankings:
    """The rankings of the profiles that were last asked for; what they follow is asked each time, three rows."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Ranking] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, connection: sa.Connection, profile: str) -> Ranking:
        """The groups of a profile; as of the connection's moment, or of a later decision."""
        state = browse.state_of(connection, profile)
        with self._lock:
            known = self._known.get(profile)
            if known is None or known.state[:2] != state[:2]:
                known = Ranking.of(state, standing.standings(connection, profile))
            elif known.state[2] < state[2]:
                touched = standing.groups_decided_since(connection, profile, known.state[2])
                known = known.after(state, standing.standings(connection, profile, touched))
            self._known[profile] = known
            self._known.move_to_end(profile)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return known


def _worth(each: Standing) -> tuple[float, int, str, str]:
    return -each.doubt, -each.size, each.scope, each.id
