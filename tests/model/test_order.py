"""Order: the same words can say that the other one acts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.model.order import roles_swapped
from twicetold.text.lexicon import Lexicon
from twicetold.text.reading import Reading, read

WORDS = st.lists(
    st.sampled_from(
        ["cooks", "train", "teachers", "trained", "by", "are", "the", "in", "to", "from", "who", "june", "coach", "and"]
    ),
    max_size=9,
)
SWAPPED = [
    # Around a verb, whatever its form.
    ("Cooks train teachers", "Teachers train cooks"),
    ("The mentors coach all new teachers", "All new teachers coach the mentors"),
    ("The cook trains new teachers", "New teachers train the cook"),
    ("The nurse reports to the manager", "The manager reports to the nurse"),
    ("They will help us plan lessons", "We will help them plan lessons"),
    ("The coach picks the game and parents bring snacks", "Parents pick the game and the coach brings snacks"),
    ("The coach picks the game and parents bring snacks", "The coach picks the snacks and parents bring the game"),
    # Among other changes of order.
    ("By noon cooks train six teachers in Elm Hall", "In Elm Hall six teachers train cooks by noon"),
    # The passive.
    ("Teachers are trained by cooks", "Teachers train cooks"),
    ("The menu drafted by cooks helps teachers plan", "The menu drafted by teachers helps cooks plan"),
    # Prepositions and conjunctions.
    ("Move four desks from Elm Street to Oak Hall", "Move four desks from Oak Hall to Elm Street"),
    ("Move four desks from Elm Street to Oak Hall", "Move four desks to Elm Street from Oak Hall"),
    ("Wash hands before serving meals", "Serve meals before washing hands"),
    ("Before serving meals, wash hands", "Before washing hands, serve meals"),
    ("Use carpet instead of tile in the hall", "Use tile instead of carpet in the hall"),
    ("Instead of tile, use carpet in the hall", "Instead of carpet, use tile in the hall"),
    ("Replace carpet with tile in the hall", "Replace tile with carpet in the hall"),
    # Who is meant by a relative clause.
    ("Double the number of partners who publish plug-ins", "Double the number of plug-ins that partners publish"),
    # To whom something is done, who does it.
    ("Send the summary to parents each Thursday", "Parents send the summary each Thursday"),
    ("Send lunch menus to all parents", "All parents will send lunch menus"),
]
KEPT = [
    ("Cooks train teachers", "Cooks train teachers"),
    ("Cooks train teachers", "Cook training teachers"),
    ("Cooks train teachers", "Teachers are trained by cooks"),
    ("The nurse wrote the scores", "The scores were written by the nurse"),
    ("At noon cooks train teachers", "Cooks train teachers at noon"),
    ("On Monday cooks train teachers at noon", "At noon cooks train teachers on Monday"),
    ("Cooks train", "Train cooks"),
    ("", ""),
    ("Cooks cooks cooks", "Cooks cooks"),
    ("Move four desks from Elm Street to Oak Hall", "Move four desks to Oak Hall from Elm Street"),
    ("Before serving meals, wash hands", "Wash hands before serving meals"),
    ("Partners who publish plug-ins", "Plug-ins that partners publish"),
    ("Train staff by June, using videos and songs", "Staff are trained by June, using videos and songs"),
    ("Cooks are close to teachers", "Teachers are close to cooks"),
    ("Buy phones, badges and desks", "Buy desks, badges and phones"),
    ("Serve families in Elm and Oak", "Serve families in Oak and Elm"),
    ("Activities for parents", "Parent activities"),
    ("Offer training on nutrition to cooks", "Offer cooks training on nutrition"),
]
CONVERSE = [
    ("Apprentices teach machinists to read plans", "Apprentices learn from machinists to read plans", True),
    ("Apprentices teach machinists to read plans", "Apprentices learn to read plans from machinists", True),
    ("Machinists teach apprentices to read plans", "Apprentices learn to read plans from machinists", False),
    ("Farms will sell produce to schools", "Farms will buy produce from schools", True),
    ("Farms will sell produce to schools", "Schools will buy produce from farms", False),
    ("The nurse reports to the manager", "The nurse supervises the manager", True),
    ("The nurse reports to the manager", "The manager supervises the nurse", False),
    ("Teach parents about lead poisoning", "Parents learn about lead poisoning", False),
]


def swapped(text_a, text_b, **converse):
    return roles_swapped(*(read(text, Lexicon.default()) for text in (text_a, text_b)), **converse)


@pytest.mark.parametrize(("text_a", "text_b"), SWAPPED)
def test_two_who_change_places_are_swapped(text_a, text_b):
    assert swapped(text_a, text_b)


@pytest.mark.parametrize(("text_a", "text_b"), KEPT)
def test_the_same_order_a_moved_clause_and_a_passive_are_not(text_a, text_b):
    assert not swapped(text_a, text_b)


@pytest.mark.parametrize(("text_a", "text_b", "expected"), CONVERSE)
def test_with_a_converse_verb_the_same_subject_plays_the_other_part(text_a, text_b, expected):
    assert swapped(text_a, text_b, converse=True) == expected


@pytest.mark.parametrize(("text_a", "text_b", "expected"), CONVERSE)
def test_the_lexicon_tells_converse_verbs(model, text_a, text_b, expected):
    from twicetold.model.evidence import FEATURES
    from twicetold.model.scoring import pair_evidence

    column = [feature.name for feature in FEATURES].index("roles-clash")
    assert pair_evidence(model, [text_a], [text_b]).columns[0, column] == expected


def plain(words):
    return Reading(" ".join(words), " ".join(words), " ".join(words), (), tuple(words))


@settings(deadline=None)
@given(WORDS, WORDS, st.booleans())
def test_it_is_the_same_both_ways(words_a, words_b, converse):
    one, other = plain(words_a), plain(words_b)
    assert roles_swapped(one, other, converse=converse) == roles_swapped(other, one, converse=converse)


@settings(deadline=None)
@given(WORDS)
def test_a_text_has_the_roles_of_itself(words):
    assert not roles_swapped(plain(words), plain(words))


def test_long_texts_in_another_order_are_read():
    words = [f"word{letter}{other}" for letter in "abcdefghijklmnopqrst" for other in "abcdefghijklmnopqrst"]
    assert not roles_swapped(plain(words), plain(words[::-1]))
