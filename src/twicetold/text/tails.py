"""Tails: what is put behind an aim and says how it is checked, written down, filed or paid for, not what it is.

A text with such a tail says what it says without it, so neither the words nor the numbers of the tail count. What
narrows the aim stays: a place, an age group, a target, a deadline, a second task.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from twicetold.text.canonical import canonical
from twicetold.text.phrases import word_set
from twicetold.text.slots import extract_slots
from twicetold.text.words import is_content_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twicetold.text.lexicon import Lexicon

# --- The grammar of a tail ---------------------------------------------------------------------------------

# To the end of a clause. Marks inside of words, numerals and dates end none. No two branches match the same place: of
# two that do, a row of dashes makes more ways through it than can ever be tried.
_CLAUSE = r"(?:[^-,;().!?]|(?<! )-|(?<= )-(?! )|[.!?](?=\S)|,(?=\d| (?:19|20)\d\d\b))*"
_END = r"(?=[,;)]|[.!?](?:\s|$)| - |$)"
_BREAK = r"(?:[,;] (?:and )?| - |[.!?] )"
_CHECKED = (
    r"(?:measured|evidenced|documented|demonstrated|shown|indicated|reported|tracked|determined|verified|reflected"
    r"|monitored|recorded|noted|observed|assessed|evaluated|seen|confirmed|logged|gauged|counted|written down)"
)
_GRADED = rf"(?:{_CHECKED}|scored|graded|audited|filed|rated)"
_HOW = r"(?:by|in|through|on|using|with|from|at|via|against|during)\b"
_SHEET = (
    r"(?:(?:self-)?assessments?|audits?|certificates?|checklists?|data|documentation|evaluations?|exams?|files?|forms?"
    r"|inspections?|interviews?|logs?|minutes|notes|observations?|portfolios?|questionnaires?|quiz(?:zes)?|ratings?"
    r"|records?|reports?|reviews?|rubrics?|samples?|scores?|sheets?|surveys?|(?:post-?)?tests?|visits?|meetings?)"
)
_MORE_SHEETS = rf"(?:,(?: (?:and|or))? (?:[\w/'-]+ ){{0,4}}{_SHEET}{_END})*"
_WORKS = r"(?:[Pp]rogress|[Rr]esults?|[Ss]tatus|[Cc]ompletion|[Ss]uccess|[Oo]utcomes?|[Pp]erformance|[Pp]hotos)"
_LABEL = (
    r"(?:evidence|(?:data )?source|owner|responsible(?: (?:party|person|staff|for))?|person responsible|assigned to"
    r"|priority|prio|verification|confidence|trace|time ?(?:line|frame)|progress|status|metrics?|measures?|indicators?"
    r"|target|funding(?: source)?|documentation|means of verification|reported by|contact|bloom)"
)
_RULES = (
    r"(?:hspps|standards?|regulations?|requirements?|act|cfr|1[36]\d\d\.\d+|polic(?:y|ies)|procedures?|guidelines?"
    r"|guidance|plans?|handbook|manual|framework|model|agreement|contract|mou)"
)
_GENERIC = (
    r"(?:all|the|our|its|their|and|of|for|with|in|we|a|an|high|high-quality|quality|comprehensive|continuous|ongoing|overall"
    r"|program|programs|programming|service|services|delivery|improvements?|compliance|best|practices|effective|better"
    r"|regulations|standards)"
)
_SERVING = (
    r"(?:ensure|assure|provide|support|deliver|promote|improve|maintain|offer|guarantee|meet|enhance|achieve|sustain)s?"
)
_REFERENCE = (
    r"(?:(?:[\w/&']+ ){0,3}?(?:goals?|objectives?|obj\.?|plan|section|standard|outcome|item|ticket|work order|PG|KR|LO"
    r"|CLO|REQ|ref\.?|priority|page|quiz|line)(?:[ -]?#?\d+(?:\.\d+)*[a-z]?|[ -][a-z]\b)(?: of \w+)?"
    r"|[A-Z]{2,6} (?:framework|goals?|plan|standards?)|(?:second|third) (?:report|request|reminder))"
)


class _Kind(NamedTuple):
    """A kind of tail.

    Attributes:
        pattern: What it looks like, with the mark before it.
        narrowing: Kinds of slots that it must not hold unless the rest holds the same.
        hints: Words and marks without one of which there is none.
    """

    pattern: re.Pattern[str]
    narrowing: frozenset[str]
    hints: frozenset[str]


_TARGETS = frozenset(("percent", "money", "range", "bound", "number", "age", "place"))
_SCOPE = frozenset(("age", "place", "money", "percent"))
_HELP = _TARGETS | {"role", "topic", "date", "period"}


def _kind(narrowing: frozenset[str], hints: str, *patterns: str) -> _Kind:
    return _Kind(re.compile("|".join(patterns), re.IGNORECASE), narrowing, word_set(hints))


_CHECKING = (
    "measured evidenced documented demonstrated shown indicated reported tracked determined verified reflected "
    "monitored recorded noted observed assessed evaluated seen confirmed logged gauged counted written scored graded "
    "audited filed rated kept reviewed discussed stored document"
)


# What stands alone between two marks or in brackets.
_MEASURED_PIECES = (
    rf"(?:to be |all |each )?{_GRADED} (?:\w+ly )?{_HOW}{_CLAUSE}{_MORE_SHEETS}",
    r"(?:assessed|graded|scored) [\w/-]+",
    rf"using (?:[\w/'-]+ ){{0,4}}{_SHEET}{_END}",
)
_STATED_PIECES = (
    rf"(?:the )?{_WORKS} (?:will|shall|is|are|to|must) (?:be )?(?:{_GRADED}|document|reviewed|discussed)\b{_CLAUSE}",
    rf"(?:this|it|this goal) will be {_GRADED}\b{_CLAUSE}",
    rf"{_LABEL} ?:{_CLAUSE}(?:, {_REFERENCE})*",
    rf"(?:per|in (?:line|accordance|compliance) with|according to) (?=(?:[\w/.'-]+ ){{0,5}}{_RULES}\b){_CLAUSE}",
    rf"(?:funded|paid(?: for)?|financed) (?:by|with|through|from|under) {_CLAUSE}",
    r"on-?going",
)
# What points elsewhere or only speaks to the reader; nothing in it narrows anything.
_POINTING_PIECES = (
    rf"(?:priority|prio|work order|reported|ticket raised|sent|logged|carried over) (?:#?\d+|by|at|from|in) ?{_CLAUSE}",
    rf"(?:please )?(?:see|cf\.?) (?!that|to |if |whether|how|why){_CLAUSE}(?:, {_REFERENCE})*",
    rf"(?:many )?(?:thanks|thank you|(?:kind|best|warm) regards){_CLAUSE}",
    rf"please (?:treat|advise|call|help|let (?:me|us) know){_CLAUSE}",
    rf"(?:let (?:me|us) know|happy to explain|have a (?:nice|good|great)){_CLAUSE}",
    r"(?:photos?|pictures?|screenshots?|logs?|files?)(?: (?:is|are))? (?:attached|enclosed|below)",
    _REFERENCE,
)
_IN_BRACKETS = (rf"as (?:\w+ )?{_CHECKED} {_HOW}.*", rf"from the .*{_SHEET}")
_POINTING = re.compile("|".join(_POINTING_PIECES), re.IGNORECASE)
_ALONE = re.compile(
    "|".join(
        (
            *_MEASURED_PIECES,
            *_STATED_PIECES,
            *_POINTING_PIECES,
            rf"as (?:\w+ )?{_CHECKED} {_HOW}.*",
            rf"from the .*{_SHEET}",
        )
    ),
    re.IGNORECASE,
)
_NO_BE = r"(?<!\bis)(?<!\bare)(?<!\bbe)(?<!\bbeen)(?<!\bwas)(?<!\bwere)(?<!\band)(?<!\bor)(?<!\bnot)(?<!ly)"

_KINDS = (
    _kind(
        frozenset(),
        ", ; . ? ! -",
        rf"{_BREAK}(?:{'|'.join(_POINTING_PIECES)}){_END}",
    ),
    _kind(
        _TARGETS,
        f"{_CHECKING} using log record note enter track",
        rf",? as (?:is |are |will be |best )?{_CHECKED} (?:\w+ly )?{_HOW}{_CLAUSE}{_MORE_SHEETS}",
        rf"{_NO_BE} (?:measured|evidenced|verified) (?:by|through){_CLAUSE}{_MORE_SHEETS}",
        rf"{_BREAK}(?:{'|'.join(_MEASURED_PIECES)})(?!, (?:and|or)\b){_END}",
        rf",? (?:with|and) (?:all |the |any )?(?:{_WORKS}|notes|minutes|records|documentation|findings) "
        rf"(?:to be |being )?(?:{_GRADED}|kept|reviewed|discussed|stored)\b{_CLAUSE}",
        rf",? and (?:log|record|document|note|enter|track) (?:it|them|this|these|results) (?:in|on|with)\b{_CLAUSE}",
    ),
    _kind(
        _SCOPE,
        f"{_CHECKING} : per accordance line compliance according pursuant funded paid financed ongoing on-going "
        "required outlined described specified stated defined detailed prescribed agreed set needed necessary "
        "appropriate applicable basis",
        rf"{_BREAK}(?:{'|'.join(_STATED_PIECES)}){_END}",
        rf",? (?:per|in accordance with|pursuant to) (?=(?:[\w/.'-]+ ){{0,5}}{_RULES}\b){_CLAUSE}",
        rf",? as (?:required|outlined|described|specified|stated|defined|detailed|prescribed|agreed|set (?:out|forth)) "
        rf"(?:in|by|under|at) {_CLAUSE}",
        rf",? (?:as|when|where|if|whenever) (?:needed|necessary|appropriate|applicable){_END}",
        rf",? on an? (?:ongoing|on-going|regular|continuous) basis{_END}",
        rf"{_NO_BE} funded (?:by|with|through|from|under) {_CLAUSE}",
    ),
    _kind(
        _SCOPE,
        "services quality high-quality compliance improvement improvements standards regulations best",
        rf",? (?:in order |so as )?to {_SERVING}"
        rf"(?=[^,;.()]* (?:quality|high-quality|compliance|improvements?|standards|regulations|best)\b)"
        rf"(?: {_GENERIC})+(?<!ing)(?<!high-quality)(?<!high quality)(?<!ive)(?<!all){_END}",
        rf",? (?:so )?that (?:{_GENERIC} )+(?:is|are) (?:ensured|provided|delivered|improved|met|maintained){_END}",
        rf" and (?:{_GENERIC} )*services are (?:ensured|provided){_END}",
    ),
    _kind(
        _HELP,
        "support help assistance guidance t/ta tta",
        rf",? with (?:the |ongoing |additional )*(?:support|help|assistance|guidance) (?:of|from) "
        rf"(?=[^,;()]*\b(?:t/?ta|network|specialists?|consultants?|partners|office)\b){_CLAUSE}",
        rf",? with (?:the |ongoing |additional )*t/?ta(?: support| assistance)?(?= as needed|{_END})",
    ),
)
_MARKS = str.maketrans({mark: f" {mark} " for mark in ",;.:?!()"})
_BRACKET = re.compile(r" ?\(([^()]{1,120})\)")
_FRONT = re.compile(
    r"(?:\[(?:external|ext)\] ?|(?:re|fwd?|aw|wg): ?"
    r"|(?:KR|LO|CLO|PLO|SLO|REQ|FR|NFR|WO|INC|OKR)[ -]?\d+(?:\.\d+)*[:.)] "
    r"|(?:work order|ticket|request|incident)(?: (?:note|no\.?|number))?(?: ?#?\d+)?: )+",
    re.IGNORECASE,
)

# --- What ends a tail or keeps it --------------------------------------------------------------------------

# "Documented in ChildPlus", "shown by the May survey": neither a place nor a deadline.
_OPENING = re.compile(rf".*?\b{_GRADED} (?:\w+ly )?{_HOW}|.*?\b(?:in|to|by|per|with|from)\b", re.IGNORECASE)
_DEADLINE = re.compile(r" (?:by|before|until|within|no later than|prior to|through) ", re.IGNORECASE)
_TASK = re.compile(
    r",? (?:and|while|but) (?=(?:to )?(?:add|adopt|apply|assign|build|buy|close|conduct|connect|create|cut|decrease"
    r"|deliver|develop|engage|enroll|ensure|establish|expand|explore|find|focus|fund|give|grow|help|hire|identify"
    r"|implement|improve|increase|install|introduce|invite|involve|keep|launch|lower|maintain|make|meet|move|offer|open"
    r"|pilot|prepare|present|provide|publish|purchase|raise|reach|recruit|reduce|repair|replace|revise|send|serve|set"
    r"|share|strengthen|start|teach|train|update|use|write)\b)",
    re.IGNORECASE,
)
_COUNTED_SHEETS = re.compile(rf"\d+ (?:[\w-]+ ){{0,3}}{_SHEET}\b")
_TIMES = frozenset(("date", "period"))
_MOST = 8  # tails of one kind, and deadlines in one
_SHORTEST = 2  # words that must be left
_FEWEST = 2  # and how many of them must say something


def without_tails(text: str, lexicon: Lexicon) -> str:
    """A cleaned text without its tails and without labels of tickets and requirements before it.

    >>> from twicetold.text.lexicon import Lexicon
    >>> without_tails("Train all cooks by May, as measured by monthly reports.", Lexicon.default())
    'Train all cooks by May.'
    """
    if (front := _FRONT.match(text)) and _is_enough(text[front.end() :]):
        text = text[front.end() :]
    words = set(text.lower().translate(_MARKS).split())
    for bracket in list(_BRACKET.finditer(text))[: -_MOST - 1 : -1]:
        pieces = re.split("[,;] ", bracket[1])
        alone = list(map(_ALONE.fullmatch, pieces))
        if any(alone) and all(found or piece.isupper() for found, piece in zip(alone, pieces, strict=True)):
            narrowing = frozenset() if all(map(_POINTING.fullmatch, pieces)) else _SCOPE
            text = _cut(text, bracket.start(), bracket.end(), narrowing, lexicon)
    for kind in _KINDS:
        if kind.hints.isdisjoint(words):
            continue
        for start, stop in list(_spans(kind.pattern, text))[: -_MOST - 1 : -1]:
            text = _cut(text, start, stop, kind.narrowing, lexicon)
    return text


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    for found in pattern.finditer(text):
        stop = found.end()
        if task := _TASK.search(text, found.start() + 1, stop):
            stop = task.start()
        yield found.start(), stop


def _cut(text: str, start: int, stop: int, narrowing: frozenset[str], lexicon: Lexicon) -> str:
    """The text without a span, or as it is if the span narrows what is left, or hardly anything is left."""
    head = text[:start]
    if not _is_enough(head):
        return text
    opening = _OPENING.match(text, start, stop)
    inside = opening.end() if opening else start
    for deadline in islice(_DEADLINE.finditer(text, inside, stop), _MOST):
        if any(kind in _TIMES for kind, _ in _slots(text[deadline.start() : stop], lexicon)):
            stop = deadline.start()
            break
    tail = text[inside:stop]
    held = {(kind, value) for kind, value in _slots(tail, lexicon) if kind in narrowing}
    if _COUNTED_SHEETS.search(canonical(tail, lexicon)):
        held = {slot for slot in held if slot[0] != "number"}
    rest = head + text[stop:]
    return text if held and held - _slots(rest, lexicon) else rest


def _is_enough(text: str) -> bool:
    words = text.lower().split()
    return len(words) >= _SHORTEST and sum(map(is_content_word, words)) >= _FEWEST


def _slots(text: str, lexicon: Lexicon) -> set[tuple[str, str]]:
    return {(slot.kind, slot.value) for slot in extract_slots(text, canonical(text, lexicon), lexicon)}
