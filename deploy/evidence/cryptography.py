"""Which cryptographic functions the package calls, read from its code, and which the statement names."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from evidence.claims import table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MODULES = ("hashlib", "hmac", "ssl", "secrets")


def called(root: Path) -> dict[str, list[str]]:
    """Where the package calls functions of Python's cryptographic modules, by dotted name; tests' fakes left out."""
    package = root / "src" / "twicetold"
    found: dict[str, list[str]] = {}
    for path in sorted(package.rglob("*.py")):
        if "testing" in path.relative_to(package).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module in _MODULES:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in _MODULES:
                names = [f"{node.value.id}.{node.attr}"]
            for name in (name for name in names if not name.endswith("Error")):
                places = found.setdefault(name, [])
                if (place := path.relative_to(package).as_posix()) not in places:
                    places.append(place)
    return found


def differences(root: Path) -> list[str]:
    """Functions that the code calls and the statement does not name, and the other way round."""
    used, named = called(root), table(root, "cryptography")["functions"]
    return [
        *(f"cryptography: {name} is called in {used[name][0]} and not named" for name in sorted({*used} - {*named})),
        *(f"cryptography: {name} is named and nowhere called" for name in sorted({*named} - {*used})),
    ]


def tables(root: Path) -> dict[str, Callable[[], list[list[str]]]]:
    """The rows of the tables of the statement, by the name under which the page asks for them."""
    given = table(root, "cryptography")

    def functions() -> list[list[str]]:
        used = called(root)
        return [
            [f"`{name}`", told["purpose"], told["security"], ", ".join(used.get(name, []))]
            for name, told in given["functions"].items()
        ]

    def modules() -> list[list[str]]:
        versions = [pinned(root, each["package"]) if each["package"] else "not locked" for each in given["modules"]]
        told = zip(given["modules"], versions, strict=True)
        return [[each["where"], version, each["does"], each["fips"]] for each, version in told]

    return {"table_of_functions": functions, "table_of_modules": modules}


def pinned(root: Path, package: str) -> str:
    """The version of a package in the lock of what runs; ``not locked`` if it is not there."""
    text = (root / "requirements" / "run.txt").read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(package)}==([^ ]+)", text, re.MULTILINE)
    return found[1] if found else "not locked"
