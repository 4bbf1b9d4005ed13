"""Questions that an MCFM asks before it plans on, and what the user answered."""

import re
from dataclasses import dataclass, replace
from typing import Literal

_LEAVING = frozenset("leave skip drop ignore omit forget none nothing no nevermind never dont without neither".split())
_AROUND = frozenset(
    "leave it out that this them these those skip drop ignore omit forget none nothing no nevermind never mind of "
    "without neither please just do does not use dont about the step value part away then anything at all".split()
)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask the user.

    `api` and `parameter` say which argument is asked for; `choices` what can be answered, where that is known (two
    readings, the values allowed). `step` are the words of a step that no API does: the answer stands in their place.
    `value` are words of the instruction that no call takes. One `about` the outline shows the steps before they are
    carried out: the answer is that they are right, or how to change them. One about being `stuck` asks how
    to go on after several plans that did not work.
    """

    text: str
    api: str | None = None
    parameter: str | None = None
    choices: tuple[str, ...] = ()
    step: str | None = None
    value: str | None = None
    about: Literal["", "outline", "stuck"] = ""

    @property
    def numbered(self) -> bool:
        """Whether a choice can be answered by its number: not where the choices are numbers themselves."""
        return bool(self.choices) and not any(choice.strip().isdigit() for choice in self.choices)

    def read(self, typed: str) -> str:
        """Return what an answer says: the choice whose number was typed, else the answer as it is."""
        typed = typed.strip()
        number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0
        return self.choices[number - 1] if self.numbered and 0 < number <= len(self.choices) else typed

    def is_about(self, other: "Question") -> bool:
        """Whether both ask for the same thing, in whatever words."""
        return replace(self, text="", choices=()) == replace(other, text="", choices=())


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with its answer, in the user's words."""

    question: Question
    text: str

    @property
    def leaves_out(self) -> bool:
        """Whether the answer says that the thing is to be left out: "skip it", "none"."""
        words = re.findall(r"[a-z]+", self.text[:200].lower().replace("'", "").replace("’", ""))
        return 0 < len(words) <= 8 and bool(_LEAVING & set(words)) and set(words) <= _AROUND
