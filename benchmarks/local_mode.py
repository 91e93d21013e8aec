"""Memory of Spark without a cluster, from Parquet to Parquet: `.venv-spark/bin/python benchmarks/local_mode.py`.

The job is the one on docs/how-to/spark.md, started as that page says. Its memory is that of all its processes together,
looked at every second, and pages that several of them share are counted once.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import duckdb

from document import DOCUMENT, publish, table
from generate import generate, write
from measure import MIB, Measured, measure

_PER_SCOPE = 25
_JAVA, _DRIVER, _WORKERS = "Java", "the driver's Python", "the workers' Python"
_PAGE = DOCUMENT.with_name("how-to") / "spark.md"
_OPTIONS = ("--master", "local[2]", "--driver-memory", "2g", "--conf", "spark.ui.enabled=false")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[50_000, 1_000_000])
    parser.add_argument("--limit", type=float, default=2 * 3600, help="seconds after which a run is stopped")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--print", action="store_true", help="do not write the document")
    options = parser.parse_args()
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    rows = []
    for size in options.sizes:
        print(f"{size:,} goals ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            rows.append([f"{size:,} goals", *_run(size, options.seed, options.limit, Path(folder))])
    kinds = [f"{kind}, MB" for kind in (_JAVA, _DRIVER, _WORKERS)]
    header = ["", "seconds", "peak of all together, MB", *kinds, "groups", "pairs"]
    publish("local_mode", f"{_explain(options.seed)}\n\n{table(header, rows)}", print_only=options.print)


def _run(size: int, seed: int, limit: float, folder: Path) -> list[str]:
    goals, results, job = folder / "goals.parquet", folder / "results", folder / "job.py"
    write(generate(size, max(1, size // _PER_SCOPE), seed), folder / "goals.csv")
    duckdb.sql(f"COPY (FROM read_csv('{folder}/goals.csv', all_varchar=true)) TO '{goals}'")
    code = re.search(r'```py title="job.py"\n(.*?)```', _PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert code, f"{_PAGE} has no job"
    job.write_text(code[1], encoding="utf-8")
    submit = Path(sys.executable).with_name("spark-submit")
    measured, peak = _watched([str(submit), *_OPTIONS, str(job), str(goals), str(results)], limit)
    if measured.failure:
        return [measured.failure]
    memory = [f"{each / MIB:,.0f}" for each in (peak.total(), *(peak[kind] for kind in (_JAVA, _DRIVER, _WORKERS)))]
    found = (
        f"SELECT count(DISTINCT group_id) FROM '{results}/groups/*.parquet'",
        f"SELECT count(*) FROM '{results}/pairs/*.parquet'",
    )
    return [f"{measured.seconds:,.0f}", *memory, *(f"{duckdb.sql(each).fetchall()[0][0]:,}" for each in found)]


def _watched(command: list[str], limit: float) -> tuple[Measured, Counter[str]]:
    """What a command cost, and the memory of its processes by kind when they had most together."""
    peak: Counter[str] = Counter()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(measure, command, limit)
        while not wait([running], timeout=1).done:
            peak = max(peak, _held(), key=Counter.total)
    return running.result(), peak


def _held() -> Counter[str]:
    """Bytes that the processes below this one hold now; of a shared page each has its share."""
    held: Counter[str] = Counter()
    ours = {os.getpid()}
    # A child may have a smaller number than its parent; there are few generations.
    stats = [_stat(path) for path in Path("/proc").glob("[0-9]*")]
    while more := {pid for pid, parent in stats if parent in ours} - ours:
        ours |= more
    for pid in ours - {os.getpid()}:
        kind, size = _memory(Path("/proc", str(pid)))
        # There is one Java. A second one shares all memory with it, for the moment until it becomes what it starts.
        held[kind] = max(held[kind], size) if kind == _JAVA else held[kind] + size
    return held


def _stat(process: Path) -> tuple[int, int]:
    """The numbers of a process and of its parent; none if it has ended."""
    try:
        return int(process.name), int((process / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except OSError:
        return int(process.name), 0


def _memory(process: Path) -> tuple[str, int]:
    """What a process is to the job, and its bytes; none if it has ended."""
    try:
        command = (process / "cmdline").read_text(errors="replace")
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:
        return _DRIVER, 0
    size = sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return (_WORKERS if "pyspark.daemon" in command else _JAVA if "java" in command.split("\0")[0] else _DRIVER), size


def _explain(seed: int) -> str:
    return (
        f"Generated goals, seed {seed}, {_PER_SCOPE} to a scope on average, in a Parquet file; `job.py` of the page "
        f"[Run on Spark](how-to/spark.md#from-whatever-spark-reads-to-whatever-it-writes) as "
        f"`spark-submit {' '.join(_OPTIONS)} job.py goals.parquet results`. Seconds from the start of the command to "
        "its end. The peak is of all its processes together, looked at every second, pages that are shared counted "
        "once; beside it what each kind of them held at that moment. "
        f"The machine had {os.getloadavg()[1]:.0f} processes at work for its {os.cpu_count()} processors."
    )


if __name__ == "__main__":
    main()
