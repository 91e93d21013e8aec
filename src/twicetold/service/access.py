"""Access: what each route asks of whoever calls it; the reference shows it, and tests hold every route to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route asks.

    Attributes:
        needs: Actions, one of which is enough; none where anybody may ask.
        foreign: The status for callers who ask about a scope that is not theirs; 0 where the route is about none.
        whole: The status for callers of some scopes only, where the answer is about all of them; 0 where it is not.
    """

    needs: tuple[str, ...] = ()
    foreign: int = 0
    whole: int = 0


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
    "GET /v1/audit": Rule(("admin",), whole=403),
}
