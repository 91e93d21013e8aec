"""Labelled pairs and records that the tests of evaluations share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from twicetold.pairs import Thresholds


@pytest.fixture
def pairs() -> dict[str, Any]:
    """Sixty pairs of two kinds, a fair model and a poor baseline, as arguments of ``evaluate_pairs``."""
    generator = np.random.default_rng(7)
    labels = np.arange(60) % 3 == 0
    return {
        "labels": labels.tolist(),
        "probabilities": np.clip(0.25 + 0.5 * labels + 0.2 * generator.normal(size=60), 0, 1).tolist(),
        "texts_a": [f"Serve {k} meals a day" for k in range(60)],
        "texts_b": [f"Offer {k} daily meals" for k in range(60)],
        "thresholds": Thresholds(duplicate=0.5, possible=0.2),
        "kinds": ["number" if k % 2 else "paraphrase" for k in range(60)],
        "ids": [f"p{k:02}" for k in range(60)],
        "baselines": {"coin": generator.random(60).tolist(), "half": (0.4 + 0.1 * labels).tolist()},
    }


@pytest.fixture
def records() -> dict[str, Any]:
    """Twelve records in two scopes, as arguments of ``evaluate_groups``; c1 is torn, c3 and c4 are mixed."""
    return {
        "gold_clusters": ["c1", "c1", "c1", "c2", "c2", "c3", "c4", "c4", "c1", "c1", "c5", "c6"],
        "predicted_groups": ["g1", "g1", "", "g2", "g2", "g3", "g3", "g3", "g1", "g1", "", ""],
        "scopes": ["s"] * 8 + ["t"] * 4,
        "ids": [f"r{k:02}" for k in range(12)],
        "texts": [f"Goal {k} & <b>more</b>" for k in range(12)],
        "baselines": {"alone": [""] * 12, "all": ["x"] * 12},
    }
