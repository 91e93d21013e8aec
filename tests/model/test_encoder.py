"""What a vector promises: unit length, the same bits whatever stands beside, a row per content word, no trace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import twicetold
from twicetold.model.artifact import shipped_folder
from twicetold.model.encoder import MAX_PIECES, Encoder
from twicetold.model.vectors import WIDTH, unit
from twicetold.text.reading import read

ODD = [
    "",
    "🙂",
    "👩‍👩‍👧 family 🏳️‍🌈",
    "日本語の目標",
    "رفع نسبة الحضور",
    "שלום עולם",
    "e\u0301cole d'e\u0301te\u0301",
    "\x00",
    "train \x00 staff",
    "\u200b",
    "\u202eevil\u202c text",
    "x" * 500,
    "a",
]
TEXTS = [
    "train all teachers",
    "raise attendance to 85%",
    "hire two family advocates",
    *ODD,
    "train all teachers on safety by june 2025",
]


@pytest.fixture(scope="module")
def encoder():
    return Encoder(shipped_folder())


@pytest.fixture(scope="module")
def alone(encoder):
    """Each text's meaning, encoded in a call of its own."""
    return [next(encoder.encode([text])) for text in TEXTS]


def same_bits(one, other):
    return (
        one.sentence.tobytes() == other.sentence.tobytes()
        and one.words.tobytes() == other.words.tobytes()
        and one.truncated == other.truncated
    )


@pytest.mark.parametrize("text", [text for text in TEXTS if text.strip("\x00\u200b")])
def test_every_vector_has_unit_length(encoder, text):
    [meaning] = encoder.encode([text])
    assert meaning.sentence.shape == (WIDTH,)
    assert meaning.sentence.dtype == meaning.words.dtype == np.int8
    assert np.linalg.norm(unit(meaning.sentence)) == pytest.approx(1, abs=1e-5)
    lengths = np.linalg.norm(unit(meaning.words), axis=1)
    assert lengths[lengths > 0] == pytest.approx(1, abs=1e-5)
    assert (lengths > 0).any() or text == "a"


@pytest.mark.parametrize("text", ["", "\x00", "\u200b"])
def test_a_text_without_anything_to_read_is_a_zero_vector_without_words(encoder, text):
    [meaning] = encoder.encode([text])
    assert not meaning.sentence.any()
    assert meaning.words.shape == (0, WIDTH)
    assert not meaning.truncated


def test_no_texts_give_no_vectors(encoder):
    assert list(encoder.encode([])) == []


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("step", [1, -1])
def test_a_vector_does_not_depend_on_neighbours_their_order_or_the_number_of_threads(alone, threads, step):
    found = list(Encoder(shipped_folder(), threads=threads).encode(TEXTS[::step]))[::step]
    assert all(map(same_bits, found, alone))


@pytest.mark.parametrize("threads", [1, 2])
def test_texts_that_share_a_batch_keep_every_bit_of_their_vectors(encoder, threads):
    # One piece for each word: as many texts of one length as fill several batches, and one part of a batch.
    words = ["train", "all", "new", "teachers", "hire", "five", "nurses", "every", "month", "now"]
    texts = [
        " ".join(words[(first + step * place) % 10] for place in range(8)) for first in range(10) for step in range(9)
    ]
    together = Encoder(shipped_folder(), threads=threads).encode(texts)
    assert all(same_bits(next(encoder.encode([text])), found) for text, found in zip(texts, together, strict=True))


def test_a_repeated_text_gets_the_same_vector_each_time(encoder):
    first, *others = encoder.encode(["train all teachers"] * 4)
    assert all(same_bits(first, other) for other in others)


def test_a_paraphrase_is_nearer_than_another_topic(encoder):
    one, near, far = (
        unit(meaning.sentence)
        for meaning in encoder.encode(
            ["train all teachers", "provide training to every teacher", "repair the roof of the bus garage"]
        )
    )
    assert one @ near > one @ far + 0.3


