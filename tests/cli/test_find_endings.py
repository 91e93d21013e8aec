"""How ``twicetold find`` ends when something outside ends it: real processes, signals, disks and terminals."""

from __future__ import annotations

import os
import pty
import re
import resource
import signal
import time
from pathlib import Path

import pytest

FULL = Path("/dev/full")
FORMER = {"groups.csv": "former groups\n", "summary.json": "former summary\n"}
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:[34]\d|9\d|[12])m")


@pytest.fixture
def former(tmp_path):
    """A folder with the results of an earlier run."""
    out = tmp_path / "out"
    out.mkdir()
    for name, text in FORMER.items():
        (out / name).write_text(text)
    return out


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def until_it_compares(child):
    """Waits until the findings about the input are out, which are printed before the comparison begins."""
    assert b"guessed" in child.stderr.readline()
    time.sleep(1.0)
    assert child.poll() is None, "it was done before it could be stopped"


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143)],
)
def test_a_stopped_run_leaves_the_former_results(process, many_texts, former, number, status):
    child = process("find", many_texts, "--out", former)
    until_it_compares(child)
    child.send_signal(number)
    out, err = child.communicate(timeout=60)
    assert child.returncode == status
    assert b"Stopped; no half-written file is left." in err
    assert b"Traceback" not in err
    assert out == b""
    assert contents(former) == FORMER


def test_a_stopped_first_run_leaves_no_folder(process, many_texts, tmp_path):
    child = process("find", many_texts, "--out", tmp_path / "new" / "out")
    until_it_compares(child)
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=60)
    assert child.returncode == 130
    assert list(tmp_path.iterdir()) == [many_texts]


def test_a_full_disk_leaves_the_former_results(process, goals, former):
    def small_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

    # The limit would also cut the file in which coverage, if on, writes what it saw.
    child = process("find", goals, "--out", former, preexec_fn=small_disk, env={"COVERAGE_PROCESS_CONFIG": ""})
    _, err = child.communicate()
    assert child.returncode == 3
    assert re.search(rf"The results cannot be written to {former}: File too large", err.decode())
    assert "Free some space" in err.decode()
    assert contents(former) == FORMER


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_a_full_disk_behind_standard_output_is_an_error(process, goals, arguments):
    with FULL.open("w") as full:
        child = process("find", goals, *arguments, stdout=full)
        _, err = child.communicate()
    assert child.returncode == 3
    assert b"no space left" in err
    assert b"Exception ignored" not in err


def test_a_reader_that_has_gone_is_no_error_worth_words(process, goals):
    read, write = os.pipe()
    os.close(read)
    child = process("find", goals, stdout=write)
    os.close(write)
    _, err = child.communicate()
    assert child.returncode == 141
    assert b"Broken" not in err
    assert b"Exception ignored" not in err


def test_a_folder_that_cannot_be_written_is_found_out_before_the_work(run, goals, tmp_path):
    (tmp_path / "file").write_text("mine")
    result = run("find", goals, "--out", "file/out")
    assert result.exit_code == 2
    assert "The results cannot be written to file/out: there is a file where a folder is needed." in result.stderr
    assert "guessed" not in result.stderr
    assert (tmp_path / "file").read_text() == "mine"


def on_a_terminal(process, *arguments, **variables):
    """What a process writes to a terminal on standard error, and its exit status."""
    ours, theirs = pty.openpty()
    variables = {"TERM": "xterm-256color", "COLUMNS": "100", **variables}
    child = process(*arguments, stdin=theirs, stderr=theirs, env=variables)
    os.close(theirs)
    written = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other side is closed
            part = b""
        if not part:
            break
        written += part
    os.close(ours)
    child.stdout.read()
    return written.decode(), child.wait()


def test_a_terminal_gets_a_bar_and_colours(process, goals):
    written, status = on_a_terminal(process, "find", goals)
    assert status == 0
    assert "comparing" in written
    assert COLOUR.search(written)
    assert '"event"' not in written


def test_a_terminal_gets_no_colours_where_they_are_not_wanted(process, goals):
    written, status = on_a_terminal(process, "find", goals, NO_COLOR="1")
    assert status == 0
    assert "The columns were guessed" in written
    assert not COLOUR.search(written)


def test_a_quiet_run_leaves_the_terminal_alone(process, goals):
    assert on_a_terminal(process, "find", goals, "--quiet") == ("", 0)


def test_a_file_or_pipe_gets_plain_text(process, goals):
    out, err = process("find", goals).communicate()
    assert b"\x1b" not in out + err
    assert b"1 group with 2 records" in out


def test_a_terminal_that_lacks_characters_gets_their_codes(process, write):
    path = write("id,text\n1,Visit the café 🎉\n2,VISIT THE CAFÉ 🎉\n")
    child = process("find", path, env={"PYTHONIOENCODING": "latin-1"})
    out, err = child.communicate()
    assert child.returncode == 0, err
    assert "café \\U0001f389".encode("latin-1") in out
