"""What ``twicetold.find`` gives back, and where it can go."""

from __future__ import annotations

import json

import pytest

import twicetold
from twicetold import Answer, Decision, Record, Verdict
from twicetold.errors import OutputNotWritable, SettingInvalid


def test_groups_pairs_and_counts_agree(records):
    result = twicetold.find(records)
    (group,) = result.groups
    assert (group.scope, group.members) == ("north", ("g1", "g2"))
    (pair,) = [(a, b, chance) for a, b, chance in result.pairs if chance >= result.thresholds.duplicate]
    assert [result.records.ids[row] for row in pair[:2]] == ["g1", "g2"]
    assert result.explain(pair[0], pair[1]).verdict is Verdict.DUPLICATE
    assert result.counts["records"] == 4
    assert set(result.model) == {"name", "version", "digest"}


def test_the_summary_is_what_is_written(records, tmp_path):
    result = twicetold.find(records)
    result.write(tmp_path / "out")
    assert json.loads((tmp_path / "out" / "summary.json").read_text()) == result.summary()
    names = ["groups.csv", "pairs.csv", "rejected.csv", "report.html", "summary.json"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names


def test_a_second_write_gives_the_same_bytes(records, tmp_path):
    result = twicetold.find(records)
    result.write(tmp_path / "a")
    result.write(str(tmp_path / "b"))
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_the_report_alone_says_which_columns_were_read(records, tmp_path):
    twicetold.find(records).report(tmp_path / "new" / "report.html")
    page = (tmp_path / "new" / "report.html").read_text()
    assert "TRAIN ALL STAFF ON SAFETY" in page
    assert "scope from" in page
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["report.html"]


def test_a_place_that_cannot_be_written_is_an_error(records, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputNotWritable):
        twicetold.find(records).write(tmp_path / "file")


def test_the_groups_as_arrow_and_pandas(records):
    result = twicetold.find(records)
    rows = result.to_arrow().to_pylist()
    assert [(row["record_id"], row["scope"], row["size"], row["keeper"]) for row in rows] == [
        ("g1", "north", 2, False),
        ("g2", "north", 2, True),
    ]
    assert {row["group_id"] for row in rows} == {result.groups[0].id}
    assert result.to_pandas().to_dict(orient="records") == rows


def test_no_groups_are_a_table_without_rows():
    result = twicetold.find([Record("1", "a goal")])
    assert result.groups == ()
    assert result.to_arrow().num_rows == len(result.to_pandas()) == 0
    assert result.to_arrow().column_names == list(result.to_pandas().columns)


def test_decisions_win(records, members):
    apart = [Decision("g1", "g2", Answer.DIFFERENT)]
    assert members(twicetold.find(records, decisions=apart)) == []
    together = [Decision("g3", "g1", Answer.SAME)]
    assert members(twicetold.find(records, decisions=iter(together))) == [("g1", "g2", "g3")]


def test_progress_ends_with_all_records(records):
    told = []
    twicetold.find(records, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (4, 4)
    assert told == sorted(told)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"duplicate": 2}, "duplicate = 2"),
        ({"keeper": "newest"}, "'newest' is none of"),
        ({"duplicate": 0.2, "possible": 0.4}, "possible = 0.4 is above duplicate = 0.2"),
        ({"dupplicate": 0.2}, "settings: there is no setting 'dupplicate'"),
    ],
)
def test_settings_that_cannot_be_are_refused(records, settings, said):
    with pytest.raises(SettingInvalid, match=said):
        twicetold.find(records, settings=settings)


def test_the_lower_threshold_never_exceeds_the_upper_one(records):
    thresholds = twicetold.find(records, settings={"duplicate": 0.01}).thresholds
    assert (thresholds.duplicate, thresholds.possible) == (0.01, 0.01)