@pytest.mark.parametrize(
    ("text", "words"),
    [("train staff", 2), ("enrollment", 1), ("日本 語", 2), ("85% of the 3-year-olds", 0), ("red \x00 blue", 3)],
)
def test_there_is_one_vector_for_each_content_word(encoder, text, words):
    [meaning] = encoder.encode([text])
    assert meaning.words.shape == (words, WIDTH)


def test_the_row_of_a_word_is_nearest_to_that_word_elsewhere(encoder):
    here, there = encoder.encode(
        ["unbelievable playgrounds need asbestos removal", "asbestos was found in playgrounds"]
    )
    similarity = unit(here.words) @ unit(there.words).T  # "was" and "in" have no row
    assert similarity[3].argmax() == 0
    assert similarity[1].argmax() == 2


def test_a_word_between_others_that_the_tokenizer_drops_is_a_row_of_zeros(encoder):
    [meaning] = encoder.encode(["red \x00 blue"])
    assert np.linalg.norm(unit(meaning.words), axis=1) == pytest.approx([1, 0, 1], abs=1e-5)


def test_a_text_that_just_fits_is_read_to_its_end_and_one_word_more_is_not(encoder):
    fits, over = (["train"] * count for count in (MAX_PIECES - 2, MAX_PIECES - 1))
    whole, cut = encoder.encode([" ".join(fits), " ".join(over)])
    assert (whole.truncated, len(whole.words)) == (False, MAX_PIECES - 2)
    assert (cut.truncated, len(cut.words)) == (True, MAX_PIECES - 2)


@pytest.mark.parametrize("text", ["train staff " * 90_000, "x" * 1_000_000, "日" * 1_000_000])
def test_a_text_of_a_megabyte_is_cut_and_says_so_without_being_tokenised_whole(encoder, monkeypatch, text):
    class Watched:
        tokenizer = encoder._tokenizer

        def encode(self, part):
            assert len(part) < 20_000
            return self.tokenizer.encode(part)

    monkeypatch.setattr(encoder, "_tokenizer", Watched())
    [meaning] = encoder.encode([text])
    assert meaning.truncated
    assert len(meaning.words) <= MAX_PIECES


def test_what_follows_the_part_that_is_read_changes_nothing(encoder):
    beginning = "train staff " * 300
    one, other = encoder.encode([beginning + "on safety", beginning + "on enrollment"])
    assert same_bits(one, other)


@given(st.text(st.characters(), max_size=40))
@settings(max_examples=80)
def test_the_canonical_form_of_any_text_can_be_encoded(encoder, model, text):
    reading = read(text, model.lexicon)
    [meaning] = encoder.encode([reading.canonical])
    assert len(meaning.words) <= len(reading.words)
    length = np.linalg.norm(unit(meaning.sentence))
    assert length == 0 or length == pytest.approx(1, abs=1e-5)


_CHILD = """
import json, os, sys
seen = {}
def watch(event, arguments):
    if event == "import" and arguments[0] == "onnxruntime":
        seen.setdefault("telemetry", os.environ.get("ORT_DISABLE_TELEMETRY"))
    if event == "socket.connect":
        seen["connected"] = True
    if event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        seen["written"] = str(arguments[0])
sys.addaudithook(watch)
from twicetold.model.artifact import Model
from twicetold.text.reading import read
model = Model()
seen["early"] = "onnxruntime" in sys.modules
model.block([read("train all teachers", model.lexicon)])
print(json.dumps(seen))
"""


def test_telemetry_is_off_before_the_runtime_is_imported_and_nothing_is_left_behind(tmp_path):
    places = {name: tmp_path / name for name in ("home", "work", "temporary", "cache")}
    for place in places.values():
        place.mkdir()
    environment = {
        "HOME": str(places["home"]),
        "TMPDIR": str(places["temporary"]),
        "XDG_CACHE_HOME": str(places["cache"]),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(Path(twicetold.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    ran = subprocess.run(
        [sys.executable, "-c", _CHILD], cwd=places["work"], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {"telemetry": "1", "early": False}
    assert [path for place in places.values() for path in place.rglob("*")] == []
