"""Packing: what a run lays aside comes back exactly as it was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.decisions import Constraints
from twicetold.engines import local
from twicetold.findings import Finding, Severity
from twicetold.groups import Group
from twicetold.matching.keeper import KeeperRule
from twicetold.model.artifact import Model
from twicetold.pairs import Pairs, Thresholds
from twicetold.pipeline import ScopeResult, Settings, compare_scopes, prepare_scopes
from twicetold.records import Records
from twicetold.runs.packing import pack, pack_input, pack_scope, unpack, unpack_input, unpack_scope
from twicetold.sources.columns import Columns
from twicetold.sources.input import Input
from twicetold.sources.table import RejectedRow
from twicetold.text.abbreviations import learn

texts = st.text(st.characters(), max_size=8)  # halves of surrogate pairs, too
NAMES = ("meaning", "order")


def input_of(count, *, rejected=(), findings=(), names=("status",)):
    rows = range(count)
    records = Records(
        [f"g{row}" for row in rows],
        [f"Text {row} é" for row in rows],
        [f"s{row % 3}" for row in rows],
        {name: [f"{name} {row}" for row in rows] for name in names},
    )
    return Input(records, tuple(rejected), tuple(findings), Columns("id", "text", "", guessed=True), "f" * 64)


@pytest.mark.parametrize("count", [0, 1, 4999, 5000, 5001, 12_000])
def test_an_input_comes_back_however_large(count):
    found = input_of(count, names=("status", "created_at") if count else ())
    parts = list(pack_input(found))
    assert unpack_input(iter(parts)) == found
    assert len(parts) == 1 + -(-count // 5000)


@given(
    st.lists(st.tuples(texts, texts, texts, texts), max_size=5),
    st.lists(
        st.builds(RejectedRow, st.integers(1, 9), texts, st.lists(texts, max_size=3).map(tuple), texts), max_size=3
    ),
    st.lists(st.builds(Finding, st.sampled_from(Severity), texts, texts, st.integers(0, 9)), max_size=3),
)
def test_an_input_of_any_texts_comes_back(rows, rejected, findings):
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    records = Records(*columns[:3], {"odd\0name": columns[3]} if rows else {})
    found = Input(records, tuple(rejected), tuple(findings), Columns("", "t", "s", guessed=False), "f")
    assert unpack_input(pack_input(found)) == found


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | texts, lambda of: st.lists(of) | st.dictionaries(texts, of)
    )
)
def test_whatever_json_can_say_comes_back(content):
    assert unpack(pack(content)) == content


def arrays(kind, shape):
    return st.binary(min_size=(size := int(np.prod(shape)) * np.dtype(kind).itemsize), max_size=size).map(
        lambda data: np.frombuffer(data, kind).reshape(shape)
    )


@st.composite
def scope_results(draw):
    """The result of a scope whose rows lie somewhere among those of other scopes."""
    rows = np.array(sorted(draw(st.sets(st.integers(0, 10**6), min_size=2, max_size=9))), np.int32)

    def pairs():
        count = draw(st.integers(0, 4))
        sides = [np.array([draw(st.sampled_from(rows.tolist())) for _ in range(count)], np.int32) for _ in "ab"]
        return Pairs(*sides, draw(arrays(np.float64, (count,))), draw(arrays(np.float32, (count, 2))), NAMES)

    found = pairs()
    histogram = np.array(draw(st.lists(st.integers(0, 2**40), min_size=50, max_size=50)), np.int64)
    result = ScopeResult(
        groups=tuple(
            Group(draw(texts), "scope", tuple(draw(st.lists(texts, max_size=3))), draw(texts)) for _ in range(2)
        ),
        pairs=found,
        identical=np.array([draw(st.booleans()) for _ in range(len(found))], bool),
        reasons=[draw(texts) for _ in range(len(found))],
        nearest=pairs(),
        histogram=histogram,
        distinct=draw(st.integers(0, 9)),
        truncated=1,
        spanish=2,
        contradictions=3,
        separated=draw(st.dictionaries(texts, st.integers(0, 9), max_size=2)),
    )
    return result, rows


def assert_same(one: ScopeResult, other: ScopeResult) -> None:
    for name in ("groups", "distinct", "truncated", "spanish", "contradictions"):
        assert getattr(one, name) == getattr(other, name)
    assert (list(one.reasons), dict(one.separated)) == (list(other.reasons), dict(other.separated))
    arrays_of = [
        [pairs.a, pairs.b, pairs.probability, pairs.log_odds]
        for result in (one, other)
        for pairs in (result.pairs, result.nearest)
    ]
    columns = [[*arrays_of[0], *arrays_of[1]], [*arrays_of[2], *arrays_of[3]]]
    columns[0] += [one.identical, one.histogram]
    columns[1] += [other.identical, other.histogram]
    for mine, theirs in zip(*columns, strict=True):
        assert (mine.dtype, mine.shape, mine.tobytes()) == (theirs.dtype, theirs.shape, theirs.tobytes())
    assert tuple(one.pairs.names) == tuple(other.pairs.names)


@given(scope_results())
def test_the_result_of_a_scope_comes_back_bit_by_bit(made):
    result, rows = made
    assert_same(unpack_scope(pack_scope(result, rows), "scope", rows), result)


@given(scope_results(), st.integers(1, 1000))
def test_a_result_holds_where_the_scope_has_other_rows_now(made, shift):
    result, rows = made
    moved = unpack_scope(pack_scope(result, rows), "scope", rows + np.int32(shift))
    assert moved.pairs.a.tolist() == (result.pairs.a + shift).tolist()
    assert moved.nearest.b.tolist() == (result.nearest.b + shift).tolist()
    assert moved.groups == result.groups


def test_what_the_pipeline_finds_comes_back_and_packs_to_the_same_bytes():
    model = Model()
    rows = [("a", "Train all staff on safety."), ("b", "TRAIN ALL STAFF ON SAFETY"), ("c", "Train the staff on safety")]
    records = Records([row[0] for row in rows], [row[1] for row in rows], [""] * 3)
    scope = np.arange(3, dtype=np.int32)
    learned = learn(records.texts, records.scopes, model.lexicon, model.is_known)
    settings = Settings(Thresholds(0.5, 0.2), Constraints(), KeeperRule())
    (result,) = compare_scopes(records, prepare_scopes(records, [scope], model, learned), model, settings)
    content = pack_scope(result, scope)
    back = unpack_scope(content, "", scope)
    assert_same(back, result)
    assert pack_scope(back, scope) == content
    assert [group.members for group in back.groups] == [
        group.members for group in local.run(records, model, settings).groups
    ]
