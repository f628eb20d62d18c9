"""Cutting the text of a formula into words."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from domain.errors import InputError

LONGEST = 1_000
"""Characters of a formula at most: what is longer nobody reads, and time for each vendor is counted in microseconds."""

_WORD = re.compile(
    r"""(?P<space>\s+)
      | (?P<window>\d+[mhd]\b)
      | (?P<number>(?:\d+(?:\.\d*)?|\.\d+))
      | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
      | (?P<text>"[^"\n]*"|'[^'\n]*')
      | (?P<sign><=|>=|!=|<>|==|[-+*/<>=(),×·÷≤≥≠−])""",
    re.VERBOSE,
)
_SAME = {"==": "=", "<>": "!=", "×": "*", "·": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "−": "-"}
RESERVED = frozenset("and or not in if then else least most".split())


class Sort(Enum):
    """What a word is."""

    NUMBER = auto()
    WINDOW = auto()
    NAME = auto()
    RESERVED = auto()
    TEXT = auto()
    SIGN = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Word:
    """A word and the column where it begins, 1 the first."""

    sort: Sort
    text: str
    column: int

    @property
    def said(self) -> str:
        """The word for a sentence about it."""
        return "the end" if self.sort is Sort.END else repr(self.text)


def words_of(text: str, where: str) -> list[Word]:
    """Cut a formula into words, the last of which is its end. Raises InputError with the column."""
    if len(text) > LONGEST:
        raise InputError(f"the formula has {len(text):,} characters", where=where, mend=f"{LONGEST:,} are the most.")
    words: list[Word] = []
    at = 0
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            raise InputError(f"{text[at]!r} in column {at + 1}", where=where, mend=_mend(text[at]))
        if found.lastgroup != "space":
            words.append(_word(found, at + 1))
        at = found.end()
    return [*words, Word(Sort.END, "", len(text) + 1)]


def _word(found: "re.Match[str]", column: int) -> Word:
    text = found.group()
    if found.lastgroup == "name":
        lowered = text.lower()
        return Word(Sort.RESERVED if lowered in RESERVED else Sort.NAME, lowered, column)
    if found.lastgroup == "sign":
        return Word(Sort.SIGN, _SAME.get(text, text), column)
    return Word(Sort[(found.lastgroup or "").upper()], text, column)


def _mend(sign: str) -> str:
    if sign == "%":
        return "asr, ner and margin_pct are per cent already: write asr < 35; a twentieth is 0.05."
    if sign in "\"'":
        return "A text stands between two quotes."
    if sign in "^.[]{}":
        return "There are no powers, attributes or lists: + - * / and the functions do."
    return "It has no meaning in a formula."
