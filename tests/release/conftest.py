"""The tools of a release, which lie beside the package."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "benchmarks")]
