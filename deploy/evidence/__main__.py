"""`make evidence`: runs what claims point to, builds the documents, has trestle judge them."""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import subprocess
import sys
import tempfile
from pathlib import Path

from evidence import claims, package, results

ROOT = Path(__file__).parents[2]


def main(arguments: list[str] | None = None) -> int:
    """0 if everything that is claimed is shown; else each claim that is not, on standard error."""
    asked = _asked(arguments)
    try:
        problems = _build(asked.root, asked.out, asked.results, asked.trestle)
    except package.Unshown as error:
        problems = str(error).splitlines()
    except (claims.SourceWrong, results.ResultsWrong) as error:
        problems = [str(error)]
    for problem in problems:
        print(f"not shown: {problem}", file=sys.stderr)
    if not problems:
        print(f"Everything that is claimed is shown: {asked.out / 'index.md'}")
    return 1 if problems else 0


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make evidence", description=__doc__)
    parser.add_argument("--results", type=Path, action="append", help="take these results, as JUnit XML of pytest")
    parser.add_argument("--out", type=Path, default=Path("evidence-out"))
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository")
    parser.add_argument("--trestle", default=str(ROOT / ".venv-evidence/bin/python"), help="an interpreter that has it")
    return parser.parse_args(arguments)


def _build(root: Path, out: Path, reports: list[Path] | None, trestle: str) -> list[str]:
    """Does all of it; what is returned is not shown."""
    book = package.before(root)
    found = _results(root, book, reports)
    tree = package.tree_of(root, found)
    problems = claims.unshown(book, found.outcomes)
    files = package.documents(book, found, tree)
    package.write(out, files, tree)
    oscal = [str(out / name) for name in files if name.endswith(".json")]
    done = subprocess.run(
        [trestle, str(Path(__file__).with_name("validate.py")), *oscal], capture_output=True, text=True, check=False
    )
    return problems + done.stderr.splitlines() if done.returncode else problems


def _results(root: Path, book: claims.Book, reports: list[Path] | None) -> results.Results:
    """Those that are given, if they are younger than the commit, or those of a run of the claims' tests."""
    if reports:
        found = results.read(reports)
        committed = package.committed(root)
        if committed and found.begun < dt.datetime.fromisoformat(committed):
            raise results.ResultsWrong(f"the results are of {found.begun}, before the commit of {committed}")
    else:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "results.xml"
            results.run_tests(root, book.tests, report)
            found = results.read([report])
    return dataclasses.replace(found, outcomes=found.outcomes | results.run_commands(root, book.commands))


if __name__ == "__main__":
    sys.exit(main())
