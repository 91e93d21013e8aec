"""twicetold schedule: a process that stays, starts runs by the clock and on request, and stops with them."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

PROFILE = """
[source]
kind = "files"
files = ["goals.csv"]
[schedule]
cron = "{cron}"
"""
GOALS = "id,text,scope\n1,Train all staff on safety.,a\n2,TRAIN ALL STAFF ON SAFETY,a\n3,Repair the roof.,a\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "goals.csv").write_text(GOALS)
    (tmp_path / "often.toml").write_text(PROFILE.format(cron="* * * * *"))
    (tmp_path / "rarely.toml").write_text(PROFILE.format(cron="0 0 1 1 *"))
    return tmp_path


@pytest.fixture
def start(folder):
    """Starts the command; whatever happens, it ends with the test."""
    started = []

    def start_with(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "twicetold", "schedule", *arguments]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command, cwd=folder, stdout=pipe, stderr=subprocess.STDOUT, text=True, env=environment
        )
        started.append(process)
        return process

    yield start_with
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def summary_of(process) -> dict:
    """The last words of the first run that says some."""
    for line in process.stdout:
        if '"run.summary"' in line:
            return json.loads(line)
    raise AssertionError("it ended without a run")


def wait_for(path, seconds=30):
    until = time.monotonic() + seconds
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert path.exists()


def test_a_run_is_started_at_the_minute_of_its_schedule(start):
    process = start("--profile", "often")
    summary = summary_of(process)
    assert (summary["profile"], summary["state"], summary["counts"]["groups"]) == ("often", "published", 1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 143


def test_a_request_is_done_while_the_process_stays(start, folder):
    process = start("--profile", "rarely", "--requests")
    wait_for(folder / "twicetold.db")
    time.sleep(2)  # until its tables are made
    with sqlite3.connect(folder / "twicetold.db", timeout=30) as store:
        store.execute("INSERT INTO requests (key, profile) VALUES ('k', 'rarely')")
    assert summary_of(process)["state"] == "published"
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    with sqlite3.connect(folder / "twicetold.db") as store:
        assert store.execute("SELECT state, exit_status FROM requests").fetchall() == [("done", 0)]


def test_a_profile_without_a_schedule_is_refused(start, folder):
    (folder / "plain.toml").write_text('[source]\nkind = "files"\nfiles = ["goals.csv"]\n')
    process = start("--profile", "plain")
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "plain.toml has no [schedule]" in said


def test_nothing_to_stay_for_is_a_mistake(start):
    process = start()
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "--requests" in said
