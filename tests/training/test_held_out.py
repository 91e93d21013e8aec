"""No text that judges the model is among those that it is fitted on.

The judging texts are not in the repository; whoever has them names their folder in HELD_OUT_DATA. (A name that begins
with TWICETOLD_ would be taken out of the environment before the tests are read.)
"""

from __future__ import annotations

import csv
import os
from importlib.resources import files
from pathlib import Path

import pytest

from twicetold.text.cleaning import clean
from twicetold.training.fit import bare

TRAINING = Path(__file__).parents[2] / "training"
DEMO = Path(str(files("twicetold.data.demo"))) / "goals.csv"
OWN = [*sorted(TRAINING.glob("*.csv")), DEMO]
COLUMNS = ("text_a", "text_b", "goal_text", "text", "paraphrase", "near", "far", "voice")


def texts_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        cells = [row[column] for row in csv.DictReader(file) for column in COLUMNS if row.get(column)]
    return {bare(clean(cell)) for cell in cells if len(cell.split()) > 1}


if "HELD_OUT_DATA" in os.environ:

    @pytest.fixture(scope="module")
    def held_out():
        paths = sorted(Path(os.environ["HELD_OUT_DATA"]).rglob("*.csv"))
        assert paths
        return set().union(*map(texts_of, paths))

    @pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
    def test_no_text_is_held_out_elsewhere(path, held_out):
        assert texts_of(path) & held_out == set()
