"""The catalogue: every language says all of it, and no template says anything itself."""

from __future__ import annotations

import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path
from string import Formatter

import jinja2
import pytest

from twicetold.errors import TwicetoldError
from twicetold.matching.explanation import _CALLED
from twicetold.model.evidence import FEATURES
from twicetold.service.pages import texts
from twicetold.service.pages.texts import LANGUAGES, choose, texts_in

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(files("twicetold.service.pages").joinpath("templates").iterdir(), key=str)
PREFIXES = {"evidence", "slot", "attribute", "change", "kind", "state", "severity", "count", "metric"}


def every_text(entry):
    return [entry] if isinstance(entry, str) else [entry["one"], entry["other"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_all_of_it_with_the_same_values(language):
    english, other = texts_in("en").entries, texts_in(language).entries
    assert other.keys() == english.keys()
    for key, entry in other.items():
        assert isinstance(entry, str) == isinstance(english[key], str), key
        fields = [{field for _, field, _, _ in Formatter().parse(text) if field} for text in every_text(entry)]
        wanted = {field for text in every_text(english[key]) for _, field, _, _ in Formatter().parse(text) if field}
        assert set().union(*fields) <= wanted, key
        assert fields[-1] == wanted, key


def test_spanish_is_not_english_again():
    english, spanish = texts_in("en").entries, texts_in("es").entries
    same = {key for key in english if english[key] == spanish[key]}
    assert same <= {"brand", "language.en", "language.es", "severity.error", "seconds", "error.code", "words.here"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_bare_text(path):
    source = path.read_text(encoding="utf-8")
    data = "".join(text for _, kind, text in jinja2.Environment().lex(source) if kind == "data")
    read = re.sub(r"<[^>]*>", " ", data)
    assert re.findall(r"[^\W\d_]+", read) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_attribute_that_is_read_out_holds_bare_text(path):
    source = path.read_text(encoding="utf-8")
    spoken = re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]*)', source)
    assert [each for each in spoken if not each.startswith("{{")] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_script_or_style_of_its_own(path):
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:|\|\s*safe", source)
    assert re.findall(r"<script(?! src=)", source) == []


def test_every_text_is_used_and_every_used_one_is_there():
    used = "\n".join(path.read_text(encoding="utf-8") for path in TEMPLATES)
    used += files("twicetold.service.pages").joinpath("texts.py").read_text(encoding="utf-8")
    keys = texts_in("en").entries.keys()
    named = set(re.findall(r"""(?:\bt|self)\("([\w.]+)"[,)]""", used))
    assert named <= keys
    begun = set(re.findall(r'"([\w.]+\.)" ~', used)) | {f"{each}." for each in PREFIXES}
    quoted = set(re.findall(r'"([\w.]+)"', used))
    unused = {key for key in keys if key not in quoted and not any(key.startswith(each) for each in begun)}
    assert unused == set()


def test_whatever_the_model_weighs_has_a_name():
    keys = texts_in("en").entries.keys()
    assert {f"evidence.{feature.name}" for feature in FEATURES} <= keys
    assert {f"slot.{name}" for name in _CALLED.values()} <= keys


#: What no page can come to: commands say it, or a route that no page asks; and what has only a status.
NO_PAGE = {"TT000", "TT001", "TT202", "TT203", "TT205", "TT206", "TT207", "TT302", "TT401", "TT402", "TT403", "TT500"}
NO_PAGE |= {"TT600", "TT601", "TT700"}


def tree_of(error):
    return {error.code}.union(*map(tree_of, error.__subclasses__()))


def test_every_error_that_a_page_may_come_to_is_explained():
    told = {key.removeprefix("problem.") for key in texts_in("en").entries if key.startswith("problem.")}
    assert told == tree_of(TwicetoldError) - NO_PAGE, "say it in every language, or that no page comes to it"


def test_every_finding_that_a_run_may_keep_is_explained():
    page = (ROOT / "docs" / "reference" / "findings.md").read_text(encoding="utf-8")
    of_runs, _, rest = page.partition("## Tasks of Cloud Foundry")
    assert "## Measuring" in rest
    codes = set(re.findall(r"^\| `([a-z0-9-]+)` \|", of_runs, re.MULTILINE)) - {"texts-say-nothing", "columns-replaced"}
    told = {key.removeprefix("finding.") for key in texts_in("en").entries if key.startswith("finding.")}
    assert told == codes, "say it in every language"


@pytest.mark.parametrize(
    ("wishes", "language"),
    [
        ((None, None, None), "en"),
        ((None, None, "es-MX,es;q=0.9,en;q=0.5"), "es"),
        ((None, None, "fr, en;q=0.4, es;q=0.7"), "es"),
        ((None, None, "es;q=0, en"), "en"),
        ((None, "en", "es"), "en"),
        (("es", "en", "en"), "es"),
        (("../../etc", None, "xx"), "en"),
        ((None, None, "es;q=x," * 200), "en"),
    ],
)
def test_the_language_is_the_first_that_is_wished_and_there(wishes, language):
    assert choose(*wishes).language == language


def test_a_records_text_cannot_turn_a_sentence_around():
    english = texts_in("en")
    assert english("history.run", run="\u202eevil") == "run \u2068\u202eevil\u2069"
    assert english("history.run", run="הגדלת") == "run \u2068הגדלת\u2069"
    assert english("history.run", run="r1") == "run r1"


def test_one_and_many_are_told_apart():
    english = texts_in("en")
    assert (english("queue.size", n=1), english("queue.size", n=1200)) == ("1 record", "1,200 records")


@pytest.mark.parametrize(
    ("chance", "said"),
    [(0.0, "0%"), (0.001, "under 1%"), (0.5, "50%"), (0.994, "99%"), (0.999, "over 99%"), (1.0, "100%")],
)
def test_a_percentage_never_claims_certainty_by_rounding(chance, said):
    assert texts_in("en").percent(chance) == said


def test_names_without_a_text_are_said_as_they_are():
    assert texts_in("es").name("attribute", "region_id") == "region id"
    assert texts._NEARLY < texts._CERTAIN


def test_what_others_made_is_what_the_recipe_makes_and_is_named_in_the_notice():
    static = ROOT / "src" / "twicetold" / "service" / "pages" / "static"
    for line in (ROOT / "deploy" / "assets" / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((static / name).read_bytes()).hexdigest() == digest
    notice = (ROOT / "NOTICE").read_text()
    versions = json.loads((ROOT / "deploy" / "assets" / "package.json").read_text())["dependencies"]
    assert f"U.S. Web Design System {versions['@uswds/uswds']}" in notice
    assert f"htmx {versions['htmx.org']}" in notice
    assert f"extension for htmx {versions['htmx-ext-sse']}" in notice
