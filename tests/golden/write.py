"""Writes the golden file anew: the shipped model's probability of each of its 200 pairs.

    python tests/golden/write.py

The pairs stay as they are; what follows from the model is replaced. Whoever has a version of the model can rely on its
scores, so this refuses to write scores that moved while the version stayed: raise ``version`` in the model's recipe,
train, and say so in CHANGELOG.md. Until a version has been released nobody relies on it; then

    python tests/golden/write.py --unreleased

writes all the same.

The pairs are, of each kind of ``training/pairs.csv``, the five whose ids have the lowest SHA-256, no two of one field;
one pair of each scope of ``training/records.csv``, in turn of one cluster and of two that read alike; and a few written
for this file that are odd in form.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

from twicetold import Model, score

GOLDEN = Path(__file__).with_name("scores.csv")
COLUMNS = ("model", "digest", "id", "kind", "field", "text_a", "text_b", "probability")
#: How far a probability may be from the file on another machine. Float kernels differ between processors: they sum in
#: another order, so cosines differ in their last digits, and weights of several log-odds make more of it. With and
#: without VNNI instructions the scores were less than 0.0001 apart; the rest is room for other families of processors.
#: A change of the model or of the reading moves pairs by far more. So does an encoder whose 8-bit products overflow on
#: processors without VNNI (it moved half of the pairs): if this fails on one kind of machine only, look there.
TOLERANCE = 0.005
REMEDY = (
    "If that is wanted, raise `version` in training/recipe.toml, train the model, note **scores change** in "
    "CHANGELOG.md and run: python tests/golden/write.py"
)


def read() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def named(model: Model) -> tuple[str, str]:
    """Name with version, and the digest of all that decides a score, lexicon included."""
    return f"{model.label['name']} {model.label['version']}", model.label["digest"]


def scored(rows: list[dict[str, str]], model: Model) -> list[float]:
    """What the model says of the pairs now."""
    return score([row["text_a"] for row in rows], [row["text_b"] for row in rows], model=model)


def moved(rows: list[dict[str, str]], chances: list[float]) -> list[str]:
    """The pairs whose probability is not the one in the file, furthest first, each in a few words."""
    both = [(row["id"], float(row["probability"]), chance) for row, chance in zip(rows, chances, strict=True)]
    far = [each for each in both if abs(each[2] - each[1]) > TOLERANCE]
    far.sort(key=lambda each: (-abs(each[2] - each[1]), each[0]))
    return [f"{name}: {before:.4f} -> {now:.4f}" for name, before, now in far]


def described(changes: list[str], total: int, version: str) -> str:
    return (
        f"{len(changes)} of {total} probabilities moved by more than {TOLERANCE}, but the model is still {version}; "
        f"furthest {'; '.join(changes[:5])}. {REMEDY}"
    )


def rewritten(rows: list[dict[str, str]], model: Model, *, unreleased: bool = False) -> str:
    """The golden file with the scores of the model."""
    version, digest = named(model)
    chances = scored(rows, model)
    changes = moved(rows, chances)
    if changes and not unreleased and {row["model"] for row in rows} == {version}:
        raise SystemExit(described(changes, len(rows), version))
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row, chance in zip(rows, chances, strict=True):
        writer.writerow({**row, "model": version, "digest": digest, "probability": f"{chance:.4f}"})
    return out.getvalue()


if __name__ == "__main__":
    if not set(sys.argv[1:]) <= {"--unreleased"}:
        raise SystemExit(__doc__)
    text = rewritten(read(), Model(), unreleased="--unreleased" in sys.argv)
    GOLDEN.write_text(text, encoding="utf-8", newline="")
