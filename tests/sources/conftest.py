"""Files for the readers."""

from __future__ import annotations

import csv
import io

import pytest


@pytest.fixture
def write(tmp_path):
    """Writes text or bytes to a new file and gives its path."""

    def write(content: str | bytes, name: str = "goals.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


@pytest.fixture
def codes():
    """The codes of findings with their counts."""
    return lambda findings: {finding.code: finding.count for finding in findings}


@pytest.fixture(scope="session")
def as_csv():
    """Rows as text, written by the standard library."""

    def as_csv(rows, **style) -> str:
        out = io.StringIO(newline="")
        csv.writer(out, **style).writerows(rows)
        return out.getvalue()

    return as_csv
