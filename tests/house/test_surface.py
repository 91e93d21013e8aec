"""What `import twicetold` offers and what it costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import twicetold

HEAVY = {
    "duckdb",
    "jinja2",
    "onnxruntime",
    "pandas",
    "pyarrow",
    "rich",
    "scipy",
    "sklearn",
    "tokenizers",
    "torch",
}


def modules_after(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after a statement."""
    program = f"import sys\n{statement}\nprint(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in answer.stdout.splitlines()[-1].split()}


def test_the_public_surface_is_small_and_every_name_is_there():
    assert len(set(twicetold.__all__)) == len(twicetold.__all__) <= 20
    assert all(hasattr(twicetold, name) for name in twicetold.__all__)
    assert {"find", "compare", "Model", "Record", "Group", "Result"} <= set(twicetold.__all__)


def test_every_public_name_shows_in_dir():
    assert set(twicetold.__all__) <= set(dir(twicetold))


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = twicetold.no_such_name


def test_importing_the_package_imports_nothing_heavy():
    assert not modules_after("import twicetold") & (HEAVY | {"click", "numpy", "pydantic", "structlog"})


def test_the_help_of_the_command_line_imports_nothing_heavy():
    statement = "from twicetold.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass"
    assert not modules_after(statement) & (HEAVY | {"numpy", "pydantic"})


def test_the_types_are_shipped():
    from importlib.resources import files

    assert (files("twicetold") / "py.typed").is_file()
