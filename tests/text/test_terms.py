"""What the lexicon knows: roles, ages, settings, topics, directions, negations."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.text.lexicon import Lexicon, _kinds_values_terms
from twicetold.text.reading import read

PROPERTIES = settings(deadline=None, max_examples=100)
LEXICON = Lexicon.default()
TURNING = ("direction", "contrast")
NEGATIONS = ["do not", "don't", "DON'T", "don\u2019t", "never", "fail to", "cannot"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bus drivers and a bus driver", ["bus-driver", "bus-driver"]),
        ("The education manager met", ["education-manager"]),
        ("Disabilities coordinators", ["disability-coordinator"]),
        ("the Policy Council and the governing body", ["policy-council", "governing-board"]),
        ("moms and dads", ["parent"]),
        ("parents of foster families", ["parent", "foster-parent"]),
        ("FSWs and family service workers", ["family-service-worker", "family-service-worker"]),
        ("home visitors", ["home-visitor"]),
        ("child care", []),
        ("cooking", []),
        ("coaching", []),
        ("los maestros", ["teacher"]),
    ],
)
def test_roles_are_read_in_their_singular(values, text, expected):
    assert values(text, "role") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Early Head Start rooms", ["early-head-start"]),
        ("Head Start rooms", ["head-start"]),
        ("EHS rooms", ["early-head-start"]),
        ("EHS/HS rooms", ["early-head-start", "head-start"]),
        ("infants and toddlers", ["infant", "toddler"]),
        ("Pre-K rooms", ["preschool"]),
        ("expectant families", ["pregnant"]),
        ("moms-to-be", ["pregnant"]),
        ("the Head Start Program Performance Standards", []),
        ("school-aged children", ["school-age"]),
    ],
)
def test_age_groups_are_read(values, text, expected):
    assert values(text, "age") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("read in classrooms", ["classroom"]),
        ("read in all center-based classrooms", ["center-based"]),
        ("read in family child care homes", ["family-childcare"]),
        ("read in the community garden", ["garden"]),
        ("classroom scores", []),
        ("find a medical home", []),
    ],
)
def test_settings_are_places_where_something_happens(values, text, expected):
    assert values(text, "place") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("budget audits", ["fiscal", "fiscal"]),
        ("oral health", ["oral-health"]),
        ("mental health", ["mental-health"]),
        (
            "ERSEA",
            [
                "eligibility-enrollment",
                "eligibility-enrollment",
                "eligibility-enrollment",
                "eligibility-enrollment",
                "attendance",
            ],
        ),
        ("the printer", []),
    ],
)
def test_topics_are_read(values, text, expected):
    assert values(text, "topic") == expected


VERBS = {
    "up": ["increase", "increasing", "increased", "raise", "grow", "more", "higher"],
    "down": ["reduce", "reducing", "decrease", "lower", "fewer", "less"],
    "start": ["start", "begin", "launch", "introducing"],
    "stop": ["stop", "stopped", "end", "eliminate"],
    "keep": ["keep", "maintain", "retaining"],
    "before": ["before", "prior to", "earlier than"],
    "after": ["after", "following", "later than"],
    "allow": ["allow", "permitted"],
}


@PROPERTIES
@given(verb=st.sampled_from([(value, form) for value, forms in VERBS.items() for form in forms]))
def test_every_form_of_a_direction_has_one_value(values, verb):
    value, form = verb
    assert values(f"they {form} lamps", "direction") == [value]


@pytest.mark.parametrize(
    "text",
    ["more than 5 lamps", "at the end of June", "Head Start lamps", "a staff meeting", "record keeping", "los libros"],
)
def test_other_senses_are_no_directions(values, text):
    assert values(text, "direction") == []


def test_opposites_hold_both_ways():
    assert "down" in LEXICON.opposites["up"]
    assert "slow" in LEXICON.opposites["fast"]
    assert all(value in LEXICON.opposites[other] for value in LEXICON.opposites for other in LEXICON.opposites[value])
    assert not any(value in others for value, others in LEXICON.opposites.items())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("fast", "slow"),
        ("quickly", "slower"),
        ("switch on", "turned off"),
        ("early", "later"),
        ("buy", "selling"),
        ("morning", "evening"),
        ("breakfast", "dinner"),
        ("kilometers", "miles"),
        ("newest", "oldest"),
        ("blocked", "unblock"),
        ("connect", "disconnected"),
        ("paid", "unpaid"),
        ("supervised", "unsupervised"),
        ("behave", "misbehaved"),
        ("hot", "cold"),
        ("upward", "downward"),
    ],
)
def test_antonyms_exclude_each_other(values, one, other):
    (here,), (there,) = values(f"lamps {one}", "contrast"), values(f"lamps {other}", "contrast")
    assert there in LEXICON.opposites[here]


def test_a_form_that_is_another_word_is_no_antonym(values):
    assert values("they will use staff", "contrast") == values("they use staff", "contrast")


def test_a_longer_term_hides_the_antonym_in_it(pairs):
    assert pairs("earlier than planned lamps", "direction", "contrast")[0] == ("direction", "before")
    assert pairs("more than planned", "direction") == []


def test_what_excludes_is_said_once():
    said: dict[tuple[str, ...], set[str]] = {}
    for kind, value, term in _kinds_values_terms(LEXICON.entries):
        if kind in ("direction", "contrast", "negation") and value:
            said.setdefault((term.removeprefix("="),), set()).add(f"{kind} {value}")
    assert [term for term, meanings in said.items() if len(meanings) > 1] == []


@PROPERTIES
@given(forms=st.lists(st.sampled_from(NEGATIONS), max_size=4))
def test_each_negation_counts_once(values, forms):
    text = ", ".join(f"they {form} paint" for form in forms) or "they paint"
    assert values(text, "negation") == ["not"] * len(forms)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no child goes without lunch", 2),
        ("sin pintura", 1),
        ("lack of paint", 1),
        ("no more than 5", 0),
        ("no later than June", 0),
        ("not only paint", 0),
        ("No. 5", 0),
        ("non-federal share", 0),
        ("a knot", 0),
        ("with notes, as noted", 0),
        ("with no paint", 1),
        ("without paint", 1),
        ("graded pass/fail", 0),
        ("stop painting", 1),
        ("stop the paint", 0),
        ("do not stop painting", 2),
        ("stop meetings", 0),
        ("avoid paint", 1),
        ("keep visitors from opening the door", 1),
        ("keep the paint from the shop", 0),
        ("prevent anyone from painting", 1),
        ("refrain from painting", 1),
        ("nobody but the cook paints", 0),
        ("no one may paint unless the cook does", 0),
        ("do not paint until the cook does", 0),
        ("it has paint but no brush", 1),
        ("with zero errors", 1),
    ],
)
def test_negations_are_counted(values, text, expected):
    assert values(text, "negation") == ["not"] * expected


def test_how_an_aim_is_checked_says_nothing_about_the_aim(pairs):
    plain = "Raise the scores of all toddlers"
    tail = " as evidenced by fall reports of nurses"
    kinds = ("role", "date", "topic", "age", "direction")
    assert pairs(plain + tail, *kinds) == pairs(plain, *kinds)
    assert pairs(plain + " as measured by 85% of tests", "percent") == [("percent", "85")]
    assert pairs("As measured by nurses, scores rise", "role") == [("role", "nurse")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("turn the lamps on", "turn the lamps off"),
        ("leave the old lamps on at night", "leave the old lamps off at night"),
        ("flip the breaker on", "flip the breaker off"),
        ("turn the hall lamps up", "turn the hall lamps down"),
        ("bring the lamps in", "bring the lamps out"),
        ("log all visitors in automatically", "log all visitors out automatically"),
        ("carry lamps into the hall", "carry lamps out of the hall"),
        ("use dark lamps", "use light lamps"),
        ("use large lamps", "use small lamps"),
        ("clean the upper hall", "clean the lower hall"),
        ("use the front hall", "use the back hall"),
    ],
)
def test_what_turns_a_text_round_is_found_apart_from_its_verb(one, other):
    values = [{slot.value for slot in read(text, LEXICON).slots if slot.kind in TURNING} for text in (one, other)]
    assert any(there in LEXICON.opposites.get(here, ()) for here in values[0] for there in values[1])


@pytest.mark.parametrize("verb", ["turn", "switch", "bring", "sign"])
def test_a_particle_says_the_same_behind_its_verb_and_behind_what_is_turned(verb):
    for particle in ("on", "off", "in", "out", "up", "down"):
        joined, apart = (
            {(slot.kind, slot.value) for slot in read(text, LEXICON).slots if slot.kind in TURNING}
            for text in (f"{verb} {particle} the lamps", f"{verb} the lamps {particle}")
        )
        assert joined <= apart


@pytest.mark.parametrize("text", ["turn the page on Monday", "put lamps in the hall", "hang the lamps on the wall"])
def test_a_preposition_is_no_particle(text):
    assert [slot for slot in read(text, LEXICON).slots if slot.kind in TURNING] == []
