"""Large scopes: the same groups and files as of small ones, files without names, and refusals that say what helps."""

from __future__ import annotations

import errno
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from twicetold import pipeline
from twicetold.decisions import Answer, Constraints, Decision
from twicetold.engines import large, local, searching
from twicetold.errors import BudgetExceeded, OutputNotWritable, StorageFull
from twicetold.findings import Severity
from twicetold.matching import neighbors, plan
from twicetold.matching.keeper import KeeperRule
from twicetold.matching.plan import spilled_bytes
from twicetold.pairs import Thresholds
from twicetold.pipeline import Settings
from twicetold.records import Record, Records
from twicetold.sinks import tables

_ODD = ["", " . ", "🙂", "\ud800", "\ud83d\ude00 x", "\x00", "the of and", "a" * 400, "train staff " * 300]
_TOLD = [
    f"{does} {whom} {how}"
    for does in ("Train", "Provide training to", "Coach", "Meet", "Thank")
    for whom in ("teachers", "all teachers", "cooks", "12 parents", "15 parents")
    for how in ("weekly", "each week", "on safety", "about safe meals", "in Ohio", "in Texas")
]
#: Some texts come twice, a few in other scopes, too.
ROWS = [
    *((f"b{row:03}", text, "") for row, text in enumerate([*_ODD, *_TOLD, *_TOLD[::7]])),
    *((f"c{row:03}", text, "small") for row, text in enumerate(_TOLD[:20])),
    *((f"d{row:03}", text, "some") for row, text in enumerate(_TOLD[20:90])),
]


@pytest.fixture
def lowered(monkeypatch):
    """A few dozen texts are very many."""

    def lowered(*, exact=30, large_from=40):
        for module in (pipeline, searching):
            monkeypatch.setattr(module, "EXACT", exact)
        for module in (plan, large):
            monkeypatch.setattr(module, "LARGE", large_from)
        monkeypatch.setattr(plan, "_BLOCK_ROWS", 1)
        monkeypatch.setattr(large, "_ROWS", 32)

    return lowered


@pytest.fixture
def ran(model, tmp_path):
    def ran(rows=ROWS, work_dir=tmp_path, *, said=(), **more):
        records = Records.of(Record(*row) for row in rows)
        chosen = Settings(Thresholds(0.5, 0.2), Constraints.of(said), KeeperRule())
        return local.run(records, model, chosen, work_dir=work_dir, **more)

    return ran


def bytes_of(result):
    return tables.groups_csv(result), b"".join(tables.pairs_csv(result))


def finding(result, code):
    return next((found for found in result.findings if found.code == code), None)


def test_in_files_and_in_memory_the_same_comes_of_all_texts(ran, lowered, tmp_path):
    plain = ran()
    lowered(exact=10**9)
    spilled = ran()
    assert bytes_of(spilled) == bytes_of(plain)
    assert (spilled.counts, spilled.findings) == (plain.counts, plain.findings)
    assert spilled.histogram.tolist() == plain.histogram.tolist()
    assert list(tmp_path.iterdir()) == []


def test_groups_are_those_of_comparing_all_and_what_was_left_out_is_counted(ran, lowered):
    plain = ran()
    lowered()
    found = ran()
    assert bytes_of(found)[0] == bytes_of(plain)[0]
    assert len(found.groups) > 20
    lines, every = (set(bytes_of(result)[1].splitlines()) for result in (found, plain))
    assert lines <= every
    assert {line for line in every if b",duplicate," in line} <= lines
    counts = dict(found.counts)
    missed = counts.pop("duplicates_missed")
    sampled, unseen = counts.pop("duplicates_sampled"), counts.pop("pairs_not_compared")
    assert (missed, sampled > 50) == (0, True)
    assert counts.pop("pairs_compared") + unseen == plain.counts["pairs_compared"]
    for name in ("scopes", "distinct_texts", "pairs_duplicate", "pairs_identical", "groups", "records_in_groups"):
        assert counts[name] == plain.counts[name]
    told = finding(found, "pairs-not-compared")
    assert (told.severity, told.count) == (Severity.INFO, 2)
    assert f"sampled texts {sampled:,} were found: 100.0% (95% interval " in told.message
    assert finding(found, "neighbors-saturated") is finding(found, "groups-unfinished") is None
    assert finding(plain, "pairs-not-compared") is None


@pytest.mark.parametrize("seed", range(4))
def test_what_people_decided_is_obeyed_as_where_all_are_compared(ran, lowered, seed):
    rng, names = random.Random(seed), [name for name, _, _ in ROWS]
    said = [Decision(*rng.sample(names, 2), rng.choice([Answer.SAME, Answer.DIFFERENT])) for _ in range(60)]
    plain = ran(said=said)
    lowered()
    found = ran(said=said)
    assert bytes_of(found)[0] == bytes_of(plain)[0]
    assert found.counts["groups"] == plain.counts["groups"]


@pytest.mark.parametrize("cells", [False, True])
def test_the_order_of_rows_changes_no_byte(ran, lowered, monkeypatch, cells):
    lowered()
    if cells:
        monkeypatch.setattr(neighbors, "_ONE_CELL", 0)
        monkeypatch.setattr(neighbors, "_CELLS", 1.5)
        monkeypatch.setattr(neighbors, "_PROBES", 4)
    expected, rng = ran(), random.Random(3)
    for size in (7, 32, 10**6):
        monkeypatch.setattr(large, "_ROWS", size)
        rows = rng.sample(ROWS, len(ROWS))
        found = ran(rows)
        assert bytes_of(found) == bytes_of(expected)
        assert (found.counts, found.findings) == (expected.counts, expected.findings)


