"""The pages for operators are true: what they say of endings is what the code says, and their commands exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from twicetold import errors
from twicetold.cli import main
from twicetold.platform.cloudfoundry import endings
from twicetold.platform.cloudfoundry.tasks import Task

ROOT = Path(__file__).parents[2]
OPERATE = ROOT / "docs" / "operate"
FAILED = (OPERATE / "task-failed.md").read_text(encoding="utf-8")
PAGES = sorted((ROOT / "docs").rglob("*.md"))
#: What ends a command in a shell; a word in it is another program's.
ENDS = re.compile(r"[|;&<>()]+|\d?>+")


def family(cls: type[errors.TwicetoldError]) -> list[type[errors.TwicetoldError]]:
    return [cls, *(each for child in cls.__subclasses__() for each in family(child))]


def sections() -> dict[int, str]:
    parts = re.split(r"^## Exit status (\d+)\n", FAILED.partition("## What the platform says")[0], flags=re.MULTILINE)
    return {int(status): text for status, text in zip(parts[1::2], parts[2::2], strict=True)}


def test_the_page_about_failed_tasks_has_every_exit_status_and_no_other():
    ours = {error.exit_status for error in family(errors.TwicetoldError)}
    assert set(sections()) == {0, *ours, *endings._STATUSES}


def test_every_error_stands_below_its_exit_status():
    for error in family(errors.TwicetoldError)[1:]:
        below = [status for status, text in sections().items() if error.code in text]
        assert below == [error.exit_status], error.code


def test_no_error_is_named_there_that_does_not_exist():
    known = {error.code for error in family(errors.TwicetoldError)}
    assert set(re.findall(r"\bTT\d{3}\b", FAILED)) <= known


def test_the_words_of_the_platform_are_those_that_the_code_reads():
    table = FAILED.partition("## What the platform says")[2]
    rows = re.findall(r"^\| `([^`]+)` \| (\d+) \|", table, re.MULTILINE)
    assert rows == [(words, str(status)) for words, status, *_ in endings._REASONS]


@pytest.mark.parametrize("words", [words for words, *_ in endings._REASONS])
def test_a_sentence_with_these_words_has_the_exit_status_of_the_table(words):
    task = Task("guid", 1, "name", "FAILED", "twicetold run", "key", f"The task: {words}", created="")
    status = re.search(rf"^\| `{re.escape(words)}` \| (\d+) \|", FAILED, re.MULTILINE)[1]
    assert endings.ending(task).exit_status == int(status)


def blocks(page: Path) -> list[str]:
    """Code of a page that people type: lines of blocks, joined where they go on."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"^( *)```(?:sh|console|)\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    joined = [re.sub(r"\\\n(?:> )?\s*", " ", body) for _, body in found]
    return [line.strip().removeprefix("$ ").removeprefix("> ") for body in joined for line in body.splitlines()]


def commands(line: str) -> list[list[str]]:
    """The calls of the program in a line of a shell, without what is piped and where it goes."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = "#"
    calls: list[list[str]] = [[]]
    for word in lexer:
        if ENDS.fullmatch(word):
            calls.append([])
        else:
            calls[-1].append(word)
    found = []
    for call in calls:
        words = [word for word in call if not re.match(r"[A-Z_]+=", word)]
        if words[:1] == ["twicetold"]:
            found.append(words[1:])
    return found


def wrong(words: list[str], *, whole: bool) -> str:
    """What is wrong with a call; nothing if it would be understood."""
    command, context, words = main, click.Context(main, info_name="twicetold"), list(words)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        below = command.get_command(context, name)
        if below is None:
            return f"there is no command {name!r}"
        command, context = below, click.Context(below, info_name=name, parent=context)
    if not whole and not words:
        return ""
    rest = words[words.index("--") + 1 :] if "--" in words else []
    try:
        given, _, _ = command.make_parser(context).parse_args(words)
    except click.ClickException as error:
        return error.message
    there = {name for name, value in given.items() if isinstance(value, str | list | tuple) and value}
    lacking = [each.name for each in command.params if each.required and each.name not in there]
    if lacking and whole:
        return f"lacks {', '.join(lacking)}"
    return wrong(rest, whole=whole) if rest and context.command_path == "twicetold cf run" else ""


LINES = [(page, line) for page in PAGES for line in blocks(page) if re.search(r"(^|[\s|;&])twicetold\s", line)]


@pytest.mark.parametrize(
    ("page", "line"), [pytest.param(*each, id=f"{each[0].relative_to(ROOT).as_posix()}: {each[1]}") for each in LINES]
)
def test_each_command_of_a_page_is_one_of_the_programs(page, line):
    for words in commands(line):
        assert wrong(words, whole="reference" not in page.parts) == "", line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_command_within_a_sentence_is_one_of_the_programs(page):
    text = re.sub(r"^( *)```.*?^\1```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for inline in re.findall(r"`(twicetold [^`]+)`", text):
        words = shlex.split(inline.partition(" …")[0].partition(" ...")[0])[1:]
        assert wrong(words, whole=False) == "", inline


def prints_texts(words: list[str]) -> bool:
    """Whether a task would print texts of records into the platform's log."""
    task = words[words.index("--") + 1 :] if words[:2] == ["cf", "run"] and "--" in words else []
    return task[:1] in (["find"], ["score"], ["explain"]) or task[:2] == ["profile", "check"]


def test_no_page_prints_the_text_of_records_by_a_task():
    assert prints_texts(["cf", "run", "--app", "x", "--", "profile", "check", "ttahub"])
    calls = [words for page, line in LINES for words in commands(line)]
    assert any(words[:2] == ["cf", "run"] and "--" in words for words in calls)
    assert [words for words in calls if prints_texts(words)] == []


def test_a_command_that_does_not_exist_is_noticed():
    assert wrong(["runs", "restart"], whole=True) == "there is no command 'restart'"
    assert "No such option" in wrong(["run", "--prfile", "x"], whole=True)
    assert wrong(["runs", "show"], whole=True).startswith("lacks")
    assert wrong(["cf", "run", "--app", "x", "--", "db", "downgrade"], whole=True) == "there is no command 'downgrade'"
    assert commands("TWICETOLD_STORE=x twicetold db roles --reader a > roles.sql; cf apps") == [
        ["db", "roles", "--reader", "a"]
    ]


@pytest.mark.parametrize("page", sorted(OPERATE.glob("*.md")), ids=lambda page: page.name)
def test_files_that_pages_for_operators_name_are_there(page):
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"(?<![\w/.-])((?:deploy|docs|src|tests|requirements)/[\w./*-]*[\w*])", text)
    assert [name for name in named if not list(ROOT.glob(name))] == []


@pytest.mark.parametrize("page", sorted(OPERATE.glob("*.md")), ids=lambda page: page.name)
def test_targets_of_make_that_pages_for_operators_name_are_there(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8")))
    assert named <= targets
