"""The Spark engine: bundles of scopes wherever Spark puts them, by the same steps as in the local engine.

What travels with the job: this package, the model's folder, what all texts teach and what people decided. A cluster
needs Python and the packages that this one depends on, nothing else.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

import twicetold
from twicetold.engines.gathering import gather
from twicetold.engines.packing import unpack_scope
from twicetold.errors import DependencyUnavailable, ExtraMissing, InputEmpty
from twicetold.matching.plan import scope_rows
from twicetold.text.abbreviations import learn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pyarrow as pa
    from pyspark.sql import DataFrame, GroupedData, SparkSession

    from twicetold.engines.bundles import Job
    from twicetold.engines.local import Progress
    from twicetold.model.artifact import Model
    from twicetold.pipeline import Result, ScopeResult, Settings
    from twicetold.records import Records
    from twicetold.text.abbreviations import Learned

#: Records of a bundle, on average: enough that starting a task is nothing beside it, few enough to share them evenly.
BUNDLE = 2048
#: Seconds between two signs of progress.
_SHOW_EVERY = 0.5
#: The same for the same files, so that a second job of a session finds them there.
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_MODEL = ("data", "model")
_SCHEMA = "scope binary, ids array<binary>, texts long, content binary"
#: The line of a long account that says what was wrong.
_ERROR = re.compile(r"(\w+\.)*\w*(Error|Exception|Corrupt): ")
_REMEDY = "See the page 'Run on Spark' for what a cluster needs; Spark's own log says more."


def run(
    records: Records,
    model: Model,
    settings: Settings,
    *,
    master: str | None = None,
    bundle: int = BUNDLE,
    progress: Progress = lambda _done, _total: None,
) -> Result:
    """Finds the duplicates among records; the result is the local engine's, whatever the cluster.

    Args:
        records: In any order; ids are unique. They and what comes of them are held by this process.
        model: Compares the texts.
        settings: How they are compared and grouped.
        master: Where Spark is; by default where its own configuration, or spark-submit, says.
        bundle: Records that are compared together, on average.
        progress: Called now and then, and at the end.

    Raises:
        InputEmpty: There is no record.
        ExtraMissing: PySpark is not installed.
        DependencyUnavailable: Spark does not start, or cannot do the work.
    """
    _require_installed()
    if not len(records):
        raise InputEmpty("there is no record to compare")
    ordered = records.in_order()
    learned = learn(ordered.texts, ordered.scopes, model.lexicon, model.is_known)
    with session(master) as spark:
        packed = compare_records(
            spark,
            ordered,
            model,
            settings,
            learned,
            bundle=bundle,
            progress=lambda done: progress(min(done, len(ordered)), len(ordered)),
        )
    gathered = gather(ordered, _results(ordered, packed), model, settings, learned)
    progress(len(ordered), len(ordered))
    return gathered


@dataclass(frozen=True, slots=True)
class Packed:
    """What came of a scope.

    Attributes:
        content: What :func:`~twicetold.engines.packing.pack_scope` packed.
        texts: How many distinct texts were compared.
    """

    content: bytes
    texts: int


def compare_records(
    spark: SparkSession,
    records: Records,
    model: Model,
    settings: Settings,
    learned: Learned,
    *,
    digest: str = "",
    bundle: int = BUNDLE,
    progress: Callable[[int], None] = lambda _done: None,
) -> dict[str, Packed]:
    """Compares and groups records within their scopes.

    Args:
        spark: Where.
        records: The records, of which this process has all.
        model: Compares the texts.
        settings: How they are compared and grouped.
        learned: What all texts teach.
        digest: Of all that comparing two texts depends on beside them; it is packed with the results.
        bundle: Records that are compared together, on average.
        progress: Called now and then with how many records are done.

    Returns:
        What came of each scope, by its name.
    """
    from twicetold.engines.bundles import Job, attributes_used, decoded, table_of  # noqa: PLC0415 - they need Arrow

    attributes = tuple(sorted(attributes_used(settings) & set(records.attributes)))
    with told("Spark cannot do the work"):
        job = Job(send(spark, model), model.lexicon, learned, settings, attributes, digest)
        frame = spark.createDataFrame(table_of(records, attributes))
        done = spark.sparkContext.accumulator(0)
        table = _collected(compare(frame, job, -(-len(records) // bundle), done.add), lambda: progress(done.value))
    columns = (table[name].to_pylist() for name in ("scope", "content", "texts"))
    return {decoded(scope): Packed(content, texts) for scope, content, texts in zip(*columns, strict=True)}


@contextmanager
def session(master: str | None = None) -> Iterator[SparkSession]:
    """The Spark session of this process; one that is there already is used and left, a new one is ended.

    Args:
        master: Where Spark is; by default where its own configuration, or spark-submit, says.

    Raises:
        ExtraMissing: PySpark is not installed.
        DependencyUnavailable: Spark does not start.
    """
    _require_installed()
    from pyspark.errors import PySparkRuntimeError  # noqa: PLC0415
    from pyspark.sql import SparkSession  # noqa: PLC0415

    try:
        theirs = SparkSession.active()
    except PySparkRuntimeError:
        theirs = None
    interrupt = signal.getsignal(signal.SIGINT)
    # Spark would take any Python that is first on the path, also on this machine.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with told(f"Spark does not start at {master or 'the place that it is configured for'}"):
        builder = SparkSession.builder.appName("twicetold").config("spark.ui.showConsoleProgress", "false")
        spark = theirs or (builder.master(master) if master else builder).getOrCreate()
    if theirs is None and current_thread() is main_thread():
        # Spark's own answer to Ctrl-C calls Java, maybe in the middle of another call.
        signal.signal(signal.SIGINT, interrupt)
    try:
        yield spark
    finally:
        if theirs is None:
            spark.stop()


def send(spark: SparkSession, model: Model) -> SentFolder:
    """Sends this package and a model's folder to the workers; returns what tells where it lies there."""
    code = _zipped(Path(twicetold.__file__).parent, "twicetold")
    folder = _zipped(model.folder, "")
    context = spark.sparkContext
    for path, there, add in (
        (code, context.listFiles, context.addPyFile),
        (folder, context.listArchives, context.addArchive),
    ):
        if not any(sent.endswith(path.name) for sent in there):
            add(str(path))
    return SentFolder(folder.name)


