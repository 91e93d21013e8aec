"""Places: on which line of a TOML file a key stands."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.runs.places import line_of, lines_of

TOML = r"""# a comment with = and [brackets]
title = "a # in a string" # and = after it

[source]
kind = "files" \t
files = [
  "a.csv", # ] in a comment
  "b].csv",
]
where = '''
[match]
duplicate = 1
'''

[match]
duplicate = 0.9
thresholds.possible = 0.5
"quoted key".'other.key' = 1

[[match.separate]]
name = "one"
column = "\u0061"
[[match.separate]]
# between
name = "two"
when = "both"
[match.separate.more]
deep = true
[ publish . "s 3" ]
inline = { service = "x", prefix = "y" }
text = \"\"\"
not = "a key"
\"\"\"\"\"
last = [[1, 2], [3]]
[a.b]
[a]
x = 1979-05-27T07:32:00Z
-dash_1 = -1.5e3
""".replace('\\"', '"').replace("\\t", "\t")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("source",), 4),
        (("source", "kind"), 5),
        (("source", "files"), 6),
        (("source", "where"), 10),
        (("match",), 15),
        (("match", "duplicate"), 16),
        (("match", "thresholds", "possible"), 17),
        (("match", "quoted key", "other.key"), 18),
        (("match", "separate"), 20),
        (("match", "separate", 0), 20),
        (("match", "separate", 0, "name"), 21),
        (("match", "separate", 0, "column"), 22),
        (("match", "separate", 1), 23),
        (("match", "separate", 1, "name"), 25),
        (("match", "separate", 1, "when"), 26),
        (("match", "separate", 1, "more", "deep"), 28),
        (("publish", "s 3"), 29),
        (("publish", "s 3", "inline"), 30),
        (("publish", "s 3", "text"), 31),
        (("publish", "s 3", "last"), 34),
        (("a", "b"), 35),
        (("a", "x"), 37),
        (("a", "-dash_1"), 38),
    ],
    ids=str,
)
def test_a_key_stands_on_its_line(path, line):
    tomllib.loads(TOML)
    assert lines_of(TOML)[path] == line


def test_nothing_inside_a_string_or_comment_is_a_key():
    found = set(lines_of(TOML))
    assert not [path for path in found if "not" in path or path == ("duplicate",)]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment", "  \t "])
def test_a_file_without_keys_has_no_lines(text):
    assert lines_of(text) == {}


def test_a_key_without_a_line_is_where_its_table_is():
    lines = lines_of("\n[publish]\ns3 = { service = 'x' }\n")
    assert line_of(lines, ("publish", "s3", "service")) == 3
    assert line_of(lines, ("publish", "out")) == 2
    assert line_of(lines, ("schedule", "cron")) == 1
    assert line_of(lines, ()) == 1


def test_the_last_line_needs_no_line_break():
    assert lines_of("a = 1\nb = 2")[("b",)] == 2


def test_windows_line_ends_count_once():
    assert lines_of("a = 1\r\n[b]\r\nc = 2\r\n")[("b", "c")] == 3


bare = st.from_regex(r"[A-Za-z0-9_-]{1,4}", fullmatch=True)
values = st.sampled_from(
    ['"x"', "'''\n[a]\nb = 1\n'''", '"""a\n\\""" # = """', "[\n1, # x = 2\n]", "1.5", "{ a = 1 }", "[]"]
)


@given(
    st.dictionaries(bare, values, max_size=6), st.lists(st.sampled_from(["", "# [x]", "  "]), min_size=6, max_size=6)
)
def test_every_key_of_a_table_is_found_on_the_line_that_begins_with_it(table, between):
    text = "".join(f"{gap}\n{key} = {value} # end\n" for gap, (key, value) in zip(between, table.items(), strict=False))
    assert set(tomllib.loads(text)) == set(table)
    lines = lines_of(text)
    assert {path[0] for path in lines} == set(table)
    for key in table:
        assert text.split("\n")[lines[(key,)] - 1].startswith(f"{key} =")
