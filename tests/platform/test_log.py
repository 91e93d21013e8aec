"""The log: one line of JSON per event, small, complete, and without anything that is nobody's business."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.findings import Finding, Severity
from twicetold.platform.fields import LINE_BYTES, dump, fit
from twicetold.platform.log import BURST, RATE, Log
from twicetold.platform.secret import Secret
from twicetold.records import Record

CANARY = "canary-5d1f7a"
KEYS = ("event", "level", "run_id", "time")


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Stream(io.StringIO):
    """Remembers each write."""

    def __init__(self):
        super().__init__()
        self.writes = []

    def write(self, text):
        self.writes.append(text)
        return super().write(text)


@pytest.fixture
def stream():
    return Stream()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def log(stream, clock):
    return Log("run-1", stream, clock=clock)


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_event_level_time_and_run(log, stream):
    log.info("run.started", profile="files", records=3)
    (line,) = lines(stream)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line.pop("time"))
    assert line == {"event": "run.started", "level": "info", "run_id": "run-1", "profile": "files", "records": 3}


def test_the_keys_of_a_line_are_sorted(log, stream):
    log.info("x", zebra=1, apple=2)
    names = list(lines(stream)[0])
    assert names == sorted(names)


@pytest.mark.parametrize("level", ["info", "warning", "error"])
def test_each_level_says_its_name(log, stream, level):
    getattr(log, level)("x")
    assert lines(stream)[0]["level"] == level


@pytest.mark.parametrize("severity", list(Severity))
def test_a_finding_is_a_line_of_its_severity(log, stream, severity):
    log.finding(Finding(severity, "text-truncated", "Some are long.", 7))
    (line,) = lines(stream)
    assert (line["event"], line["level"]) == ("finding", severity)
    assert (line["code"], line["message"], line["count"]) == ("text-truncated", "Some are long.", 7)


def test_each_line_is_one_write(log, stream):
    log.info("a", text="one\ntwo\r\nthree\u2028four\u0085five")
    log.info("b")
    assert len(stream.writes) == 2
    assert all(write.endswith("\n") and write.count("\n") == 1 for write in stream.writes)


@pytest.mark.parametrize("text", ["", " ", "é", "日本語", "😀", "line\nbreak", "\u2028", "a\tb", '"\\', "x" * 500])
def test_texts_come_back_as_they_were(log, stream, text):
    log.info("x", text=text)
    assert lines(stream)[0]["text"] == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [("\ud800", "\ufffd"), ("a\udc00b", "a\ufffdb"), ("\ud83d\ude00", "😀"), ("a\0b", "a\ufffdb"), ("\0", "\ufffd")],
)
def test_halves_of_characters_and_nul_are_replaced(log, stream, text, shown):
    log.info("x", text=text)
    assert lines(stream)[0]["text"] == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (0, 0),
        (-1.5, -1.5),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (10**30, "<int>"),
        pytest.param(10**5000, "<int>", id="huge"),
        ((1, "a"), [1, "a"]),
        ({"a": {"b": [1]}}, {"a": {"b": [1]}}),
        ({1: 2}, {"<int>": 2}),
        (Severity.ERROR, "error"),
    ],
)
def test_values_of_json_stay_and_odd_numbers_are_named(log, stream, value, shown):
    log.info("x", value=value)
    assert lines(stream)[0]["value"] == shown


@pytest.mark.parametrize(
    "value",
    [
        Record("1", CANARY),
        ValueError(CANARY),
        CANARY.encode(),
        {CANARY},
        io.StringIO(CANARY),
        lambda: CANARY,
        type(CANARY, (), {}),
        {(CANARY,): 1},
    ],
    ids=lambda value: type(value).__name__,
)
def test_of_anything_else_only_the_type_is_named(log, stream, value):
    log.info("x", value=value, nested=[{"deep": value}])
    assert CANARY not in stream.getvalue()
    assert "<" in json.dumps(lines(stream)[0]["value"])


def test_numpy_s_numbers_are_numbers(log, stream):
    import numpy as np

    log.info("x", whole=np.int64(3), part=np.float32(0.5))
    assert (lines(stream)[0]["whole"], lines(stream)[0]["part"]) == (3, 0.5)


def test_what_holds_itself_ends_somewhere(log, stream):
    loop = []
    loop.append(loop)
    log.info("x", loop=loop)
    assert "<list>" in stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        f"postgres://user:{CANARY}@host:5432/db",
        f"could not reach 's3://KEY:{CANARY}@host/bucket'",
        f"https://a@{CANARY}@host",
        f"host=h password={CANARY} dbname=d",
        f"PGPASSWORD={CANARY}",
        f'{{"secret_access_key": "{CANARY}"}}',
        f"https://h/?X-Amz-Signature={CANARY}&x=1",
        f"api-key: {CANARY}",
    ],
)
def test_credentials_within_texts_are_masked(log, stream, text):
    log.info("x", text=text)
    assert CANARY not in stream.getvalue()
    assert "***" in lines(stream)[0]["text"]


def test_a_long_credential_does_not_slip_through_where_a_text_is_cut(log, stream):
    for start in range(LINE_BYTES - 700, LINE_BYTES + 1200, 50):
        log.error("x", text="a" * start + "://u:" + CANARY * 20 + "@host")
    assert CANARY[:6] not in stream.getvalue()


@pytest.mark.parametrize("name", ["password", "db_password", "api_key", "API-KEY", "license_key", "token"])
def test_texts_named_like_a_secret_are_masked(log, stream, name):
    log.info("x", **{name: CANARY}, nested={name: CANARY})
    assert CANARY not in stream.getvalue()


def test_counts_named_like_a_secret_are_not_masked(log, stream):
    log.info("x", token=3)
    assert lines(stream)[0]["token"] == 3


def test_ordinary_words_are_not_masked(log, stream):
    text = "gate passed: 3 tokens; https://host/path, a@b.org"
    log.info("x", text=text)
    assert lines(stream)[0]["text"] == text


def test_a_field_does_not_replace_what_every_line_has(log, stream):
    log.info("x", **dict.fromkeys(KEYS, "mine"), dropped=5)
    (line,) = lines(stream)
    assert (line["event"], line["level"], line["run_id"]) == ("x", "info", "run-1")
    assert {line[f"{name}_"] for name in KEYS} == {"mine"}
    assert line["dropped_"] == 5


def test_a_long_text_is_cut_between_characters_and_the_cut_is_named(log, stream):
    log.info("x", long="😀" * 20_000, short="stays")
    (line,) = lines(stream)
    assert len(stream.getvalue()) <= LINE_BYTES
    assert line["cut"] == ["long"]
    assert line["short"] == "stays"
    assert set(line["long"]) == {"😀", "…"}
    assert len(line["long"]) > 1_000


def test_small_fields_stay_whole_beside_large_ones(log, stream):
    log.info("x", a="a" * 50_000, b=list(range(50_000)), c={str(n): n for n in range(50_000)}, d="small", e=1)
    (line,) = lines(stream)
    assert (line["d"], line["e"], line["cut"]) == ("small", 1, ["a", "b", "c"])
    assert line["b"][:3] == [0, 1, 2]
    assert line["c"]
    assert len(stream.getvalue()) <= LINE_BYTES


def test_very_many_fields_are_cut_to_those_that_fit(log, stream):
    log.info("x", **{f"field{n}": n for n in range(20_000)})
    (line,) = lines(stream)
    assert len(line) > 500
    assert [line.get(f"field{n}") for n in range(10)] == list(range(10))
    assert line["cut"][0] == "field10000"
    assert len(stream.getvalue()) <= LINE_BYTES


def test_long_names_events_and_run_ids_are_shortened():
    stream = io.StringIO()
    Log("r" * 50_000, stream).info("e" * 50_000, **{"n" * 50_000: 1})
    (line,) = lines(stream)
    assert (len(line["run_id"]), len(line["event"])) == (200, 200)
    assert len(stream.getvalue()) <= LINE_BYTES


def test_progress_comes_every_ten_seconds_however_often_it_is_told(log, stream, clock):
    for second in range(60):
        clock.now = 1000.0 + second
        for _ in range(10):
            log.progress("compare", second, 60)
    assert [line["done"] for line in lines(stream)] == [10, 20, 30, 40, 50]
    assert lines(stream)[0]["event"] == "progress"


def test_what_comes_too_fast_is_dropped_and_counted(log, stream, clock):
    for _ in range(1_000):
        log.info("noise", text="x" * 1_000)
    written = len(lines(stream))
    assert len(stream.getvalue()) <= BURST
    clock.now += 10
    log.info("later")
    assert lines(stream)[-1]["dropped"] == 1_000 - written
    log.info("last")
    assert "dropped" not in lines(stream)[-1]


def test_in_the_long_run_no_more_than_the_rate_is_written(log, stream, clock):
    for _ in range(3_000):
        clock.now += 0.02
        log.warning("noise", text="x" * 2_000)
    assert len(stream.getvalue()) <= BURST + 60 * RATE


def test_errors_and_the_summary_are_never_dropped(log, stream):
    for _ in range(2_500):
        log.info("noise")
    assert len(lines(stream)) < 2_500
    log.error("disaster")
    log.summary({"exit_status": 0})
    assert [line["event"] for line in lines(stream)[-2:]] == ["disaster", "run.summary"]


@pytest.mark.parametrize(
    ("status", "level"), [(0, "info"), (5, "warning"), (6, "warning"), (143, "warning"), (3, "error")]
)
def test_the_summary_has_the_level_of_its_exit_status(log, stream, status, level):
    log.summary({"exit_status": status})
    assert lines(stream)[0]["level"] == level


def test_nothing_follows_the_summary(log, stream):
    log.summary({"exit_status": 0, "run_id": "run-1"})
    log.error("late")
    log.summary({"exit_status": 1})
    assert [line["event"] for line in lines(stream)] == ["run.summary"]
    assert "run_id_" not in lines(stream)[0]
    assert log.lost == 2


def test_a_closed_stream_is_remembered_and_no_error(stream):
    log = Log("run-1", stream)
    stream.close()
    log.info("x")
    log.summary({})
    assert log.lost == 2


def test_a_stream_that_is_not_there_is_remembered(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    log = Log("run-1")
    log.info("x")
    assert log.lost == 1


def test_by_default_lines_go_to_standard_output(capsys):
    Log("run-1").info("x")
    assert json.loads(capsys.readouterr().out)["event"] == "x"


BROKEN = """
import os, sys
from twicetold.platform.log import Log
log = Log("run-1")
os.dup2(os.open({path!r}, {flags}), 1) if {path!r} else os.read(0, 1)
for _ in range(5):
    log.info("x", text="y" * 9000)
