"""Delivery: the files of a run, in a folder and in S3, where they appear all at once."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twicetold.platform import services
from twicetold.sinks import tables
from twicetold.sinks.files import require_writable, write_results, writing_to

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from twicetold.pipeline import Result
    from twicetold.runs.profile import Profile
    from twicetold.sources.input import Input

    Changes = Sequence[Mapping[str, Any]]

#: The folder, inside the one for files, of runs that wait for a person.
_ASIDE = "held"


class Delivery:
    """Where the files of a run go.

    Args:
        profile: Says where.
        run_id: Whose files they are.
        started_at: When the run began; newer files win.
        found: What it has read.
    """

    def __init__(self, profile: Profile, run_id: str, started_at: datetime, found: Input) -> None:
        self._to = profile.publish
        self._name, self._run_id, self._started_at, self._found = profile.name, run_id, started_at, found
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._paths: Mapping[str, Path] = {}

    def prepare(self) -> None:
        """Finds out before the work whether the files can be delivered.

        Raises:
            OutputNotWritable: The folder cannot be written.
            SettingInvalid: The bucket is not bound.
        """
        if self._to.out is not None:
            require_writable(self._to.out)
        if self._to.s3 is not None:
            services.bucket(self._to.s3.service)

    def deliver(self, result: Result, changes: Changes) -> int:
        """Makes the files, and puts them into S3, but tells nobody; returns how many there are."""
        if self._to.out is None and self._to.s3 is None:
            return 0
        paths = self._make(result, changes)
        if self._to.s3 is not None:
            self._upload(paths, result)
        return len(paths)

    def announce(self, found: Callable[[], tuple[Result, Changes]]) -> None:
        """Shows the files: those of the folder take the place of former ones, ``latest.json`` in S3 points to the new.

        Args:
            found: What the run found, for a process that did not make the files itself.
        """
        if self._to.out is not None:
            self._fill(self._to.out, self._paths or self._make(*found()))
        if self._to.s3 is not None:
            from twicetold.sinks.s3 import switch_latest  # noqa: PLC0415 - boto3 is slow to import

            switch_latest(services.bucket(self._to.s3.service), self._prefix, self._run_id)

    def set_aside(self, result: Result, changes: Changes) -> None:
        """Puts the files where a person can look at them before anything is published."""
        if self.deliver(result, changes) and self._to.out is not None:
            self._fill(self._to.out / _ASIDE / self._run_id, self._paths)

    def clear_aside(self, waiting: Collection[str]) -> None:
        """Takes away the files that were set aside of all runs but those that still wait for a person."""
        if self._to.out is not None and (aside := self._to.out / _ASIDE).is_dir():
            for folder in aside.iterdir():
                if folder.name not in waiting:
                    shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):  # some still wait
                aside.rmdir()

    def _make(self, result: Result, changes: Changes) -> Mapping[str, Path]:
        """The files, in a folder that lives as long as this."""
        place = Path(tempfile.gettempdir())
        with writing_to(place):
            self._folder = tempfile.TemporaryDirectory(prefix="twicetold-", dir=place)
            paths = {}
            for name, content in self._files(result, changes):
                paths[name] = Path(self._folder.name, name)
                _write(paths[name], content)
        self._paths = paths
        return paths

    def _fill(self, out: Path, paths: Mapping[str, Path]) -> None:
        write_results(out, {name: _read(path) for name, path in paths.items()})

    @property
    def _prefix(self) -> str:
        assert self._to.s3 is not None
        return f"{self._to.s3.prefix}/{self._name}"

    def _upload(self, paths: Mapping[str, Path], result: Result) -> None:
        from twicetold.sinks.s3 import upload  # noqa: PLC0415

        assert self._to.s3 is not None
        about = {
            "profile": self._name,
            "started_at": self._started_at.isoformat(),
            "model": dict(result.model),
            "counts": dict(result.counts),
        }
        upload(services.bucket(self._to.s3.service), self._prefix, self._run_id, paths, about=about)

    def _files(self, result: Result, changes: Changes) -> Iterator[tuple[str, bytes | Iterable[bytes]]]:
        """The files by name, made one after the other, so that only one is held at a time."""
        found = self._found
        yield "groups.csv", tables.groups_csv(result)
        yield "pairs.csv", tables.pairs_csv(result)
        yield "rejected.csv", tables.rejected_csv(found.rejected)
        yield "changes.jsonl", (json.dumps(change, ensure_ascii=False).encode() + b"\n" for change in changes)
        if self._to.report:
            from twicetold.report.html import render_report  # noqa: PLC0415 - Jinja2 is slow to import

            reasons = sorted(Counter(row.reason for row in found.rejected).items())
            yield "report.html", render_report(result, rejected=reasons, title=f"Duplicate report: {self._name}")
        if self._to.parquet:
            from twicetold.sinks.parquet import groups_parquet, pairs_parquet  # noqa: PLC0415 - DuckDB is slow to import

            yield "groups.parquet", groups_parquet(result)
            yield "pairs.parquet", pairs_parquet(result)
        yield "summary.json", tables.summary_json(result, found.rejected, found.columns, found.records.digest)


def _write(path: Path, content: bytes | Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines([content] if isinstance(content, bytes) else content)


def _read(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            yield part
