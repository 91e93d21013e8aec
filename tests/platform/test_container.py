"""What a container may use, told from a file system that a test lays out."""

from __future__ import annotations

import os

import pytest

from twicetold.platform.container import cpu_limit, memory_limit

MIB = 1 << 20
NO_LIMIT_V1 = "9223372036854771712"


@pytest.fixture
def root(tmp_path):
    """A file system of the given files, below an empty folder."""

    def laid_out(**files):
        for path, text in files.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="ascii")
        return tmp_path

    return lambda files: laid_out(**files)


@pytest.fixture(autouse=True)
def many_processors(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(16)), raising=False)


MEMINFO = {"proc/meminfo": "MemFree:  1 kB\nMemTotal:       8388608 kB\nSwapTotal: 5 kB\n"}
PHYSICAL = 8192 * MIB


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({}, None),
        (MEMINFO, PHYSICAL),
        ({"sys/fs/cgroup/memory.max": f"{512 * MIB}\n"}, 512 * MIB),
        ({"sys/fs/cgroup/memory.max": "max\n"}, None),
        ({"sys/fs/cgroup/memory.max": "max\n", **MEMINFO}, PHYSICAL),
        ({"sys/fs/cgroup/memory.max": f"{512 * MIB}\n", **MEMINFO}, 512 * MIB),
        ({"sys/fs/cgroup/memory.max": f"{99999 * MIB}\n", **MEMINFO}, PHYSICAL),
        ({"sys/fs/cgroup/memory/memory.limit_in_bytes": f"{256 * MIB}\n", **MEMINFO}, 256 * MIB),
        ({"sys/fs/cgroup/memory/memory.limit_in_bytes": NO_LIMIT_V1}, None),
        ({"sys/fs/cgroup/memory/memory.limit_in_bytes": NO_LIMIT_V1, **MEMINFO}, PHYSICAL),
        ({"sys/fs/cgroup/memory/memory.limit_in_bytes": ""}, None),
        ({"sys/fs/cgroup/memory.max": "garbage", **MEMINFO}, PHYSICAL),
        ({"proc/meminfo": "MemFree: 1 kB\n"}, None),
    ],
)
def test_the_tightest_of_control_group_and_physical_memory_counts(root, files, limit):
    assert memory_limit(root(files)) == limit


@pytest.mark.parametrize("tightest", ["a/b/c", "a/b", "a", "."])
def test_in_version_2_the_own_group_and_every_group_above_it_may_set_the_limit(root, tightest):
    files = {f"sys/fs/cgroup/{group}/memory.max": "max\n" for group in ("a/b/c", "a/b", "a", ".")}
    files[f"sys/fs/cgroup/{tightest}/memory.max"] = f"{300 * MIB}\n"
    own = {"proc/self/cgroup": "0::/a/b/c\n"}
    assert memory_limit(root({**files, **own, **MEMINFO})) == 300 * MIB


@pytest.mark.parametrize("tightest", ["a/b", "a", "."])
def test_in_version_1_the_own_group_and_every_group_above_it_may_set_the_limit(root, tightest):
    files = {f"sys/fs/cgroup/memory/{group}/memory.limit_in_bytes": NO_LIMIT_V1 for group in ("a/b", "a", ".")}
    files[f"sys/fs/cgroup/memory/{tightest}/memory.limit_in_bytes"] = f"{300 * MIB}\n"
    own = {"proc/self/cgroup": "9:name=systemd:/x\n4:pids,memory:/a/b\n1:cpu:/\n0::/\n"}
    assert memory_limit(root({**files, **own, **MEMINFO})) == 300 * MIB


def test_a_neighbour_s_group_does_not_matter(root):
    files = {"sys/fs/cgroup/other/memory.max": "1", "sys/fs/cgroup/a/memory.max": f"{MIB}"}
    assert memory_limit(root({**files, "proc/self/cgroup": "0::/a\n"})) == MIB


def test_an_own_group_that_is_not_mounted_here_leaves_the_one_that_is(root):
    files = {"proc/self/cgroup": "4:memory:/docker/1f2e\n0::/../elsewhere\n"}
    files["sys/fs/cgroup/memory/memory.limit_in_bytes"] = f"{64 * MIB}"
    assert memory_limit(root({**files, **MEMINFO})) == 64 * MIB


@pytest.mark.parametrize(
    ("files", "processors"),
    [
        ({}, 16),
        ({"sys/fs/cgroup/cpu.max": "max 100000\n"}, 16),
        ({"sys/fs/cgroup/cpu.max": "400000 100000\n"}, 4),
        ({"sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1),
        ({"sys/fs/cgroup/cpu.max": "50000 100000\n"}, 1),
        ({"sys/fs/cgroup/cpu.max": "9900000 100000\n"}, 16),
        ({"sys/fs/cgroup/cpu.max": "100000 0\n"}, 16),
        ({"sys/fs/cgroup/cpu.max": ""}, 16),
        ({"sys/fs/cgroup/cpu.max": "400000\n"}, 16),
        ({"sys/fs/cgroup/a/cpu.max": "200000 100000\n", "proc/self/cgroup": "0::/a/b\n"}, 2),
        ({"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "150000\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"}, 1),
        ({"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "300000\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"}, 16),
        ({"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "300000\n"}, 16),
        (
            {
                "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "200000",
                "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000",
                "proc/self/cgroup": "1:cpu,cpuacct:/a\n0::/\n",
            },
            2,
        ),
    ],
)
def test_whole_processors_of_the_quota_count_and_at_least_one(root, files, processors):
    assert cpu_limit(root(files)) == processors


def test_the_processors_that_the_process_is_bound_to_are_the_most(root, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {3}, raising=False)
    assert cpu_limit(root({"sys/fs/cgroup/cpu.max": "400000 100000\n"})) == 1


@pytest.mark.parametrize(("count", "processors"), [(6, 6), (None, 1)])
def test_a_system_that_cannot_bind_processes_counts_its_processors(root, monkeypatch, count, processors):
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    assert cpu_limit(root({})) == processors


def test_the_machine_that_runs_this_test_has_memory_and_a_processor():
    limit = memory_limit()
    assert limit is None or limit > 64 * MIB
    assert cpu_limit() >= 1
