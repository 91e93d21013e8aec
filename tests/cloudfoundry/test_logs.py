"""Lines of a log: each once, whatever their times, and however late and in whatever pages they come."""

from __future__ import annotations

import itertools
import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twicetold.errors import DependencyUnavailable
from twicetold.platform.cloudfoundry.logs import OVERLAP, SECOND, Tail
from twicetold.testing import FakeCloudFoundry
from twicetold.testing.log_cache import LogCache, envelope

NOW = time.time_ns() - 600 * SECOND


class Reader:
    """A tail of the task ``t`` that reads a fake over HTTP, and what it has given so far."""

    def __init__(self, client, page=1000, since=0):
        self.reads = 0
        self._client, self._app = client, client.app("twicetold")
        self._tail = Tail(self._read, "t", since, page=page)
        self.lines = []

    def _read(self, start, limit):
        self.reads += 1
        return self._client.envelopes(self._app, start, limit)

    def look(self, *, whole=False):
        new = self._tail.look(whole=whole)
        self.lines += new
        return [line.text for line in new]


@pytest.fixture
def reader(connect):
    return lambda **how: Reader(connect(), **how)


def test_an_empty_log_has_no_lines(reader):
    assert reader().look() == []


def test_lines_come_once_in_the_order_of_their_times(foundry, reader):
    tail = reader()
    for number in (2, 0, 1):
        foundry.log(f"line {number}", task="t", time_ns=NOW + number)
    assert tail.look() == ["line 0", "line 1", "line 2"]
    assert tail.look() == []
    foundry.log("line 3", task="t", time_ns=NOW + 3)
    assert tail.look() == ["line 3"]


def test_only_the_task_s_own_lines_come(foundry, reader):
    foundry.log("of the web process")
    foundry.log("of another task", task="tt")
    foundry.log("own", task="t")
    assert reader().look() == ["own"]


def test_lines_of_several_instances_at_one_time_all_come(foundry, reader):
    tail = reader()
    for instance in ("0", "1"):
        foundry.log("same", task="t", time_ns=NOW, instance=instance)
    foundry.log("same", task="t", time_ns=NOW, is_error=True)
    assert tail.look() == ["same"] * 3
    assert tail.look() == []


def test_equal_lines_at_one_time_all_come_also_those_that_come_later(foundry, reader):
    tail = reader()
    foundry.log("same", task="t", time_ns=NOW)
    assert tail.look() == ["same"]
    for _ in range(2):
        foundry.log("same", task="t", time_ns=NOW)
    assert tail.look() == ["same", "same"]
    assert tail.look(whole=True) == []


def test_a_page_that_cannot_be_read_costs_no_line_of_the_others(foundry, reader):
    for number in range(10):
        foundry.log(f"line {number}", task="t", time_ns=NOW + number * 1000)
    tail = reader(page=4)
    foundry.fail(503, path=f"start_time={NOW + 3000}&")  # the second page
    with pytest.raises(DependencyUnavailable, match="503"):
        tail.look()
    assert tail.look() == [f"line {number}" for number in range(10)]


@pytest.mark.parametrize("group", [2, 3, 4, 7])
def test_a_page_that_ends_among_equal_times_loses_and_doubles_nothing(foundry, reader, group):
    for number in range(30):
        foundry.log(f"line {number}", task="t", time_ns=NOW + number // group * 1000)
    tail = reader(page=3)
    assert Counter(tail.look()) == Counter(f"line {number}" for number in range(30))
    assert tail.reads > 3
    assert tail.look(whole=True) == []


def test_more_lines_at_one_time_than_a_page_holds_all_come(foundry, reader):
    for number in range(25):
        foundry.log(f"line {number}", task="t", time_ns=NOW)
    foundry.log("last", task="t", time_ns=NOW + 5000)
    tail = reader(page=4)
    assert len(tail.look()) == 26
    assert tail.look(whole=True) == []


def test_more_than_a_thousand_lines_take_more_than_a_page(foundry, reader):
    for number in range(2500):
        foundry.log(f"{number}", task="t", time_ns=NOW + number * 1000)
    tail = reader()
    assert tail.look() == [str(number) for number in range(2500)]
    assert tail.reads == 3


def test_a_late_line_comes_at_once_and_a_very_late_one_at_the_end(foundry, reader):
    tail = reader()
    foundry.log("young", task="t", time_ns=NOW)
    tail.look()
    foundry.log("late", task="t", time_ns=NOW - OVERLAP)
    foundry.log("very late", task="t", time_ns=NOW - OVERLAP - 1)
    assert tail.look() == ["late"]
    assert tail.look(whole=True) == ["very late"]


def test_what_was_printed_before_the_task_began_does_not_come(foundry, reader):
    foundry.log("of an older task with this name", task="t", time_ns=NOW)
    foundry.log("own", task="t", time_ns=NOW + SECOND)
    assert reader(since=NOW + SECOND).look(whole=True) == ["own"]


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ("", ""),
        ("  {'a': 1}  ", "  {'a': 1}  "),
        ("ünïcödé 🎓 \u202e", "ünïcödé 🎓 \u202e"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ("x" * 61_440, "x" * 61_440),
        ("line\r\n", "line"),
    ],
)
def test_a_line_says_what_was_printed(foundry, reader, payload, text):
    foundry.log(payload, task="t")
    assert reader().look() == [text]


