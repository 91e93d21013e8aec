"""Has compliance-trestle judge OSCAL documents; run by the interpreter that has it: `python validate.py FILE...`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TRESTLE = [sys.executable, "-m", "trestle"]
#: The folder of each kind of document in trestle's workspace.
FOLDERS = {"component-definition": "component-definitions", "assessment-results": "assessment-results"}


def main(files: list[Path]) -> int:
    """0 if trestle takes each of the files as what it says it is; else what it says goes to standard error."""
    with tempfile.TemporaryDirectory() as folder:
        _trestle(folder, "init", "--local")
        for file in files:
            kind = next(iter(json.loads(file.read_text(encoding="utf-8"))))
            place = Path(folder) / FOLDERS.get(kind, "catalogs") / "twicetold"
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, place / f"{kind}.json")
            done = _trestle(folder, "validate", "--type", kind, "--name", "twicetold", "--verbose")
            if done.returncode:
                said = (done.stdout + done.stderr).replace(folder, "")
                print(f"{file.name} is no valid OSCAL:\n{said[-4000:]}", file=sys.stderr)
                return 1
    return 0


def _trestle(folder: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*TRESTLE, *arguments], cwd=folder, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
