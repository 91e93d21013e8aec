"""Tails: what only says how an aim is checked, written down, filed or paid for is set aside; what narrows it is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.text import tails
from twicetold.text.reading import read
from twicetold.text.tails import without_tails

GOAL = "Train all bus drivers in first aid"
TAILS = [
    " as measured by monthly reports",
    ", as measured by 12 monthly reports",
    " as evidenced by training logs, sign-in sheets and staff surveys",
    ", as documented in ChildPlus",
    ", documented in ChildPlus",
    " as shown by the May 2024 self-assessment",
    ", to be measured by the staff survey",
    ", verified through the daily checklist",
    ", scored in the December review",
    " measured by certificates on file",
    " and document it in the personnel file",
    ", with progress reviewed quarterly by the manager",
    ", with notes kept in the monitoring binder",
    " and progress reported to the governing body",
    "; progress will be reviewed at monthly manager meetings",
    ". Progress will be reported to the board",
    ". Evidence: final report on file",
    ". Owner: people team. Priority: must",
    ". Responsible: program director",
    ". Timeline: ongoing",
    ". Reported by night shift",
    ". Photos attached",
    ". Thanks in advance for your help!",
    ". See the service plan, section 4",
    " - ongoing, see health plan",
    " as needed",
    ", when necessary",
    " on an ongoing basis",
    " per the HSPPS 1302.33",
    " in accordance with the Head Start Program Performance Standards",
    ", in line with the work plan",
    ", as described in the school readiness plan",
    " in order to ensure quality services",
    " so that quality services are provided",
    " to support continuous quality improvement",
    " with support from the T/TA network",
    ", with T/TA support as needed",
    ", funded by the quality improvement grant",
    ", using pre- and post-tests",
    " (measured by quiz 2)",
    " (see logic model)",
    " (TTA plan 2.3)",
    " (PFCE; measured through sign-in sheets)",
    ". See program plan, objective B",
    " (on-going, see work plan)",
    " (SR goal, as reported in the annual self-assessment)",
    " (source: interview with the sales team)",
]
NARROWING = [
    " at the Oak Street center",
    " as measured by scores at the Oak Street center",
    " as measured by an average score of 85%",
    ", as evidenced by at least 12 certificates",
    " as shown by tests of toddlers",
    " and document each ride",
    " and review the logs with parents",
    " so that toddlers are safe",
    " to ensure quality services for infants",
    " per week",
    " per the agreement with the Oak Street center",
    " as soon as possible",
    " with the help of dolls",
    " with help",
    " with support from two nurses",
    ", using a doll",
    " who drive in winter",
    " in Early Head Start",
    ". See that nobody is left out",
    " (two hours)",
    " (EHS)",
    ". Deadline: May 2025",
    ". Training will be in Spanish",
]


@pytest.fixture
def kept(lexicon):
    return lambda text: without_tails(text, lexicon).rstrip(" .!")


@pytest.mark.parametrize("tail", TAILS)
def test_a_tail_is_set_aside(kept, tail):
    assert kept(GOAL + tail) == GOAL
    assert kept(f"{GOAL}{tail}.") == GOAL


@pytest.mark.parametrize("tail", NARROWING)
def test_what_narrows_stays(kept, tail):
    assert kept(GOAL + tail) == GOAL + tail


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Raise attendance as measured by ChildPlus reports to 85% by May", None),
        ("Raise attendance as measured by ChildPlus reports by May 2025", "Raise attendance by May 2025"),
        (
            "Improve all lesson plans as measured by CLASS and open a second center",
            "Improve all lesson plans and open a second center",
        ),
        ("Improve all lesson plans, as measured by CLASS, and hire aides", "Improve all lesson plans, and hire aides"),
        ("Meet daily with parents as needed to plan lessons", None),
        ("Screenings will be completed, recorded in the file, and shared with parents", None),
        ("Ensure that each home visit is documented in ChildPlus", None),
        ("Children's growth will be measured by the nurse", None),
        ("Bring all our policies in line with the work plan", None),
        ("As measured by surveys, raise the satisfaction of parents", None),
        ("Document as needed", None),
        ("RE: Printer on floor two is broken", "Printer on floor two is broken"),
        ("[EXTERNAL] FW: Printer on floor two is broken", "Printer on floor two is broken"),
        ("KR2: Raise engagement of our staff", "Raise engagement of our staff"),
        ("LO3. Explain the causes of war", "Explain the causes of war"),
        ("FY25: Raise engagement of our staff", None),
        ("Work order note: Spray for ants in the nursery", "Spray for ants in the nursery"),
        ("Hire. As measured by", None),
    ],
)
def test_a_tail_ends_where_something_else_begins(kept, text, left):
    assert kept(text) == (text if left is None else left)


def test_the_words_and_slots_of_a_tail_do_not_count(lexicon):
    plain, tailed = (read(GOAL + tail, lexicon) for tail in ("", ", as measured by 12 monthly reports"))
    assert tailed.words == plain.words
    assert tailed.slots == plain.slots
    assert tailed.canonical != plain.canonical


@pytest.mark.parametrize(
    "text", ["", " ", ".", "(", "as needed", "as measured by", "see", "Priority: 1", "\u4f60\u597d"]
)
def test_a_text_without_anything_else_stays(lexicon, text):
    assert without_tails(text, lexicon) == text


@pytest.mark.parametrize(
    "row", ["-" * 60, " -- " * 60, "-x" * 60, ".-" * 60, ", 2000-" * 60, "1,-" * 60, ", SR goal" * 60]
)
def test_a_row_of_marks_behind_the_beginning_of_a_tail_is_read(lexicon, row):
    # A pattern with two ways through each mark would try 2^60 ways: this test would not end.
    text = f"{GOAL}, see the list of names {row} (below"
    assert without_tails(text, lexicon)


def test_a_huge_text_is_read(lexicon):
    for text in ("train " * 20_000, "a, as measured by " * 5_000, "(see " * 20_000, "with progress " * 5_000):
        without_tails(text, lexicon)


PIECES = st.lists(st.sampled_from([GOAL, *TAILS, *NARROWING, " ", ",", ". ", "("]), max_size=5).map("".join)


@settings(deadline=None, max_examples=150)
@given(PIECES | st.text(max_size=60))
def test_something_is_always_left_and_nothing_is_added(lexicon, text):
    left = without_tails(text, lexicon)
    assert bool(left.strip()) == bool(text.strip())
    rest = iter(text)
    assert all(character in rest for character in left)


def test_a_row_of_many_tails_looks_at_few_of_its_deadlines(lexicon, monkeypatch):
    looks: list[str] = []
    extract = tails.extract_slots

    def counted(cleaned, *rest):
        looks.append(cleaned)
        return extract(cleaned, *rest)

    monkeypatch.setattr(tails, "extract_slots", counted)
    without_tails(GOAL + ", as measured by reports" * 200, lexicon)
    assert 0 < len(looks) < 100
