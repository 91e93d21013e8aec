"""twicetold doctor: whether everything that the work needs is there and works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from twicetold.cli.console import load_model, load_settings, print_json
from twicetold.errors import DependencyUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
def command(*, as_json: bool) -> None:
    """Check settings, memory, temporary space, the model and one comparison; exit 3 if one fails.

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
    ]
    rows = []
    for name, check in checks:
        try:
            rows.append({"check": name, "ok": True, "detail": check()})
        except Exception as error:  # noqa: BLE001 - whatever is broken is what a doctor reports
            rows.append({"check": name, "ok": False, "detail": " ".join(str(error).split())})
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            click.echo(f"{'ok  ' if row['ok'] else 'FAIL'} {row['check']:<11} {row['detail']}")
    failed = [str(row["check"]) for row in rows if not row["ok"]]
    if failed:
        message = f"{len(failed)} of {len(rows)} checks failed: {', '.join(failed)}."
        raise DependencyUnavailable(message, remedy="See above for what each of them found.")


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
