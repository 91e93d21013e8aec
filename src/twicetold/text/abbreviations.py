"""Abbreviations learned from the texts at hand, so that another agency's short forms are read without a lexicon.

A definition in any text holds for all of them; initials that match hold within their scope, unless they tell something
else in more scopes. What the lexicon knows is never learned, so the shipped entries and a user's own win.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from twicetold.findings import Finding, Severity
from twicetold.text.canonical import canonical_words
from twicetold.text.cleaning import without_markup
from twicetold.text.definitions import SMALL_WORDS, definitions
from twicetold.text.initials import SHORT, long_forms
from twicetold.text.misspellings import misspellings
from twicetold.text.tokens import tokens
from twicetold.text.words import stem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from twicetold.text.lexicon import Lexicon

#: Short forms that a finding names; all are in the summary.
_NAMED = 10


@dataclass(frozen=True, slots=True, order=True)
class Abbreviation:
    """A short form and what it stands for.

    Attributes:
        short: As it is written, in the singular.
        long: What it stands for.
        texts: Distinct texts that say so: by a definition, or by holding the words with these initials.
        scopes: In how many scopes it was told by initials; 0 if a definition tells it, for all texts.
    """

    short: str
    long: str
    texts: int
    scopes: int


@dataclass(frozen=True, slots=True)
class Learned:
    """What some texts teach about abbreviations and misspelled words.

    Attributes:
        lexicon: A lexicon, and what the texts define.
        by_scope: What initials tell in each scope, the long form by short form.
        abbreviations: All that was learned, by short form.
        unclear: Short forms that the texts define in several ways, none of them in most texts.
        misspellings: In each scope what misspelled words are read as.
    """

    lexicon: Lexicon
    by_scope: Mapping[str, Mapping[str, str]]
    abbreviations: tuple[Abbreviation, ...]
    unclear: tuple[str, ...]
    misspellings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def is_read_apart(self, scope: str) -> bool:
        """Whether the texts of a scope teach something that does not hold for all."""
        return scope in self.by_scope or scope in self.misspellings

    def lexicon_of(self, scope: str) -> Lexicon:
        """The lexicon to read the texts of a scope with."""
        more, misspelled = self.by_scope.get(scope), self.misspellings.get(scope)
        lexicon = self.lexicon.with_abbreviations(more) if more else self.lexicon
        return replace(lexicon, misspellings=misspelled) if misspelled else lexicon

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a reader must know; long forms are words of the records, so they are left to the results."""
        found = []
        if count := len(self.abbreviations):
            named = _named([each.short for each in self.abbreviations])
            message = f"abbreviations learned from the texts, and read as what they stand for: {count:,} ({named})"
            found.append(Finding(Severity.INFO, "abbreviations-learned", message, count))
        if count := len(self.unclear):
            message = f"abbreviations defined in several ways, and left as they are: {count:,} ({_named(self.unclear)})"
            found.append(Finding(Severity.WARNING, "abbreviations-unclear", message, count))
        if count := sum(map(len, self.misspellings.values())):
            message = f"misspelled words that were read as another word of their scope: {count:,}"
            found.append(Finding(Severity.INFO, "words-misspelled", message, count))
        return tuple(found)


def learn(
    texts: Sequence[str],
    scopes: Sequence[str],
    lexicon: Lexicon,
    is_known: Callable[[str], bool] | None = None,
    *,
    is_one_source: bool = True,
) -> Learned:
    """Learns abbreviations, and what misspelled words mean, from texts; their order makes no difference.

    Args:
        texts: The texts as they came.
        scopes: The scope of each text.
        lexicon: What is known already, and wins.
        is_known: Whether a vocabulary has a word, in lower case without accents; without it no word is misspelled.
        is_one_source: Whether the same letters mean the same in most scopes, so that what initials tell in fewer of
            them is chance.

    >>> from twicetold.text.lexicon import Lexicon
    >>> learned = learn(["Wellness policy training (WPT)", "Offer WPT"], ["", ""], Lexicon.default())
    >>> [(each.short, each.long) for each in learned.abbreviations]
    [('WPT', 'Wellness policy training')]
    """
    learned = learned_from_definitions(Counter(definitions_in(dict.fromkeys(texts), lexicon)), lexicon)
    told = told_by_initials(texts, scopes, learned)
    learned = with_initials(learned, told_by_most(told) if is_one_source else told)
    if is_known is None:
        return learned
    return replace(learned, misspellings=misspellings(texts, scopes, learned.lexicon, is_known))


