"""Result files that appear whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from twicetold.errors import OutputNotWritable, StorageFull

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LAST = "summary.json"
_STAGED = ".twicetold-"
#: Seconds that a writer waits for another one, and between two looks; a million records are written in a minute.
_PATIENCE, _PAUSE = 600.0, 0.1
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def write_results(out: Path, files: Mapping[str, bytes | Iterable[bytes]]) -> None:
    """Writes all files into a folder, or none of them.

    Everything is first written into a hidden folder inside ``out`` (which may be a file system of its own),
    forced to disk, and then moved to its place; ``summary.json`` last, so that whoever finds a new one finds
    all others new. Whatever goes wrong, Ctrl-C included, the files of an earlier run stay as they were and
    the hidden folder goes away; that of a process that was killed goes away when the next one writes. Who
    comes while another writes into ``out`` waits, ten minutes at most. Other files in ``out`` are never touched.

    Args:
        out: The folder; made if it is missing.
        files: Contents by name, whole or in parts.

    Raises:
        OutputNotWritable: The folder cannot be made or written.
        StorageFull: There is no space left, or a quota is reached.
    """
    with writing_to(out):
        made = [folder for folder in (out, *out.parents) if not folder.exists()]
        try:
            out.mkdir(parents=True, exist_ok=True)
            _write_all(out, files)
        except BaseException:
            for folder in made:
                with suppress(OSError):
                    folder.rmdir()
            raise


def require_writable(out: Path) -> None:
    """Finds out before the work whether its results can be written; leaves nothing behind.

    Raises:
        OutputNotWritable: The folder cannot be made or written.
        StorageFull: There is no space left.
    """
    with writing_to(out):
        nearest = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
        tempfile.TemporaryFile(dir=nearest).close()


@contextmanager
def writing_to(out: Path) -> Iterator[None]:
    """Errors of the operating system as those that tell a person what to do.

    Raises:
        OutputNotWritable: The folder cannot be made or written.
        StorageFull: There is no space left, or a quota is reached.
    """
    try:
        yield
    except OSError as error:
        cause = error.strerror or str(error)
        if error.errno in _FULL:
            raise StorageFull(f"The results cannot be written to {out}: {cause}.") from error
        if isinstance(error, FileExistsError | NotADirectoryError):
            cause = "there is a file where a folder is needed"
        raise OutputNotWritable(f"The results cannot be written to {out}: {cause}.") from error


def _write_all(out: Path, files: Mapping[str, bytes | Iterable[bytes]]) -> None:
    with _only_writer(out) as alone:
        if alone:
            for left in out.glob(f"{_STAGED}*"):
                shutil.rmtree(left, ignore_errors=True)
        staged = Path(tempfile.mkdtemp(prefix=_STAGED, dir=out))
        try:
            for name, content in files.items():
                _write(staged / name, [content] if isinstance(content, bytes) else content)
            _move_all(staged, out, sorted(files, key=lambda name: (name == LAST, name)))
        finally:
            shutil.rmtree(staged, ignore_errors=True)


@contextmanager
def _only_writer(out: Path) -> Iterator[bool]:
    """Waits until no other process writes there, as far as the file system has locks of folders (NFS has none)."""
    folder, until = os.open(out, os.O_RDONLY), time.monotonic() + _PATIENCE
    try:
        while is_taken := _lock(folder):
            if time.monotonic() > until:
                raise OutputNotWritable(
                    f"The results cannot be written to {out}: another process has been writing there for "
                    f"{_PATIENCE:,.0f} seconds.",
                    remedy="End that process, or choose another folder with --out.",
                )
            time.sleep(_PAUSE)
        yield is_taken is not None
    finally:
        os.close(folder)


def _lock(folder: int) -> bool | None:
    """Locks a folder; True if another process has done that, None if the file system cannot."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


def _write(path: Path, parts: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(parts)
        file.flush()
        os.fsync(file.fileno())


def _move_all(staged: Path, out: Path, names: list[str]) -> None:
    """Moves new files over former ones; if one cannot be moved, those before it are taken back."""
    for name in names:
        if (out / name).is_dir():
            raise IsADirectoryError(errno.EISDIR, f"{name} is a folder there")
    former = staged / ".former"
    former.mkdir()
    try:
        for name in names:
            if (out / name).exists():
                (out / name).replace(former / name)
            (staged / name).replace(out / name)
    except BaseException:
        for name in names:
            _take_back(staged / name, out / name, former / name)
        raise


def _take_back(new: Path, place: Path, former: Path) -> None:
    if former.exists():
        former.replace(place)
    elif not new.exists():
        place.unlink()