@dataclass(frozen=True)
class SentFolder:
    """Tells where a folder lies that was sent."""

    name: str

    def __call__(self) -> Path:
        from pyspark import SparkFiles  # noqa: PLC0415

        return Path(SparkFiles.get(self.name))


def compare(
    frame: DataFrame, job: Job, bundles: int, tell: Callable[[int], object] = lambda _records: None
) -> DataFrame:
    """Compares records within their scopes.

    Args:
        frame: Columns as of :data:`twicetold.engines.bundles.RECORDS`; scopes may lie in any partitions.
        job: How.
        bundles: Into how many bundles the scopes are divided, each compared by one task.
        tell: Called by the workers with how many records they have done.

    Returns:
        One row for each scope, as of :data:`twicetold.engines.bundles.RESULTS`.
    """
    from twicetold.engines.bundles import compare_bundle  # noqa: PLC0415

    known = frame.sparkSession.sparkContext.broadcast(job)

    def compared(table: pa.Table) -> pa.Table:
        results = compare_bundle(table, known.value)
        tell(table.num_rows)
        return results

    return bundled(frame, bundles).applyInArrow(compared, _SCHEMA)


def bundled(frame: DataFrame, bundles: int) -> GroupedData:
    """Records in bundles of whole scopes; one scope is in one bundle."""
    from pyspark.sql import functions as sf  # noqa: PLC0415

    numbered = frame.withColumn("bundle", sf.pmod(sf.xxhash64("scope"), sf.lit(bundles)))
    # With a number of its own, Spark does not think of so few bytes as too little for several tasks.
    return numbered.repartition(bundles, "bundle").groupBy("bundle")


def _results(records: Records, packed: Mapping[str, Packed]) -> Iterable[ScopeResult]:
    for rows in scope_rows(records):
        scope = records.scopes[int(rows[0])]
        yield unpack_scope(packed[scope].content, scope, rows)


def _collected(frame: DataFrame, show: Callable[[], None]) -> pa.Table:
    """All rows of a frame; calls ``show`` now and then until they are there."""
    context = frame.sparkSession.sparkContext
    with ThreadPoolExecutor(1) as pool:
        collecting = pool.submit(frame.toArrow)
        try:
            while not wait([collecting], timeout=_SHOW_EVERY).done:
                show()
        except BaseException:
            context.cancelAllJobs()
            raise
        return collecting.result()


@contextmanager
def told(what: str) -> Iterator[None]:
    """What Spark complains of, in a line: its own account of it is pages long."""
    from py4j.protocol import Py4JError  # noqa: PLC0415
    from pyspark.errors import PySparkException  # noqa: PLC0415

    try:
        yield
    except (PySparkException, Py4JError) as error:
        lines = [line.strip(" :") for line in str(error).splitlines()]
        named = [line for line in lines if _ERROR.match(line)] or [line for line in lines if not line.startswith("at ")]
        raise DependencyUnavailable(f"{what}: {named[-1]}", remedy=_REMEDY) from error


def _require_installed() -> None:
    try:
        import pyarrow as pa  # noqa: F401, PLC0415
        import pyspark  # noqa: F401, PLC0415
    except ImportError as error:
        raise ExtraMissing("the Spark engine needs PySpark", remedy="pip install 'twicetold[spark]'") from error


@cache
def _folder() -> TemporaryDirectory[str]:
    """Where lies what is sent, for as long as this process may have a session whose workers ask for it."""
    return TemporaryDirectory(prefix="twicetold-spark-")


@cache
def _zipped(folder: Path, name: str) -> Path:
    """A folder as an archive with a name of its own; without compiled files, and without a model below it."""
    digest, path = hashlib.sha256(), Path(_folder().name, "packed")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            inside = file.relative_to(folder)
            if "__pycache__" in inside.parts or (name and inside.parts[:2] == _MODEL):
                continue
            content = file.read_bytes()
            digest.update(f"{inside} {len(content)} ".encode() + content)
            archive.writestr(zipfile.ZipInfo(str(Path(name) / inside), _LONG_AGO), content)
    return path.rename(path.with_name(f"twicetold-{digest.hexdigest()[:16]}.zip"))
