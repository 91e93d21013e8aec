"""Secrets: text that shows itself to nobody who does not ask for it by name."""

from __future__ import annotations

from typing import Any, Self

MASK = "***"


class Secret:
    """A text that is shown and formatted as ``***``.

    It is no ``str``: whoever forgets :meth:`reveal` gets an error or the mask, never the text. It cannot be pickled,
    so that it reaches neither another process nor a stored step of a workflow; there, look the service up again.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one call that needs it."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    def __format__(self, _form: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> str:
        raise TypeError("A secret cannot be pickled; look the service up again where it is needed.")
