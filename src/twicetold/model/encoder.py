"""Encoder: what texts and their words mean, as vectors.

The network is MiniLM (Wang et al. 2020, "MiniLM: Deep Self-Attention Distillation") as trained for sentences by
the sentence-transformers project (Reimers and Gurevych 2019, "Sentence-BERT"), with 8-bit weights.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Encoding

#: The network was trained on at most 256 word pieces; the rest of a longer text is not read.
MAX_PIECES = 256
#: Length of every vector.
WIDTH = 384
#: Texts that are handed to the threads together.
_AT_A_TIME = 128
#: More than the pieces that are read can hold; spares tokenising a text of a megabyte.
_MAX_CHARACTERS = 64 * MAX_PIECES


@dataclass(frozen=True, slots=True)
class Meaning:
    """One text as vectors.

    Attributes:
        sentence: The whole text; float32, shape (384,), unit length (zero for an empty text).
        words: One row per whitespace-separated word that was read; float32, shape (w, 384), unit rows. A word's
            vector is its state in context: the mean over its pieces of the last layer.
        truncated: The text was longer than the network reads.
    """

    sentence: NDArray[np.float32]
    words: NDArray[np.float32]
    truncated: bool


class Encoder:
    """Turns texts into :class:`Meaning`.

    Every text goes through the network alone. Activations are quantised over whatever shares a batch, so a text's
    vector would otherwise depend on its neighbours, and results on the order of rows; and on short texts a batch
    is not faster than as many single calls. Parallel work is one call per thread, each on one processor.

    Args:
        folder: Holds ``encoder.onnx`` and ``tokenizer.json``.
        threads: How many texts to encode at a time.
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
        self._threads = threads

    def encode(self, texts: Sequence[str]) -> Iterator[Meaning]:
        """The meaning of each text, in order, as it becomes ready.

        Args:
            texts: Canonical texts: words separated by single spaces.
        """
        if self._threads == 1 or len(texts) < 2:
            yield from map(self._meaning, texts)
            return
        with ThreadPoolExecutor(self._threads) as pool:
            # A few at a time: what is queued has to be waited for when somebody stops the program.
            for first in range(0, len(texts), _AT_A_TIME):
                yield from pool.map(self._meaning, texts[first : first + _AT_A_TIME])

    def _meaning(self, text: str) -> Meaning:
        encoding = self._tokenizer.encode(text[:_MAX_CHARACTERS])
        truncated = len(encoding.ids) > MAX_PIECES or len(text) > _MAX_CHARACTERS
        ids = np.array([*encoding.ids[:-1][: MAX_PIECES - 1], encoding.ids[-1]])
        states = self._session.run(None, {"input_ids": ids[None], "attention_mask": np.ones_like(ids)[None]})[0][0]
        word_of_piece = _word_of_piece(text, encoding)[: len(ids) - 2]
        words = _mean_by(states[1:-1], word_of_piece)
        sentence = states.mean(axis=0) if len(words) else np.zeros(WIDTH, np.float32)
        return Meaning(_unit(sentence), _unit(words), truncated)


def _word_of_piece(text: str, encoding: Encoding) -> NDArray[np.intp]:
    """Which whitespace-separated word each piece stands in; shape (pieces without the two markers,)."""
    is_space = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32) == ord(" ")
    word_at = np.cumsum(is_space)
    starts = np.array([start for start, _ in encoding.offsets[1:-1]], dtype=np.intp)
    return word_at[starts] if len(starts) else np.empty(0, np.intp)


def _mean_by(states: NDArray[np.float32], group: NDArray[np.intp]) -> NDArray[np.float32]:
    """Mean of the rows of each group 0, 1, 2, ..., which ascend; a group without a row gives zeros."""
    if not len(group):
        return np.empty((0, WIDTH), np.float32)
    present, first, count = np.unique(group, return_index=True, return_counts=True)
    means = np.zeros((int(group[-1]) + 1, WIDTH), np.float32)
    means[present] = np.add.reduceat(states, first) / count[:, None].astype(np.float32)
    return means


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scaled to unit length; zeros stay zeros."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
    return unit
