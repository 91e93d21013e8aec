"""The pages of the package: templates beside this module, filled in with claims and with what commands say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jinja2

from evidence import boundary, cryptography, model
from evidence.claims import SourceWrong, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.claims import Book
    from evidence.oscal import Tree

#: Every section of these pages has to say what it stands on, or whose it is.
STRICT = ("lato-answers.md", "privacy.md", "cryptography.md")
_STANDS_ON = re.compile(r"^\*(Evidence|Yours):\*", re.MULTILINE)


def written(book: Book, tree: Tree) -> dict[str, str]:
    """All pages, by the name of the file; each notes in the book which claims it uses.

    Raises:
        SourceWrong: A template asks for what is not there, or a section of a strict page stands on nothing.
    """
    folder = tree.root / "deploy/evidence/pages"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown for people, from our own files
    )
    shown = model.shown(tree.root)
    found = {}
    for path in sorted(folder.glob("*.md")):
        try:
            text = environment.get_template(path.name).render(_words(book, tree, path.name, shown))
        except jinja2.TemplateError as error:
            raise SourceWrong(f"{path.name}: {error}") from None
        for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
            if path.name in STRICT and not _STANDS_ON.search(section):
                raise SourceWrong(f"page {path.name}: section {section.splitlines()[0]!r} stands on no claim")
        found[path.name] = text
    return found


def rows(head: Sequence[str], body: Sequence[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', '/') for cell in line)} |" for line in lines)


def _words(book: Book, tree: Tree, page: str, shown: dict[str, Any]) -> dict[str, Any]:
    """What a template may ask for."""

    def proof(*names: str) -> str:
        claims = [book.used(name, f"page {page}") for name in names]
        files = dict.fromkeys(f"`{file}`" for claim in claims for file in claim.files)
        showing = dict.fromkeys(f"`{each}`" for claim in claims for each in (*claim.tests, *claim.commands))
        return f"*Evidence:* {', '.join(names)}. Implemented in {', '.join(files)}; shown by {', '.join(showing)}."

    def says(*names: str) -> str:
        return " ".join(book.used(name, f"page {page}").says for name in names)

    drawn = boundary.read(tree.root)
    return {
        "proof": proof,
        "says": says,
        "yours": lambda text: f"*Yours:* {text}",
        "tree": tree,
        "rows": rows,
        "diagram": boundary.diagram(drawn),
        "flows": boundary.flows(drawn),
        "model": shown,
        "measured": lambda section: model.measured(tree.root, section),
        "chapter": lambda heading: model.chapter(tree.root, heading),
        **model.tables(shown),
        **cryptography.tables(tree.root),
        "duties_told": lambda: [
            [duty["every"], duty["who"], duty["what"], ", ".join(duty["controls"])]
            for duty in table(tree.root, "calendar")["duty"]
        ],
    }
