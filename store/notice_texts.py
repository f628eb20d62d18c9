"""What mail answers to whose sheet was applied: what went in, and what did not, or later.

Templates are `answer-en.j2` and so on; an operator's own are in <data>/templates/mail (store.mail_texts).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from domain.days import local_time
from store.mail_texts import mail_text

ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rates are changed in which way."""

    new: int = 0
    increase: int = 0
    decrease: int = 0
    closed: int = 0
    blocked: int = 0
    unchanged: int = 0

    @classmethod
    def of(cls, kinds: Mapping[str, int]) -> "Counts":
        """Count changes by their kind."""
        return cls(**{name: kinds.get(name, 0) for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class AnswerTold:
    """What the answer to a sheet may say. `sheet`: our number of it, `file_name`: its own name, `answer`: the name of
    the list that goes with it ("": none). `counts`: what went in; `rejected`, `left_out`: rows that did not, `moved`:
    rates that begin later than it says, since their notice is longer."""

    sheet: int
    plan: str
    file_name: str
    answer: str
    counts: Counts
    rejected: int
    left_out: int
    moved: int
    zone: str


def answer_mail(data: Path, told: AnswerTold, language: str = "en") -> tuple[str, str]:
    """Return subject and body of the answer to a sheet. `data`: the data folder."""
    return mail_text(data, f"{ANSWER}-{language}", told)


def moment_of(at_ms: int, zone: str) -> str:
    """Return a moment (UTC ms) of a zone as mail gives it, a midnight as its day."""
    local = local_time(at_ms, zone)
    return f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"
