"""References: marks that file a text or point elsewhere, such as "REQ-031:", "(CLO 5)" or "(see 1302.22)".

They stay in the text, but what they say is nothing that the text states: no number, no name.
"""

from __future__ import annotations

import re

# Capitals with a number that mean something by themselves.
_TELLING = r"(?!(?:FY|PY|SY|AY|Q|HS|EHS|CLASS|COVID|SARS|AGES?|PM|AM|US|CO|PRE|K)\b)"
_CODE = rf"{_TELLING}[A-Z]{{2,6}}"
_FIRST_CODE = r"(?!(?:FY|PY|SY|AY|HS|EHS|COVID|SARS|US|PRE)\b)[A-Z]{2,6}"
_LABEL = (
    r"(?i:objective|obj\.?|goal|section|standard|outcome|criterion|indicator|item|ticket|page|p\.|pp\.|priority|prio"
    r"|appendix|annex|table|figure|fig\.|chapter|note|ref\.?|case|no\.|plan|requirement|clause|paragraph|part)"
)
_COUNT = r"#?\d+(?:[.-]\d+)*[a-z]?"
_REFERENCE = re.compile(
    "|".join(
        (
            rf"^[\[(]?{_FIRST_CODE}-\d+(?:\.\d+)*(?:[\])]:?|[:.)]?)(?= )",  # REQ-031:  [FR-12]  PM-7
            rf"[\[(](?:[^()\[\]]{{0,40}}[ ,])?(?:{_CODE}(?: [a-z]+)?|{_LABEL})[ -]?{_COUNT}[\])]",  # (CLO 5)
            r"[\[(](?:see|cf\.?) [^()\[\]]{1,60}[\])]",  # (see 1302.22)
            r"^\([A-Z]{2,6}\)(?= )",  # (ESL)
        )
    )
)


def apart_from_references(cleaned: str) -> tuple[str, list[str]]:
    """A cleaned text without its references, and these.

    >>> apart_from_references("[FR-12] Parents may read the record (CLO 5).")
    ('  Parents may read the record  .', ['[FR-12]', '(CLO 5)'])
    """
    if "(" not in cleaned and "[" not in cleaned and "-" not in cleaned[:9]:
        return cleaned, []
    found = [reference[0] for reference in _REFERENCE.finditer(cleaned)]
    return (_REFERENCE.sub(" ", cleaned), found) if found else (cleaned, found)
