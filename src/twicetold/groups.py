"""Groups: records that are one and the same goal."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Group:
    """Two or more records that say the same.

    Attributes:
        id: Stable: it depends on the scope and the members, not on the order of rows or on other groups.
        scope: The scope that all members share.
        members: Ids of the records, sorted.
        keeper: Id of the member that is proposed to be kept.
    """

    id: str
    scope: str
    members: tuple[str, ...]
    keeper: str


def group_id(scope: str, members: Sequence[str]) -> str:
    """A short digest of a scope and its members' ids, the same for any order of them."""
    parts = "\x1f".join([scope, *sorted(members)])
    return "g" + hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:12]
