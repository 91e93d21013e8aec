"""What a container may use: memory and processors, read from its control group, version 1 or 2."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

_ROOT = Path("/")
#: Version 1 writes a number near 2**63 where there is no limit.
_NO_LIMIT = 1 << 60
#: M_ARENA_MAX of glibc's malloc.h.
_ARENA_MAX = -8


def memory_limit(root: Path = _ROOT) -> int | None:
    """Bytes that this process may use: the tightest of control group and physical memory.

    Args:
        root: Where the file system begins; tests give another one.

    Returns:
        The limit in bytes, or None where nothing says it.
    """
    limits = [
        *(_number(group / "memory.max") for group in _groups(root)),
        *(_number(group / "memory.limit_in_bytes") for group in _groups(root, "memory")),
        _physical(root),
    ]
    known = [limit for limit in limits if limit is not None and limit < _NO_LIMIT]
    return min(known, default=None)


def memory_peak(root: Path = _ROOT) -> int | None:
    """Most bytes that this process's control group ever held, cached files included; None where nothing says it.

    Args:
        root: Where the file system begins; tests give another one.
    """
    peaks = [
        *(_number(group / "memory.peak") for group in _groups(root)),
        *(_number(group / "memory.max_usage_in_bytes") for group in _groups(root, "memory")),
    ]
    return next((peak for peak in peaks if peak is not None), None)


def cpu_limit(root: Path = _ROOT) -> int:
    """Whole processors that this process may keep busy; at least 1.

    A quota of 1.5 processors counts as 1: a thread that waits for its share slows the others down.
    """
    quotas = [_quota_v2(group / "cpu.max") for group in _groups(root)]
    quotas += [_quota_v1(group) for group in _groups(root, "cpu")]
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(min([usable, *(quota for quota in quotas if quota is not None)])))


def resident_memory(root: Path = _ROOT) -> int | None:
    """Bytes that this process holds now; None where the system does not say.

    Args:
        root: Where the file system begins; tests give another one.
    """
    fields = _text(root / "proc/self/statm").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") if len(fields) > 1 else None


def share_memory_among_threads() -> None:
    """Lets all threads of this process take memory from two pools, where its C library (glibc) can do that.

    By itself it gives each thread a pool of its own, and what is free in one is of no use to the others: a tenth of a
    small container. To be called before there are threads.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)


def return_memory() -> None:
    """Gives memory that is free inside this process back to the system, where its C library (glibc) can do that.

    Long-lived objects lie between those that are gone, so the system is not given much of it by itself.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def _groups(root: Path, controller: str = "") -> list[Path]:
    """Folders of this process's own group and of those above it, each of which may set a limit.

    Args:
        root: Where the file system begins.
        controller: Which tree of version 1; empty for the one of version 2.
    """
    tree = root / "sys/fs/cgroup" / controller
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            own = tree / path.strip("/")
            return [own, *(group for group in own.parents if group.is_relative_to(tree))]
    return [tree]


def _physical(root: Path) -> int | None:
    for line in _text(root / "proc/meminfo").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return None


def _quota_v2(path: Path) -> float | None:
    quota, _, period = _text(path).strip().partition(" ")
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() and int(period) else None


def _quota_v1(folder: Path) -> float | None:
    quota, period = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
    return quota / period if quota and period else None


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
