"""What the benchmark without scopes says of groups, and its plot."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET

import pytest

from generate import generate
from loglog import plot
from scale import _judged, _planted, _search, groups_of_ours, ours

ROWS = generate(400, 16, 3, scoped=False)


def test_without_scopes_recipients_are_not_told_apart_and_have_more_places():
    scoped, unscoped = generate(3_000, 120, 5), generate(3_000, 120, 5, scoped=False)
    assert {row.recipient_id for row in unscoped} == {"r00000"}
    assert unscoped == generate(3_000, 120, 5, scoped=False)
    texts = {}
    for row in unscoped:
        texts.setdefault(row.cluster_id, set()).add(row.goal_text)
    assert max(map(len, texts.values())) > 6  # more than one recipient makes of one goal
    assert not {row.goal_text for row in scoped if " center" in row.goal_text} & {row.goal_text for row in unscoped}


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ({row.goal_id: row.cluster_id for row in ROWS}, (1, 1)),
        ({}, (0, 0)),
        ({row.goal_id: row.goal_id for row in ROWS}, (0, 0)),
    ],
)
def test_groups_are_judged_by_their_pairs(groups, expected):
    assert _judged(ROWS, groups) == expected


def test_one_group_of_all_has_every_planted_pair_and_little_precision():
    precision, recall = _judged(ROWS, {row.goal_id: "all" for row in ROWS})
    assert recall == 1
    assert 0 < precision < 0.1


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    from generate import write

    folder = tmp_path_factory.mktemp("scale")
    write(ROWS, folder / "goals.csv")
    subprocess.run(ours(folder / "goals.csv", folder / "out"), check=True, timeout=300)
    return folder / "out"


def test_where_all_pairs_are_compared_every_planted_duplicate_is_found(results):
    wanted, found = _planted(ROWS, results, 1)
    assert wanted > 50
    assert found / wanted > 0.95  # a pair reads a misspelled word otherwise than the corpus does
    assert _search(len(ROWS), ROWS, results, 1)[3] == "all pairs compared"


def test_pairs_that_are_neither_in_one_group_nor_listed_are_missing(results):
    wanted, found = _planted(ROWS, results, 1)
    contents = {name: (results / name).read_text(encoding="utf-8") for name in ("groups.csv", "pairs.csv")}
    counts = []
    for name, content in contents.items():
        lines = content.splitlines(keepends=True)
        (results / name).write_text("".join(lines[: len(lines) // 2]), encoding="utf-8")
        counts.append(_planted(ROWS, results, 1)[1])
    for name, content in contents.items():
        (results / name).write_text(content, encoding="utf-8")
    assert found >= counts[0] > counts[1]
    assert counts[1] < 0.9 * wanted
    assert len(groups_of_ours(results)) > 0


def test_a_plot_has_each_line_with_its_name_and_rises_as_the_numbers_do():
    drawn = ET.fromstring(
        plot({"One <b>": {10: 1.0, 1000: 100.0}, "Other": {10: 5.0}, "None": {}}, "records", "seconds")
    )
    texts = ["".join(text.itertext()) for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"One <b>", "Other", "records", "seconds", "1,000"} <= set(texts)
    circles = [(float(c.get("cx")), float(c.get("cy"))) for c in drawn.iter("{http://www.w3.org/2000/svg}circle")]
    assert len(circles) == 3
    assert circles[0][0] < circles[1][0]
    assert circles[0][1] > circles[1][1]


def test_a_plot_of_nothing_is_empty_axes():
    assert plot({}, "records", "seconds").startswith("<!-- made by")


def test_a_gloss_comes_without_its_examples_and_its_licence(tmp_path):
    from glosses import glosses

    for part in ("adj", "adv", "noun", "verb"):
        lines = [
            "  1 This software is provided",
            f"0001 00 {part} 01 x 0 000 | not wet; not damp; \"a dry day\"; 'b'  ",
        ]
        (tmp_path / f"data.{part}").write_text("\n".join(lines), encoding="latin-1")
    assert [(row.goal_id, row.goal_text) for row in glosses(tmp_path)][1] == ("adv-0001", "not wet; not damp; 'b'")
