"""Makes what is installed fit for the image; runs while the image is built, and needs nothing but Python.

requirements LOCK: prints the lock without the packages that no run imports.
packages ROOT SITE: takes away the files that no run reads and what only debuggers read of libraries, keeps the lists of
files true, compiles.
library ROOT FOLDER: keeps of Python's own library only what it compiles to; the image's base has the rest.
program ROOT SITE DATA: moves the model and the other data to a tree of their own, compiles.
accounts FILE: gives root the shell that is in the image.
"""

from __future__ import annotations

import base64
import compileall
import csv
import hashlib
import py_compile
import re
import shutil
import struct
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
    "cffi/*": "a compiler of C; what cryptography needs of it is in a file of its own",
    "pycparser/*": "the same",
    "authlib/integrations/*": "other frameworks",
    "authlib/jose/*": "the former part for tokens; joserfc has taken its place",
    "authlib/oauth1/*": "a former protocol",
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
    shorter = sum(map(_without_symbols, sorted(folder.rglob("*.so*"))))
    for record in sorted(folder.glob("*.dist-info/RECORD")):
        _keep_what_is_there(record, folder)
    print(f"left out {shorter / 1e6:6.2f} MB  symbols of libraries, which only debuggers read")
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
        rows = [_true_row(row, folder / row[0]) for row in csv.reader(file) if row and (folder / row[0]).exists()]
    with record.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(sorted(rows))


def _true_row(row: list[str], path: Path) -> list[str]:
    """A row of a list of files, with digest and size of a library as it is now."""
    if ".so" not in path.name:
        return row
    digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).decode().rstrip("=")
    return [row[0], f"sha256={digest}", str(path.stat().st_size)]


def _without_symbols(path: Path) -> int:
    """Cuts off a library what is never loaded: what lies behind its segments, and the table of sections that names it.

    Only libraries of 64 bits, least significant byte first. Returns how many bytes that were.
    """
    content = bytearray(path.read_bytes())
    if content[:6] != b"\x7fELF\x02\x01":
        return 0
    (segments,) = struct.unpack_from("<Q", content, 0x20)
    size, count = struct.unpack_from("<HH", content, 0x36)
    end = segments + size * count
    for place in range(segments, end, size):
        offset, _, _, length = struct.unpack_from("<QQQQ", content, place + 8)
        end = max(end, offset + length)
    struct.pack_into("<Q", content, 0x28, 0)
    struct.pack_into("<HHH", content, 0x3A, 0, 0, 0)
    path.write_bytes(content[:end])
    return len(content) - end


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
