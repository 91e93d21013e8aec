"""Time and memory of `twicetold find` beside its peers: `python benchmarks/speed.py`.

Every tool starts cold on the same generated files, one after another. Up to three runs count while they take less than
a minute together; the median is shown.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from document import publish, table
from environments import Peer, notes, peers
from generate import generate, write
from measure import MIB, Measured, measure

#: Goals per recipient, on average.
_PER_SCOPE = 25
_RUNS, _ENOUGH = 3, 60.0


def ours(file: Path, out: Path) -> list[str]:
    command = str(Path(sys.executable).with_name("twicetold"))
    columns = ["--id", "goal_id", "--text", "goal_text", "--scope", "recipient_id"]
    return [command, "find", str(file), *columns, "--out", str(out), "--quiet"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--peers", nargs="*", help="only these")
    parser.add_argument("--limit", type=float, default=600, help="seconds after which a run is stopped")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--print", action="store_true", help="do not write the document")
    options = parser.parse_args()
    chosen = peers(options.peers)
    with tempfile.TemporaryDirectory() as folder:
        files = _files(Path(folder), options.sizes, options.seed)
        own = [_run(ours(file, Path(folder) / "out"), options.limit) for file in files.values()]
        rows = [["**Twicetold**", *(f"**{_cell(each, each)}**" for each in own)]]
        for peer in chosen:
            print(f"{peer.title} ...", file=sys.stderr, flush=True)
            rows.append(_row(peer, files, own, options.limit, Path(folder)))
    header = ["tool", *(f"{size:,} goals" for size in options.sizes)]
    content = "\n\n".join([_explain(options.limit, options.seed), table(header, rows), notes(chosen)])
    publish("speed", content, print_only=options.print)


def _files(folder: Path, sizes: list[int], seed: int) -> dict[int, Path]:
    files = {size: folder / f"{size}.csv" for size in sizes}
    for size, file in files.items():
        write(generate(size, max(1, size // _PER_SCOPE), seed), file)
    return files


def _row(peer: Peer, files: dict[int, Path], own: list[Measured], limit: float, out: Path) -> list[str]:
    if peer.why_missing:
        return [peer.title, *[peer.why_missing] * len(files)]
    cells = []
    for (size, file), reference in zip(files.items(), own, strict=True):
        if size > peer.largest:
            cells.append(f"not run above {peer.largest:,}")
        elif cells and "stopped" in cells[-1]:
            cells.append("not run")
        else:
            cells.append(_cell(_run(peer.find(file, out / "pairs.csv", [peer.threshold]), limit), reference))
    return [peer.title, *cells]


def _run(command: list[str], limit: float) -> Measured:
    """The median of as many runs as fit; of memory the highest."""
    runs = [measure(command, limit)]
    while not runs[-1].failure and len(runs) < _RUNS and sum(run.seconds for run in runs) < _ENOUGH:
        runs.append(measure(command, limit))
    return Measured(median(run.seconds for run in runs), max(run.peak for run in runs), runs[-1].failure)


def _cell(measured: Measured, reference: Measured) -> str:
    if measured.failure:
        return measured.failure
    memory = f"{measured.peak / MIB:,.0f} MB"
    if measured is reference or reference.failure:
        return f"{measured.seconds:.1f} s, {memory}"
    ratio = measured.seconds / reference.seconds
    return f"{measured.seconds:.1f} s ({ratio:{'.2g' if ratio < 10 else '.0f'}}×), {memory}"


def _explain(limit: float, seed: int) -> str:
    return (
        f"Generated goals, seed {seed}, {_PER_SCOPE} to a recipient on average, most far fewer and a few many more. "
        "Seconds from the start of the process to its end, reading, comparing and writing included; in brackets how "
        "many times Twicetold's time; then the peak of resident memory. Twicetold also writes the report, the peers "
        f"only their pairs. A run is stopped after {limit:.0f} s."
    )


if __name__ == "__main__":
    main()
