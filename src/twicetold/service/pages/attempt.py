"""Attempt: two texts of anybody's own, and what the model makes of them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from twicetold.errors import InputInvalid
from twicetold.service.pages.beside import Beside, set_beside
from twicetold.service.pages.page import Fields, Looks
from twicetold.service.shapes import TEXT
from twicetold.text.abbreviations import learn_pairs

router = APIRouter(include_in_schema=False)
#: What the page begins with.
EXAMPLE = ("Raise attendance to 85% by June.", "By June, 90 percent of children attend every day.")


@router.get("/try")
async def show_form(visit: Looks) -> Response:
    """Two fields for texts."""
    return visit.page("try.html.j2", one="", other="", beside=None, thresholds=None, example=EXAMPLE, most=TEXT)


@router.post("/try")
async def compare(visit: Looks, fields: Fields) -> Response:
    """The two texts side by side, and why they are judged so; nothing is kept."""
    given = dict(fields)
    one, other = (given.get(name, "").replace("\r\n", "\n") for name in ("one", "other"))
    if max(len(one), len(other)) > TEXT:
        raise InputInvalid(f"a text may have {TEXT:,} characters", remedy="Shorten it.")
    found = await visit.desk.compute.do(lambda: visit.desk.models.of(visit.profile))

    def work() -> Beside | None:
        if not one.strip() or not other.strip():
            return None
        learned = learn_pairs([one], [other], found.model.lexicon, found.model.is_known)
        return set_beside(one, other, found, learned.lexicon_of("0"))

    beside = await visit.desk.compute.do(work)
    shown: dict[str, Any] = {"one": one, "other": other, "beside": beside, "thresholds": found.thresholds}
    return visit.page("try.html.j2", **shown, example=EXAMPLE, most=TEXT)
