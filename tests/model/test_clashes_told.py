"""Texts that differ in one small word are told apart, and the sentence names that word."""

from __future__ import annotations

import pytest

from twicetold import Verdict, compare

APART = [
    ("Hire two cooks by May", "Hire two cooks after May", "'by' here, 'after' there"),
    ("Offer evening classes since 2025", "Offer evening classes until 2025", "'since' here, 'until' there"),
    ("Reply within 3 days", "Reply after 3 days", "'within' here, 'after' there"),
    ("Raise attendance by 10%", "Raise attendance to 10%", "by 10% here, to 10% there"),
    ("Cut the wait to two hours", "Cut the wait by two hours", "to 2 hours here, by 2 hours there"),
    ("Turn the lights off", "Turn the lights on", "'turn the lights off' here, 'turn the lights on' there"),
    ("Move boxes into the shed", "Move boxes out of the shed", "there"),
    ("Use dark mode in the app", "Use light mode in the app", "'dark' here, 'light' there"),
]
SAME = [
    ("Load the page in 3s", "Load the page in 3 seconds"),
    ("Recruit for program year 24-25", "Recruit for Program Year 2024-2025"),
    ("Recruit for the 24-25 school year", "Recruit for School Year 2024-2025"),
    ("Submit the report by March 1", "Submit the report no later than March 1"),
    ("Do not open the gate before June 1", "Open the gate from June 1"),
    ("Increase enrollment by 20 children", "Enroll 20 more children"),
    ("Switch the lamps on", "Switch on the lamps"),
    ("Increase attendance from 80% to 90%", "Increase attendance to 90%"),
]


@pytest.mark.parametrize(("text_a", "text_b", "named"), APART)
def test_a_small_word_tells_apart_and_is_named(model, text_a, text_b, named):
    found = compare(text_a, text_b, model=model)
    assert found.verdict is not Verdict.DUPLICATE
    assert named in found.sentence


@pytest.mark.parametrize(("text_a", "text_b"), SAME)
def test_another_way_to_put_it_stays_the_same(model, text_a, text_b):
    assert compare(text_a, text_b, model=model).probability > model.thresholds.possible


def test_with_the_small_words_alike_the_texts_are_duplicates(model):
    for text_a, text_b, _ in APART:
        assert compare(text_a, text_a.upper(), model=model).verdict is Verdict.DUPLICATE
        assert compare(text_b, text_b.lower() + ".", model=model).verdict is Verdict.DUPLICATE
