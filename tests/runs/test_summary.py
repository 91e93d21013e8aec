"""The summary of a run: what became of it, how long each stage took, what it cost."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.errors import InputEmpty
from twicetold.findings import Finding, Severity
from twicetold.platform.container import memory_peak
from twicetold.platform.fields import LINE_BYTES
from twicetold.platform.log import Log
from twicetold.runs.summary import USD_PER_GB_MONTH, Trace, process_peak, summary

CANARY = "canary-77aa"
GIB = 1 << 30
RUN = {"run_id": "run-1", "profile": "files", "state": "published", "exit_status": 0}


def written(fields):
    stream = io.StringIO()
    Log("run-1", stream).summary(fields)
    return stream.getvalue()


def test_stages_are_listed_in_the_order_of_their_beginning_with_times_and_counts():
    trace = Trace()
    with trace.stage("read") as stage:
        stage.count(records=3)
        stage.count(records=2, rejected=1)
    with trace.stage("compare"):
        time.sleep(0.01)
    stages = summary(trace, **RUN)["stages"]
    assert list(stages) == ["read", "compare"]
    assert stages["read"]["counts"] == {"records": 5, "rejected": 1}
    assert stages["compare"]["ms"] >= 10
    assert stages["read"]["status"] == "ok"


def test_a_stage_inside_a_stage_stands_beside_it():
    trace = Trace()
    with trace.stage("outer"), trace.stage("inner"):
        time.sleep(0.01)
    outer, inner = trace.stages["outer"], trace.stages["inner"]
    assert outer.start_ns <= inner.start_ns <= inner.end_ns <= outer.end_ns


def test_a_stage_entered_again_adds_up():
    trace = Trace()
    for _ in range(3):
        with trace.stage("block") as stage:
            stage.count(pairs=2)
            time.sleep(0.002)
        time.sleep(0.002)
    stage = trace.stages["block"]
    assert (stage.entries, stage.counts) == (3, {"pairs": 6})
    assert stage.busy_ns < stage.end_ns - stage.start_ns


@pytest.mark.parametrize(
    ("error", "status"),
    [(InputEmpty("nothing"), "TT402"), (ValueError(CANARY), "ValueError"), (SystemExit(1), "SystemExit")],
)
def test_a_stage_that_an_error_ends_says_which_and_lets_it_pass(error, status):
    trace = Trace()
    with pytest.raises(type(error)), trace.stage("read"):
        raise error
    stages = summary(trace, **RUN)["stages"]
    assert stages["read"]["status"] == status
    assert CANARY not in json.dumps(stages)


def test_each_end_of_a_stage_is_logged():
    stream = io.StringIO()
    trace = Trace(Log("run-1", stream))
    with trace.stage("read") as stage:
        stage.count(records=2)
    line = json.loads(stream.getvalue())
    assert (line["event"], line["stage"], line["status"]) == ("stage.finished", "read", "ok")
    assert line["counts"] == {"records": 2}


def test_the_time_of_a_run_ends_once():
    trace = Trace()
    trace.finish()
    end = trace.end_ns
    time.sleep(0.002)
    summary(trace, **RUN)
    assert trace.end_ns == end >= trace.start_ns


def test_a_run_without_anything_has_every_field():
    fields = summary(Trace(), **RUN)
    assert {name: fields[name] for name in RUN} == RUN
    assert (fields["error"], fields["reason"], fields["model"], fields["input_digest"]) == (None, None, None, None)
    assert (fields["counts"], fields["stages"], fields["findings"], fields["gates"]) == ({}, {}, [], [])
    assert fields["findings_by_severity"] == {"error": 0, "warning": 0, "info": 0}
    assert "cut" not in fields
    assert fields["started"].endswith("Z")


def test_what_is_given_is_there():
    model = {"name": "m", "version": "1.2", "digest": "abc"}
    gates = [{"gate": "share", "value": 0.9, "bound": 0.5, "passed": False}]
    fields = summary(Trace(), **RUN, counts={"records": 3}, model=model, input_digest="d1", gates=gates)
    assert (fields["counts"], fields["model"], fields["gates"]) == ({"records": 3}, model, gates)
    assert fields["input_digest"] == "d1"


def test_an_error_of_ours_is_told_with_its_code_and_message():
    fields = summary(Trace(), **{**RUN, "exit_status": 4, "state": "failed"}, error=InputEmpty("There is no record."))
    assert (fields["error"], fields["reason"]) == ("TT402", "There is no record.")


def test_of_any_other_error_only_the_class_is_told():
    fields = summary(Trace(), **{**RUN, "exit_status": 1, "state": "failed"}, error=ValueError(f"row {CANARY}"))
    assert (fields["error"], fields["reason"]) == ("ValueError", None)
    assert CANARY not in written(fields)


def test_all_findings_are_counted_and_the_worst_are_listed():
    findings = [Finding(Severity.INFO, f"info-{n}", "m" * 1_000, n) for n in range(100)]
    findings += [Finding(Severity.ERROR, "worst", "Bad.", 3), Finding(Severity.WARNING, "middle", "Hm.")]
    fields = summary(Trace(), **RUN, findings=findings)
    assert fields["findings_by_severity"] == {"error": 1, "warning": 1, "info": 100}
    assert [entry["code"] for entry in fields["findings"][:3]] == ["worst", "middle", "info-0"]
    assert len(fields["findings"]) + fields["findings_left_out"] == 102
    assert fields["findings"][0] == {"severity": "error", "code": "worst", "count": 3, "message": "Bad."}


def test_the_peak_is_the_larger_of_process_and_container():
    memory = summary(Trace(), **RUN, memory_limit=3 * GIB)["memory"]
    assert memory["limit"] == 3 * GIB
    assert memory["peak"] == max(memory["process_peak"], memory["container_peak"] or 0)
    assert memory["process_peak"] > 10_000_000


def test_the_peak_of_the_process_grows_with_what_it_holds():
    before = process_peak()
    held = bytearray(before + 50_000_000)
    held[::4096] = b"x" * len(held[::4096])
    assert process_peak() >= len(held)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system says no more")
def test_the_peak_of_the_process_is_not_that_of_who_started_it():
    held = bytearray(process_peak() + 200_000_000)
    held[::4096] = b"x" * len(held[::4096])
    script = "from twicetold.runs.summary import process_peak; print(process_peak())"
    assert int(subprocess.check_output([sys.executable, "-c", script])) < len(held) / 2


@pytest.mark.parametrize(
    ("files", "peak"),
    [
        ({}, None),
        ({"sys/fs/cgroup/memory.peak": "1000\n"}, 1000),
        ({"sys/fs/cgroup/memory/memory.max_usage_in_bytes": "2000\n"}, 2000),
        ({"sys/fs/cgroup/memory.peak": "unreadable"}, None),
        (
            {"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.peak": "7\n", "sys/fs/cgroup/memory.peak": "99\n"},
            7,
        ),
        (
            {"proc/self/cgroup": "3:memory:/b\n", "sys/fs/cgroup/memory/memory.max_usage_in_bytes": "8\n"},
            8,
        ),
    ],
)
def test_the_peak_of_the_own_control_group_is_read(tmp_path, files, peak):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="ascii")
    assert memory_peak(tmp_path) == peak


def test_the_cost_is_memory_held_times_time():
    trace = Trace()
    trace.end_ns = trace.start_ns + 300 * 10**9
    cost = summary(trace, **RUN, memory_limit=2 * GIB)["cost"]
    assert cost["gb_seconds"] == 600
    assert cost["usd"] == pytest.approx(600 / 2_629_800 * 150, rel=0.01)
    assert cost["usd_per_gb_month"] == USD_PER_GB_MONTH == 150


def test_a_month_of_one_gib_costs_the_price_of_a_month():
    trace = Trace()
    trace.end_ns = trace.start_ns + int(365.25 / 12 * 86_400 * 1e9)
    assert summary(trace, **RUN, memory_limit=GIB)["cost"]["usd"] == USD_PER_GB_MONTH


def test_without_a_limit_the_peak_is_what_is_paid_for():
    trace = Trace()
    trace.end_ns = trace.start_ns + 10**9
    fields = summary(trace, **RUN)
    assert fields["cost"]["gb_seconds"] == pytest.approx(fields["memory"]["peak"] / GIB, abs=0.001)


def test_every_field_is_in_the_guide_and_no_other():
    guide = (Path(__file__).parents[2] / "docs" / "how-to" / "monitoring.md").read_text(encoding="utf-8")
    section = guide.partition("## The last line")[2].partition("\n## ")[0]
    rows = [re.findall(r"`([^`]+)`", row.split("|")[1]) for row in section.splitlines() if row.startswith("| `")]
    told = {name.partition(".")[0] for names in rows for name in names}
    assert told == {*summary(Trace(), **RUN), "event", "level", "time", "cut", "dropped"}


NAMES = st.text(st.characters(exclude_categories=()), max_size=300)
FINDINGS = st.builds(Finding, st.sampled_from(list(Severity)), NAMES, NAMES.map(lambda text: text * 50), st.integers())


@settings(max_examples=60)
@given(
    counts=st.dictionaries(NAMES, st.integers(), max_size=100),
    findings=st.lists(FINDINGS, max_size=100),
    gates=st.lists(st.dictionaries(NAMES, NAMES), max_size=50),
    stages=st.lists(NAMES, max_size=100),
    reason=NAMES,
)
def test_the_summary_always_fits_into_one_line(counts, findings, gates, stages, reason):
    trace = Trace()
    for name in stages:
        with trace.stage(name):
            pass
    fields = summary(trace, **RUN, counts=counts, findings=findings, gates=gates, error=InputEmpty(reason * 100))
    line = written(fields)
    assert len(line) <= LINE_BYTES
    kept = json.loads(line)
    assert (kept["state"], kept["exit_status"], kept["error"]) == ("published", 0, "TT402")
    assert sum(kept["findings_by_severity"].values()) == len(findings)