def test_standard_error_is_told_from_standard_output(foundry, reader):
    tail = reader()
    foundry.log("out", task="t", time_ns=NOW)
    foundry.log("err", task="t", time_ns=NOW + 1, is_error=True)
    tail.look()
    assert [line.is_error for line in tail.lines] == [False, True]


@pytest.mark.parametrize(
    "odd",
    [{}, {"timestamp": "1"}, {"timestamp": "1", "tags": None}, {"timestamp": "1", "log": None}],
)
def test_an_envelope_that_lacks_something_is_no_crash(odd):
    assert Tail(lambda _start, _limit: [odd], "t", 0).look() == []


@pytest.mark.parametrize("payload", ["%%%", "a", None, 3])
def test_a_payload_that_cannot_be_read_is_still_a_line(payload):
    broken = {"timestamp": "5", "tags": {"source_type": "APP/TASK/t"}, "log": {"payload": payload}}
    assert len(Tail(lambda _start, _limit: [broken], "t", 0).look()) == 1


def test_a_log_that_may_not_be_read_says_so(foundry, connect):
    client = connect()
    app = client.app("twicetold")
    foundry.fail(404, times=10, path="/log-cache")
    with pytest.raises(DependencyUnavailable, match=r"does not show the log \(404\)"):
        client.envelopes(app, 0, 10)


def test_more_than_a_thousand_envelopes_at_once_are_refused_as_the_real_one_refuses_them():
    assert LogCache().answer("s", {"limit": "1001"})[0] == 500
    assert LogCache().answer("s", {"limit": "1000", "start_time": "x"})[0] == 400


def test_the_oldest_envelopes_make_room():
    cache = LogCache()
    for number in range(100_010):
        cache.put("s", envelope("x", at=number, source="s", kind="k", instance="0", is_error=False))
    assert cache.read("s", 0, 10**9, 1)[0]["timestamp"] == "10"


# Times are microseconds apart or equal: a clock that counts in smaller steps than a line takes gives no equal times.
TIMES = st.integers(0, 6).map(lambda step: step * 10_000)
LINES = st.tuples(TIMES, st.sampled_from("ab"), st.sampled_from("01"), st.booleans())
MOMENTS = st.lists(st.lists(LINES, max_size=12), min_size=1, max_size=6)


#: Where the examples begin: none sees the lines of those before it.
HOURS = itertools.count(NOW - 9999 * 60 * SECOND, 60 * SECOND)


@pytest.fixture(scope="module")
def busy():
    with FakeCloudFoundry() as foundry:
        yield foundry


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments=MOMENTS, page=st.integers(2, 9), jump=st.sampled_from([0, 10_000, OVERLAP // 2]))
def test_no_line_is_lost_or_doubled(busy, connect, moments, page, jump):
    """Lines arrive between the looks, at times before and after what was seen; in the end each has come once."""
    begin = next(HOURS)
    tail = Reader(connect(**busy.settings), page=page, since=begin)
    given_lines: Counter[tuple] = Counter()
    for number, moment in enumerate(moments):
        for at, text, instance, is_error in moment:
            at_ns = begin + number * jump + at
            busy.log(text, task="t", time_ns=at_ns, instance=instance, is_error=is_error)
            given_lines[at_ns, text, is_error] += 1
        tail.look()
        seen = Counter((line.time, line.text, line.is_error) for line in tail.lines)
        assert seen <= given_lines  # nothing is doubled
    tail.look(whole=True)
    assert Counter((line.time, line.text, line.is_error) for line in tail.lines) == given_lines


class Busy:
    """Log Cache into which lines come while it is read."""

    def __init__(self, waiting):
        self.cache, self._waiting = LogCache(), list(waiting)

    def arrive(self, count):
        for at, text in [self._waiting.pop(0) for _ in range(min(count, len(self._waiting)))]:
            self.cache.put("s", envelope(text, at=at, source="s", kind="APP/TASK/t", instance="0", is_error=False))

    def read(self, start, limit):
        found = self.cache.read("s", start, 1 << 62, limit)
        self.arrive(3)
        return found


@settings(max_examples=200)
@given(lines=st.lists(st.tuples(TIMES, st.sampled_from("abc")), max_size=60), page=st.integers(2, 8))
def test_no_line_is_lost_or_doubled_while_others_arrive_between_the_pages(lines, page):
    busy = Busy(lines)
    tail, found = Tail(busy.read, "t", 0, page=page), []
    busy.arrive(5)
    for _ in range(3):
        found += tail.look()
        assert Counter((line.time, line.text) for line in found) <= Counter(lines)
    busy.arrive(len(lines))
    found += tail.look(whole=True)
    assert Counter((line.time, line.text) for line in found) == Counter(lines)
