"""Delivery: the files of a run, in a folder and in S3, where they appear all at once."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twicetold.platform import services
from twicetold.sinks import tables
from twicetold.sinks.files import require_writable, write_results, writing_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from twicetold.pipeline import Result
    from twicetold.runs.profile import Profile
    from twicetold.sources.input import Input


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

    def deliver(self, result: Result, changes: Sequence[Mapping[str, Any]]) -> int:
        """Puts the files where they belong, but tells nobody; returns how many there are.

        A folder is a plain place that knows no runs, so it gets its files here, whole or not at all.
        """
        if self._to.out is None and self._to.s3 is None:
            return 0
        aside = Path(tempfile.gettempdir())
        with writing_to(aside), tempfile.TemporaryDirectory(prefix="twicetold-", dir=aside) as folder:
            paths = {}
            for name, content in self._files(result, changes):
                paths[name] = Path(folder, name)
                _write(paths[name], content)
            if self._to.s3 is not None:
                self._upload(paths, result)
            if self._to.out is not None:
                write_results(self._to.out, {name: _read(path) for name, path in paths.items()})
        return len(paths)

    def announce(self) -> None:
        """Points ``latest.json`` in S3 to the run's files."""
        if self._to.s3 is not None:
            from twicetold.sinks.s3 import switch_latest  # noqa: PLC0415 - boto3 is slow to import

            switch_latest(services.bucket(self._to.s3.service), self._prefix, self._run_id)

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

    def _files(
        self, result: Result, changes: Sequence[Mapping[str, Any]]
    ) -> Iterator[tuple[str, bytes | Iterable[bytes]]]:
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
