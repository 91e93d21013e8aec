"""Packing: what a run lays aside comes back exactly as it was."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.decisions import Constraints
from twicetold.engines import local, packing
from twicetold.engines.packing import FORM, Past, pack_scope, text_key, unpack_past, unpack_scope
from twicetold.errors import RunNotFound
from twicetold.findings import Finding, Severity
from twicetold.groups import Group
from twicetold.matching.compared import Compared, in_row_order
from twicetold.matching.keeper import KeeperRule
from twicetold.matching.recall import Recall
from twicetold.matching.suggested import Searched
from twicetold.model.artifact import Model
from twicetold.pairs import Pairs, Thresholds
from twicetold.pipeline import ScopeResult, Settings, by_row, compare_scopes, identical_pairs, prepare_scopes
from twicetold.records import Records
from twicetold.runs.packing import pack, pack_input, unpack, unpack_input
from twicetold.sources.columns import Columns
from twicetold.sources.input import Input
from twicetold.sources.table import RejectedRow
from twicetold.text.abbreviations import learn
from twicetold.text.reading import read

texts = st.text(st.characters(), max_size=8)  # halves of surrogate pairs, too
numbers = st.integers(0, 10**9)
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
    count = draw(st.integers(1, len(rows)))

    def places():
        every = list(combinations(range(count), 2))
        return np.array(draw(st.lists(st.sampled_from(every), unique=True) if every else st.just([])), np.int32)

    def pairs():
        a, b = places().reshape(-1, 2).T
        return Pairs(a, b, draw(arrays(np.float64, (len(a),))), draw(arrays(np.float32, (len(a), 2))), NAMES)

    likely = [(a, b, draw(st.integers(1, 49))) for a, b in places().reshape(-1, 2).tolist()]
    compared = Compared(
        count,
        in_row_order(pairs()),
        pairs(),
        draw(st.sampled_from([-1, 0.25])),
        places().reshape(-1, 2),
        np.array(likely, np.int32).reshape(-1, 3),
        draw(st.sampled_from([0, 7, 5 * 10**11])),
    )
    between = by_row(compared.pairs, rows[:count])
    kept = np.array([draw(st.booleans()) for _ in range(len(between))], bool)
    same = [(draw(st.sampled_from(rows[:count].tolist())), row) for row in rows[count:].tolist()]
    a, b = np.array(same, np.int32).reshape(-1, 2).T
    found = Pairs.concatenate([between.take(kept), identical_pairs(a, b, NAMES)])
    order = np.lexsort((found.b, found.a))
    result = ScopeResult(
        groups=tuple(
            Group(draw(texts), "scope", tuple(draw(st.lists(texts, max_size=3))), draw(texts)) for _ in range(2)
        ),
        pairs=found.take(order),
        identical=np.r_[np.zeros(kept.sum(), bool), np.ones(len(same), bool)][order],
        reasons=[draw(texts) for _ in range(len(found))],
        compared=compared,
        standing=rows[:count],
        truncated=1,
        spanish=2,
        contradictions=3,
        separated=draw(st.dictionaries(texts, st.integers(0, 9), max_size=2)),
        searched=draw(st.none() | st.builds(Searched, st.builds(Recall, *[numbers] * 4), numbers, numbers)),
    )
    return result, rows, [draw(st.binary(min_size=16, max_size=16)) for _ in range(count)]


def assert_same(one: ScopeResult, other: ScopeResult) -> None:
    for name in ("groups", "truncated", "spanish", "contradictions", "searched"):
        assert getattr(one, name) == getattr(other, name)
    assert (list(one.reasons), dict(one.separated)) == (list(other.reasons), dict(other.separated))
    assert_same_comparison(one.compared, other.compared)
    assert_same_pairs(one.pairs, other.pairs)
    assert_same_pairs(one.nearest, other.nearest)
    for mine, theirs in ((one.identical, other.identical), (one.standing, other.standing)):
        assert (mine.dtype, mine.tolist()) == (theirs.dtype, theirs.tolist())


def assert_same_pairs(one: Pairs, other: Pairs) -> None:
    for name in ("a", "b", "probability", "log_odds"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert (mine.dtype, mine.shape, mine.tobytes()) == (theirs.dtype, theirs.shape, theirs.tobytes())
    assert tuple(one.names) == tuple(other.names)


def assert_same_comparison(one: Compared, other: Compared) -> None:
    assert (one.texts, one.complete_above, one.unseen) == (other.texts, other.complete_above, other.unseen)
    assert (one.vetoed.tolist(), one.likely.tolist()) == (other.vetoed.tolist(), other.likely.tolist())
    assert_same_pairs(one.pairs, other.pairs)
    assert_same_pairs(one.below, other.below)
    assert one.histogram.tolist() == other.histogram.tolist()


@given(scope_results())
def test_the_result_of_a_scope_comes_back_bit_by_bit(made):
    result, rows, keys = made
    content = pack_scope(result, rows, "digest", keys)
    assert_same(unpack_scope(content, "scope", rows), result)
    past = unpack_past(content)
    assert (past.digest, past.keys) == ("digest", keys)
    assert_same_comparison(past.compared, result.compared)


@given(scope_results(), st.integers(1, 1000))
def test_a_result_holds_where_the_scope_has_other_rows_now(made, shift):
    result, rows, keys = made
    moved = unpack_scope(pack_scope(result, rows, "", keys), "scope", rows + np.int32(shift))
    assert moved.pairs.a.tolist() == (result.pairs.a + shift).tolist()
    assert moved.nearest.b.tolist() == (result.nearest.b + shift).tolist()
    assert moved.groups == result.groups


def test_what_another_version_packed_is_not_known_and_not_guessed(monkeypatch):
    scope, result = found_by_the_pipeline()[1:]
    monkeypatch.setattr(packing, "FORM", FORM + 1)
    content = pack_scope(result, scope, "digest", [b"0" * 16] * 2)
    monkeypatch.undo()
    assert unpack_past(content) is None
    with pytest.raises(RunNotFound, match="another version of the program"):
        unpack_scope(content, "", scope)


def test_only_what_was_compared_alike_is_known():
    readings = [read(text, Model().lexicon) for text in ("Train staff.", "Train staff!", "Hire staff")]
    keys = list(map(text_key, readings))
    assert len(set(keys)) == 3
    past = Past("digest", keys[:2], found_by_the_pipeline()[2].compared)
    assert past.known("another", keys) is None
    assert past.known("digest", [keys[2], keys[1]]).places.tolist() == [-1, 1]
    # Of pairs that were left out nothing is known.
    assert Past("digest", keys[:2], replace(past.compared, unseen=1)).known("digest", keys) is None


def found_by_the_pipeline():
    model = Model()
    rows = [("a", "Train all staff on safety."), ("b", "TRAIN ALL STAFF ON SAFETY"), ("c", "Train the staff on safety")]
    records = Records([row[0] for row in rows], [row[1] for row in rows], [""] * 3)
    scope = np.arange(3, dtype=np.int32)
    learned = learn(records.texts, records.scopes, model.lexicon, model.is_known)
    settings = Settings(Thresholds(0.5, 0.2), Constraints(), KeeperRule())
    (result,) = compare_scopes(records, prepare_scopes(records, [scope], model, learned), model, settings)
    return (records, model, settings), scope, result


def test_what_the_pipeline_finds_comes_back_and_packs_to_the_same_bytes():
    run, scope, result = found_by_the_pipeline()
    keys = [b"0" * 16, b"1" * 16]
    content = pack_scope(result, scope, "digest", keys)
    back = unpack_scope(content, "", scope)
    assert_same(back, result)
    assert pack_scope(back, scope, "digest", keys) == content
    assert [group.members for group in back.groups] == [group.members for group in local.run(*run).groups]
