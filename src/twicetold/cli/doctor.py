"""twicetold doctor: whether everything that the work needs is there and works."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from twicetold.cli.console import load_model, load_settings, print_json
from twicetold.errors import DependencyUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from twicetold.platform.services import Bucket, Database

_Answer = TypeVar("_Answer")
#: Seconds in which a database or a bucket has to answer.
_LIMIT = 5.0


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
def command(*, as_json: bool) -> None:
    """Check settings, memory, temporary space, the model, one comparison, and the store and bucket that are bound.

    Exits 3 if a check fails. Store and bucket are checked only where they are configured.

    \b
    Example:
      twicetold doctor
    """
    checks: list[tuple[str, Callable[[], str]]] = [
        ("settings", _settings),
        ("limits", _limits),
        ("temporary", _temporary),
        ("files", _files),
        ("model", _model),
        ("comparison", _comparison),
        ("extras", _extras),
        ("store", _store),
        ("bucket", _bucket),
    ]
    rows = [row for name, check in checks if (row := _row(name, check))["detail"]]
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            click.echo(f"{'ok  ' if row['ok'] else 'FAIL'} {row['check']:<11} {row['detail']}")
    failed = [str(row["check"]) for row in rows if not row["ok"]]
    if failed:
        message = f"{len(failed)} of {len(rows)} checks failed: {', '.join(failed)}."
        raise DependencyUnavailable(message, remedy="See above for what each of them found.")


def _row(name: str, check: Callable[[], str]) -> dict[str, object]:
    """What a check finds; one that says nothing does not apply."""
    try:
        return {"check": name, "ok": True, "detail": check()}
    except Exception as error:  # noqa: BLE001 - whatever is broken is what a doctor reports
        return {"check": name, "ok": False, "detail": " ".join(str(error).split()) or type(error).__name__}


def _settings() -> str:
    return f"{len(load_settings({}).model_fields_set)} set, the rest at their defaults"


def _limits() -> str:
    from twicetold.platform.container import cpu_limit, memory_limit

    memory = memory_limit()
    size = f"{memory >> 20:,} MiB" if memory else "no limit of"
    return f"{cpu_limit()} processors, {size} memory"


def _temporary() -> str:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")
        file.flush()
    return f"{tempfile.gettempdir()} is writable"


def _files() -> str:
    import duckdb

    duckdb.connect().execute("select 1").fetchall()
    return f"DuckDB {duckdb.__version__} answers"


def _model() -> str:
    from twicetold.model.artifact import shipped_folder, verify

    manifest = verify(load_settings({}).model or shipped_folder())
    return f"{manifest.name} {manifest.version}, all {len(manifest.files)} files as its manifest says"


def _comparison() -> str:
    settings = load_settings({})
    from twicetold._api import explain

    model = load_model(settings)
    same = explain("Train all staff on safety.", "TRAIN ALL STAFF ON SAFETY", model=model, settings=settings)
    other = explain("Train all staff on safety.", "Repair the roof.", model=model, settings=settings)
    if same.probability < 0.99 or other.probability > 0.5:
        raise DependencyUnavailable(f"expected about 1 and 0, got {same.probability} and {other.probability}")
    return f"a variant {same.probability:.2f}, another text {other.probability:.2f}"


def _extras() -> str:
    from importlib.util import find_spec

    optional = {"frames": ("pandas", "pyarrow"), "train": ("scipy", "sklearn")}
    return "; ".join(
        f"{extra} {'is' if all(map(find_spec, packages)) else 'is not'} installed"
        for extra, packages in optional.items()
    )


def _store() -> str:
    """The database, where one is set or bound: whether it answers."""
    from twicetold.platform import services

    settings = load_settings({})
    database = services.store(settings)
    if database.origin == "default":
        return ""
    if database.url.reveal().startswith("sqlite:"):
        return _file(database.place)
    version = _within(_LIMIT, database, lambda: _version(database.url.reveal()))
    return f"PostgreSQL {version} answers at {database.place} ({database.origin})"


def _file(place: str) -> str:
    import os
    from pathlib import Path

    path = Path(place)
    target = path if path.exists() else path.parent
    if place != ":memory:" and not os.access(target, os.W_OK):
        raise DependencyUnavailable(f"{target} cannot be written", remedy="Choose another file with TWICETOLD_STORE.")
    return f"{place} {'is there' if path.exists() else 'will be made by the first run'}"


def _version(url: str) -> str:
    import sqlalchemy

    engine = sqlalchemy.create_engine(
        url, poolclass=sqlalchemy.NullPool, connect_args={"connect_timeout": int(_LIMIT), "prepare_threshold": None}
    )
    with engine.connect() as connection:
        return str(connection.exec_driver_sql("show server_version").scalar_one())


def _bucket() -> str:
    """The bucket, where one is named or the only one is bound: whether it can be seen."""
    from twicetold.platform import services
    from twicetold.platform.s3 import client

    name = load_settings({}).bucket
    if not name and [row["kind"] for row in services.bound()].count("bucket") != 1:
        return ""
    bucket = services.bucket(name)
    _within(_LIMIT, bucket, lambda: client(bucket).head_bucket(Bucket=bucket.bucket))
    return f"{bucket.place} answers ({bucket.origin})"


def _within(seconds: float, service: Database | Bucket, ask: Callable[[], _Answer]) -> _Answer:
    """What a service answers in time; a thread waits for it, since drivers limit single attempts only.

    Raises:
        DependencyUnavailable: It does not answer, or refuses; the message names it, and holds none of its secrets.
    """
    from queue import Empty, SimpleQueue
    from threading import Thread

    from twicetold.platform.services import redact

    answers: SimpleQueue[tuple[_Answer | None, str]] = SimpleQueue()

    def wait() -> None:
        try:
            answers.put((ask(), ""))
        except Exception as error:  # noqa: BLE001 - each driver has errors of its own
            answers.put((None, redact(str(getattr(error, "orig", error)), service) or type(error).__name__))

    Thread(target=wait, daemon=True).start()
    place = f"{service.place} ({service.origin})"
    try:
        answer, problem = answers.get(timeout=seconds)
    except Empty:
        answer, problem = None, f"no answer within {seconds:g} s"
    if answer is None:
        raise DependencyUnavailable(f"{place}: {problem.strip()}", remedy="Check the binding and what it may reach.")
    return answer
