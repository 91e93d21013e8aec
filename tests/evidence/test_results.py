"""Results are read as pytest writes them, and the worst case of a test counts."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import pytest

TESTS = """
import pytest
@pytest.mark.parametrize("n", [1, 2, "a[b]"])
def test_cases(n):
    assert n != 2
def test_skip():
    pytest.skip("no")
@pytest.fixture
def broken():
    yield
    raise OSError
def test_end(broken):
    pass
def test_good():
    pass
"""


def test_what_pytest_writes_is_read(tmp_path):
    from evidence import results

    (tmp_path / "tests" / "part").mkdir(parents=True)
    (tmp_path / "tests" / "part" / "test_some.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]")
    report = tmp_path / "results.xml"
    before = dt.datetime.now(tz=dt.UTC).replace(microsecond=0)
    subprocess.run([sys.executable, "-m", "pytest", "--junitxml=results.xml", "-q"], cwd=tmp_path, check=False)
    found = results.read([report])
    path = "tests/part/test_some.py::"
    assert found.outcomes == {
        f"{path}test_cases": "failed",
        f"{path}test_skip": "was skipped",
        f"{path}test_end": "failed",
        f"{path}test_good": "passed",
    }
    assert found.cases[f"{path}test_cases"] == 3
    assert before <= found.begun <= found.ended


def test_several_files_are_one_result(tmp_path):
    from evidence import results

    for number, inner in enumerate(["", "<skipped/>"]):
        (tmp_path / f"{number}.xml").write_text(
            f'<testsuites><testsuite timestamp="2026-01-0{number + 1}T00:00:00" time="1.5">'
            f'<testcase classname="tests.a" name="test_x">{inner}</testcase></testsuite></testsuites>'
        )
    found = results.read([tmp_path / "0.xml", tmp_path / "1.xml"])
    assert found.outcomes == {"tests/a.py::test_x": "was skipped"}
    assert (found.begun.day, found.ended.day) == (1, 2)
    assert found.begun.tzinfo


@pytest.mark.parametrize("text", ["", "<html/>", "<testsuite/>", "no XML", "<testsuite timestamp='x' time='1'/>"])
def test_what_is_no_result_is_refused(tmp_path, text):
    from evidence import results

    (tmp_path / "odd.xml").write_text(text)
    with pytest.raises(results.ResultsWrong):
        results.read([tmp_path / "odd.xml"])


def test_a_file_that_is_not_there_is_named(tmp_path):
    from evidence import results

    with pytest.raises(results.ResultsWrong, match=r"gone\.xml"):
        results.read([tmp_path / "gone.xml"])


def test_a_command_passes_if_it_ends_with_0(tmp_path, capsys):
    from evidence import results

    commands = ["python -c pass", "python -c 'raise SystemExit(3)'"]
    assert list(results.run_commands(tmp_path, commands).values()) == ["passed", "failed"]
    assert "SystemExit(3)" in capsys.readouterr().err