def test_duplicates_that_are_missed_are_told_as_a_warning(ran, lowered, monkeypatch):
    lowered()
    monkeypatch.setattr(neighbors.Search, "pairs", lambda *_of, **_how: np.empty((0, 2), np.int64))
    found = ran()
    told = finding(found, "pairs-not-compared")
    assert told.severity is Severity.WARNING
    assert 0 < found.counts["duplicates_missed"] <= found.counts["duplicates_sampled"]


def test_progress_rises_to_the_number_of_records(ran, lowered):
    lowered()
    told = []
    ran(progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (len(ROWS), len(ROWS))
    assert len({done for done, _ in told}) > 4


@pytest.mark.parametrize("rows", [[("1", "🙂")] * 1, [(str(row), "Train staff") for row in range(99)]])
def test_one_text_however_often_is_not_very_many(ran, lowered, rows):
    lowered()
    found = ran(rows)
    assert found.counts["distinct_texts"] == 1
    assert "pairs_not_compared" not in found.counts
    assert [len(group.members) for group in found.groups] == [99] * (len(rows) > 1)


@pytest.mark.parametrize("name", ["missing", "file"])
def test_a_work_dir_that_cannot_be_used_is_refused(ran, lowered, tmp_path, name):
    (tmp_path / "file").touch()
    lowered()
    with pytest.raises(OutputNotWritable, match=f"{tmp_path / name}: No") as refused:
        ran(work_dir=tmp_path / name)
    assert "--work-dir (TWICETOLD_WORK_DIR)" in str(refused.value)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_work_dir_that_nothing_needs_may_be_missing(ran, tmp_path):
    assert ran(work_dir=tmp_path / "missing").groups


def test_where_there_is_no_folder_for_temporary_files_that_is_told(ran, lowered, monkeypatch, tmp_path):
    lowered()
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "missing")])
    with pytest.raises(OutputNotWritable, match="the system's folder of temporary files: No usable") as refused:
        ran(work_dir=None)
    assert "--work-dir" in str(refused.value)


def test_too_little_room_is_found_out_before_the_work(ran, lowered, monkeypatch, tmp_path):
    lowered()
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=100_000))
    with pytest.raises(BudgetExceeded, match=f"MiB in {tmp_path}; 0 MiB are free") as refused:
        ran()
    assert "--work-dir" in str(refused.value)
    assert refused.value.exit_status == 6


def test_what_a_scope_is_said_to_take_is_more_than_it_takes(ran, lowered, monkeypatch):
    lowered()
    said, took = [], []
    made, put_away, sentences = large.Spill, large.texts_in_file, []

    def spill(folder, parts):
        spill = made(folder, parts)
        took.append(sum(map(len, spill._maps)) + spill.block.readings._ends[-1])
        return spill

    def keep(folder, texts):
        kept = put_away(folder, texts)
        sentences.append(kept._ends[-1])
        return kept

    monkeypatch.setattr(large, "Spill", spill)
    monkeypatch.setattr(large, "texts_in_file", keep)
    monkeypatch.setattr(large, "spilled_bytes", lambda *of: said.append(spilled_bytes(*of)) or said[-1])
    ran()
    assert len(said) == len(took) == len(sentences) == 2
    for bound, *sizes in zip(said, took, sentences, strict=True):
        assert sum(sizes) < bound < 6 * sum(sizes)


def test_where_the_disk_fills_up_with_sentences_that_is_told(ran, lowered, monkeypatch):
    lowered()

    def full(_folder, _texts):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(large, "texts_in_file", full)
    with pytest.raises(StorageFull, match="No space left"):
        ran()


PROGRAM = """
import sys, time
from pathlib import Path
from twicetold import find, pipeline
from twicetold.engines import large
from twicetold.errors import TwicetoldError
from twicetold.matching import plan
from twicetold.records import Record

pipeline.EXACT, plan.LARGE, large.LARGE, large._ROWS = 30, 40, 40, 16
encoded = large.encoded_text
count = 0

def counted(reading):
    global count
    count += 1
    if count == {stop_at}:
        print("in the middle", flush=True)
        time.sleep(600)
    return encoded(reading)

large.encoded_text = counted
records = [Record(str(row), f"Train cook number {{row}} on safe meals") for row in range(200)]
try:
    print(len(find(records, settings={{"work_dir": sys.argv[1]}}).records))
except TwicetoldError as error:
    print(type(error).__name__, error.exit_status, error)
"""


@pytest.fixture
def program(tmp_path):
    """A process that finds duplicates in a scope that counts as large."""
    started = []

    def program(stop_at, **how):
        command = [sys.executable, "-c", PROGRAM.format(stop_at=stop_at), str(tmp_path)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **how))
        return started[-1]

    yield program
    for child in started:
        child.kill()
        child.wait()
        child.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_of_a_process_that_is_killed_nothing_is_left(program, tmp_path, number):
    child = program(100)
    assert child.stdout.readline() == "in the middle\n"
    opened = [str(path.readlink()) for path in Path(f"/proc/{child.pid}/fd").iterdir()]
    assert len([path for path in opened if path.startswith(str(tmp_path))]) == 3
    assert list(tmp_path.iterdir()) == []
    child.send_signal(number)
    assert child.wait(60) == -number
    assert list(tmp_path.iterdir()) == []


def test_where_the_disk_fills_up_that_is_told(program, tmp_path):
    def small_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))

    # The limit would also cut the file in which coverage, if on, writes what it saw.
    child = program(10**9, preexec_fn=small_disk, env={**os.environ, "COVERAGE_PROCESS_CONFIG": ""})
    told = child.communicate(timeout=120)[0]
    assert f"{StorageFull.__name__} 3 no files can be made in {tmp_path}: File too large\nName a folder" in told
    assert list(tmp_path.iterdir()) == []
