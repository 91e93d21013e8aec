"""Makes what is installed fit for the image; runs while the image is built, and needs nothing but Python.

requirements LOCK: prints the lock without the packages that no run imports.
packages ROOT SITE: takes away the files that no run reads, keeps the lists of files true, compiles.
library ROOT FOLDER: keeps of Python's own library only what it compiles to; the image's base has the rest.
program ROOT SITE DATA: moves the model and the other data to a tree of their own, compiles.
accounts FILE: gives root the shell that is in the image.
"""

from __future__ import annotations

import compileall
import csv
import py_compile
import re
import shutil
import sys
from fnmatch import fnmatch
from pathlib import Path

_HUB = "only for tokenizers' download of vocabularies; the shipped one is read from its file"
#: Packages that are locked and not installed, and why nobody misses them.
WITHOUT = dict.fromkeys(
    (
        "huggingface-hub",
        "hf-xet",
        "httpx2",
        "httpcore2",
        "truststore",
        "fsspec",
        "filelock",
        "tqdm",
    ),
    _HUB,
)
#: Files that are left out: patterns of paths among the packages, and why nobody misses them.
LEFT_OUT = {
    "bin/*": "commands of packages; the image starts nothing but Twicetold",
    "include/*": "headers for compilers",
    "*.h": "headers for compilers",
    "*.hpp": "headers for compilers",
    "*.a": "libraries for linkers",
    "*.pxd": "for Cython",
    "*.pyx": "for Cython",
    "*.pyi": "for type checkers",
    "*/tests/*": "tests of the packages",
    "sqlalchemy/testing/*": "tests of drivers",
    "alembic/testing/*": "the same",
    "sqlalchemy/dialects/m[sy]*/*": "databases that are none of the program's",
    "sqlalchemy/dialects/oracle/*": "the same",
    "duckdb/experimental/*": "an imitation of Spark",
    "numpy/f2py/*": "a compiler for Fortran",
    "pygments/lexers/*": "colours for hundreds of languages, of which nothing is printed",
    "onnxruntime/capi/libonnxruntime.so*": "the network's engine for programs in C; Python's is in a file of its own",
    "onnxruntime/transformers/*": "tools that change networks; the shipped one is finished",
    "onnxruntime/quantization/*": "the same",
    "onnxruntime/tools/*": "the same",
    "botocore/data/*/*": "services of Amazon's, all but S3",
    "boto3/data/*/*": "the same",
}
KEPT = (
    "botocore/data/s3/*",
    "boto3/data/s3/*",
    *(f"pygments/lexers/{name}.py" for name in ("__init__", "_mapping", "python", "special", "text")),
)
#: What may stay uncompiled, for nothing imports it in a run: it would double its size.
NOT_COMPILED = re.compile(
    r"/(idlelib|lib2to3|test|ensurepip|venv|turtledemo|tkinter|pydoc_data|unittest"
    r"|curses|dbm|wsgiref|xmlrpc|_pyrepl|distutils)/"
)


def main(step: str, path: str, *more: str) -> None:
    """Does one step."""
    steps = {step.__name__: step for step in (requirements, packages, library, program, accounts)}
    steps[step](Path(path), *more)


def requirements(lock: Path) -> None:
    """Prints the entries of a lock that the image has use for."""
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8"))
    names = [re.match(r"[A-Za-z0-9._-]*", entry)[0] for entry in entries]  # type: ignore[index]
    unknown = WITHOUT.keys() - set(names)
    if unknown:
        raise SystemExit(f"{lock} has no {', '.join(sorted(unknown))}: take it out of WITHOUT")
    print("\n".join(entry for name, entry in zip(names, entries, strict=True) if name not in WITHOUT))


def packages(root: Path, site: str) -> None:
    """Takes away what is left out, from the folder and from each package's own list of files."""
    folder = root / site
    sizes = dict.fromkeys(LEFT_OUT, 0)
    for path in sorted(folder.rglob("*")):
        pattern = left_out(path.relative_to(folder).as_posix())
        if pattern and not path.is_dir():
            sizes[pattern] += path.stat().st_size
            path.unlink()
    for record in sorted(folder.glob("*.dist-info/RECORD")):
        _keep_what_is_there(record, folder)
    for pattern, size in sizes.items():
        print(f"left out {size / 1e6:6.2f} MB  {pattern:<36} {LEFT_OUT[pattern]}")
    _compile(folder, f"/{site}")


def library(root: Path, folder: str) -> None:
    """Compiles Python's own library, as far as programs import it."""
    _compile(root / folder, f"/{folder}")
    for path in (root / folder).rglob("*"):
        if not path.is_dir() and path.parent.name != "__pycache__":
            path.unlink()
    _tidy(root / folder)


def program(root: Path, site: str, data: str) -> None:
    """Parts what changes with every release from what does not."""
    shutil.rmtree(root / site / "bin")
    for information in (root / site).glob("*.dist-info"):
        (information / "direct_url.json").unlink()  # where it lay while it was built
        _keep_what_is_there(information / "RECORD", root / site)
    there = Path(data) / site / "twicetold"
    there.mkdir(parents=True)
    shutil.move(root / site / "twicetold/data", there / "data")
    _compile(root / site, f"/{site}")
    _compile(there / "data", f"/{site}/twicetold/data")


def accounts(path: Path) -> None:
    """Cloud Foundry wants root's shell to exist."""
    rows = [line.split(":") for line in path.read_text(encoding="utf-8").splitlines()]
    next(row for row in rows if row[0] == "root")[-1] = "/bin/sh"
    path.write_text("".join(":".join(row) + "\n" for row in rows), encoding="utf-8")


def left_out(name: str) -> str:
    """The pattern by which a file is left out; an empty text where it stays."""
    if any(fnmatch(name, pattern) for pattern in KEPT):
        return ""
    return next((pattern for pattern in LEFT_OUT if fnmatch(name, pattern)), "")


def _keep_what_is_there(record: Path, folder: Path) -> None:
    with record.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row and (folder / row[0]).exists()]
    with record.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(sorted(rows))


def _compile(folder: Path, final: str) -> None:
    """Compiles in place; the results are taken without a look at the sources, and name their final place."""
    compileall.compile_dir(
        folder,
        maxlevels=50,
        quiet=2,
        rx=NOT_COMPILED,
        stripdir=str(folder),
        prependdir=final,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    _tidy(folder)


def _tidy(folder: Path) -> None:
    """No empty folders; everybody may read everything and only root may change it, whatever the builder's mask was."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        elif not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)


if __name__ == "__main__":
    main(*sys.argv[1:])
