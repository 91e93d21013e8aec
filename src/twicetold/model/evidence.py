"""Evidence: named reasons for and against two texts being the same, each with a fixed sign.

The vectors compare what is meant; alignment pairs every word with its best counterpart in the other text (after
"BERTScore", Zhang et al. 2020, weighted by how rare a word is); slots compare what must agree exactly.
Every column is computed for many pairs at once: for all texts of one block against all of another, or for given
pairs. What two texts give depends on no third one, and not on which of them comes first, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.model.couples import Couples
from twicetold.model.grid import Grid
from twicetold.model.order import roles_swapped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twicetold.model.alignment import Alignment, Matrix
    from twicetold.model.blocks import Block
    from twicetold.model.probability import Coefficients

#: Slots that say which thing is meant: families of kinds whose values are compared with each other.
FAMILIES = {
    "number": ("number", "percent", "money", "range", "bound"),
    "rate": ("rate",),
    "date": ("date", "period"),
    "age": ("age",),
    "role": ("role",),
    "place": ("place",),
    "name": ("name",),
    "topic": ("topic",),
}
#: By family the kind whose value a text may leave unsaid: "by 10%" is not "to 10%", but "10%" alone may be either.
TACIT = {"number": "change"}
#: Up to so many words of each text may lack a counterpart before that speaks against sameness; long texts of one trade
#: are close in meaning as a whole, and it is the count, not the share, of words of their own that tells them apart.
FEW_WORDS = np.float32(3)
#: Share of the words from which on two texts are read for their order.
SAME_WORDS = 0.95


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of evidence.

    Attributes:
        name: As in explanations.
        prior: Log-odds at its full value that fitting starts from and is pulled towards. Its sign is final: evidence
            that speaks against sameness can never speak for it.
    """

    name: str
    prior: float


_RELATIONS = ("clash", "one-sided", "agrees")
#: What each family's relations count before anything is fitted.
_SLOT_PRIORS = {
    "number": (-8.0, -2.0, 0.5),
    "rate": (-6.0, -1.0, 0.5),
    "date": (-6.0, -1.0, 0.5),
    "age": (-5.0, -1.5, 0.3),
    "role": (-2.0, -0.5, 0.3),
    "place": (-5.0, -1.5, 0.5),
    "name": (-3.0, -0.8, 0.5),
    "topic": (-2.0, -0.5, 0.3),
}
FEATURES = (
    Feature("meaning", 9.0),
    Feature("words", 4.5),
    Feature("words-most", 4.5),
    Feature("spelling", 1.0),
    Feature("word-replaced", -4.0),
    Feature("word-added", -1.5),
    Feature("words-apart", -4.0),
    Feature("roles-clash", -8.0),
    *(
        Feature(f"{family}-{relation}", prior)
        for family, priors in _SLOT_PRIORS.items()
        for relation, prior in zip(_RELATIONS, priors, strict=True)
    ),
    Feature("polarity-clash", -7.0),
    Feature("polarity-turned", -1.0),
    Feature("direction-one-sided", -0.5),
)


def evidence(one: Block, other: Block, coefficients: Coefficients | None = None) -> Matrix:
    """Every column of evidence for each text of one block against each of the other.

    Args:
        one: Some texts.
        other: Some texts.
        coefficients: What the evidence will be weighed with, if anything: a costly column that counts nothing is zeros.

    Returns:
        Values from 0 to 1; float32, shape (len(FEATURES), len(one), len(other)).
    """
    return _columns(Grid(one, other), coefficients)


def evidence_of_pairs(
    block: Block, a: NDArray[np.intp], b: NDArray[np.intp], coefficients: Coefficients | None = None
) -> Matrix:
    """Every column of evidence for the pairs (a[i], b[i]) of a block's texts: what :func:`evidence` says of them.

    Returns:
        Values from 0 to 1; float32, shape (len(FEATURES), len(a)).
    """
    texts, places = np.unique(np.r_[a, b], return_inverse=True)
    return _columns(Couples(block.take(texts), places[: len(a)], places[len(a) :]), coefficients)


