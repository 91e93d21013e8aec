"""Access: what each route asks of whoever calls it; the reference shows it, and tests hold every route to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route asks.

    Attributes:
        needs: Actions, one of which is enough; none where anybody may ask.
        foreign: The status for callers who ask about a scope that is not theirs; 0 where the route is about none.
        also: Actions that are needed as well.
        whole: The status for callers of some scopes only, where the answer is about all of them; 0 where it is not.
    """

    needs: tuple[str, ...] = ()
    foreign: int = 0
    whole: int = 0
    also: tuple[str, ...] = ()

    def allows(self, actions: Collection[str]) -> bool:
        """Whether somebody with some actions may ask at all."""
        return not self.needs or (bool(set(self.needs) & set(actions)) and set(self.also) <= set(actions))


_READ, _ANYBODY = ("read",), Rule()
ACCESS = {
    "GET /healthz": _ANYBODY,
    "GET /readyz": _ANYBODY,
    "GET /metrics": _ANYBODY,
    "GET /openapi.json": _ANYBODY,
    "GET /login": _ANYBODY,
    "GET /login/callback": _ANYBODY,
    "GET /logout": _ANYBODY,
    "GET /logout/away": _ANYBODY,
    "POST /logout": _ANYBODY,
    "POST /v1/matches": Rule(_READ, foreign=403),
    "POST /v1/compare": Rule(_READ),
    "GET /v1/model": Rule(_READ),
    "GET /v1/groups": Rule(_READ, foreign=403),
    "GET /v1/groups/{group_id}": Rule(_READ, foreign=404),
    "GET /v1/changes": Rule(_READ),
    "GET /v1/decisions": Rule(_READ, foreign=403),
    "POST /v1/decisions": Rule(("decide",), foreign=404),
    "POST /v1/decisions/{number}/undo": Rule(("decide",), foreign=404),
    "GET /v1/runs": Rule(_READ),
    "GET /v1/runs/{run_id}": Rule(_READ, whole=404),
    "POST /v1/runs": Rule(("run",), foreign=403),
    "GET /v1/requests/{number}": Rule(("read", "run"), foreign=404),
    "GET /v1/runs/{run_id}/events": Rule(_READ, whole=404),
    "POST /v1/runs/{run_id}/cancel": Rule(("run",), whole=404),
    "GET /v1/requests/{number}/events": Rule(("read", "run"), foreign=404),
    "DELETE /v1/requests/{number}": Rule(("run",), foreign=404),
    "PUT /v1/records": Rule(("run",), foreign=403),
    "DELETE /v1/records/{record_id}": Rule(("run",), foreign=404),
    "POST /compute": Rule(_READ),
    "GET /v1/audit": Rule(("admin",), whole=403),
    "GET /static/{digest}/{name}": _ANYBODY,
    "GET /": Rule(_READ, foreign=403),
    "GET /scopes": Rule(_READ),
    "GET /groups/{group_id}": Rule(_READ, foreign=404),
    "POST /groups/{group_id}": Rule(("decide",), foreign=404, also=_READ),
    "GET /groups/{group_id}/present": Rule(("decide",), foreign=404, also=_READ),
    "GET /label": Rule(("decide",), foreign=403, also=_READ),
    "POST /label": Rule(("decide",), foreign=404, also=_READ),
    "GET /try": Rule(_READ),
    "POST /try": Rule(_READ),
    "GET /model": Rule(_READ),
    "GET /runs": Rule(_READ),
    "GET /runs/events": Rule(_READ),
    "GET /runs/compare": Rule(_READ),
    "GET /runs/{run_id}": Rule(_READ, whole=404),
    "GET /runs/{run_id}/events": Rule(_READ, whole=404),
    "POST /runs": Rule(("run",), foreign=403, also=_READ),
}
