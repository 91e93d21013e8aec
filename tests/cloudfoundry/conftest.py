"""A Cloud Foundry on this machine, clients in a hurry, and the command line against it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from twicetold.cli import cf, main
from twicetold.platform.cloudfoundry.client import Client
from twicetold.platform.cloudfoundry.exchange import Pace
from twicetold.platform.cloudfoundry.tasks import order
from twicetold.platform.settings import load
from twicetold.testing import FakeCloudFoundry

#: Patience of clients against a server that answers in milliseconds.
HURRY = Pace(attempts=4, pause=0.01, longest_pause=0.05, poll=0.02, longest_poll=0.05, settle=0.1, grace=5.0, stop=0.4)


@pytest.fixture
def foundry():
    with FakeCloudFoundry() as foundry:
        yield foundry


@pytest.fixture
def connect(foundry):
    """A client of the fake, with other settings or another pace on demand."""

    def connect(pace=HURRY, **settings):
        return Client(load(foundry.settings | settings), pace)

    return connect


@pytest.fixture
def ask():
    """An order for a task."""

    def ask(*words, key="k", memory=None, disk=None):
        return order(words or ("twicetold", "run", "--profile", "goals"), key, memory=memory, disk=disk)

    return ask


@pytest.fixture
def until():
    """Waits for a condition."""

    def until(condition, seconds=20):
        end = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < end, "what the test waits for does not come"
            time.sleep(0.005)
        return found

    return until


@pytest.fixture
def run(foundry, tmp_path, monkeypatch):
    """Runs ``twicetold cf`` in this process; a traceback fails the test, and so does a secret in the output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cf, "PACE", HURRY)
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments, **variables):
        result = CliRunner().invoke(main, ["cf", *map(str, arguments)], env=foundry.variables | variables)
        if not isinstance(result.exception, SystemExit | None):
            raise result.exception
        for secret in (foundry.username, foundry.password, "eyJ"):
            assert secret not in result.output
        return result

    yield run
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def process(foundry, tmp_path):
    """Starts ``twicetold cf`` as a process of its own."""
    started = []

    def process(*arguments):
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "twicetold", "cf", *arguments],
                cwd=tmp_path,
                env=os.environ | foundry.variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield process
    for child in started:
        child.kill()
        child.communicate()
