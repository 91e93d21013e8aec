"""Stored vectors are fresh ones: to the last bit, whatever the text."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from twicetold.model.blocks import encoded_text
from twicetold.model.vectors import WIDTH, Directions, Meaning, pack, rounded, unit, unpack
from twicetold.text.reading import read

TEXTS = [
    "Train all teachers on safety by June 2025.",
    "the of and",
    "",
    "🙂",
    "85% of 3",
    "train staff " * 300,
    "  TRAIN all teachers on SAFETY by June 2025",
    "Train all teachers on safety by June 2025, as measured by sign-in sheets",
]

MEANINGS = st.builds(
    Meaning,
    arrays.arrays(np.int8, WIDTH),
    st.integers(0, 4).flatmap(lambda count: arrays.arrays(np.int8, (count, WIDTH))),
    st.booleans(),
)


def parts(meaning):
    return meaning.sentence.tobytes(), meaning.words.shape, meaning.words.tobytes(), meaning.truncated


def parts_of(block):
    vectors = [each for part in (block.sentences, block.words) for each in (part.whole, part.scale)]
    columns = *vectors, block.rarity, block.stems, block.starts, block.truncated
    return [(column.dtype, column.shape, column.tobytes()) for column in columns], [
        (kind, rows.tobytes()) for kind, rows in block.slots.items()
    ]


@given(MEANINGS)
@settings(max_examples=50, deadline=None)
def test_unpacking_gives_what_was_packed_in_385_bytes_and_384_for_each_word(meaning):
    content = pack(meaning)
    assert parts(unpack(content)) == parts(meaning)
    assert len(content) == 1 + WIDTH * (1 + len(meaning.words))


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"\x00" * WIDTH, b"\x00" * (WIDTH + 2), b"\x02" + b"\x00" * WIDTH, b"\x00" * (2 * WIDTH)]
)
def test_bytes_that_are_no_meaning_are_refused(content):
    with pytest.raises(ValueError, match=f"{len(content)} bytes are no packed meaning"):
        unpack(content)


@given(arrays.arrays(np.float32, (3, WIDTH), elements=st.floats(-1e6, 1e6, width=32)))
@settings(max_examples=50, deadline=None)
def test_rounding_keeps_the_direction_and_rounding_again_changes_nothing(vectors):
    whole = rounded(vectors)
    assert whole.dtype == np.int8
    assert whole.min() >= -127
    for vector, row, direction in zip(vectors.astype(np.float64), whole, unit(whole), strict=True):
        if not vector.any():
            assert not row.any()
            assert not direction.any()
            continue
        assert np.abs(row).max() == 127
        assert vector @ direction / np.linalg.norm(vector) > 0.99
    assert rounded(unit(whole)).tobytes() == whole.tobytes()


def test_a_unit_vector_does_not_depend_on_what_is_stacked_with_it():
    rows = np.random.default_rng(0).integers(-127, 128, (50, WIDTH), np.int8)
    alone = np.stack([unit(row) for row in rows])
    assert unit(rows).tobytes() == alone.tobytes() == unit(rows[::-1])[::-1].tobytes()


def test_a_block_of_stored_meanings_is_the_fresh_one_to_the_last_bit(model):
    readings = [read(text, model.lexicon) for text in TEXTS]
    stored = {}
    fresh = model.block(readings, keep=lambda text, meaning: stored.setdefault(text, pack(meaning)))
    assert set(stored) == set(map(encoded_text, readings))
    known = {text: unpack(content) for text, content in stored.items()}
    for some in (known, dict(list(known.items())[::2]), {}):
        assert parts_of(model.block(readings, known=some)) == parts_of(fresh)


@given(st.lists(st.text(max_size=30), max_size=5), st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_the_texts_and_whichever_are_known_the_block_is_the_same(model, texts, data):
    readings = [read(text, model.lexicon) for text in texts]
    stored = {}
    fresh = model.block(readings, keep=lambda text, meaning: stored.setdefault(text, unpack(pack(meaning))))
    known = {text: meaning for text, meaning in stored.items() if data.draw(st.booleans())}
    assert parts_of(model.block(readings, known=known)) == parts_of(fresh)


def test_only_what_is_not_known_is_encoded_and_kept(model):
    one, other = (read(text, model.lexicon) for text in ("Hire two cooks", "Train all teachers"))
    kept = {}
    model.block([one], keep=kept.__setitem__)
    model.block([one, other, one], known=dict(kept), keep=kept.__setitem__)
    assert list(kept) == ["hire 2 cooks", "train all teachers"]
    again = []
    model.block([one, other], known=kept, keep=lambda text, _meaning: again.append(text))
    assert again == []


def test_what_only_measures_a_goal_is_not_encoded(model):
    plain, with_tail = (read(TEXTS[place], model.lexicon) for place in (0, -1))
    assert encoded_text(plain) == encoded_text(with_tail) != with_tail.canonical


def test_the_encoding_is_named_by_what_makes_the_vectors_and_nothing_else(model):
    manifest = model.manifest
    named = {}
    for file in manifest.files:
        files = {**manifest.files, file: "0" * 64}
        other = type(model).for_training()
        other.manifest = dataclasses.replace(manifest, files=files, version="9")
        named[file] = other.encoding
    changed = {file for file, encoding in named.items() if encoding != model.encoding}
    assert changed == {"encoder.onnx", "tokenizer.json"}
    assert len(set(named.values())) == 3


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_cosines_are_the_same_to_the_last_bit_whatever_the_vectors_are_stacked_with(n, m, seed):
    """products of all sizes, the largest too, whose order of addition a library chooses by their shape"""
    rng = np.random.default_rng(seed)
    rows = rng.integers(-127, 128, (n + m, WIDTH), np.int8) * rng.integers(0, 2, (n + m, 1), np.int8)
    rows[0] = 127
    whole = Directions.of(rows)
    one, other = whole[:n], whole[n:]
    found = one.cosines(other)
    assert found.tobytes() == np.ascontiguousarray(whole.cosines(whole)[:n, n:]).tobytes()
    assert found.tobytes() == np.ascontiguousarray(other.cosines(one).T).tobytes()
    alone = [[one[a : a + 1].cosines(other[b : b + 1])[0, 0] for b in range(m)] for a in range(n)]
    assert found.tolist() == np.array(alone).tolist()
    exact = rows.astype(np.int64) @ rows.T.astype(np.int64)
    length = np.sqrt(np.diag(exact))
    assert found * np.multiply.outer(length[:n], length[n:]) == pytest.approx(exact[:n, n:], abs=4)
