"""Cleaning: the readable form of a text as people typed, pasted or exported it.

Everything here runs in time linear in the length of the text, whatever the text.
"""

from __future__ import annotations

import html
import re
import unicodedata

from twicetold.text.phrases import word_set

_HAS_CONTENT = re.compile(r"[^\W_]")

# --- Unicode -----------------------------------------------------------------------------------------------

# Controls, zero-width and direction marks, soft hyphen, variation selectors, tags, lone surrogates.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e01ef]"
)
# NFKC would write "10\u00b2" as "102" and "2\u00bd" as "21/2": another number.
_RAISED_DIGIT = re.compile("(?<=[0-9])(?=[\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089])")
_JOINED_FRACTION = re.compile("(?<=[0-9])(?=[\u00bc-\u00be\u2150-\u215e\u2189\u2460-\u249b\u24ea-\u24ff\u2776-\u2793])")
_PRIVATE_USE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")  # bullets of symbol fonts, mostly
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2035\u00b4\u02bc\u02b9\u2039\u203a", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb\u301d\u301e\u301f", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63", "-"),
        **dict.fromkeys("\u2122\u2120\u00ae\u00a9", ""),  # NFKC would make a trade mark two letters
        "\u2116": "#",
        "\u2044": "/",
        "\u00d7": "x",
    }
)

# --- Markup ------------------------------------------------------------------------------------------------

_ROUNDS = 3
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});|&(?:nbsp|NBSP)\b")
_AMPERSANDS = re.compile(r"&(?:amp;|#0*38;|#[xX]0*26;)+", re.IGNORECASE)
# Names of elements, so that "<name>" and "x < 5" are no tags. Inline ones leave no space behind.
_INLINE = word_set("a abbr b big cite code em font i kbd mark q s samp small span strike strong sub sup tt u var wbr")
_BLOCK = word_set(
    "address area article aside base blockquote body br button caption center col colgroup dd del details dfn "
    "div dl doctype dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html iframe img "
    "input ins label legend li link main meta nav object ol optgroup option o:p p param picture pre script "
    "section select source style summary svg table tbody td textarea tfoot th thead time title tr ul video "
    "v:shape w:wrap xml"
)
_TAG = re.compile(r"<[/!]?([A-Za-z][\w:]*)(?:\s[^<>]*)?/?>")
_HIDDEN = (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>"))
_MARKUP_SIGN = re.compile("[<>&]")

# --- What frames a text: numbering, bullets, tags, references -----------------------------------------------

_LABEL = (
    r"(?:(?:program|recipient|grantee|school readiness|SR|GS|EHS|HS|PFCE|T/?TA) )?"
    r"(?:goals?|objectives?|obj\.?|outcomes?|PG|metas?|objetivos?)"
)
_COUNT = r"(?:(?:#|no\.?|number) ?)?\d{1,3}(?:\.\d{1,2})*[a-z]?\b"
_REFERENCE = rf"{_LABEL} ?{_COUNT}(?:(?: ?[,;/&-]| and)? ?(?:{_LABEL} ?)?{_COUNT}){{0,5}}"
_VERB = r"(?:and|are|has|have|in|is|must|or|should|to|was|were|will)\b"
# A tag that files a goal under a program area says nothing about the goal. Any other tag does: "(Windows) ...".
_AREA = (
    r"attendance|behavioral|business|care|cause|child|childhood|class|coaching|communications?"
    r"|community|continuity|corrective|cqi|culture|curriculum|data|deficienc(?:y|ies)|deia"
    r"|development|disabilit(?:y|ies)|disaster|draft|early|eligibility|engagement|enrollment"
    r"|environments?|ersea|facilities|family|fatherhood|fei|findings?|fiscal|follow-?up|foundational"
    r"|general|governance|health|human|improvement|inclusion|instructional|interactions?|investigation"
    r"|leaders(?:hip)?|learning|management|mental|monitoring|new|noncompliance|nutrition|operations?"
    r"|oral|organizational|other|outcomes?|parent|partnerships?|pfce|physical|pilot|planning"
    r"|positive|practices?|priority|professional|program|quality|ran|readiness|record-?keeping"
    r"|recovery|recruitment|resources|root|safety|school|selection|self-assessment|services?|social"
    r"|staff|strategic|structure|supervision|support|supports|systems?|t/?ta|teaching|training"
    r"|transitions?|transportation|under-?enrollment|wellness|workforce"
)
_TAGGED = rf"\((?i:(?:{_AREA})(?:(?: ?[&/,-] ?| (?:and |of |& )?)(?:{_AREA}))*)\) ?[:-]? "
_FRAME = re.compile(
    "(?:"
    + "|".join(
        (
            rf"(?i:{_REFERENCE})(?: ?[:.)-]+ ?| (?=[^\W\d])(?!(?i:{_VERB})))",
            rf"(?i:{_LABEL}) ?:+ ?",
            r"\(?(?:\d{1,2}(?:\.\d{1,2})*|[A-Za-z]|[ivxIVX]{2,4})\) ",
            r"(?:\d{1,2}(?:\.\d{1,2})*|[a-z]|[ivx]{2,4})\. ",
            "[\u2022\u00b7\u25aa\u25e6\u2023\u25cf\u25cb\u25a0\u25a1\u27a2\u27a4\u25ba\u2219*]+ ?",
            r"-+ ?(?=[^\W\d])",
            r"[:;,] ?",
            _TAGGED,
        )
    )
    + ")+"
)
_REFERENCE_ONLY = re.compile(f"(?i:{_REFERENCE}(?:,? ?{_LABEL} [a-z])?) ?")
_BARE_REFERENCE = re.compile(f"[.!?)] (?i:{_REFERENCE})$")
_BARE_REACH = 80  # characters; a reference is shorter than this


def clean(text: str) -> str:
    r"""A readable form of a text: one line, plain characters, no markup, no numbering around it.

    Unicode is brought to NFKC with plain quotes and dashes; HTML tags go and entities are decoded, also
    doubly encoded ones; invisible characters go; white space becomes single spaces; numbering, bullets, labels
    ("Goal 2:", "PG 1, Obj 2") and a bracketed tag ("(Monitoring)") go from the start, references ("(PG 5)")
    from the end. Case stays. Cleaning twice changes nothing.

    A text that is nothing but markup or framing stays as it is, so no text with a letter or digit becomes empty.

    >>> clean("<p>Goal 2:&nbsp;Train the sta\N{LATIN SMALL LIGATURE FF} (PG 5)</p>")
    'Train the staff'
    """
    plain = without_markup(text)
    if not plain:
        return " ".join(_regular(text).split())
    return _unframed(plain)


def without_markup(text: str) -> str:
    """The text on one line, in plain characters, without markup; empty if there is nothing but markup."""
    if text.isascii() and text.isprintable() and not ("  " in text or "&" in text or "<" in text):
        return text.strip()
    for _ in range(_ROUNDS):
        before, text = text, _regular(text)
        if "&" in text:
            text = _ENTITY.sub(_decoded, _AMPERSANDS.sub("&", text))
        if "<" in text:
            text = _without_tags(text)
        if text == before:
            break
    else:  # nested deeper than anyone means; what is left of the markup's signs must go for a stable form
        text = _regular(_MARKUP_SIGN.sub(" ", _regular(text)))
    return " ".join(text.split())


def _regular(text: str) -> str:
    if text.isascii():
        return text if text.isprintable() else _INVISIBLE.sub("", text)
    text = _PRIVATE_USE.sub(" ", _INVISIBLE.sub("", text))
    text = _JOINED_FRACTION.sub(" ", _RAISED_DIGIT.sub("^", text))
    return unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN)


