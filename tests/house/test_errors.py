"""The tree of errors: each has its own code, says what happened and what to do."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from twicetold import errors

ROOT = Path(__file__).parents[2]
CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, errors.TwicetoldError)]
CONCRETE = [cls for cls in CLASSES if not cls.__subclasses__()]
EXITS = {2: "2", 3: "3", 4: "4", 5: "5", 6: "6", 7: "7"}


def raised() -> set[str]:
    """Names of all that is raised, or made to be raised, anywhere in the package."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "src").rglob("*.py")]
    calls = (node.func for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "") for func in calls}


def test_codes_are_unique():
    codes = [cls.code for cls in CLASSES]
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_each_error_says_what_it_is_and_what_to_do(cls):
    assert re.fullmatch(r"TT\d{3}", cls.code)
    assert "code" in vars(cls)
    assert vars(cls)["__doc__"].rstrip().endswith(".")
    assert cls.remedy.endswith(".")
    assert 400 <= cls.http_status < 600


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_the_first_digit_of_a_code_is_the_exit_status(cls):
    assert cls.code[2] == EXITS.get(cls.exit_status, "0")


@pytest.mark.parametrize("cls", CONCRETE, ids=lambda cls: cls.__name__)
def test_each_error_is_raised_somewhere(cls):
    assert cls.__name__ in raised()


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_each_error_is_in_the_reference(cls):
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    assert f"{cls.code} {cls.__name__}" in page
    assert cls.remedy in page


def test_the_tree_at_the_top_of_the_module_names_every_error():
    assert {cls.__name__ for cls in CLASSES} <= set(re.findall(r"\w+", errors.__doc__))


def test_an_error_prints_its_message_and_its_remedy():
    assert str(errors.FileNotUsable("a.csv is missing")) == "a.csv is missing\nCheck the path and its permissions."
