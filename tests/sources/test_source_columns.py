"""Which columns are taken, guessed, or asked for."""

from __future__ import annotations

import pytest

from twicetold.errors import ColumnAmbiguous, ColumnNotFound
from twicetold.sources.columns import choose_columns
from twicetold.sources.files import read_records


def choose(names, **named):
    columns = choose_columns(names.split(","), source="goals.csv", **named)
    return columns.id, columns.text, columns.scope


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("id,text", ("id", "text", "")),
        ("goal_id,recipient_id,grant_id,goal_text,status", ("goal_id", "goal_text", "recipient_id")),
        ("key,source,record,recipient,text", ("key", "text", "recipient")),
        ("id,goal_id,name,text,scope,recipient_id", ("id", "text", "scope")),
        ("ID,Goal Text,Grant-ID", ("ID", "Goal Text", "Grant-ID")),
        ("goalId,goalName,grantId", ("goalId", "goalName", "grantId")),
        ("uuid,title", ("uuid", "title", "")),
        ("status,description", ("", "description", "")),
    ],
)
def test_usual_names_are_guessed(names, expected):
    assert choose(names) == expected


@pytest.mark.parametrize("names", ["id,title,description", "id,Text,text", "goal_id,record_id,text", "id,note", "a,b"])
def test_several_or_no_candidates_are_an_error_that_lists_all_columns(names):
    with pytest.raises(ColumnAmbiguous) as caught:
        choose(names)
    assert all(repr(name) in caught.value.message for name in names.split(","))
    assert "--text" in caught.value.hint


@pytest.mark.parametrize("first", ["1,Train all staff on safety.", "a7,Train all of our staff", "x,2024-05-01"])
def test_a_missing_header_line_is_suspected_where_names_look_like_data(write, first):
    with pytest.raises(ColumnAmbiguous, match="seems to have no header line"):
        read_records(write(f"{first}\n2,Hire a cook\n"))


@pytest.mark.parametrize("names", ["note,who", "q1,q2", "what is it,fy2024", "a,", "ñ"])
def test_no_header_line_is_missed_where_names_look_like_names(write, names):
    with pytest.raises(ColumnAmbiguous) as caught:
        read_records(write(f"{names}\na,b\n" if "," in names else f"{names}\na\n"))
    assert "header line" not in caught.value.message


def test_equally_good_scopes_are_an_error():
    with pytest.raises(ColumnAmbiguous, match="scope"):
        choose("id,text,recipient,recipient_id")


def test_a_named_column_settles_what_is_ambiguous():
    assert choose("id,title,description", text_column="description") == ("id", "description", "")


def test_a_named_column_is_no_candidate_for_another_role():
    assert choose("id,text,scope", text_column="scope", scope_column="") == ("id", "scope", "")
    assert choose("id,key,text", text_column="id") == ("key", "id", "")


def test_an_empty_scope_means_none():
    assert choose("id,text,recipient_id", scope_column="") == ("id", "text", "")


@pytest.mark.parametrize("wanted", ["Goal text", " goal TEXT "])
def test_a_named_column_may_differ_in_case_and_blanks(wanted):
    assert choose("id,Goal Text", text_column=wanted) == ("id", "Goal Text", "")


def test_a_named_column_that_fits_two_only_by_case_is_not_found():
    with pytest.raises(ColumnNotFound, match="no column 'text'"):
        choose("id,TEXT,Text", text_column="text")


def test_a_missing_column_lists_the_columns_and_the_nearest():
    with pytest.raises(ColumnNotFound, match=r"'goal_txt'\. Did you mean 'goal_text'\? .*'id', 'goal_text'"):
        choose("id,goal_text", text_column="goal_txt")


def test_a_missing_column_like_no_other_suggests_none():
    with pytest.raises(ColumnNotFound) as caught:
        choose("id,text", text_column="zzzz")
    assert "Did you mean" not in caught.value.message


def test_very_many_and_very_long_names_are_cut_in_messages():
    with pytest.raises(ColumnAmbiguous, match="and 60 more") as caught:
        choose(",".join(f"{number}{'x' * 100}" for number in range(100)))
    assert len(caught.value.message) < 3000


def test_what_was_guessed_is_a_finding(write):
    found = read_records(write("goal_id,goal_text,recipient_id\n1,a,r\n"))
    message = next(finding.message for finding in found.findings if finding.code == "columns-guessed")
    assert "'goal_id'" in message
    assert "'goal_text'" in message
    assert "'recipient_id'" in message
    assert found.columns.guessed


def test_nothing_is_guessed_when_all_is_named(write, codes):
    found = read_records(write("a,b,c\n1,x,r\n"), id_column="a", text_column="b", scope_column="c")
    assert not found.columns.guessed
    assert codes(found.findings) == {}


def test_without_a_column_of_ids_the_lines_are_the_ids(write, codes):
    found = read_records(write('text\n"a\nb"\nc\n'))
    assert found.records.ids == ["2", "4"]
    assert "ids-from-lines" in codes(found.findings)


def test_without_a_column_of_scopes_a_finding_says_so(write, codes):
    assert "no-scope" in codes(read_records(write("id,text\n1,a\n")).findings)


def test_two_columns_of_the_same_name_are_ambiguous_when_they_matter(write):
    with pytest.raises(ColumnAmbiguous, match=r"'text' .* more than once"):
        read_records(write("id,text,text\n1,a,b\n"))
    with pytest.raises(ColumnAmbiguous, match="more than once"):
        read_records(write("id,text,text\n1,a,b\n"), text_column="text")


def test_two_other_columns_of_the_same_name_are_both_kept(write, codes):
    found = read_records(write("id,text,note,note,,\n1,a,n,m,,o\n"))
    assert found.records.attributes == {"note": ["n"], "note_4": ["m"], "column_5": [""], "column_6": ["o"]}
    assert codes(found.findings)["header-repaired"] == 3


def test_blanks_around_names_do_not_count(write, codes):
    found = read_records(write(" id , text \n1,a\n"))
    assert (found.columns.id, found.columns.text) == ("id", "text")
    assert "header-repaired" not in codes(found.findings)
