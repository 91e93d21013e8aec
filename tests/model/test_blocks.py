"""Blocks: texts side by side say the same as each text by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twicetold.model.blocks import code
from twicetold.text.words import is_content_word, stem

TEXTS = [
    "Train all teachers on safety by June 2025.",
    "the of and",
    "",
    "Raise attendance from 80% to 85%",
    "🙂",
    "12 3 4",
    "Hire two family advocates in Springfield",
]


def columns(block):
    vectors = [each for part in (block.sentences, block.words) for each in (part.whole, part.scale)]
    return *vectors, block.rarity, block.stems, block.truncated


def slots(block, text):
    return {(kind, value) for kind, rows in block.slots.items() for row, value in rows.tolist() if row == text}


def test_every_text_has_at_least_one_row_and_rows_follow_each_other(block):
    made = block(*TEXTS)
    ends = [*made.starts[1:].tolist(), len(made.words)]
    assert made.starts[0] == 0
    assert all(end > start for start, end in zip(made.starts.tolist(), ends, strict=True))
    assert len(made) == len(TEXTS) == len(made.sentences)


def test_rows_are_the_content_words_in_their_order(block):
    made = block("Train the teachers in 3 centers", "Hire cooks")
    words = [word for reading in made.readings for word in reading.words if is_content_word(word)]
    assert made.stems.tolist() == [code(stem(word)) for word in words]
    assert np.diag(made.words.cosines(made.words)) == pytest.approx(np.ones(len(words)), abs=1e-6)


@pytest.mark.parametrize("text", ["", "the of and", "12 3 4"])
def test_a_text_without_content_words_has_one_row_of_zeros_that_weighs_nothing(block, text):
    made = block(text)
    assert made.words.whole.shape == (1, 384)
    assert not made.words.whole.any()
    assert made.words.cosines(made.words).tolist() == [[0]]
    assert made.rarity.tolist() == [0]


def test_a_block_of_nothing_is_empty(block):
    made = block()
    assert len(made) == len(made.words) == len(made.starts) == len(made.truncated) == 0
    assert made.slots == {}


@pytest.mark.parametrize("first", range(len(TEXTS)))
def test_a_part_is_what_a_block_of_these_texts_alone_is(block, first):
    whole = block(*TEXTS)
    for last in range(first + 1, len(TEXTS) + 1):
        part, alone = whole.part(first, last), block(*TEXTS[first:last])
        assert all(one.tobytes() == other.tobytes() for one, other in zip(columns(part), columns(alone), strict=True))
        assert part.starts.tolist() == alone.starts.tolist()
        assert [slots(part, row) for row in range(len(part))] == [slots(alone, row) for row in range(len(alone))]


@given(st.sets(st.integers(0, len(TEXTS) - 1)))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_texts_that_are_taken_are_what_a_block_of_these_texts_alone_is(block, chosen):
    rows = np.array(sorted(chosen), np.intp)
    taken, alone = block(*TEXTS).take(rows), block(*(TEXTS[row] for row in rows))
    assert all(one.tobytes() == other.tobytes() for one, other in zip(columns(taken), columns(alone), strict=True))
    assert taken.starts.tolist() == alone.starts.tolist()
    assert [slots(taken, row) for row in range(len(taken))] == [slots(alone, row) for row in range(len(alone))]


def test_words_beyond_what_the_encoder_reads_are_left_out_and_the_text_is_marked(block):
    made = block("train staff " * 300, "train staff")
    assert made.truncated.tolist() == [True, False]
    assert made.starts[1] < 256


def test_the_code_of_a_value_is_the_same_in_every_process_and_for_odd_text():
    assert code("number:3") == -1219129976791909249
    assert len({code(value) for value in ("", "\ud800", "\x00", "é", "e\u0301", "number:3")}) == 6
