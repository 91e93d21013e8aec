"""Evidence: named reasons for and against two texts being the same, each with a fixed sign.

The vectors compare what is meant; alignment pairs every word with its best counterpart in the other text (after
"BERTScore", Zhang et al. 2020, weighted by how rare a word is); slots compare what must agree exactly.
Every column is computed for all texts of one block against all of another at once; what two texts give depends on no
third one, and not on which of them comes first, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.model.order import roles_swapped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twicetold.model.blocks import Block

    Matrix = NDArray[np.float32]

#: Two forms of one word count as this similar, whatever their contexts.
SAME_STEM = np.float32(0.95)
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


def evidence(one: Block, other: Block) -> Matrix:
    """Every column of evidence for each text of one block against each of the other.

    Returns:
        Values from 0 to 1; float32, shape (len(FEATURES), len(one), len(other)).
    """
    ours, theirs = _alignments(one, other)
    # How far the two texts share their wording: a word that is replaced matters in a shared frame, and says
    # nothing where all words are others.
    shared = np.maximum(ours.shared, theirs.shared)
    frame = np.clip((shared - np.float32(0.3)) / np.float32(0.5), 0, 1)
    replaced = np.minimum(ours.worst, theirs.worst)
    unmatched = np.minimum(ours.unmatched, theirs.unmatched)
    columns = [
        np.clip(one.sentences.cosines(other.sentences), 0, 1),
        np.minimum(ours.covered, theirs.covered),
        np.maximum(ours.covered, theirs.covered),
        _spelling(one, other),
        frame * replaced,
        frame * (np.maximum(ours.worst, theirs.worst) - replaced),
        np.clip((unmatched - FEW_WORDS) / FEW_WORDS / 2, 0, 1),
        _swapped(one, other, ours, theirs),
    ]
    for family in _SLOT_PRIORS:
        columns += _relations(one, other, FAMILIES[family], TACIT.get(family))
    turned = _turned(one, other)
    # Two opposites, or an opposite and a negation, can say the same; then at least two words differ on each side.
    alone = unmatched <= 1
    columns += [_numbers(turned & alone), _numbers(turned & ~alone), _relations(one, other, ("direction",))[1]]
    return np.stack(columns).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Alignment:
    """How well the words of each text are covered by each other text; every column has shape (texts, other texts).

    Attributes:
        covered: Similarity of a text's words to their best counterparts, weighted by rarity.
        worst: The largest lack of a counterpart among a text's words.
        shared: Share of a text's words, weighted by rarity, that the other has in some form.
        unmatched: Number of a text's words that the other has in no form.
    """

    covered: Matrix
    worst: Matrix
    shared: Matrix
    unmatched: Matrix


def _alignments(one: Block, other: Block) -> tuple[_Alignment, _Alignment]:
    """The words of each block against the texts of the other; columns of both have shape (len(one), len(other))."""
    similarity, is_same = one.words.cosines(other.words), np.equal.outer(one.stems, other.stems)
    ours = _alignment(
        one,
        np.maximum.reduceat(similarity, other.starts, axis=1),
        np.logical_or.reduceat(is_same, other.starts, axis=1),
    )
    theirs = _alignment(
        other, np.maximum.reduceat(similarity, one.starts).T, np.logical_or.reduceat(is_same, one.starts).T
    )
    return ours, _Alignment(theirs.covered.T, theirs.worst.T, theirs.shared.T, theirs.unmatched.T)


def _alignment(one: Block, best: Matrix, has_stem: NDArray[np.bool_]) -> _Alignment:
    """The words of one block against other texts.

    Args:
        one: The block whose words are covered.
        best: Similarity of each word to its best counterpart in each text; shape (words, texts).
        has_stem: Whether each text has a word of the same stem; shape (words, texts).
    """
    has = _numbers(has_stem)
    best = np.maximum(np.clip(best, 0, 1), SAME_STEM * has)
    rarity = one.rarity[:, None]
    total = np.maximum(np.add.reduceat(rarity, one.starts), np.float32(1e-6))
    covered: Matrix = (np.add.reduceat(best * rarity, one.starts) / total).astype(np.float32)
    shared: Matrix = (np.add.reduceat(has * rarity, one.starts) / total).astype(np.float32)
    unmatched = np.add.reduceat(1 - has, one.starts)
    return _Alignment(covered, np.maximum.reduceat(1 - best, one.starts), shared, unmatched)


def _swapped(one: Block, other: Block, ours: _Alignment, theirs: _Alignment) -> Matrix:
    """Whether the same words, but for a verb and its converse, turn round who does what to whom."""
    shared = np.minimum(ours.shared, theirs.shared)
    swapped = np.zeros(shared.shape, np.float32)
    for row, column in np.argwhere(shared >= np.float32(SAME_WORDS)).tolist():
        swapped[row, column] = roles_swapped(one.readings[row], other.readings[column])
    converse = np.zeros(shared.shape, np.float32)
    for side, opposite in (("converse+", "converse-"), ("converse-", "converse+")):
        left, right = _incidence(one, other, (side,), (opposite,))
        converse += left @ right.T
    only_verbs = np.maximum(ours.unmatched, theirs.unmatched) <= 1
    for row, column in np.argwhere((converse == 1) & only_verbs).tolist():
        swapped[row, column] = roles_swapped(one.readings[row], other.readings[column], converse=True)
    return swapped


def _spelling(one: Block, other: Block) -> Matrix:
    """How far the Indel similarity of the texts, words in alphabetic order, is above 0.8; finds typing errors."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    # What cannot reach the cutoff is given up early, as 0.
    ratios: Matrix = process.cdist(
        one.sorted, other.sorted, scorer=fuzz.ratio, score_cutoff=80, dtype=np.float32, workers=1
    )
    above: Matrix = np.maximum(ratios - np.float32(80), 0) / np.float32(20)
    return above


