"""Misspelled words, read as the one word of their scope's other texts that they resemble."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.text.formation import is_another_word, is_formed
from twicetold.text.lexicon import Lexicon
from twicetold.text.misspellings import corrected, misspellings, near_words
from twicetold.text.phrases import word_set
from twicetold.text.reading import read

WORDS = sorted(
    word_set(
        "offer training drivers staff every school before after until block unblock water piping test natal insured "
        "line data qualitative collect plan absorb spill parents would meeting manor north south center will children "
        "grantville driver painters hospital about meet waiting writing report monthly the for and all their with to "
        "of in at by a cook hire plant"
    )
)
RIGHT = "Offer training to the drivers of every school"


@pytest.fixture
def learned_from(lexicon):
    """What misspelled words of some texts, all of one scope, are read as."""

    def learned(*texts, known=WORDS):
        return misspellings(texts, [""] * len(texts), lexicon, frozenset(known).__contains__).get("", {})

    return learned


def test_no_texts_have_no_misspellings(lexicon):
    assert misspellings([], [], lexicon, lambda _word: False) == {}


@pytest.mark.parametrize("text", ["", " ", "Traning", "\ud800 \ufb03", "\u00e9\u0301\u0301", "\u6f22\u5b57" * 3])
def test_one_text_has_no_misspellings(learned_from, text):
    assert learned_from(text) == {}


def test_equal_texts_have_no_misspellings(learned_from):
    assert learned_from(*["Offer traning to the drivers"] * 3) == {}


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("traning", "training"),  # left out
        ("trainning", "training"),  # put in
        ("trianing", "training"),  # swapped
        ("rtaining", "training"),  # swapped at the start
        ("trayning", "training"),  # replaced
    ],
)
def test_a_word_with_one_error_is_read_as_the_word_of_another_text(learned_from, wrong, right):
    assert learned_from(RIGHT, RIGHT.replace("training", wrong)) == {wrong: right}


def test_two_errors_count_in_long_words_only(learned_from):
    assert learned_from("Offer the childdern all", "Offer the children all") == {"childdern": "children"}
    assert learned_from("Offer the wtaeer all", "Offer the water all") == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Test the prenatal line", "Test the perinatal line"),
        ("Block the staff line", "Unblock the staff line"),
        ("Offer the insured staff water", "Offer the uninsured staff water"),
        ("Collect qualitative data", "Collect quantitative data"),
        ("Absorb the spill", "Adsorb the spill"),
        ("Offer the staff painters", "Offer the staff planters"),
        ("Plan the pretest of staff", "Plan the protest of staff"),
        ("Offer the driver water", "Offer the drivers water"),
        ("Parents would meet", "Parents wouldnt meet"),
        ("Offer the ABSORP all", "Offer the absorb all"),
        ("Offer test1ng all", "Offer testing all"),
        ("Offer it at driver.com", "Offer it at drivr.com"),
    ],
)
def test_another_word_is_no_misspelling(learned_from, one, other):
    assert learned_from(one, other) == {}


def test_a_word_that_could_be_two_others_stays(learned_from):
    assert learned_from("Offer wrting to all", "Offer writing to all") == {"wrting": "writing"}
    known = [*WORDS, "wring"]
    assert learned_from("Offer wrting to all", "Offer writing to all", "Offer wring to all", known=known) == {}


def test_a_word_beside_what_it_could_mean_is_another_word(learned_from):
    assert learned_from(RIGHT, f"{RIGHT.replace('training', 'traning')} and training") == {}


def test_a_text_about_something_else_does_not_say_what_a_word_means(learned_from):
    assert learned_from("Offer traning to the drivers", "Collect all data in training with water before north") == {}


@pytest.mark.parametrize(
    ("text", "learned"),
    [
        ("Hire a cook at Grantvile center", {"grantvile": "grantville"}),
        ("Hire a cook at Grantvills center", {}),
        ("Hire a cook at grantvile center", {}),
    ],
)
def test_names_that_differ_by_more_than_order_or_doubling_are_two_names(learned_from, text, learned):
    assert learned_from("Hire a cook at Grantville center", text) == learned


def test_a_scope_does_not_teach_another(lexicon):
    texts, known = [RIGHT, RIGHT.replace("training", "traning")], frozenset(WORDS).__contains__
    assert misspellings(texts, ["a", "b"], lexicon, known) == {}
    assert misspellings([*texts, *texts], ["a", "b", "b", "b"], lexicon, known) == {"b": {"traning": "training"}}


def test_months_percents_and_directions_need_no_other_text(learned_from, lexicon):
    text = "Increse the number to 85 pecent by Septmber 2026"
    learned = learned_from(text, known=[*WORDS, "number"])
    assert learned == {"increse": "increase", "pecent": "percent", "septmber": "september"}
    assert corrected(text, learned) == "Increase the number to 85 percent by September 2026"


def test_a_lexicon_with_misspellings_reads_the_right_words(lexicon):
    mended = replace(lexicon, misspellings={"pecent": "percent", "septmber": "september"})
    one, other = "85 pecent by Septmber 30, 2026", "85% by September 30, 2026"
    assert read(one, mended).canonical == read(other, lexicon).canonical
    assert read(one, mended).slots == read(other, lexicon).slots
    assert read(one, mended).cleaned == one


def test_the_case_of_a_word_stays():
    assert corrected("Traning. traning's TRANING", {"traning": "training"}) == "Training. training's TRANING"
    assert corrected("TRANING", {"traning": "training"}) == "TRAINING"


def test_words_near_each_other_are_found_with_their_distance():
    assert near_words(["traning", "xyzzy"], ["training", "raining"]) == {"traning": [(1, "training")]}
    assert near_words([], ["a"]) == near_words(["traning"], []) == {}


@pytest.mark.parametrize(
    ("word", "is_one"),
    [("storytime", True), ("retest", True), ("planters", True), ("plnat", False), ("trainning", False)],
)
def test_a_word_made_of_known_ones_is_formed(word, is_one):
    assert is_formed(word, {"story", "time", "test", "plant", "train"}.__contains__) is is_one


@pytest.mark.parametrize(
    ("word", "other", "is_another"),
    [
        ("trainee", "trained", True),
        ("hypotension", "hypertension", True),
        ("spokeswoman", "spokesman", True),
        ("doubly", "double", True),
        ("californian", "california", True),
        ("visiters", "visitors", False),
        ("familes", "families", False),
        ("attendence", "attendance", False),
    ],
)
def test_words_of_one_root_are_two_words(word, other, is_another):
    assert is_another_word(word, other) is is_another


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), max_size=6))
def test_texts_spelled_right_stay_as_they_are(texts):
    assert misspellings(texts, [""] * len(texts), Lexicon.default(), frozenset(WORDS).__contains__) == {}


@given(
    st.permutations(
        [
            (RIGHT, "a"),
            ("Offer traning to the drivers of every shcool", "a"),
            ("Collect data in the hospitl monthly", "a"),
            ("Collect data in the hospital monthly", "a"),
            ("Offer trainning to the drivers of every school", "b"),
            ("Offer training to all drivers", "b"),
        ]
    )
)
def test_the_order_of_the_texts_makes_no_difference(rows):
    texts, scopes = zip(*rows, strict=True)
    assert misspellings(texts, scopes, Lexicon.default(), frozenset(WORDS).__contains__) == {
        "a": {"hospitl": "hospital", "shcool": "school", "traning": "training"},
        "b": {"trainning": "training"},
    }


@given(st.lists(st.text(max_size=30), max_size=4))
def test_no_text_makes_it_fail(texts):
    for read_as in misspellings(texts, [""] * len(texts), Lexicon.default(), frozenset(WORDS).__contains__).values():
        assert all(corrected(text, read_as) is not None for text in texts)


def test_a_run_of_letters_that_is_no_word_is_not_taken_apart():
    asked: list[str] = []
    assert not is_formed("a" * 10_000, lambda word: bool(asked.append(word)))
    assert asked == []
