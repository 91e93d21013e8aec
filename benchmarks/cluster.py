"""Stages of the Spark engine, and what more records would take: `.venv-spark/bin/python benchmarks/cluster.py`.

Goals are generated in scopes as in speed.py. The stages of the driver are timed one by one; what a worker does with a
bundle is timed in this process, for a core of a cluster does nothing else. Times and memory of larger files follow from
these by the assumptions that are printed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from document import publish, table
from generate import generate, write
from twicetold.decisions import Constraints
from twicetold.engines import spark
from twicetold.engines.bundles import Job, compare_bundle, table_of
from twicetold.engines.gathering import gather
from twicetold.engines.packing import unpack_scope
from twicetold.engines.setup import load_model, pipeline_settings
from twicetold.matching.plan import plan, scope_rows
from twicetold.pipeline import compare_scopes, prepare_scopes
from twicetold.platform.settings import load
from twicetold.sinks import tables
from twicetold.sources.files import read_records
from twicetold.text.abbreviations import learn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twicetold.model.artifact import Model
    from twicetold.pipeline import Settings
    from twicetold.records import Records
    from twicetold.text.abbreviations import Learned

_PER_SCOPE = 25
_STAGES = ("read", "learn", "start", "compare", "gather", "tables")
_MODELLED = (10_000_000, 100_000_000)
_GIB = 1 << 30
_ASSUMED = (
    "This assumes texts of this length and scopes of this size and skew (a record costs as many comparisons as its "
    "scope has other texts), cores as fast as these and all busy until the end, and no scope that takes longer than "
    "the rest. To it come minutes for starting executors, a shuffle of about 300 bytes a record, and reading and "
    "writing the tables. The last two columns are for `find --engine spark` alone; `frames.find` leaves results where "
    "they are, and learns there."
)


class Clock:
    """Seconds by stage: of processors in this process, whatever else the machine does, or on the wall."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, now: Callable[[], float] = time.process_time) -> Iterator[None]:
        begin = now()
        yield
        self.seconds[name] = now() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--master", default="local[2]", help="where Spark is (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--print", action="store_true", help="do not write the document")
    options = parser.parse_args()
    settings = load()
    model = load_model(settings)
    chosen = pipeline_settings(model, settings, Constraints())
    clocks, packed = {}, 0.0
    for size in options.sizes:
        print(f"{size:,} goals ...", file=sys.stderr, flush=True)
        with _goals(size, options.seed) as file:
            clocks[size], packed = _staged(file, model, chosen, options.master)
    with _goals(options.sizes[0], options.seed) as file:
        prepare, compare, pairs = _worker(_read(file), model, chosen)
    rows = [[name, *(f"{clocks[size].seconds[name]:.1f} s" for size in options.sizes)] for name in _STAGES]
    header = ["stage", *(f"{size:,} goals" for size in options.sizes)]
    largest = clocks[options.sizes[-1]].seconds
    content = "\n\n".join(
        [
            _explain(options.master, options.seed),
            table(header, rows),
            _told(prepare, compare, pairs, packed),
            _model(prepare + compare, packed, (largest["learn"] + largest["gather"]) / options.sizes[-1]),
        ]
    )
    publish("cluster", content, print_only=options.print)


@contextmanager
def _goals(size: int, seed: int) -> Iterator[Path]:
    """A file of generated goals."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "goals.csv"
        write(generate(size, max(1, size // _PER_SCOPE), seed), file)
        yield file


def _read(file: Path) -> Records:
    columns = {"id_column": "goal_id", "text_column": "goal_text", "scope_column": "recipient_id"}
    return read_records(str(file), **columns).records.in_order()


def _staged(file: Path, model: Model, settings: Settings, master: str) -> tuple[Clock, float]:
    """Seconds of each stage, and bytes of results for each record."""
    clock = Clock()
    with clock.stage("read"):
        records = _read(file)
    with clock.stage("learn"):
        learned = learn(records.texts, records.scopes, model.lexicon, model.is_known)
    with ExitStack() as stack:
        with clock.stage("start", time.perf_counter):
            there = stack.enter_context(spark.session(master))
            there.range(1).count()
        with clock.stage("compare", time.perf_counter):
            packed = spark.compare_records(there, records, model, settings, learned)
    with clock.stage("gather"):
        named = ((records.scopes[int(rows[0])], rows) for rows in scope_rows(records))
        results = (unpack_scope(packed[scope].content, scope, rows) for scope, rows in named)
        result = gather(records, results, model, settings, learned)
    with clock.stage("tables"):
        tables.groups_csv(result)
        b"".join(tables.pairs_csv(result))
    return clock, sum(len(each.content) for each in packed.values()) / len(records)


def _worker(records: Records, model: Model, settings: Settings) -> tuple[float, float, float]:
    """Seconds that one core prepares and compares a record, and pairs that are compared for it."""
    model.threads = 1
    model.let_go()
    part = records.take(range(min(len(records), 4 * spark.BUNDLE)))
    learned = learn(part.texts, part.scopes, model.lexicon, model.is_known)
    _once(part, model, settings, learned)
    clock, pairs = Clock(), 0
    blocks = plan(part, None).blocks
    with clock.stage("prepare"):
        prepared = [prepare_scopes(part, block, model, learned) for block in blocks]
    with clock.stage("compare"):
        for each in prepared:
            pairs += sum(int(found.compared.histogram.sum()) for found in compare_scopes(part, each, model, settings))
    return clock.seconds["prepare"] / len(part), clock.seconds["compare"] / len(part), pairs / len(part)


def _once(part: Records, model: Model, settings: Settings, learned: Learned) -> None:
    """What is loaded at the first record is not what a record costs."""
    job = Job(lambda: model.folder, model.lexicon, learned, settings, ())
    compare_bundle(table_of(part.take(range(200)), ()), job)
    compare_scopes(part, prepare_scopes(part, plan(part, None).blocks[0], model, learned), model, settings)


def _explain(master: str, seed: int) -> str:
    return (
        f"Generated goals, seed {seed}, {_PER_SCOPE} to a scope on average; Spark at `{master}`, "
        f"{os.cpu_count()} processors. *read*, *learn*, *gather* and *tables* are seconds of the driver's processor; "
        "*start*, until a first job is done, and *compare*, on the cluster and the way there and back, are on the "
        "wall. "
        f"The machine had {os.getloadavg()[1]:.0f} processes at work for its {os.cpu_count()} processors."
    )


def _told(prepare: float, compare: float, pairs: float, packed: float) -> str:
    return (
        f"One core reads and encodes a record in {1000 * prepare:.2f} ms, and compares and groups it in "
        f"{1000 * compare:.2f} ms ({pairs:.0f} pairs for each record, {1e6 * compare / max(pairs, 1):.1f} µs a pair). "
        f"What comes of it takes {packed:.0f} bytes on its way to the driver."
    )


def _model(worker: float, packed: float, driver: float) -> str:
    rows = []
    for size in _MODELLED:
        hours = size * worker / 3600
        rows.append(
            [
                f"{size:,} records",
                f"{hours:,.1f} core hours",
                *(f"{60 * hours / cores:,.0f} min" for cores in (32, 256)),
                f"{size * packed / _GIB:,.1f} GiB",
                f"{size * driver / 60:,.0f} min",
            ]
        )
    header = ["", "work", "on 32 cores", "on 256 cores", "results, packed", "`find`: the driver's own part"]
    return f"{table(header, rows)}\n\n{_ASSUMED}"


if __name__ == "__main__":
    main()
