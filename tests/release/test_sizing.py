"""Sizes and costs follow from what runs said of themselves."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from releasing.pipeline import ROOT
from releasing.sizing import MIB, NotASummary, Run, databases, dollars, read, table


def line(**changes):
    fields = {"event": "run.summary", "profile": "p", "state": "published", "wall_seconds": 120.0}
    return json.dumps(fields | {"memory": {"process_peak": 400 * MIB}} | changes)


def test_a_run_is_read_from_between_other_lines():
    (run,) = read(["starting", '{"event": "run.stage"}', "[]", line()])
    assert run == Run("p, published", 120.0, 400 * MIB)


@pytest.mark.parametrize("lines", [[], ["no JSON"], [line(memory={})], [line(wall_seconds=None)]])
def test_what_is_no_summary_is_refused(lines):
    with pytest.raises(NotASummary):
        read(lines)


@pytest.mark.parametrize(("peak", "memory"), [(1, 64), (51, 64), (52, 128), (400, 512), (481, 640)])
def test_a_task_gets_a_quarter_more_than_the_peak(peak, memory):
    assert Run("", 1.0, peak * MIB).memory == memory


def test_a_task_is_paid_for_while_it_runs():
    run = Run("", 3600.0, 800 * MIB)
    assert run.memory == 1024
    assert run.monthly(730) == pytest.approx(150.0)
    assert run.monthly(30) == pytest.approx(150 * 30 / 730)


def test_the_table_has_a_row_for_each_run():
    assert table([Run("all", 238.1, 481 * MIB)], 30).splitlines()[2:] == [
        "| all | 238.1 | 481 | 640M | $0.25 | $94 |",
    ]


def test_amounts_are_read_at_a_glance():
    assert [dollars(each) for each in (0.0, 0.004, 0.25, 9.994, 150)] == [
        "under $0.01",
        "under $0.01",
        "$0.25",
        "$9.99",
        "$150",
    ]
    assert "| `aws-rds` small-psql | $100 |" in databases()


def test_the_command_prints_the_table_or_says_why_not(tmp_path):
    file = tmp_path / "runs.jsonl"
    file.write_text(line() + "\n")
    command = [sys.executable, str(ROOT / "deploy/sizing"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "| p, published | 120.0 | 400 | 512M |" in done.stdout
    file.write_text("")
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert "Nothing was computed" in failed.stderr