print(log.lost, file=sys.stderr)
"""


def test_a_reader_that_went_away_does_not_change_the_exit_status():
    script = BROKEN.format(path="", flags=0)
    child = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    child.stdout.close()
    _, said = child.communicate(b"x")
    assert (child.returncode, said.split()) == (0, [b"5"])


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_full_disk_below_standard_output_does_not_change_the_exit_status():
    script = BROKEN.format(path="/dev/full", flags="os.O_WRONLY")
    child = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (child.returncode, child.stderr.split()) == (0, [b"5"])


def test_threads_do_not_mix_their_lines(stream):
    log = Log("run-1", stream, clock=Clock())

    def work(number):
        for _ in range(20):
            log.info("x", number=number, text="é" * 50)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [line["number"] for line in lines(stream)]
    assert sorted(numbers) == sorted(list(range(8)) * 20)


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=50)
LONG_TEXT = st.builds(lambda text, times: text * times, ANY_TEXT, st.sampled_from([1, 100, 3_000]))
SECRETS = st.builds(lambda text: Secret(CANARY + text), ANY_TEXT)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ANY_TEXT, LONG_TEXT, SECRETS, st.binary())
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=20), st.tuples(inner, inner), st.dictionaries(st.one_of(ANY_TEXT, SECRETS), inner)
    ),
    max_leaves=30,
)


@settings(max_examples=70)
@given(run=ANY_TEXT, event=LONG_TEXT, fields=st.dictionaries(ANY_TEXT, VALUES, max_size=15))
def test_whatever_is_said_is_one_line_of_valid_json_under_the_cap_without_secrets(run, event, fields):
    stream = Stream()
    Log(run, stream).info(event, **fields)
    (written,) = stream.writes
    assert written.isascii()
    assert written.count("\n") == 1
    assert len(written) <= LINE_BYTES
    assert CANARY not in written
    line = json.loads(written, parse_constant=pytest.fail)
    assert set(KEYS) <= set(line)
    written.encode().decode().encode("utf-8")
    json.dumps(line, ensure_ascii=False).encode("utf-8")


@settings(max_examples=70)
@given(
    fields=st.dictionaries(st.text("abcxyz", min_size=1, max_size=5), VALUES, max_size=15),
    room=st.integers(1_000, 20_000),
)
def test_fields_always_fit_and_every_one_that_was_cut_is_named(fields, room):
    fitted = fit(fields, room)
    assert len(dump(fitted)) <= room
    whole = fit(fields, 10**9)
    assert {name for name in whole if name not in fitted or fitted[name] != whole[name]} == set(fitted.get("cut", ()))


def test_cut_fields_that_are_too_many_to_name_are_counted():
    cut = fit({f"some-long-name-{n}": "x" * 1_000 for n in range(900)}, 5_000)["cut"]
    assert cut[0] == "some-long-name-0"
    assert cut[-1] == f"and {900 - len(cut) + 1} more"