def _columns(pairs: Grid | Couples, coefficients: Coefficients | None) -> Matrix:
    ours, theirs = pairs.alignments()
    # How far the two texts share their wording: a word that is replaced matters in a shared frame, and says
    # nothing where all words are others.
    shared = np.maximum(ours.shared, theirs.shared)
    frame = np.clip((shared - np.float32(0.3)) / np.float32(0.5), 0, 1)
    replaced = np.minimum(ours.worst, theirs.worst)
    unmatched = np.minimum(ours.unmatched, theirs.unmatched)
    columns = [
        np.clip(pairs.cosines(), 0, 1),
        np.minimum(ours.covered, theirs.covered),
        np.maximum(ours.covered, theirs.covered),
        np.zeros_like(shared) if coefficients and not coefficients.weights["spelling"] else _spelling(pairs),
        frame * replaced,
        frame * (np.maximum(ours.worst, theirs.worst) - replaced),
        np.clip((unmatched - FEW_WORDS) / FEW_WORDS / 2, 0, 1),
        _swapped(pairs, ours, theirs),
    ]
    for family in _SLOT_PRIORS:
        columns += slot_relations(pairs, family)
    turned = _turned(pairs)
    # Two opposites, or an opposite and a negation, can say the same; then at least two words differ on each side.
    alone = unmatched <= 1
    columns += [_numbers(turned & alone), _numbers(turned & ~alone), _relations(pairs, ("direction",))[1]]
    return np.stack(columns).astype(np.float32)


def _spelling(pairs: Grid | Couples) -> Matrix:
    """How far the similarity of the letters is above 0.8."""
    above: Matrix = np.maximum(pairs.ratios() - np.float32(80), 0) / np.float32(20)
    return above


def slot_relations(pairs: Grid | Couples, family: str) -> tuple[Matrix, Matrix, Matrix]:
    """Whether the slots of a family clash, stand on one side only, or agree; as numbers 0 and 1."""
    return _relations(pairs, FAMILIES[family], TACIT.get(family))


def _swapped(pairs: Grid | Couples, ours: Alignment, theirs: Alignment) -> Matrix:
    """Whether the same words, but for a verb and its converse, turn round who does what to whom."""
    shared = np.minimum(ours.shared, theirs.shared)
    swapped = np.zeros(shared.shape, np.float32)
    for place, one, other in pairs.readings(shared >= np.float32(SAME_WORDS)):
        swapped[place] = roles_swapped(one, other)
    sides = (("converse+",), ("converse-",))
    converse = pairs.shared(*sides).both + pairs.shared(*reversed(sides)).both
    only_verbs = np.maximum(ours.unmatched, theirs.unmatched) <= 1
    for place, one, other in pairs.readings((converse == 1) & only_verbs):
        swapped[place] = roles_swapped(one, other, converse=True)
    return swapped


def _relations(
    pairs: Grid | Couples, kinds: tuple[str, ...], tacit: str | None = None
) -> tuple[Matrix, Matrix, Matrix]:
    """Whether slots clash (each side has a value that the other lacks), stand on one side only, or agree."""
    values = pairs.shared(kinds, kinds)
    only_one, only_other = values.one - values.both > 0, values.other - values.both > 0
    clash = only_one & only_other
    if tacit:
        clash |= _relations(pairs, (tacit,))[0] > 0
    agrees = (values.both > 0) & ~only_one & ~only_other & ~clash
    return _numbers(clash), _numbers((only_one ^ only_other) & ~clash), _numbers(agrees)


def _turned(pairs: Grid | Couples) -> NDArray[np.bool_]:
    """Whether negations and opposites together turn the meaning round an odd number of times."""
    poles = (("pole+",), ("pole-",))
    opposed = pairs.shared(*poles).both + pairs.shared(*reversed(poles)).both
    turned: NDArray[np.bool_] = pairs.odd("negation") ^ (opposed % 2 == 1)
    return turned


def _numbers(flags: NDArray[np.bool_]) -> Matrix:
    return flags.astype(np.float32)
