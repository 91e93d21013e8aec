"""The Spark engine: to the byte what the local engine finds, however the records are divided."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twicetold.engines import spark
from twicetold.errors import DependencyUnavailable
from twicetold.matching.keeper import KeeperRule
from twicetold.matching.suggested import EXACT
from twicetold.separations import Separation
from twicetold.sinks import tables

TEXTS = [
    "Teach each driver first aid",
    "TEACH EACH DRIVER FIRST AID!",
    "Offer first-aid lessons to each driver",
    "Mentor 3 aides by June 2026",
    "Mentor 4 aides by June 2026",
    "Cut waiting lists by half",
    "Reduce waiting lists by 50%",
    "Ofer traning to volunter drivers by Septmber 2026",
    "Offer training to volunteer drivers by September 2026",
    "Los niños visitarán el kínder en mayo.",
    "Offer the wellness policy training (WPT)",
    "Repeat the WPT",
    "Repeat the wellness policy training",
]
ODD = ["🙂", "\u200b", "e\u0301cole", "école", "رفع نسبة الحضور", "目標 を 達成", "=cmd()", "\x00", "\ud800", " . "]
ROWS = st.lists(
    st.tuples(
        st.text("ab🙂\ud800\n\"' ", min_size=1, max_size=3), st.sampled_from(TEXTS + ODD), st.sampled_from("gG🙂\ud800")
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda row: row[0],
)


def everything(result):
    """All that a result says, so that two of them can be compared."""
    pairs = [
        (part.a.tobytes(), part.b.tobytes(), part.probability.tobytes(), part.log_odds.tobytes())
        for part in (result.pairs, result.nearest)
    ]
    return {
        "groups.csv": tables.groups_csv(result),
        "pairs.csv": b"".join(tables.pairs_csv(result)),
        "groups": result.groups,
        "pairs": pairs,
        "identical": result.identical.tolist(),
        "histogram": result.histogram.tolist(),
        "counts": dict(result.counts),
        "model": dict(result.model),
        "abbreviations": result.abbreviations,
        "findings": result.findings,
    }


def goals(count, scopes):
    """Goals that repeat each other; half of them are of the first scope."""
    rows = []
    for row in range(count):
        scope = 0 if row % 2 else row % scopes
        text = f"{TEXTS[row % len(TEXTS)]}{' in the fall' * (row % 3)}{f' at center {row % 7}' * (row % 2)}"
        attributes = {"created_at": f"20{10 + row % 9}-01-01", "curated": str(row % 5 == 0), "topic": f"t{row % 4}"}
        rows.append((f"g{row:04}", text, f"s{scope}", attributes))
    return rows


@pytest.mark.parametrize("bundle", [1, 50, 10_000])
def test_all_is_as_on_one_machine_however_many_bundles_there_are(run_locally, run_on_spark, bundle):
    rows = goals(400, 23)
    rules = (Separation("topics", "topic", "different"),)
    said = [
        ("g0000", "g0023", "same"),
        ("g0001", "g0027", "different"),
        ("g0002", "gone", "same"),
        ("g0003", "", "keeper"),
    ]
    choices = {"separations": rules, "keeper": KeeperRule(("oldest", "curated"))}
    here, there = run_locally(rows, *said, **choices), run_on_spark(rows, *said, **choices, bundle=bundle)
    assert everything(here) == everything(there)
    assert len(here.groups) > 10
    found = {each.code for each in here.findings}
    assert {"pairs-separated", "decisions-unused", "words-misspelled", "abbreviations-learned"} <= found


@given(ROWS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
def test_odd_texts_ids_and_scopes_travel_unharmed(run_locally, run_on_spark, rows):
    assert everything(run_locally(rows)) == everything(run_on_spark(rows, bundle=3))


def test_texts_that_are_all_equal_are_one_group(run_on_spark):
    result = run_on_spark([(f"{row:05}", "Train all staff on safety.") for row in range(20_000)])
    assert [len(group.members) for group in result.groups] == [20_000]
    assert result.counts["pairs_compared"] == 0


def test_a_scope_too_large_to_compare_every_pair_is_searched_as_on_one_machine(run_locally, run_on_spark):
    words = ["Train", "Visit", "Mentor", "Thank", "Coach"], ["cooks", "aides", "nurses", "drivers"], ["meals", "buses"]
    said = (" ".join(words) for words in product(*words, map(str, range(5, 1005, 5))))
    rows = [(f"{row:05}", text) for row, text in zip(range(EXACT + 200), said, strict=False)]
    here, there = run_locally(rows), run_on_spark(rows)
    assert here.counts["pairs_not_compared"] > 0
    assert everything(here) == everything(there)


def test_a_pair_is_explained_as_on_one_machine(run_locally, run_on_spark):
    rows = goals(60, 5)
    here, there = run_locally(rows), run_on_spark(rows)
    a, b, _ = next(iter(here.pairs))
    assert here.explain(a, b) == there.explain(a, b)


def test_progress_rises_to_the_number_of_records(run_on_spark):
    told = []
    run_on_spark(goals(600, 40), bundle=50, progress=lambda *step: told.append(step))
    assert told == sorted(told)
    assert told[-1] == (600, 600)


def test_the_package_and_the_model_travel_with_the_job(spark_session, model):
    folder = spark.send(spark_session, model)

    def where(batches):
        import pyarrow as pa

        import twicetold

        list(batches)
        (folder() / "manifest.json").read_bytes()
        yield pa.RecordBatch.from_pydict({"place": [twicetold.__file__], "model": [str(folder())]})

    (row,) = spark_session.range(1).repartition(1).mapInArrow(where, "place string, model string").collect()
    assert ".zip/" in row.place
    assert row.model != str(model.folder)


def test_what_goes_wrong_on_a_worker_is_told_in_a_line(spark_session):
    def fail(_batches):
        raise ModuleNotFoundError("No module named 'onnxruntime'")

    with pytest.raises(DependencyUnavailable) as told, spark.told("Spark cannot do the work"):
        spark_session.range(1).mapInArrow(fail, "id long").toArrow()
    assert told.value.message == "Spark cannot do the work: ModuleNotFoundError: No module named 'onnxruntime'"
    assert "Run on Spark" in told.value.hint


def test_a_session_that_was_there_is_left(spark_session):
    with spark.session() as session:
        assert session is spark_session
    assert spark_session.range(3).count() == 3
