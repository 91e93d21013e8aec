"""Results by hand, and a strict reader of the pages."""

from __future__ import annotations

import math
from html.parser import HTMLParser

import numpy as np
import pytest

from twicetold.groups import Group, group_id
from twicetold.matching.explanation import Explanation
from twicetold.pairs import Evidence, Pairs, Thresholds
from twicetold.records import Record, Records

THRESHOLDS = Thresholds(duplicate=0.625, possible=0.3)
VOID = {"meta", "link", "br", "hr", "img", "input", "rect", "line", "circle"}


def pytest_configure(config):
    config.addinivalue_line("markers", "browser: runs in Chromium")


class Page(HTMLParser):
    """A page as its elements; fails on a tag that is not closed in order."""

    def __init__(self, html: bytes):
        super().__init__(convert_charrefs=True)
        self.source = html.decode()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[tuple[int, str]] = []
        self.texts: list[str] = []
        self.feed(self.source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            self.headings.append((int(tag[1]), ""))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"nothing is open before </{tag}>"
        assert self.open.pop() == tag
        if tag == "dt":
            self.texts.append(" ")

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append(data)
        if self.open and self.open[-1] in {"h1", "h2", "h3", "h4", "bdi", "span"} and self.headings:
            level, text = self.headings[-1]
            if any(tag[0] == "h" and tag[1:].isdigit() for tag in self.open):
                self.headings[-1] = (level, text + data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def values(self, attribute: str) -> list[str | None]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]


@pytest.fixture(scope="session")
def page_of():
    return Page


@pytest.fixture(scope="session")
def explanation():
    """An explanation whose evidence adds up to the log-odds of a probability."""

    def explain(probability: float, thresholds: Thresholds = THRESHOLDS, **changed) -> Explanation:
        log_odds = math.log(probability / (1 - probability))
        parts = {
            "probability": probability,
            "verdict": thresholds.verdict(probability),
            "log_odds": log_odds,
            "evidence": (
                Evidence("baseline", -1.5),
                Evidence("meaning", log_odds + 2.5, "nearly the same"),
                Evidence("number-clash", -1.0, "85% here, 90% there"),
            ),
            "sentence": "same topic and audience; 85% here, 90% there",
            "shared": ("families", "goals"),
            "only_a": ("monthly",),
            "only_b": ("weekly",),
            "agree": (("role", "teachers"),),
            "clash": (("number", "85%", "90%"),),
        }
        return Explanation(**{**parts, **changed})

    return explain


@pytest.fixture(scope="session")
def result_of(explanation):
    """A result from records, groups of ids, and pairs of ids with a probability (1.0: the same text)."""
    from twicetold.pipeline import Result

    def build(records=(), groups=(), pairs=(), nearest=(), *, explain=None, **changed) -> Result:
        table = Records.of(records).in_order()
        row = {record: number for number, record in enumerate(table.ids)}
        scope = dict(zip(table.ids, table.scopes, strict=True))
        chances = {tuple(sorted((row[a], row[b]))): p for a, b, p in (*pairs, *nearest)}

        def columns(listed) -> Pairs:
            rows = [(*sorted((row[a], row[b])), p) for a, b, p in listed]
            a, b, p = zip(*rows, strict=True) if rows else ((), (), ())
            shape = (len(rows), 0)
            return Pairs(np.array(a, np.int32), np.array(b, np.int32), np.array(p), np.zeros(shape, np.float32), ())

        listed = columns(pairs)
        parts = {
            "records": table,
            "groups": tuple(
                Group(group_id(scope[ids[0]], ids), scope[ids[0]], tuple(sorted(ids)), ids[0]) for ids in groups
            ),
            "pairs": listed,
            "nearest": columns(nearest),
            "identical": listed.probability == 1.0,
            "reasons": [""] * len(listed),
            "histogram": np.arange(50, dtype=np.int64),
            "thresholds": THRESHOLDS,
            "counts": {"records": len(table), "pairs_compared": 1225},
            "model": {"name": "small", "version": "1", "digest": "sha256:abc"},
            "abbreviations": (),
            "findings": (),
            "explain": explain or (lambda a, b: explanation(chances.get((min(a, b), max(a, b)), 0.2))),
        }
        return Result(**{**parts, **changed})

    return build


@pytest.fixture(scope="session")
def record():
    def make(number: str, text: str = "Train every teacher.", scope: str = "", **attributes: str) -> Record:
        return Record(number, text, scope, attributes)

    return make


@pytest.fixture(scope="session")
def browser(chromium):
    """Chromium, started once; skipped where it or its driver is not installed."""
    driver = pytest.importorskip("playwright.sync_api", reason="needs a browser: install playwright")
    switches = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-sync",
    ]
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-quic"]
    with driver.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=[*switches, *quiet])
        yield started
        started.close()
