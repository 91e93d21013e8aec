"""Inflection: the Spanish forms that the entries of the bilingual lexicon stand for, and the English ones for them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from twicetold.text.phrases import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Word(NamedTuple):
    """What a Spanish word or expression is in English.

    Attributes:
        english: The English word or words; of nouns the singular, of verbs the infinitive.
        kind: The section of the lexicon that it comes from.
        form: Of nouns "plural" or "", of verbs one of ``VERB_FORMS``.
    """

    english: str
    kind: str
    form: str = ""


#: How an English verb says each form: plainly, negated, in the passive, and in the negated passive.
VERB_FORMS = {
    "infinitive": ("{base}", "not {base}", "be {done}", "not be {done}"),
    "singular": ("{does}", "does not {base}", "is {done}", "is not {done}"),
    "plural": ("{base}", "do not {base}", "are {done}", "are not {done}"),
    "future": ("will {base}", "will not {base}", "will be {done}", "will not be {done}"),
    "would": ("would {base}", "would not {base}", "would be {done}", "would not be {done}"),
    "past": ("{did}", "did not {base}", "was {done}", "was not {done}"),
    "participle": ("{done}", "not {done}", "{done}", "not {done}"),
    "gerund": ("{doing}", "not {doing}", "being {done}", "not being {done}"),
}
_PREPOSITIONS = word_set("de del a al en para por con contra sin y")
_CLITICS = {"": "", "se": "", "le": "", "les": ""}
_CLITICS |= {"lo": " it", "la": " it", "los": " them", "las": " them", "nos": " us"}


def _endings(**forms: str) -> tuple[tuple[str, str], ...]:
    """Endings with the form that each makes."""
    return tuple((ending, form) for form, endings in forms.items() for ending in endings.split())


_PARTICIPLES = _endings(participle="o a os as")
_FUTURES = _endings(future="á án emos é", would="ía ían")
_STRONG_PASTS = _endings(past="o ieron eron")
_ENDINGS = {
    "ar": _endings(singular="a e", plural="an en amos emos o", past="ó aron aba aban é ara aran", gerund="ando ándose"),
    "er": _endings(
        singular="e a",
        plural="en an emos imos amos o",
        past="ió ó ieron eron ía ían í iera ieran",
        gerund="iendo endo iéndose",
    ),
}
_BEFORE_E = (("gu", "g"), ("qu", "c"), ("c", "z"))
_DOUBLED = re.compile("[^aeiou]*[aeiou][^aeiouwxy]")


def noun_forms(spanish: str, english: str, kind: str) -> Iterator[tuple[str, Word]]:
    """The singular and the plurals, of each gender if there are two ("maestro/a")."""
    for singular in _genders(spanish):
        first, *rest = singular.split()
        yield singular, Word(english, kind)
        yield " ".join([_plural(first), *rest]), Word(english, kind, "plural")
        if rest and rest[0] not in _PREPOSITIONS:
            yield " ".join([_plural(first), _plural(rest[0]), *rest[1:]]), Word(english, kind, "plural")


def adjective_forms(spanish: str, english: str) -> Iterator[tuple[str, Word]]:
    """Both genders and numbers, and the adverb."""
    word = Word(english, "adjectives")
    feminine = spanish[:-1] + "a" if spanish.endswith("o") else spanish
    for form in dict.fromkeys((*_genders(spanish), feminine)):
        yield form, word
        yield _plural(form), word
    yield feminine + "mente", Word(re.sub("le$", "", re.sub("y$", "i", english)) + "ly", "adverbs")


def verb_forms(spanish: str, english: str) -> Iterator[tuple[str, Word]]:
    """The forms of a verb: "mostrar muestr" lists its stems, "inscribirse" means the reflexive forms alone."""
    head, _, rest = spanish.partition(" + ")
    behind = rest and " " + rest
    infinitive, *others = head.split()
    is_reflexive = infinitive.endswith("se")
    infinitive = infinitive.removesuffix("se")
    for clitic in ("se",) if is_reflexive else _CLITICS:
        yield infinitive + clitic + behind, Word(english + _CLITICS[clitic], "verbs", "infinitive")
    words = {form: Word(english, "verbs", form) for form in VERB_FORMS}
    for written, form in _conjugated(infinitive, others):
        before = "se " if is_reflexive and form not in ("participle", "gerund") else ""
        yield before + written + behind, words[form]


def _conjugated(infinitive: str, others: list[str]) -> Iterator[tuple[str, str]]:
    stem, conjugation = infinitive[:-2], "ar" if infinitive.endswith("ar") else "er"
    participles = [other[:-1] for other in others if other.endswith("o")]
    for participle in participles or [stem + ("ad" if conjugation == "ar" else "id")]:
        yield from ((participle + ending, form) for ending, form in _PARTICIPLES)
    for future in [other[:-1] for other in others if other.endswith("-")] or [infinitive]:
        yield from ((future + ending, form) for ending, form in _FUTURES)
    for strong in (other[:-1] for other in others if other.endswith("*")):
        yield from ((strong + ending, form) for ending, form in _STRONG_PASTS)
    for each in (stem, *_softened(infinitive), *(other for other in others if other[-1] not in "o-*")):
        soft = _before_e(each) if conjugation == "ar" else each
        yield from (((soft if ending[0] in "eé" else each) + ending, form) for ending, form in _ENDINGS[conjugation])


def _softened(infinitive: str) -> list[str]:
    """The stem before a and o of verbs in -cer, -cir, -ger, -gir and -uir."""
    stem = infinitive[:-2]
    if infinitive.endswith(("cer", "cir")):
        return [stem[:-1] + "zc"]
    if infinitive.endswith(("ger", "gir")):
        return [stem[:-1] + "j"]
    return [stem + "y"] if infinitive.endswith("uir") else []


def _before_e(stem: str) -> str:
    """The stem of a verb in -ar as it is written before e: "practiqu", "pagu", "utilic"."""
    for written, sound in _BEFORE_E:
        if stem.endswith(sound):
            return stem.removesuffix(sound) + written
    return stem


def _genders(spanish: str) -> list[str]:
    if not spanish.endswith("/a"):
        return [spanish]
    masculine = spanish.removesuffix("/a")
    return [masculine, masculine.removesuffix("o") + "a"]


def _plural(word: str) -> str:
    if word.endswith(("s", "x")) and word[-2:-1] not in "éáó":
        return word
    if word.endswith("z"):
        return word[:-1] + "ces"
    return word + ("s" if word[-1] in "aeiouáéó" else "es")


# --- English -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=1 << 12)
def english_plural(noun: str) -> str:
    """The plural by rule: "boards of directors", "agencies"."""
    head, of, rest = noun.partition(" of ")
    if of:
        return english_plural(head) + of + rest
    if noun.endswith("s") and not noun.endswith(("ss", "us")):
        return noun
    return _with_s(noun)


def english_verb(base: str, pattern: str, irregular: Mapping[str, str]) -> str:
    """A verb, of which only the first word changes, in one of the patterns of ``VERB_FORMS``."""
    verb, *rest = base.split()
    root = verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else verb
    if _DOUBLED.fullmatch(verb):
        root = verb + verb[-1]
    did, done = irregular.get(verb, f"{_regular_past(verb, root)} {_regular_past(verb, root)}").split()
    does = {"be": "is", "have": "has"}.get(verb) or _with_s(verb)
    said = pattern.format(base=verb, does=does, did=did, done=done, doing=("be" if verb == "be" else root) + "ing")
    return " ".join([said, *rest])


def _regular_past(verb: str, root: str) -> str:
    return verb[:-1] + "ied" if verb.endswith("y") and verb[-2] not in "aeiou" else root + "ed"


def _with_s(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) or word == "go" else "s")
