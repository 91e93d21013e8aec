"""App: all routes as one application, with its OpenAPI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Security
from fastapi.openapi.utils import get_openapi
from fastapi.security import APIKeyHeader, HTTPBearer

from twicetold import __version__
from twicetold.service import (
    probes,
    progress,
    routes_audit,
    routes_compute,
    routes_decisions,
    routes_groups,
    routes_login,
    routes_matching,
    routes_records,
    routes_runs,
)
from twicetold.service.pages import assets, attempt, card, group, label, queue, runs
from twicetold.service.pages.page import Choice, choose_profile
from twicetold.service.problems import MEDIA_TYPE, SCHEMA, answer_problems

if TYPE_CHECKING:
    from twicetold.service.desk import Desk

_TOLD = """
Finds records that say the same thing in different words, and keeps what people decide about them.

Everything under `/v1`, and `/compute`, needs a key, as `Authorization: Bearer KEY` or `X-API-Key: KEY`, or somebody who
has logged in. Either allows some actions (read, decide, run, admin), in some profiles and scopes; what lies outside of
them is not found. Every error is one JSON object of the type `application/problem+json`.
"""
#: The guard has checked them; these are for the OpenAPI.
_KEYS = [
    Security(HTTPBearer(auto_error=False, description="A key.")),
    Security(APIKeyHeader(name="X-API-Key", auto_error=False)),
]


def create_app(desk: Desk) -> FastAPI:
    """The application; the guard has to stand before it.

    Args:
        desk: What all routes share.
    """
    # Pages that show the OpenAPI would come from other servers.
    app = FastAPI(title="Twicetold", version=__version__, description=_TOLD, docs_url=None, redoc_url=None)
    app.state.desk = desk
    answer_problems(app)
    app.add_exception_handler(Choice, choose_profile)
    for routes in (
        routes_matching,
        routes_groups,
        routes_decisions,
        routes_runs,
        progress,
        routes_records,
        routes_compute,
        routes_audit,
    ):
        app.include_router(routes.router, dependencies=_KEYS)
    app.include_router(probes.router)
    app.include_router(routes_login.router)
    for pages in (queue, group, label, attempt, runs, card, assets):
        app.include_router(pages.router)
    described = _openapi(app)
    app.openapi = lambda: described  # type: ignore[method-assign]
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI, in which every error is a problem."""
    described = get_openapi(title=app.title, version=app.version, description=_TOLD, routes=app.routes)
    problem = {"$ref": "#/components/schemas/Problem"}
    for path in described["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = {
                "description": "What went wrong, and what to do about it.",
                "content": {MEDIA_TYPE: {"schema": problem}},
            }
    schemas = described["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = SCHEMA
    return described
