"""How much a word says does not depend on the records it stands in."""

from __future__ import annotations

import json

import pytest

from twicetold.model.artifact import shipped_folder
from twicetold.model.rarity import Rarity


@pytest.fixture(scope="module")
def rarity():
    text = (shipped_folder() / "tokenizer.json").read_text(encoding="utf-8")
    return Rarity(json.loads(text)["model"]["vocab"])


def test_a_rare_word_says_more_than_a_common_one(rarity):
    assert 0 <= rarity.of("the") < rarity.of("school") < rarity.of("playground") < rarity.of("flurbling") == 1


@pytest.mark.parametrize("word", ["!", "a", "[PAD]"])
def test_punctuation_letters_and_reserved_places_say_nothing(rarity, word):
    assert rarity.of(word) == 0


def test_no_word_says_nothing(rarity):
    assert rarity.of("") == 0


@pytest.mark.parametrize("word", ["🙂", "日本", "\x00", "x" * 1000, "de\u0301ja\u0300"])
def test_a_word_that_the_vocabulary_lacks_is_as_rare_as_can_be(rarity, word):
    assert rarity.of(word) == 1
