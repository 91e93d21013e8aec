"""Definitions: abbreviations that a text explains in brackets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.text.definitions import definitions


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("Offer wellness policy training (WPT) to cooks.", "WPT", "wellness policy training"),
        ("Offer WPT (wellness policy training) to cooks.", "WPT", "wellness policy training"),
        ("use of practice-based coaching (PBC)", "PBC", "practice-based coaching"),
        ("PBC (practice based coaching)", "PBC", "practice based coaching"),
        ("for the Office of Rural Water (ORW)", "ORW", "Office of Rural Water"),
        ("Board of Trustees (BOT)", "BOT", "Board of Trustees"),
        ("on the job practice (OJP)", "OJP", "on the job practice"),
        ("safe routes for the young (SRY)", "SRY", "safe routes for the young"),
        ("T/SA (training and site assistance)", "T/SA", "training and site assistance"),
        ("testing & repair (T&R)", "T&R", "testing & repair"),
        ("Snack Needs Action Plan Education (SNAP-Ed)", "SNAP-Ed", "Snack Needs Action Plan Education"),
        ("a QRW partnership (QRWP)", "QRWP", "QRW partnership"),
        ("U.S. Bureau of Trails (USBT)", "USBT", "U.S. Bureau of Trails"),
        ("water, sewer, and road crews (WSRC)", "WSRC", "water, sewer, and road crews"),
        ('the "quiet room rule" ("QRR")', "QRR", "quiet room rule"),
        ("quiet room rule (QRR, see page 3)", "QRR", "quiet room rule"),
        ("quiet room rule (aka QRR)", "QRR", "quiet room rule"),
        ("QRR (i.e. the quiet room rule)", "QRR", "quiet room rule"),
        ("QRR (quiet room rule; since May)", "QRR", "quiet room rule"),
        ("Plan de Agua Limpia (PAL)", "PAL", "Plan de Agua Limpia"),
        ("\u00cdndice de masa nueva (IMN)", "IMN", "\u00cdndice de masa nueva"),
        ("open rink by ice team (ORBIT)", "ORBIT", "open rink by ice team"),
        ("quiet room rule (Q.R.R.)", "QRR", "quiet room rule"),
    ],
)
def test_a_long_form_beside_its_short_form_is_a_definition(text, short, long):
    assert list(definitions(text)) == [(short, long)]


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("individual work programs (IWPs)", "IWP", "individual work program"),
        ("IWPs (individual work programs)", "IWP", "individual work program"),
        ("work safety policies (WSPs)", "WSP", "work safety policy"),
        ("weekly team classes (WTCs)", "WTC", "weekly team class"),
        ("Child Trail Associates (CTA's)", "CTA", "Child Trail Associates"),
    ],
)
def test_a_plural_defines_the_singular(text, short, long):
    assert list(definitions(text)) == [(short, long)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "()",
        "(QRR)",
        "quiet room rule",
        "(Monitoring) Improve the quiet room",
        "Improve it (e.g. QRR) now",
        "families (N = 20) and homes (30)",
        "as found (Smith, 2010) or (Room & Rule, 2011)",
        "train teachers (TA)",
        "tuberculosis (TB)",
        "the rule for quiet rooms (QRR)",
        "quiet room rule meetings (QRR)",
        "quiet room rule. All (QRR)",
        "quiet room rule (qrr)",
        "quiet room rule (QR3)",
        "quiet 5 room rule (QRR)",
        "QRR (QRR)",
        "QRR quiet room (QRR)",
        "quiet ((room rule (QRR",
        "meet (quiet) (QRR)",
        "QRR (every quiet room and its new rule)",
        "a b c d e f g h i j k l (ABCDEFGHIJKL)",
    ],
)
def test_what_only_looks_like_a_definition_is_none(text):
    assert list(definitions(text)) == []


def test_a_text_may_define_several():
    found = definitions("quiet room rule (QRR) and ORW (Office of Rural Water)")
    assert list(found) == [("QRR", "quiet room rule"), ("ORW", "Office of Rural Water")]


@pytest.mark.parametrize(
    "unit", ["(", "a (A", "A A (AAAAAAAAAA) ", "the of (THEOF", "QRR (", "x(yy)", "\u0130 (\u0130\u0130) "]
)
def test_a_long_text_of_odd_brackets_takes_no_time(unit):
    assert all(short and long for short, long in definitions(unit * (40_000 // len(unit))))


@given(st.text(alphabet="AaBb ()-/.,'\"\u00e9\u0130\u00df\ud800 ofthe", max_size=60))
def test_any_text_can_be_searched_and_a_long_form_begins_as_its_short_form(text):
    for short, long in definitions(text):
        assert long in text or long.removesuffix("y") in text or short + "s" in text
        assert len(long.split()) + long.count("-") + long.count("/") + long.count(".") > 1
