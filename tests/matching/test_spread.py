"""Spread: whatever the threads, the same in the same order, few items ahead, and errors as they come."""

from __future__ import annotations

import threading

import pytest

from twicetold.matching.spread import spread


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_the_order_is_that_of_the_items(threads, count):
    assert list(spread(lambda item: -item, range(count), threads)) == [-item for item in range(count)]


def test_several_are_worked_on_at_a_time():
    both = threading.Barrier(2, timeout=20)
    assert len(list(spread(lambda _item: both.wait(), range(2), 2))) == 2


@pytest.mark.parametrize("threads", [1, 3])
def test_few_items_are_taken_ahead(threads):
    taken = []

    def items():
        for item in range(100):
            taken.append(item)
            yield item

    found = spread(str, items(), threads)
    for place in range(10):
        assert next(found) == str(place)
        assert len(taken) <= place + 1 + threads
    found.close()
    assert len(taken) <= 10 + threads


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_reaches_whoever_asks_and_ends_the_work(threads):
    done = []

    def work(item):
        if item == 3:
            raise ValueError(item)
        done.append(item)
        return item

    found = spread(work, range(1000), threads)
    with pytest.raises(ValueError, match="3"):
        list(found)
    assert {0, 1, 2} <= set(done) <= set(range(6))
