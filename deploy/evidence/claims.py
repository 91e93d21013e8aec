"""Claims: what the component says of itself, and what each stands on, from the TOML files beside this module."""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = "deploy/evidence"
_CONTROL = re.compile(r"[a-z]{2}-[1-9]\d*(\.[1-9]\d*)?")
_TEST = re.compile(r"tests/[\w/]+\.py::test_\w+")


class SourceWrong(Exception):
    """A source of the evidence cannot be read as it is; the message names the file and the place."""


@dataclass(frozen=True)
class Claim:
    """One statement that can be shown to be true.

    Attributes:
        name: By which controls and pages refer to it.
        says: The statement.
        files: What implements it, relative to the repository.
        tests: Test functions that show it, as pytest names them, without cases.
        commands: Programs that show it by ending with 0.
    """

    name: str
    says: str
    files: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Control:
    """A control of NIST SP 800-53 revision 5, and who does what of it.

    Attributes:
        name: Its id in OSCAL, such as ``cm-7.5``.
        title: As the catalog has it.
        claims: What this component does, by name of the claim.
        customer: What the agency that deploys it has to do.
        inherited: What comes with the platform.
    """

    name: str
    title: str
    claims: tuple[str, ...] = ()
    customer: str = ""
    inherited: str = ""


@dataclass(frozen=True)
class Book:
    """All that is claimed.

    Attributes:
        claims: By name.
        controls: In the order of their ids.
        users: Which controls and pages use a claim.
    """

    claims: dict[str, Claim]
    controls: tuple[Control, ...]
    users: dict[str, list[str]] = field(default_factory=dict)

    def used(self, claim: str, by: str) -> Claim:
        """A claim, for a page or a control that uses it.

        Raises:
            SourceWrong: There is no such claim.
        """
        if claim not in self.claims:
            raise SourceWrong(f"{by}: there is no claim {claim!r} in {SOURCES}/claims.toml")
        users = self.users.setdefault(claim, [])
        if by not in users:
            users.append(by)
        return self.claims[claim]

    @property
    def tests(self) -> list[str]:
        """All tests that a claim points to, each once."""
        return sorted({test for claim in self.claims.values() for test in claim.tests})

    @property
    def commands(self) -> list[str]:
        """All commands that a claim points to, each once."""
        return sorted({command for claim in self.claims.values() for command in claim.commands})


def read(root: Path) -> Book:
    """The claims and controls of a repository.

    Raises:
        SourceWrong: A file, a key or an id is not as it should be, or a control points to a claim that is not there.
    """
    claims = {name: Claim(name, **_keys(given, name, Claim)) for name, given in table(root, "claims").items()}
    controls = [Control(name, **_keys(given, name, Control)) for name, given in table(root, "controls").items()]
    book = Book(claims, tuple(sorted(controls, key=lambda control: _order(control.name))))
    for control in book.controls:
        if not (control.claims or control.customer or control.inherited):
            raise SourceWrong(f"control {control.name}: says neither what is claimed, nor what is left or inherited")
        for claim in control.claims:
            book.used(claim, f"control {control.name}")
    return book


def table(root: Path, name: str) -> dict[str, Any]:
    """One of the TOML files.

    Raises:
        SourceWrong: It is not there, or is no TOML.
    """
    try:
        return tomllib.loads((root / SOURCES / f"{name}.toml").read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SourceWrong(f"{SOURCES}/{name}.toml: {error}") from None


def missing(book: Book, root: Path) -> list[str]:
    """What is wrong with the claims before anything is run: no evidence, no such file, no such test, no user."""
    found = []
    files = {test.partition("::")[0] for test in book.tests if _TEST.fullmatch(test)}
    there = {f"{file}::{name}" for file in files for name in _functions(root / file)}
    for claim in book.claims.values():
        if not (claim.tests or claim.commands):
            found.append(_told(book, claim, "has no evidence: name a test or a command"))
        found += [_told(book, claim, f"{file} is not there") for file in claim.files if not (root / file).exists()]
        found += [_told(book, claim, f"{test} is not there") for test in claim.tests if test not in there]
        if claim.name not in book.users:
            found.append(f"claim {claim.name!r}: no control and no page uses it")
    return found


def unshown(book: Book, outcomes: dict[str, str]) -> list[str]:
    """Which tests and commands of claims did not pass, for each claim and whoever uses it."""
    return [
        _told(book, claim, f"{evidence} {outcomes.get(evidence, 'did not run')}")
        for claim in book.claims.values()
        for evidence in (*claim.tests, *claim.commands)
        if outcomes.get(evidence) != "passed"
    ]


def _told(book: Book, claim: Claim, problem: str) -> str:
    return f"{', '.join(book.users.get(claim.name, ['nobody']))}: claim {claim.name!r}: {problem}"


def _functions(path: Path) -> set[str]:
    """The functions of a module of tests; none if there is no such file."""
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def _keys(given: object, name: str, kind: type[Claim | Control]) -> dict[str, Any]:
    """The keys of a table, lists as tuples."""
    known = set(kind.__dataclass_fields__) - {"name"}
    if not isinstance(given, dict) or (kind is Control and not _CONTROL.fullmatch(name)):
        raise SourceWrong(f"{kind.__name__.lower()}s.toml: {name} is no {kind.__name__.lower()}")
    wrong = set(given) - known
    lacking = {"says" if kind is Claim else "title"} - set(given)
    if wrong or lacking:
        raise SourceWrong(f"{kind.__name__.lower()} {name}: {', '.join(sorted(wrong | lacking))} is unknown or missing")
    return {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}


def _order(control: str) -> tuple[str, tuple[int, ...]]:
    family, _, numbers = control.partition("-")
    return family, tuple(int(number) for number in numbers.split("."))
