"""Records that say the same, for the Python surface."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from twicetold import Record


@pytest.fixture
def records():
    """Of these, g1 and g2 say the same in one scope."""
    return [
        Record("g3", "Repair the roof of the gym.", "north"),
        Record("g1", "Train all staff on safety.", "north", {"created_at": "2024-05-01", "status": "open"}),
        Record("g2", "TRAIN ALL STAFF ON SAFETY", "north", {"created_at": "2023-01-01"}),
        Record("g4", "Train all staff on safety.", "south"),
    ]


@pytest.fixture
def members():
    """The members of each group of a result."""
    return lambda result: [group.members for group in result.groups]


@pytest.fixture
def python():
    """Runs a program in a fresh interpreter and gives what it prints."""

    def python(program: str, **variables: str) -> str:
        command = [sys.executable, "-W", "error", "-c", program]
        answer = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | variables)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    return python
