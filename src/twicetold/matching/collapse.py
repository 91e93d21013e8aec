"""Collapse: rows with identical canonical text in one scope are compared once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def collapse(scopes: Sequence[str], canonicals: Sequence[str]) -> NDArray[np.int32]:
    """For each row the first row that has the same scope and canonical text.

    Returns:
        Rows that stand for themselves hold their own number; int32, shape (n,).
    """
    first: dict[tuple[str, str], int] = {}
    keys = zip(scopes, canonicals, strict=True)
    return np.fromiter((first.setdefault(key, row) for row, key in enumerate(keys)), np.int32, len(scopes))
