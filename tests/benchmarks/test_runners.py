"""What the benchmarks stand on: the sections of the document, the stopwatch, and the peers' scripts."""

from __future__ import annotations

import sys

import pytest

from document import DOCUMENT, section, table, with_section
from environments import HERE, peers
from measure import MIB, machine, measure

TEXT = "# Title\n\n<!-- begin speed -->\n<!-- end speed -->\n\nRest\n"


def test_a_section_comes_back_as_it_was_written():
    assert section(with_section(TEXT, "speed", "| a |\n| - |"), "speed") == "| a |\n| - |"


def test_writing_a_section_twice_changes_nothing_more():
    once = with_section(TEXT, "speed", "new")
    assert with_section(once, "speed", "new") == once


def test_what_lies_outside_a_section_stays():
    written = with_section(with_section(TEXT, "speed", "old"), "speed", "new")
    assert written.startswith("# Title\n\n<!-- begin speed -->")
    assert written.endswith("<!-- end speed -->\n\nRest\n")
    assert "old" not in written


@pytest.mark.parametrize("text", ["", "<!-- end speed --><!-- begin speed -->", TEXT + TEXT])
def test_a_document_without_a_clear_section_is_refused(text):
    with pytest.raises(ValueError, match="begin speed"):
        with_section(text, "speed", "new")


@pytest.mark.parametrize(
    "name",
    ["speed", "cluster", "local_mode", "scale", "glosses", "memory", "runs", "serve", "load", "ranking", "quality"],
)
def test_the_document_has_a_section_for_every_command(name):
    text = DOCUMENT.read_text(encoding="utf-8")
    assert with_section(text, name, section(text, name)) == with_section(
        with_section(text, name, "x"), name, section(text, name)
    )
    assert (HERE / f"{name}.py").is_file()


def test_a_bar_in_a_cell_does_not_break_the_table():
    assert table(["a", "b"], [["x|y", "1"]]).splitlines()[-1] == "| x/y | 1 |"


def test_a_command_is_measured_from_its_own_start():
    held = bytearray(200 * MIB)
    measured = measure([sys.executable, "-c", f"x = bytearray({64 * MIB})"], 60)
    assert measured.failure == ""
    assert 64 * MIB < measured.peak < len(held)
    assert measured.seconds > 0


def test_a_command_that_takes_too_long_is_stopped_and_said_so():
    assert measure(["sleep", "60"], 0.2).failure == "stopped after 0 s"


def test_a_command_that_fails_says_why():
    assert measure(["sh", "-c", "echo first; echo reason >&2; exit 3"], 60).failure == "failed: reason"


def test_the_machine_is_one_line():
    assert "cores" in machine()
    assert "\n" not in machine()


def test_every_peer_has_a_script_and_pins_what_it_is():
    for peer in peers():
        script = peer.score(DOCUMENT, DOCUMENT)[1]
        assert (HERE / "peers" / script).is_file()
        assert "==" in peer.packages[0]
        assert peer.threshold > 0


def test_an_unknown_peer_is_refused():
    with pytest.raises(SystemExit, match="no such peer: nobody"):
        peers(["nobody"])
