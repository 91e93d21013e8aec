"""What a task may use: memory, and the time it is given to end."""

from __future__ import annotations

import signal

from program.running import until

GIVEN = 8  # seconds that the program promises; the platform gives ten
RUN = "twicetold run --profile ttahub"


def check_interrupted(bound, undisturbed, s3, interrupt, status):
    """Interrupts a task in the middle, starts another, and compares what is there with what would be without."""
    task = bound.platform.task(RUN)
    kept = ("twicetold_dbos.operation_outputs", "function_name = 'compare'")
    until(lambda: bound.store.count(*kept) or not task.is_alive())
    ended = interrupt(task)
    assert ended.status == status, ended
    assert ended.seconds < GIVEN
    assert bound.store.count("published") == 0
    again = bound.platform(RUN)
    assert again.summary["state"] == "published"
    assert again.counts("compare")["scopes"] < undisturbed["scopes"]
    assert bound.store.results() == undisturbed["results"]
    assert bound.published(s3) == undisturbed["files"]
    return ended, again


def test_asked_to_end_it_keeps_what_is_done_and_another_task_goes_on(copy, undisturbed, s3):
    """SIGTERM in the middle of a run (exit 143), then a second task: results and files equal to the byte"""
    ended, again = check_interrupted(copy, undisturbed, s3, lambda task: task.cancel(), 143)
    assert ended.summary["state"] == "interrupted"
    assert again.summary["run_id"] == ended.summary["run_id"]


def test_killed_it_has_kept_what_is_done_and_another_task_goes_on(copy, undisturbed, s3):
    """SIGKILL in the middle of a run, then a second task: results and files equal to the byte"""
    check_interrupted(copy, undisturbed, s3, lambda task: task.signal(signal.SIGKILL), 137)


def test_the_limit_is_real(platform):
    """the limit itself: what takes more than its memory is killed (137), which no run above was"""
    assert platform.python("held = [bytearray(16 << 20) for _ in range(40)]", memory="512m").status == 137
    assert platform.python("held = [bytearray(16 << 20) for _ in range(20)]", memory="512m").status == 0


def test_a_run_fits_into_little_memory_or_says_what_it_needs(copy):
    """`-m 160m`: refused with the number that is missing (exit 6), not killed"""
    ended = copy.platform(RUN, memory="160m")
    assert ended.status == 6, ended
    assert "MiB" in ended.summary["reason"]
    assert copy.platform(RUN, memory="400m").summary["state"] == "published"
