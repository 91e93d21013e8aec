"""What the tests of the text layer share."""

from __future__ import annotations

import pytest

from twicetold.text.canonical import canonical
from twicetold.text.cleaning import clean
from twicetold.text.lexicon import Lexicon
from twicetold.text.reading import read


@pytest.fixture(scope="session")
def lexicon():
    return Lexicon.default()


@pytest.fixture(scope="session")
def compared(lexicon):
    """The canonical text of a text as it comes."""
    return lambda text: canonical(clean(text), lexicon)


@pytest.fixture(scope="session")
def values(lexicon):
    """The values of all slots of one kind, in order."""
    return lambda text, kind: [slot.value for slot in read(text, lexicon).slots if slot.kind == kind]


@pytest.fixture(scope="session")
def pairs(lexicon):
    """Kind and value of all slots of the given kinds, in order."""
    return lambda text, *kinds: [(slot.kind, slot.value) for slot in read(text, lexicon).slots if slot.kind in kinds]
