"""A copy of what the evidence is made from, and results in which every test has passed."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "deploy"))
#: The interpreter that has trestle; `make evidence` makes its environment.
JUDGE = ROOT / ".venv-evidence" / "bin" / "python"


def junit(outcomes: dict[str, str], when: dt.datetime) -> str:
    """Results as pytest writes them: ``passed``, ``skipped``, ``failure`` or ``error`` by test, cases included."""
    cases = []
    for test, outcome in outcomes.items():
        path, _, name = test.partition("::")
        place = path.removesuffix(".py").replace("/", ".")
        inner = "" if outcome == "passed" else f'<{outcome} message="said"/>'
        cases.append(f"<testcase classname={quoteattr(place)} name={quoteattr(name)} time='0.1'>{inner}</testcase>")
    return (
        f'<testsuites><testsuite name="pytest" timestamp="{when.isoformat()}" time="12.5">'
        f"{''.join(cases)}</testsuite></testsuites>"
    )


@pytest.fixture
def tree(tmp_path):
    """The repository, of which the sources of the evidence and the tests are copies that may be changed."""
    root = tmp_path / "tree"
    root.mkdir()
    for path in ROOT.iterdir():
        if path.name in {"deploy", "tests"}:
            shutil.copytree(path, root / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.name not in {".git", "build", "evidence-out"} and not path.name.startswith(".venv"):
            (root / path.name).symlink_to(path)
    return root


@pytest.fixture
def book(tree):
    from evidence import claims

    return claims.read(tree)


class Build:
    """Builds the package from results that are given, and without trestle."""

    def __init__(self, tree: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.tree, self.folder, self.out, self.capsys = tree, folder, folder / "out", capsys
        self.judge = Path(shutil.which("true") or "")  # trestle takes seconds; `judged` has it
        self.when = dt.datetime(2030, 1, 2, 3, 4, 5, tzinfo=dt.UTC)

    def __call__(self, outcomes: dict[str, str]) -> tuple[int, str]:
        """The exit status, and what it says."""
        from evidence.__main__ import main

        report = self.folder / "results.xml"
        report.write_text(junit(outcomes, self.when), encoding="utf-8")
        words = ["--root", self.tree, "--out", self.out, "--results", report, "--trestle", self.judge]
        self.capsys.readouterr()
        status = main([str(word) for word in words])
        return status, "".join(self.capsys.readouterr())

    def document(self, name: str) -> dict:
        """One of the OSCAL documents."""
        return json.loads((self.out / f"{name}.json").read_text(encoding="utf-8"))[name]


@pytest.fixture
def build(tree, tmp_path, capsys):
    return Build(tree, tmp_path, capsys)


@pytest.fixture
def judged(build):
    """The same with trestle."""
    if not JUDGE.is_file():
        pytest.skip("needs compliance-trestle: 'make evidence' installs it")
    build.judge = JUDGE
    return build


@pytest.fixture
def passed(book):
    """That every test of a claim has passed."""
    return dict.fromkeys(book.tests, "passed")
