"""Assets: style sheets and scripts of the pages, from the package, known by a digest so that browsers may keep them."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Response

from twicetold.errors import NotThere

router = APIRouter(include_in_schema=False)
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
NAMES = ("uswds.css", "pages.css", "htmx.js", "htmx-sse.js", "review.js")


@cache
def content(name: str) -> bytes:
    """The bytes of a file that pages ask for."""
    return files("twicetold.service.pages").joinpath("static", name).read_bytes()


@cache
def address(name: str) -> str:
    """Where a file is; another content has another address."""
    return f"/static/{hashlib.sha256(content(name)).hexdigest()[:16]}/{name}"


@router.get("/static/{digest}/{name}")
async def asset(digest: str, name: str) -> Response:
    """A file."""
    if name not in NAMES or address(name) != f"/static/{digest}/{name}":
        raise NotThere("there is no such file")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(content(name), headers=headers, media_type=_TYPES[name.rpartition(".")[2]])
