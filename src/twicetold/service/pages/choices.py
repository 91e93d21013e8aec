"""Choices: what somebody has ticked and chosen on the page of a group, as decisions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from twicetold.decisions import Answer, Decision
from twicetold.errors import InputInvalid
from twicetold.store.reviewed import Seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twicetold.store.review import Row

#: Decisions that one form may make.
MOST = 1000
ANSWERS = (Answer.SAME, Answer.DIFFERENT, Answer.UNSURE)
#: What the buttons of the form do.
SAVE, ALL, SPLIT, DISMISS, UNDO = "save", "all", "split", "dismiss", "undo"
_ANSWER = "answer:"


@dataclass(frozen=True, slots=True)
class Choices:
    """What a form holds.

    Attributes:
        do: Which button was pressed.
        seen: What was before the person's eyes.
        beside: The record that the others were held against.
        answers: By record what was chosen.
        keeper: The record to be kept; empty where nothing was chosen.
        stands: The record that was marked as the one to keep when the page was shown.
        ticked: Records that were ticked.
        numbers: Decisions to be taken back.
        why: The reason, in the person's words.
    """

    do: str
    seen: Seen
    beside: str
    answers: Mapping[str, Answer]
    keeper: str
    stands: str
    ticked: tuple[str, ...]
    numbers: tuple[int, ...]
    why: str

    @classmethod
    def of(cls, fields: Iterable[tuple[str, str]]) -> Choices:
        """The choices of a form's fields.

        Raises:
            InputInvalid: The form is none of ours.
        """
        fields = list(fields)
        single = dict(fields)
        try:
            answers = {
                name.removeprefix(_ANSWER): Answer(value)
                for name, value in fields
                if name.startswith(_ANSWER) and value in ANSWERS
            }
            seen = Seen(int(single.get("decision", 0)), int(single.get("change", 0)), single.get("kept", ""))
            numbers = tuple(int(value) for name, value in fields if name == "number")
        except ValueError:
            raise InputInvalid("the form is not one of this page", remedy="Open the page again.") from None
        ticked = tuple(value for name, value in fields if name == "tick")
        beside, keeper, stands, why = (single.get(name, "") for name in ("beside", "keeper", "stands", "why"))
        return cls(single.get("do", SAVE), seen, beside, answers, keeper, stands, ticked, numbers, why[:2000])

    def decisions(self, members: Sequence[str], last: Mapping[frozenset[str], Row], who: str) -> list[Decision]:
        """The decisions that the choices make.

        Args:
            members: Ids of the group's members; none where the group is gone.
            last: The last decision about each two of them.
            who: Whom to note.

        Raises:
            InputInvalid: They are too many.
        """
        if self.do == SPLIT:
            ticked = [name for name in members if name in set(self.ticked)]
            rest = [name for name in members if name not in set(self.ticked)]
            return self._apart([(a, b) for a in ticked for b in rest] if _is_few(ticked, rest) else None, last, who)
        if self.do == DISMISS:
            pairs = combinations(members, 2) if _is_few(members, members[1:], halved=True) else None
            return self._apart(pairs, last, who)
        answers = dict.fromkeys(members, Answer.SAME) if self.do == ALL else self.answers
        if len(answers) > MOST:
            raise _too_many()
        made = [
            Decision(self.beside, name, answer, who, self.why)
            for name, answer in answers.items()
            if name != self.beside and _answer(last, self.beside, name) != answer
        ]
        if self.keeper and self.keeper != self.stands:
            made.append(Decision(self.keeper, "", Answer.KEEPER, who, self.why))
        return made

    def _apart(
        self, pairs: Iterable[tuple[str, str]] | None, last: Mapping[frozenset[str], Row], who: str
    ) -> list[Decision]:
        if pairs is None:
            raise _too_many()
        return [
            Decision(a, b, Answer.DIFFERENT, who, self.why) for a, b in pairs if _answer(last, a, b) != Answer.DIFFERENT
        ]


def _is_few(one: Sequence[str], other: Sequence[str], *, halved: bool = False) -> bool:
    return len(one) * len(other) // (2 if halved else 1) <= MOST


def _answer(last: Mapping[frozenset[str], Row], a: str, b: str) -> str:
    row = last.get(frozenset((a, b)))
    return row["answer"] if row else ""


def _too_many() -> InputInvalid:
    return InputInvalid(
        f"this would be more than {MOST:,} decisions at once",
        remedy="Tick fewer records, or answer for single records; the next run makes the group smaller.",
    )
