"""Words: which of them carry content, and a light stem under which their inflections meet."""

from __future__ import annotations

from functools import lru_cache

from twicetold.text.phrases import word_set

#: Words that say little about what a text is about. Negations, directions and quantities are not among them.
STOP_WORDS = word_set(
    """
    a an the this that these those
    and or so as if than then also
    of in on at to for from by into onto upon about via per
    is are was were be been being am do does did has have had having
    will would shall should can could may might must
    it its he she they them their theirs his her hers we us our ours you your yours i me my mine
    who whom whose which what where when how there here such each both
    de del el la los las y en para por con que un una al su sus
    """
)

#: Words with forms that no rule makes and that are no words of their own.
_FORMS = """
    child children|man men|woman women|use used using|begin began begun|buy bought|bring brought|build built
    catch caught|choose chose chosen|draw drawn|drive driven|give gave given|grow grew grown|hear heard|hold held
    keep kept|know knew known|lend lent|make made|pay paid|see seen|send sent|show shown|sell sold|seek sought
    spend spent|take took taken|teach taught|tell told|understand understood|write wrote written
"""
_IRREGULAR = {form: words[0] for words in map(str.split, _FORMS.replace("|", "\n").splitlines()) for form in words[1:]}
_VOWELS = frozenset("aeiouy")
_LONGEST = 60
_KEPT_DOUBLES = frozenset("sz")


@lru_cache(maxsize=1 << 14)
def is_content_word(word: str) -> bool:
    """Whether a canonical word says something that its meaning, not its value, is to be compared by.

    >>> [is_content_word(word) for word in ("teacher", "the", "85%")]
    [True, False, False]
    """
    return word not in STOP_WORDS and not any(map(str.isdigit, word))


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The word without the endings of English inflection.

    A light stripper in the manner of Harman, "How effective is suffixing?", JASIS 42(1), 1991, extended to -ing, -ed
    and -ment: plural, then -ment, -ing or -ed, then a final e, a doubled consonant and i for y, until nothing
    changes, so stemming twice changes nothing. Words of three letters or fewer, of more than any word has, and
    numerals, stay.

    >>> stem("policies") == stem("policy"), stem("training"), stem("enrollment") == stem("enrolled")
    (True, 'train', True)
    """
    if not 4 <= len(word) <= _LONGEST or not word.isalpha():
        return word
    word = _IRREGULAR.get(word, word)
    shorter = _stripped(word)
    while shorter != word:
        word, shorter = shorter, _stripped(shorter)
    return word


def _stripped(word: str) -> str:
    if len(word) < 4:
        return word
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending, shortest in (("ment", 5), ("ing", 3), ("ed", 3)):
        root = word[: -len(ending)]
        fits = len(root) >= shortest and not _VOWELS.isdisjoint(root) and not word.endswith("eed")
        if fits and word.endswith(ending):
            word = root
            break
    if len(word) > 3 and word[-1] == "e" and word[-2] != "e":
        word = word[:-1]
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in _VOWELS | _KEPT_DOUBLES:
        word = word[:-1]
    if len(word) > 3 and word[-1] == "y" and word[-2] not in _VOWELS:
        word = word[:-1] + "i"
    return word
