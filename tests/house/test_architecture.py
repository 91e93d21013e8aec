"""The plan of the house, held: imports point downwards, files stay small, names say what they hold."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "twicetold"
MODULES = sorted(PACKAGE.rglob("*.py"))
WORDS = ("records", "pairs", "groups", "decisions", "separations", "findings", "errors")
LAYERS = (
    "text",
    "model",
    "matching",
    "pipeline",
    "engines",
    "evaluation",
    "training",
    "report",
    "runs",
    "service",
    "api",
    "cli",
    "testing",  # for tests of users; nothing of the program may need it
)
#: What knows the world outside; the last one is where the others learn of bound services.
ADAPTERS = ("sources", "sinks", "store", "platform")
RANK = dict.fromkeys((*WORDS, "data"), 0) | {name: rank for rank, name in enumerate(LAYERS, 1)}
MAY_USE_ADAPTERS = ("engines", "runs", "service", "api", "cli")
CORE = (*WORDS, "text", "model", "matching", "pipeline")
IMPURE = {
    "time",
    "logging",
    "socket",
    "subprocess",
    "urllib",
    "http",
    "requests",
    "structlog",
    "random",
    "secrets",
}

each_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())


def part_of(path: Path) -> str:
    """The part of the house a file belongs to: its folder or its own name."""
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    named = {"__main__": "cli"} | dict.fromkeys(("__init__", "_api", "_compare", "_evaluate"), "api")
    return named.get(first, first)


def only_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def nodes_that_run(tree: ast.AST):
    for node in ast.iter_child_nodes(tree):
        if not only_for_types(node):
            yield node
            yield from nodes_that_run(node)


def imported(path: Path) -> set[str]:
    """Dotted names of all that a file imports when it runs."""
    names = set()
    package = ("twicetold", *path.relative_to(PACKAGE).parts[:-1])
    for node in nodes_that_run(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base += (node.module,) if node.module else ()
            names |= {".".join((*base, alias.name)) for alias in node.names}
    return names


def parts_used(path: Path) -> set[str]:
    """The parts of the house that a file imports; the version is everybody's."""
    own = {tuple(name.split(".")) for name in imported(path)}
    inside = {name[1] for name in own if name[0] == "twicetold" and len(name) > 1 and name[1] != "__version__"}
    known = {*RANK, *ADAPTERS}
    return {name if name in known or (PACKAGE / name).is_dir() else "api" for name in inside}


@each_module
def test_each_module_has_a_place_in_the_house(path):
    assert part_of(path) in {*RANK, *ADAPTERS}, "give it a layer in LAYERS, or move it into one that is there"


def forbidden(part: str, used: set[str]) -> set[str]:
    """Which of the parts that a part uses it must not know."""
    others = used - {part, *WORDS, "data"}
    if part in ADAPTERS:
        return others - ({"platform"} if part != "platform" else set())
    adapters = set(ADAPTERS) if part in MAY_USE_ADAPTERS else set()
    return {name for name in others - adapters if name in ADAPTERS or RANK[name] >= RANK[part]}


@each_module
def test_imports_point_downwards(path):
    assert forbidden(part_of(path), parts_used(path)) == set()


@pytest.mark.parametrize(
    ("part", "used", "found"),
    [
        ("records", {"groups", "text", "sources"}, {"text", "sources"}),
        ("text", {"records", "model", "platform"}, {"model", "platform"}),
        ("report", {"pipeline", "evaluation", "api", "cli"}, {"api", "cli"}),
        ("sources", {"errors", "text", "sinks", "platform", "api"}, {"text", "sinks", "api"}),
        ("platform", {"errors", "sources"}, {"sources"}),
        ("runs", {"store", "report", "api"}, {"api"}),
        ("service", {"runs", "store", "matching", "api"}, {"api"}),
        ("runs", {"service"}, {"service"}),
        ("api", {"report", "sources", "sinks", "platform", "cli"}, {"cli"}),
        ("cli", {"platform", "testing"}, {"testing"}),
        ("testing", {"errors", "platform"}, {"platform"}),
    ],
)
def test_an_import_against_the_plan_is_seen(part, used, found):
    assert forbidden(part, used) == found


@pytest.mark.parametrize("path", [path for path in MODULES if part_of(path) in CORE], ids=lambda path: path.stem)
def test_the_core_reads_no_clock_network_or_environment(path):
    roots = {name.split(".")[0] for name in imported(path)}
    assert not roots & IMPURE
    if path.name != "encoder.py":  # which must switch onnxruntime's telemetry off by the environment
        assert not re.search(r"\b(environ|getenv)\b", path.read_text(encoding="utf-8"))


@each_module
def test_no_file_is_longer_than_400_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if "migrations" not in path.parts],
    ids=lambda path: path.relative_to(PACKAGE).as_posix(),
)
def test_no_function_is_longer_than_50_lines(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {node.name: node.end_lineno - node.lineno + 1 for node in functions}
    assert {name: lines for name, lines in long.items() if lines > 50} == {}


@each_module
def test_no_module_is_named_after_nothing(path):
    assert not {"utils", "util", "helpers", "helper", "manager", "common", "misc"} & set(path.with_suffix("").parts)
