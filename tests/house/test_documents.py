"""The documents are true: examples run, generated pages are current, links lead somewhere."""

from __future__ import annotations

import ast
import doctest
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
EXAMPLE = ROOT / "src" / "twicetold" / "data" / "demo" / "goals.csv"
BLOCK = re.compile(r"^( *)```(console|python)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
SAME = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def examples(page: Path) -> list[tuple[str, str]]:
    text = page.read_text(encoding="utf-8")
    found = BLOCK.findall(text)
    return [(kind, re.sub(rf"^{indent}", "", body, flags=re.MULTILINE)) for indent, kind, body in found]


def run(folder: Path, *command: str) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "NO_COLOR": "1", "COLUMNS": "100"}
    answer = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, f"{command[-1]}\nends with {answer.returncode}\n{answer.stdout}{answer.stderr}"
    return answer.stdout + answer.stderr


def check_console(folder: Path, block: str) -> None:
    """Runs each line after ``$ `` (and what follows after ``> ``); compares the output where some is shown."""
    for entry in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        typed = re.match(r".*\n(?:>.*\n)*", entry)[0]
        command, shown = re.sub(r"\n> ?", "\n", typed), entry[len(typed) :]
        printed = run(folder, "bash", "-c", command)
        if shown.strip():
            alike = doctest.OutputChecker().check_output(shown, printed, SAME)
            assert alike, f"$ {command}\nis shown as\n{shown}\nbut prints\n{printed}"


@pytest.mark.parametrize("page", [page for page in PAGES if examples(page)], ids=lambda page: page.name)
def test_every_example_runs_as_it_is_shown(page, tmp_path):
    shutil.copy(EXAMPLE, tmp_path / "goals.csv")
    for kind, block in examples(page):
        if kind == "console":
            check_console(tmp_path, block)
        else:
            run(tmp_path, sys.executable, "-W", "error", "-c", block)


def test_the_pages_written_from_the_code_are_current():
    made = runpy.run_path(str(DOCS / "generate.py"))["pages"]()
    old = [path.name for path, text in made.items() if path.read_text(encoding="utf-8") != text]
    assert old == [], "run 'make docs' and commit what it writes"


def finding_codes() -> set[str]:
    """The code of every finding that is made anywhere in the package, as far as it is written out."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "src").rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Finding"]
    given = [*(call.args[1] for call in made if len(call.args) > 1)]
    given += [keyword.value for call in made for keyword in call.keywords if keyword.arg == "code"]
    return {node.value for node in given if isinstance(node, ast.Constant)}


def test_every_finding_is_in_the_reference():
    page = (DOCS / "reference" / "findings.md").read_text(encoding="utf-8")
    assert finding_codes()
    assert sorted(code for code in finding_codes() if f"`{code}`" not in page) == []


def test_no_finding_is_in_the_reference_that_is_nowhere_made():
    page = (DOCS / "reference" / "findings.md").read_text(encoding="utf-8")
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    codes = re.findall(r"^\| `([a-z-]+)`", page, flags=re.MULTILINE)
    assert [code for code in codes if f'"{code}"' not in source] == []


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")), ids=lambda page: page.name)
def test_links_of_the_pages_at_the_root_lead_somewhere(page):
    links = re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", page.read_text(encoding="utf-8"))
    for link in ["".join(both) for both in links]:
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = ROOT / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@each_page
def test_no_page_links_to_an_unsafe_or_local_address(page):
    assert re.findall(r"\]\((?:http://|file:|/)[^)]*\)", page.read_text(encoding="utf-8")) == []


def test_the_built_pages_load_nothing_from_elsewhere(tmp_path):
    subprocess.run([sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", tmp_path], cwd=ROOT, check=True)
    loaded = re.compile(r"""(?:<(?:script|img|iframe)[^>]+src|<link[^>]+href)=["']?(?:https?:)?//""")
    assert [page.name for page in tmp_path.rglob("*.html") if loaded.search(page.read_text("utf-8"))] == []