def _relations(
    one: Block, other: Block, kinds: tuple[str, ...], tacit: str | None = None
) -> tuple[Matrix, Matrix, Matrix]:
    """Whether slots clash (each side has a value that the other lacks), stand on one side only, or agree."""
    left, right = _incidence(one, other, kinds, kinds)
    shared = left @ right.T
    only_one = left.sum(1)[:, None] - shared > 0
    only_other = right.sum(1)[None, :] - shared > 0
    clash = only_one & only_other
    if tacit:
        clash |= _relations(one, other, (tacit,))[0] > 0
    agrees = (shared > 0) & ~only_one & ~only_other & ~clash
    return _numbers(clash), _numbers((only_one ^ only_other) & ~clash), _numbers(agrees)


def _incidence(
    one: Block, other: Block, kinds_one: tuple[str, ...], kinds_other: tuple[str, ...]
) -> tuple[Matrix, Matrix]:
    """Which values of some kinds of slots each text has; two float32 matrices with the same columns."""
    empty = np.empty((0, 2), np.int64)
    left = np.concatenate([one.slots.get(kind, empty) for kind in kinds_one])
    right = np.concatenate([other.slots.get(kind, empty) for kind in kinds_other])
    values, column = np.unique(np.r_[left[:, 1], right[:, 1]], return_inverse=True)
    matrices = np.zeros((len(one), len(values)), np.float32), np.zeros((len(other), len(values)), np.float32)
    matrices[0][left[:, 0], column[: len(left)]] = 1
    matrices[1][right[:, 0], column[len(left) :]] = 1
    return matrices


def _turned(one: Block, other: Block) -> NDArray[np.bool_]:
    """Whether negations and opposites together turn the meaning round an odd number of times."""
    opposed = np.zeros((len(one), len(other)), np.float32)
    for pole, opposite in (("pole+", "pole-"), ("pole-", "pole+")):
        left, right = _incidence(one, other, (pole,), (opposite,))
        opposed += left @ right.T
    turned: NDArray[np.bool_] = _parity(one)[:, None] ^ _parity(other)[None, :] ^ (opposed % 2 == 1)
    return turned


def _parity(block: Block) -> NDArray[np.bool_]:
    """Whether each text holds an odd number of negations."""
    negations = block.slots.get("negation", np.empty((0, 2), np.int64))
    odd: NDArray[np.bool_] = np.bincount(negations[:, 0], minlength=len(block)) % 2 == 1
    return odd


def _numbers(flags: NDArray[np.bool_]) -> Matrix:
    return flags.astype(np.float32)
