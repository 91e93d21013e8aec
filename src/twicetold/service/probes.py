"""Probes: what platforms ask, without a key: whether the service lives, may be sent requests, and how it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from twicetold.errors import TwicetoldError
from twicetold.platform.container import resident_memory
from twicetold.service.desk import AtDesk
from twicetold.service.metrics import CONTENT_TYPE
from twicetold.service.problems import problem
from twicetold.store.migrate import require_usable

if TYPE_CHECKING:
    from twicetold.service.desk import Desk

router = APIRouter(tags=["probes"])


@router.get("/healthz", summary="Whether the process lives")
async def health() -> dict[str, str]:
    """Says so; asks nothing else, so that a store that is away for a while restarts no app."""
    return {"status": "alive"}


@router.get("/readyz", summary="Whether requests can be answered")
async def readiness(desk: AtDesk) -> Response:
    """Asks the store whether it answers and has the tables that are needed; the model is loaded before the start."""
    try:
        await desk.asks.do(require_usable, desk.engine)
    except TwicetoldError as error:
        return problem(error, status=503)
    return JSONResponse({"status": "ready", "model": desk.models.usual.model.label["digest"]})


@router.get("/metrics", summary="Counts for Prometheus", response_class=Response)
async def metrics(desk: AtDesk) -> Response:
    """Requests and their latencies, the model, the store and the memory, as Prometheus reads them."""
    return Response(desk.metrics.text(await _gauges(desk), desk.models.usual.model.label), media_type=CONTENT_TYPE)


async def _gauges(desk: Desk) -> dict[str, tuple[str, float]]:
    try:
        await desk.asks.do(require_usable, desk.engine)
        is_up = 1
    except TwicetoldError:
        is_up = 0
    indexes = desk.indexes
    return {
        "twicetold_store_up": ("Whether the store answers and is usable.", is_up),
        "twicetold_cached_scopes": ("Scopes whose records are in memory.", len(indexes)),
        "twicetold_cached_bytes": ("Bytes that they take, about.", indexes.held),
        "twicetold_cache_limit_bytes": ("Bytes that they may take.", indexes.budget),
        "twicetold_cache_hits": ("Times that a scope was in memory.", indexes.hits),
        "twicetold_cache_builds": ("Times that a scope was read.", indexes.made),
        "twicetold_compute_at_work": ("Comparisons that wait or are at work.", desk.compute.at_work),
        "twicetold_store_at_work": ("Questions to the store that wait or are at work.", desk.asks.at_work),
        "twicetold_resident_bytes": ("Memory that the process holds.", resident_memory() or 0),
    }
