"""The package: builds all documents from claims and results, and writes them with an index of their digests."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from evidence import boundary, claims, cryptography, oscal, pages

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.results import Results

#: Where `make scan` leaves what it found.
SCANS = "build/scan"


class Unshown(Exception):
    """Something that is claimed is not shown; the message has one line for each such thing."""


def before(root: Path) -> claims.Book:
    """The claims, after all that can be checked without running a test.

    Raises:
        SourceWrong: A source cannot be read.
        Unshown: A file or test is missing, a claim has no evidence or no user, or the boundary is not the tested one.
    """
    book = claims.read(root)
    pages.written(book, oscal.Tree(root, "", "", dt.datetime.now(tz=dt.UTC)))
    found = claims.missing(book, root)
    found += boundary.differences(boundary.read(root), root)
    found += cryptography.differences(root)
    if found:
        raise Unshown("\n".join(found))
    return book


def documents(book: claims.Book, results: Results, tree: oscal.Tree) -> dict[str, str]:
    """The files of the package, by name; the component definition and the pages only if all is shown.

    Returns:
        With ``assessment-results.json`` alone, not everything is shown.
    """
    found = {"assessment-results.json": _json(oscal.assessment_results(book, results, tree))}
    if claims.unshown(book, results.outcomes):
        return found
    found["component-definition.json"] = _json(oscal.component_definition(book, tree))
    found["test-results.md"] = _shown(book, results)
    return found | pages.written(book, tree)


def write(out: Path, files: dict[str, str], tree: oscal.Tree) -> None:
    """Puts the files, and what a scan has left, into an empty folder, with an index and digests.

    Raises:
        Unshown: The folder is there and holds something else than a former package.
    """
    if out.exists() and any(out.iterdir()) and not (out / "SHA256SUMS").is_file():
        raise Unshown(f"{out} is no former package; name another folder with --out")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8")
    scans = tree.root / SCANS
    if scans.is_dir():
        shutil.copytree(scans, out / "scans")
    there = sorted(path for path in out.rglob("*") if path.is_file())
    digests = {path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in there}
    if len(files) > 1:
        (out / "index.md").write_text(_index(digests, tree, scanned=scans.is_dir()), encoding="utf-8")
    lines = [f"{digest}  {name}\n" for name, digest in digests.items()]
    (out / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def tree_of(root: Path, results: Results) -> oscal.Tree:
    """What the evidence speaks of: version and commit of the repository, and the moment of the results."""
    version = re.search(r'^__version__ = "(.*)"$', (root / "src/twicetold/__init__.py").read_text(), re.MULTILINE)
    changed = "+changed" if _git(root, "status", "--porcelain") else ""
    revision = _git(root, "rev-parse", "HEAD") or "unknown"
    return oscal.Tree(root, version[1] if version else "unknown", revision + changed, results.ended)


def committed(root: Path) -> str:
    """When the commit was made, in ISO 8601; empty outside of a repository of git."""
    return _git(root, "show", "--no-patch", "--format=%cI", "HEAD")


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _shown(book: claims.Book, results: Results) -> str:
    """Each claim with what it stands on."""
    ended = results.outcomes
    lines = [
        [name, claim.says, "<br>".join(f"`{each}` {ended[each]}" for each in (*claim.tests, *claim.commands))]
        for name, claim in book.claims.items()
    ]
    return f"# Claims and what shows them\n\n{pages.rows(['claim', 'says', 'shown by'], lines)}\n"


def _index(digests: dict[str, str], tree: oscal.Tree, *, scanned: bool) -> str:
    table = pages.rows(["file", "SHA-256"], [[name, f"`{digest}`"] for name, digest in digests.items()])
    scans = "below `scans/`" if scanned else "not run: `make scan` has left no results"
    return (
        f"# Evidence for Twicetold {tree.version}\n\n"
        f"Made by `make evidence` of commit `{tree.revision}`; the results are of {tree.moment.isoformat()}.\n\n"
        f"- Inventory (SBOM) and scans: {scans}.\n"
        f"- Check the files with `sha256sum --check SHA256SUMS`.\n\n{table}\n"
    )