def definitions_in(texts: Iterable[str], lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    """The short and the long form of each definition that distinct texts have; once for each text."""
    is_open = cache(lambda short: not _is_known(short, lexicon))
    for text in texts:
        if "(" in text or "\uff08" in text:
            yield from dict.fromkeys(definitions(without_markup(text), is_open))


def learned_from_definitions(counts: Mapping[tuple[str, str], int], lexicon: Lexicon) -> Learned:
    """What definitions teach.

    Args:
        counts: In how many distinct texts each short form is defined by each long form.
        lexicon: What is known already.
    """
    defined, unclear = _defined(counts, lexicon)
    if defined:
        lexicon = lexicon.with_abbreviations({each.short: each.long for each in defined})
    return Learned(lexicon, {}, tuple(sorted(defined)), tuple(sorted(unclear)))


def told_by_initials(texts: Sequence[str], scopes: Sequence[str], learned: Learned) -> list[Told]:
    """What initials tell in whole scopes, by what definitions taught; no scope depends on another one."""
    return [
        Told(scope, short, long, _key(long, learned.lexicon), count)
        for scope, members, unknown in _open_scopes(texts, scopes, learned.lexicon, set(learned.unclear))
        for short, (long, count) in long_forms(members, unknown).items()
    ]


def with_initials(learned: Learned, told: Sequence[Told]) -> Learned:
    """What definitions taught, and what initials tell."""
    by_scope: dict[str, dict[str, str]] = defaultdict(dict)
    counts: dict[tuple[str, str], list[int]] = defaultdict(list)
    for each in told:
        by_scope[each.scope][each.short] = each.long
        counts[each.short, each.long].append(each.texts)
    initials = [Abbreviation(short, long, sum(texts), len(texts)) for (short, long), texts in counts.items()]
    return replace(learned, by_scope=by_scope, abbreviations=tuple(sorted([*learned.abbreviations, *initials])))


def learn_pairs(
    texts_a: Sequence[str],
    texts_b: Sequence[str],
    lexicon: Lexicon,
    is_known: Callable[[str], bool] | None = None,
) -> Learned:
    """Learns from pairs of texts as :func:`learn` does; each pair is a scope, named by its number."""
    numbers = [str(number) for number in range(len(texts_a))]
    return learn([*texts_a, *texts_b], [*numbers, *numbers], lexicon, is_known, is_one_source=False)


class Told(NamedTuple):
    """What initials tell in one scope, and how many texts have the words."""

    scope: str
    short: str
    long: str
    key: tuple[str, ...]
    texts: int


def told_by_most(told: Sequence[Told]) -> list[Told]:
    """What initials tell in more scopes than anything else that they tell of the same short form."""
    votes: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for each in told:
        votes[each.short][each.key] += 1
    most = {short: counted.most_common(2) for short, counted in votes.items()}
    winner = {short: ranks[0][0] for short, ranks in most.items() if len(ranks) < 2 or ranks[0][1] > ranks[1][1]}
    return [each for each in told if winner.get(each.short) == each.key]


def _defined(counted: Mapping[tuple[str, str], int], lexicon: Lexicon) -> tuple[list[Abbreviation], list[str]]:
    """What texts define, and the short forms on which they do not agree."""
    spellings: dict[str, dict[tuple[str, ...], Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for (short, long), count in counted.items():
        spellings[short][_key(long, lexicon)][long] += count
    learned, unclear = [], []
    for short, meanings in spellings.items():
        if _is_known(short, lexicon):
            continue
        counts = {key: written.total() for key, written in meanings.items()}
        most = max(counts, key=counts.__getitem__)
        if 2 * counts[most] > sum(counts.values()):
            written = meanings[most]
            long = min(written, key=lambda spelling: (-written[spelling], spelling))
            learned.append(Abbreviation(short, long, counts[most], 0))
        else:
            unclear.append(short)
    return learned, unclear


def _key(long: str, lexicon: Lexicon) -> tuple[str, ...]:
    """What spellings of one long form have in common."""
    return tuple(stem(word) for word in canonical_words(long, lexicon.spellings) if word not in SMALL_WORDS)


def _open_scopes(
    texts: Sequence[str], scopes: Sequence[str], lexicon: Lexicon, taken: set[str]
) -> Iterator[tuple[str, list[str], set[str]]]:
    """Each scope with short forms that nothing explains: its name, its distinct texts and these forms."""
    found = [(scope, short) for text, scope in zip(texts, scopes, strict=True) for short in SHORT.findall(text)]
    new = {short for short in {short for _, short in found} - taken if not _is_known(short, lexicon)}
    unknown: dict[str, set[str]] = defaultdict(set)
    for scope, short in found:
        if short in new:
            unknown[scope].add(short)
    members: dict[str, dict[str, None]] = {scope: {} for scope in unknown}
    for text, scope in zip(texts, scopes, strict=True):
        if scope in members:
            members[scope][without_markup(text)] = None
    for scope in sorted(members):
        yield scope, list(members[scope]), unknown[scope]


def _is_known(short: str, lexicon: Lexicon) -> bool:
    """Whether a lexicon says something about a short form, or knows it as an ordinary word."""
    written = tokens(short)
    words = [word.lower() for word in written]
    is_replaced = written[0] in lexicon.spellings.capitals or canonical_words(short, lexicon.spellings) != words
    return is_replaced or all(word in lexicon.known or word in SMALL_WORDS for word in words)


def _named(shorts: Sequence[str]) -> str:
    rest = len(shorts) - _NAMED
    return ", ".join(dict.fromkeys(shorts[:_NAMED])) + (f" and {rest:,} more" if rest > 0 else "")