def _decoded(entity: re.Match[str]) -> str:
    decoded = html.unescape(entity[0])
    return html.unescape(entity[0].lower()) if decoded == entity[0] else decoded


def _without_tags(text: str) -> str:
    for opening, closing in _HIDDEN:
        text = _without_blocks(text, opening, closing)
    return _TAG.sub(_in_place_of_tag, text)


def _in_place_of_tag(tag: re.Match[str]) -> str:
    name = tag[1].lower()
    if name in _INLINE:
        return ""
    return " " if name in _BLOCK else tag[0]


def _without_blocks(text: str, opening: str, closing: str) -> str:
    lowered = text.lower()
    if len(lowered) != len(text) or opening not in lowered:
        return text
    kept, start = [], 0
    while (begin := lowered.find(opening, start)) >= 0 and (end := lowered.find(closing, begin)) >= 0:
        kept.append(text[start:begin])
        start = end + len(closing)
    return " ".join([*kept, text[start:]])


def _unframed(text: str) -> str:
    start, end = 0, len(text)
    if frame := _FRAME.match(text):
        start = frame.end()
    if text[-1] in ").!;,0123456789":
        end = _end_without_references(text)
    inner = text[start:end].strip()
    if inner == text:
        return text
    return _unframed(inner) if _HAS_CONTENT.search(inner) else text


def _end_without_references(text: str) -> int:
    end = len(text)
    while True:
        stop = end
        while stop and text[stop - 1] in " .!;,":
            stop -= 1
        if stop and text[stop - 1] == ")":
            begin = text.rfind("(", 0, stop)
            if begin < 0 or not _REFERENCE_ONLY.fullmatch(text, begin + 1, stop - 1):
                return end
        else:
            window = max(0, stop - _BARE_REACH)
            if not (bare := _BARE_REFERENCE.search(text[window:stop])):
                return end
            begin = window + bare.start() + 1
        end = begin
