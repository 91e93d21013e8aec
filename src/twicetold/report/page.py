"""The frame of every page: one offline file, no script, a strict Content-Security-Policy."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from twicetold.report import wording

# What a browser would show as nothing or choke on; tab, newline and carriage return stay.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def render_page(template: str, **content: object) -> bytes:
    """A whole page as UTF-8, the same bytes for the same content.

    Args:
        template: Name of a template that extends ``page.html.j2``.
        content: What the template shows. Strings are escaped; ``Markup`` is taken as safe HTML.
    """
    html = fragment(template, policy=policy(), stylesheet=Markup(stylesheet()), **content)  # noqa: S704  our own file
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", html).encode("utf-8", "replace")


def fragment(template: str, **content: object) -> Markup:
    """A piece of a page as safe HTML."""
    return Markup(_environment().get_template(template).render(**content))  # noqa: S704  autoescaped


@cache
def stylesheet() -> str:
    """The one style sheet, as it stands between the page's style tags."""
    return files("twicetold.report").joinpath("templates", "page.css").read_text(encoding="utf-8")


def policy() -> str:
    """The Content-Security-Policy: nothing may be loaded or run, and only our style sheet may style."""
    digest = base64.b64encode(hashlib.sha256(stylesheet().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("twicetold.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    wordings = (wording.counted, wording.cut, wording.exact_percent, wording.listed, wording.number)
    more = (wording.percent, wording.signed, wording.words)
    environment.filters |= {write.__name__: write for write in (*wordings, *more)}
    return environment
