"""Installs a wheel with its locked dependencies only, away from the sources, and uses it like a stranger."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHIPPED = (
    "data/model/encoder.onnx",
    "data/model/tokenizer.json",
    "data/demo/goals.csv",
    "data/certificates/rds-us-gov-west-1.pem",
    "data/profiles/ttahub.toml",
    "store/migrations/script.py.mako",
    "py.typed",
)
OPTIONAL = ("pandas", "pyarrow", "sklearn", "scipy", "torch", "pytest")
IMPORTS_ONLY_THE_CORE = f"""
import importlib.util, twicetold
assert not [name for name in {OPTIONAL!r} if importlib.util.find_spec(name)]
print("twicetold", twicetold.__version__, twicetold.__file__)
"""


def check_contents(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    missing = [name for name in SHIPPED if f"twicetold/{name}" not in names]
    outside = [name for name in names if not name.startswith(("twicetold/", "twicetold-"))]
    assert not missing, f"{wheel.name} lacks {missing}"
    assert not outside, f"{wheel.name} holds more than the package: {outside}"
    assert any(name.endswith("licenses/NOTICE") for name in names)


def main() -> None:
    wheel, python = Path(sys.argv[1]).resolve(), sys.argv[2]
    check_contents(wheel)
    with tempfile.TemporaryDirectory() as folder:
        run = [f"{folder}/venv/bin/python", "-I"]
        pip = [*run, "-m", "pip", "install", "--quiet", "--no-input"]

        def do(*command: str) -> None:
            subprocess.run(command, cwd=folder, check=True)

        do(python, "-m", "venv", "venv")
        do(*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(ROOT / "requirements" / "run.txt"))
        do(*pip, "--no-deps", str(wheel))
        do(*run, "-c", IMPORTS_ONLY_THE_CORE)
        twicetold = f"{folder}/venv/bin/twicetold"
        do(twicetold, "--help")
        do(twicetold, "model", "verify")
        do(twicetold, "explain", "Increase attendance to 85%", "Raise attendance to 90%")
        example = next(Path(folder).glob("venv/lib/*/site-packages/twicetold/data/demo/goals.csv"))
        do(twicetold, "find", str(example), "--out", "out")
        assert (Path(folder) / "out" / "report.html").stat().st_size > 0
        shutil.copy(example, folder)  # goals.csv, which the profile reads
        do(twicetold, "run", "--profile", "files")
        assert (Path(folder) / "goals-duplicates" / "report.html").stat().st_size > 0
    sys.stdout.write(f"{wheel.name}: tried in a bare environment of {python}\n")


if __name__ == "__main__":
    main()
