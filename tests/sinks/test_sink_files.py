"""Result files appear whole or not at all, on real file systems."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from twicetold.errors import OutputNotWritable, StorageFull
from twicetold.sinks import files
from twicetold.sinks.files import require_writable, write_results

NEW = {"groups.csv": b"new groups", "pairs.csv": [b"new ", b"pairs"], "summary.json": b"new summary"}
OLD = {"groups.csv": b"old groups", "summary.json": b"old summary"}
MEGABYTE = b"x" * 2**20


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def child(script: str, *arguments: object) -> subprocess.Popen[str]:
    imports = (
        "import os, resource, sys, time\n"
        "from pathlib import Path\n"
        "from twicetold.errors import TwicetoldError\n"
        "from twicetold.sinks.files import write_results\n"
    )
    command = [sys.executable, "-c", imports + script, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_all_files_are_written_and_nothing_else(tmp_path):
    write_results(tmp_path / "a" / "out", NEW)
    assert contents(tmp_path / "a" / "out") == {
        "groups.csv": b"new groups",
        "pairs.csv": b"new pairs",
        "summary.json": b"new summary",
    }


def test_former_results_are_replaced_and_other_files_stay(tmp_path):
    write_results(tmp_path, {**OLD, "notes.txt": b"mine"})
    write_results(tmp_path, NEW)
    assert contents(tmp_path) == {**contents(tmp_path), "groups.csv": b"new groups", "notes.txt": b"mine"}
    assert len(contents(tmp_path)) == 4


def test_writing_nothing_makes_the_folder(tmp_path):
    write_results(tmp_path / "out", {})
    assert contents(tmp_path / "out") == {}


def test_results_are_readable_by_others_as_the_umask_says(tmp_path):
    old = os.umask(0o022)
    try:
        write_results(tmp_path / "out", NEW)
    finally:
        os.umask(old)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o644}


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, MemoryError])
def test_an_interrupted_write_leaves_the_former_results(tmp_path, error):
    def breaks_off():
        yield b"half of it"
        raise error

    write_results(tmp_path, OLD)
    with pytest.raises(error):
        write_results(tmp_path, {**NEW, "zz.csv": breaks_off()})
    assert contents(tmp_path) == OLD


def test_an_interrupted_first_write_leaves_no_folder(tmp_path):
    def breaks_off():
        yield b"half of it"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_results(tmp_path / "a" / "out", {"groups.csv": breaks_off()})
    assert contents(tmp_path) == {}


def test_an_interrupt_while_files_are_moved_takes_all_back(tmp_path, monkeypatch):
    moves = []
    move = Path.replace

    def interrupted(path, target):
        moves.append(target)
        if Path(target) == tmp_path / "pairs.csv":
            raise KeyboardInterrupt
        return move(path, target)

    write_results(tmp_path, OLD)
    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_results(tmp_path, {"a.csv": b"new, without a former one", **NEW})
    assert tmp_path / "groups.csv" in moves
    assert contents(tmp_path) == OLD


def test_the_summary_is_moved_last(tmp_path, monkeypatch):
    moved = []
    move = Path.replace

    def watched(path, target):
        moved.append(Path(target).name)
        return move(path, target)

    monkeypatch.setattr(Path, "replace", watched)
    write_results(tmp_path, {"summary.json": b"", "zz.csv": b"", "a.csv": b""})
    assert moved == ["a.csv", "zz.csv", "summary.json"]


def slow_writer(out: Path) -> subprocess.Popen[str]:
    """A process that is in the middle of writing until a line comes."""
    script = (
        "def slowly():\n"
        "    yield b'x' * 2**20\n"
        "    print('half', flush=True)\n"
        "    yield sys.stdin.readline().encode()\n"
        "write_results(Path(sys.argv[1]), {'groups.csv': slowly(), 'summary.json': b'new'})"
    )
    process = child(script, out)
    assert process.stdout.readline() == "half\n"
    assert len(list(out.iterdir())) == len(OLD) + 1
    return process


def test_ctrl_c_in_a_real_process_leaves_the_former_results(tmp_path):
    write_results(tmp_path, OLD)
    process = slow_writer(tmp_path)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
    assert contents(tmp_path) == OLD


def test_what_a_killed_process_leaves_is_gone_after_the_next_write(tmp_path):
    write_results(tmp_path, OLD)
    process = slow_writer(tmp_path)
    process.kill()
    process.communicate(timeout=30)
    assert len(list(tmp_path.iterdir())) == len(OLD) + 1
    write_results(tmp_path, NEW)
    assert contents(tmp_path) == {**NEW, "pairs.csv": b"new pairs"}


def test_a_second_writer_waits_for_the_first(tmp_path):
    write_results(tmp_path, OLD)
    first = slow_writer(tmp_path)
    second = threading.Thread(target=write_results, args=(tmp_path, NEW))
    second.start()
    second.join(timeout=0.5)
    assert second.is_alive()
    assert contents(tmp_path / next(tmp_path.glob(".twicetold-*"))).keys() == {"groups.csv"}
    _, errors = first.communicate("last\n", timeout=30)
    second.join(timeout=30)
    assert (first.returncode, errors) == (0, "")
    assert contents(tmp_path) == {**NEW, "pairs.csv": b"new pairs"}


def test_a_writer_that_never_ends_is_not_waited_for_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_PATIENCE", 0.3)
    write_results(tmp_path, OLD)
    first = slow_writer(tmp_path)
    with pytest.raises(OutputNotWritable, match="another process has been writing there") as raised:
        write_results(tmp_path, NEW)
    assert "End that process" in raised.value.hint
    assert (tmp_path / "groups.csv").read_bytes() == b"old groups"
    _, errors = first.communicate("last\n", timeout=30)
    assert (first.returncode, errors) == (0, "")


@pytest.mark.parametrize("below", ["", "deeper", "deeper/still"])
def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path, below):
    (tmp_path / "file").write_bytes(b"mine")
    out = tmp_path / "file" / below
    for attempt in (lambda: write_results(out, NEW), lambda: require_writable(out)):
        with pytest.raises(OutputNotWritable, match="a file where a folder is needed"):
            attempt()
    assert contents(tmp_path) == {"file": b"mine"}


def test_a_folder_in_the_place_of_a_file_is_refused_and_stays(tmp_path):
    (tmp_path / "pairs.csv").mkdir()
    (tmp_path / "pairs.csv" / "mine").write_bytes(b"mine")
    with pytest.raises(OutputNotWritable, match="a folder"):
        write_results(tmp_path, NEW)
    assert [path.name for path in tmp_path.rglob("*")] == ["pairs.csv", "mine"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux")
def test_a_file_system_that_takes_no_files_is_refused():
    with pytest.raises(OutputNotWritable, match="/proc"):
        write_results(Path("/proc/twicetold"), NEW)
    with pytest.raises(OutputNotWritable, match="/proc"):
        require_writable(Path("/proc/twicetold/out"))


def test_a_folder_without_permission_is_refused(tmp_path):
    out = tmp_path / "locked"
    out.mkdir(mode=0o555)
    tmp_path.chmod(0o755)
    script = (
        "if os.getuid() == 0: os.setuid(65534)  # root may write everywhere\n"
        "try: write_results(Path(sys.argv[1]), {'groups.csv': b''})\n"
        "except TwicetoldError as error: print(error.code, error.message)"
    )
    output, errors = child(script, out).communicate(timeout=30)
    assert output.startswith("TT205"), errors
    assert "Permission denied" in output


def test_a_limit_on_the_size_of_files_is_a_full_disk(tmp_path):
    script = (
        "limits = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, limits[1]))\n"
        "try: write_results(Path(sys.argv[1]), {'groups.csv': [b'x' * 1000] * 1000, 'summary.json': b''})\n"
        "except TwicetoldError as error: print(error.code, error.message)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, limits)  # what measures coverage writes at the end"
    )
    write_results(tmp_path, OLD)
    output, errors = child(script, tmp_path).communicate(timeout=30)
    assert output.startswith("TT303"), errors
    assert contents(tmp_path) == OLD


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 64 KiB; where none may be mounted, no file may grow beyond 64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(place)]
    if shutil.which("mount") and subprocess.run(command, capture_output=True, check=False).returncode == 0:
        yield place
        subprocess.run(["umount", "-l", str(place)], check=True)
        return
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, limits[1]))
    yield place
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_disk_that_fills_up_keeps_the_former_results(small_disk):
    write_results(small_disk, OLD)
    with pytest.raises(StorageFull, match=r"No space left|File too large"):
        write_results(small_disk, {**NEW, "pairs.csv": [b"x" * 1000] * 1000})
    assert contents(small_disk) == OLD


def test_a_full_disk_leaves_no_new_folder(small_disk):
    with pytest.raises(OSError, match=r"No space|File too large"):
        (small_disk / "filler").write_bytes(MEGABYTE)
    with pytest.raises(StorageFull):
        write_results(small_disk / "out", {"groups.csv": MEGABYTE})
    assert [path.name for path in small_disk.iterdir()] == ["filler"]


def test_the_folder_can_be_a_file_system_of_its_own(small_disk):
    write_results(small_disk, NEW)
    assert len(contents(small_disk)) == 3


def test_a_check_before_the_work_leaves_nothing_behind(tmp_path):
    require_writable(tmp_path / "a" / "out")
    require_writable(tmp_path)
    assert contents(tmp_path) == {}


def test_a_write_does_not_depend_on_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    require_writable(Path("out"))
    write_results(Path("out"), NEW)
    write_results(Path(), NEW)
    assert (tmp_path / "out" / "pairs.csv").read_bytes() == (tmp_path / "pairs.csv").read_bytes()
