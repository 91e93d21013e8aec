"""Encoder: what texts and their words mean, as vectors.

The network is MiniLM (Wang et al. 2020, "MiniLM: Deep Self-Attention Distillation") as trained for sentences by
the sentence-transformers project (Reimers and Gurevych 2019, "Sentence-BERT"), with 8-bit weights.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from twicetold.model.vectors import WIDTH, Meaning, rounded
from twicetold.text.words import is_content_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

#: The network was trained on at most 256 word pieces; the rest of a longer text is not read.
MAX_PIECES = 256
#: Texts that are cut into batches together; the next are cut while these go through the network.
_AT_A_TIME = 512
#: Word pieces in a batch; more would not fit a processor's own cache.
_PIECES_AT_A_TIME = 256
#: More than the pieces that are read can hold; spares tokenising a text of a megabyte.
MAX_CHARACTERS = 64 * MAX_PIECES


class Encoder:
    """Turns texts into :class:`~twicetold.model.vectors.Meaning`.

    Texts of one length go through the network together, without padding. All scales of the quantised network are
    fixed, so a text's vectors are the same, to the last bit, whatever shares its batch. Parallel work is one batch per
    thread, each on one processor.

    Args:
        folder: Holds ``encoder.onnx`` and ``tokenizer.json``.
        threads: How many batches to encode at a time.
    """

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        # Newer onnxruntime reports home unless this is set before its first import.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime  # noqa: PLC0415
        from tokenizers import Tokenizer  # noqa: PLC0415

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            folder / "encoder.onnx", options, providers=["CPUExecutionProvider"]
        )
        self._map = map if threads == 1 else ThreadPoolExecutor(threads).map

    def encode(self, texts: Sequence[str]) -> Iterator[Meaning]:
        """The meaning of each text, in order, as it becomes ready.

        Args:
            texts: Canonical texts: words separated by single spaces.
        """
        # Some at a time: what is queued has to be waited for when somebody stops the program.
        before: Iterator[Meaning] = iter(())
        for first in range(0, len(texts), _AT_A_TIME):
            some = [self._pieces(text) for text in texts[first : first + _AT_A_TIME]]
            batches = _batches([len(pieces.ids) for pieces in some])
            encoded = self._map(self._meanings, [[some[place] for place in batch] for batch in batches])
            yield from before
            before = _in_order(batches, encoded)
        yield from before

    def _pieces(self, text: str) -> _Pieces:
        encoding = self._tokenizer.encode(text[:MAX_CHARACTERS])
        ids = encoding.ids
        truncated = len(ids) > MAX_PIECES or len(text) > MAX_CHARACTERS
        kept = [*ids[: MAX_PIECES - 1], ids[-1]] if len(ids) > MAX_PIECES else ids
        is_space = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32) == ord(" ")
        starts = np.array([start for start, _ in encoding.offsets[1 : len(kept) - 1]], dtype=np.intp)
        words = np.cumsum(is_space)[starts] if len(starts) else starts
        read = int(words[-1]) + 1 if len(words) else 0
        content = [place for place, word in enumerate(text.split(" ", read)[:read]) if is_content_word(word)]
        return _Pieces(kept, words, content, truncated)

    def _meanings(self, batch: Sequence[_Pieces]) -> list[Meaning]:
        """The meanings of texts of one length in pieces."""
        ids = np.array([pieces.ids for pieces in batch])
        states = self._session.run(None, {"input_ids": ids})[0]
        sentences = rounded(states.mean(axis=1))
        return [
            Meaning(sentence, rounded(_mean_by(of_text[1:-1], pieces.words)[pieces.content]), pieces.truncated)
            if len(pieces.words)
            else Meaning(np.zeros(WIDTH, np.int8), np.empty((0, WIDTH), np.int8), pieces.truncated)
            for pieces, of_text, sentence in zip(batch, states, sentences, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class _Pieces:
    """A text for the network.

    Attributes:
        ids: Its word pieces with both markers.
        words: Which word each piece between the markers stands in.
        content: Which of the words that are read are content words.
        truncated: Whether there is more than is read.
    """

    ids: list[int]
    words: NDArray[np.intp]
    content: list[int]
    truncated: bool


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """The places of texts that go through the network together: of one length, and not too many pieces in all."""
    by_length: dict[int, list[int]] = {}
    for place, length in enumerate(lengths):
        by_length.setdefault(length, []).append(place)
    return [
        places[first : first + step]
        for length, places in sorted(by_length.items())
        for step in [max(1, _PIECES_AT_A_TIME // length)]
        for first in range(0, len(places), step)
    ]


def _in_order(batches: Sequence[Sequence[int]], encoded: Iterable[list[Meaning]]) -> Iterator[Meaning]:
    """The meanings of texts in the order of their places, as soon as somebody asks for the first."""
    found = dict(zip(chain.from_iterable(batches), chain.from_iterable(encoded), strict=True))
    for place in range(len(found)):
        yield found[place]


def _mean_by(states: NDArray[np.float32], group: NDArray[np.intp]) -> NDArray[np.float32]:
    """Mean of the rows of each group 0, 1, 2, ..., which ascend; a group without a row gives zeros."""
    present, first, count = np.unique(group, return_index=True, return_counts=True)
    means = np.zeros((int(group[-1]) + 1, WIDTH), np.float32)
    means[present] = np.add.reduceat(states, first) / count[:, None].astype(np.float32)
    return means
