"""What lies between clusters, however it is divided into parts and slices."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.matching import reciprocal
from twicetold.matching.reciprocal import Between

_ITEMS = 12
_ROWS = st.lists(
    st.tuples(
        st.integers(0, _ITEMS - 1), st.integers(0, _ITEMS - 1), st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.booleans()
    )
)


def _between(rows: list[tuple[int, int, float, bool]]) -> Between:
    one, other, total, apart = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Between(np.array(one, np.int32), np.array(other, np.int32), np.array(total, float), np.array(apart, bool))


@given(st.lists(_ROWS, min_size=1, max_size=3), st.lists(st.integers(-1, 5), min_size=_ITEMS, max_size=_ITEMS))
def test_between_clusters_lies_the_sum_of_what_lies_between_their_members(
    parts: list[list[tuple[int, int, float, bool]]], cluster: list[int]
) -> None:
    total, apart = defaultdict[tuple[int, int], float](float), defaultdict[tuple[int, int], bool](bool)
    for one, other, chance, is_apart in (row for part in parts for row in part):
        pair = min(cluster[one], cluster[other]), max(cluster[one], cluster[other])
        if pair[0] >= 0 and pair[0] != pair[1]:
            total[pair] += chance
            apart[pair] |= is_apart
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reciprocal, "_AT_A_TIME", 3)
        found = Between.of([_between(part) for part in parts], np.array(cluster, np.int32))
    assert list(zip(found.one.tolist(), found.other.tolist(), strict=True)) == sorted(total)
    assert dict(zip(sorted(total), found.total.tolist(), strict=True)) == total
    assert dict(zip(sorted(total), found.apart.tolist(), strict=True)) == apart


def test_what_lies_between_smaller_clusters_stays_as_it_is() -> None:
    before = _between([(3, 1, 0.5, False), (2, 0, 1.0, True)])
    Between.of([before], np.zeros(4, np.int32))
    assert (before.one.tolist(), before.other.tolist(), before.total.tolist()) == ([3, 2], [1, 0], [0.5, 1.0])
