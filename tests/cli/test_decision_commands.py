"""twicetold decisions: in and out of the store, without loss."""

from __future__ import annotations

import pytest

DECIDED = """record_a,record_b,answer,who,at,why
a,b,same,ann,2026-01-02T00:00:00Z,é
b,c,same,ann,2026-01-03T00:00:00Z,
'-5,=x,different,bob,2026-01-04T00:00:00Z,"x, y"
a,,keeper,ann,2026-01-05T00:00:00Z,
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def decisions(run, request, tmp_path):
    """Runs a command about the decisions of a profile in a store."""
    sqlite = f"sqlite:///{tmp_path / 'store.db'}"
    store = sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    run("db", "upgrade", "--store", store)
    return lambda *arguments: run("decisions", *arguments, "--profile", "files", "--store", store)


def test_a_list_is_added_once(decisions, write):
    path = write(DECIDED, "d.csv")
    assert decisions("import", path).output == "4 decisions added, 0 there already\n"
    assert decisions("import", path).output == "0 decisions added, 4 there already\n"


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
def test_what_is_exported_is_known_when_it_is_imported(decisions, write, tmp_path, name):
    decisions("import", write(DECIDED, "d.csv"))
    assert decisions("export", "--out", name).output == f"4 decisions written to {name}\n"
    assert decisions("import", tmp_path / name).output == "0 decisions added, 4 there already\n"


def test_an_export_goes_to_standard_output(decisions, write, rows):
    decisions("import", write(DECIDED, "d.csv"))
    found = rows(decisions("export").stdout)
    assert [row["answer"] for row in found] == ["same", "same", "different", "keeper"]
    assert found[0]["why"] == "é"


def test_contradictions_are_told_with_their_chain(decisions, write):
    decisions("import", write(DECIDED, "d.csv"))
    result = decisions("import", write("record_a,record_b,answer\na,c,different\n", "more.csv"))
    assert result.exit_code == 0
    assert "contradiction: a = b = c, but a ≠ c" in result.stderr


def test_of_a_list_with_a_bad_row_nothing_is_added(decisions, write):
    result = decisions("import", write("record_a,record_b,answer\na,b,same\na,c,perhaps\n", "d.csv"))
    assert result.exit_code == 4
    assert "line 3" in result.stderr
    assert decisions("export").output.count("\n") == 1


def test_a_database_without_tables_says_what_to_do(run, write, postgres_url):
    result = run("decisions", "import", write(DECIDED), "--profile", "files", "--store", postgres_url)
    assert result.exit_code == 2
    assert "db upgrade" in result.stderr


def test_a_file_gets_its_tables_before_the_first_run(run, write):
    result = run("decisions", "import", write(DECIDED), "--profile", "files", "--store", "sqlite:///new.db")
    assert result.exit_code == 0
    assert "added" in result.output


def test_a_profile_that_nobody_knows_is_refused(run, write, tmp_path):
    store = f"sqlite:///{tmp_path / 'store.db'}"
    for arguments in (("import", write(DECIDED, "d.csv")), ("export",)):
        result = run("decisions", *arguments, "--profile", "golas", "--store", store)
        assert result.exit_code == 2
        assert "There is no profile 'golas'. There are: files" in result.stderr


def test_a_decision_from_the_future_is_refused_and_nothing_is_added(decisions, write):
    result = decisions("import", write(f"{DECIDED}c,d,same,ann,2999-01-01T00:00:00Z,\n", "d.csv"))
    assert result.exit_code == 4
    assert "the decision about c and d was made at 2999-01-01T00:00:00+00:00, which is still to come" in result.stderr
    assert decisions("export").stdout.count("\n") == 1
