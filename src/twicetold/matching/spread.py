"""Spread: some work on many things, several at a time, and the evidence of many pairs above all."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from twicetold.model.evidence import evidence_of_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from twicetold.matching.telling import Tell
    from twicetold.model.alignment import Matrix
    from twicetold.model.blocks import Block
    from twicetold.model.probability import Coefficients

#: Pairs whose evidence is found at once.
_AT_A_TIME = 8192

_Item = TypeVar("_Item")
_Found = TypeVar("_Found")


def spread(work: Callable[[_Item], _Found], items: Iterable[_Item], threads: int) -> Iterator[_Found]:
    """What some work makes of each item, in order.

    Items are taken as threads become free, few ahead of what is asked for: little is held, and little has to be waited
    for when somebody stops the program.

    Args:
        work: Does most of its work in libraries that let other threads go on.
        items: What it is done on.
        threads: How many at a time.
    """
    if threads == 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        begun = deque[Future[_Found]]()
        for item in items:
            begun.append(pool.submit(work, item))
            if len(begun) > threads:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def evidence_by_parts(
    block: Block,
    pairs: NDArray[np.integer],
    order: NDArray[np.intp],
    coefficients: Coefficients,
    threads: int,
    tell: Tell,
) -> Iterator[tuple[NDArray[np.intp], Matrix]]:
    """The evidence of many pairs of a block's texts, some after the other: their places in ``pairs``, their columns.

    Args:
        block: The texts.
        pairs: The pairs; shape (p, 2).
        order: In which order they are looked at; quicker if pairs of one text stand together; shape (p,).
        coefficients: What the evidence will be weighed with.
        threads: How many parts at a time.
        tell: Called with the share that was asked for and is done.
    """

    def found(some: NDArray[np.intp]) -> tuple[NDArray[np.intp], Matrix]:
        a, b = pairs[some].T
        return some, evidence_of_pairs(block, a, b, coefficients)

    parts, done = (order[first : first + _AT_A_TIME] for first in range(0, len(order), _AT_A_TIME)), 0
    for some, columns in spread(found, parts, threads):
        yield some, columns
        done += len(some)
        tell(done / len(order))
