"""What is done after a vendor has failed: a small language of causes and what follows from them.

    rules  = rule *(";" rule)
    rule   = whose ":" what            also `whose = what`
    whose  = one *("," one) / "else"
    one    = number / number "-" number    1 to 127: a Q.850 cause; 300 to 699: a SIP status
    what   = "next" / "stop" / number      a number is answered to the client in place of the vendor's

Rules about a SIP status look at what the vendor sent; rules about a cause also at what its status means (RFC 3398
§8.2.6.1). The vendor's own rules are asked first, then those of the policies, then what is usual: facts sheet quality
§3, by which a failure of the called user's, or of the number, stops, and one of the network goes on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NoReturn

from domain.cause_classes import Retry, retry_advice
from domain.errors import InputError
from domain.sip_causes import q850_of_sip, sip_of_q850

LONGEST_TEXT, MOST_RULES = 1_000, 64
LAST_CAUSE, FIRST_STATUS, LAST_STATUS = 127, 300, 699
_WORD = re.compile(r"\s*([0-9]+|[A-Za-z]+|[;:,=-])")
_TAKES = "Give rules such as `17,19: stop; 34,38,42: next; 404: 503; else: next`: Q.850 causes, or SIP statuses."


class Action(StrEnum):
    """What follows from a failure. ANSWER: the call is over, and the client is told another code."""

    NEXT = "next"
    STOP = "stop"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Failure:
    """How a vendor failed: its Q.850 cause and its SIP status, 0 where it is not known; at least one of them is."""

    cause: int = 0
    status: int = 0

    @property
    def q850(self) -> int:
        """The cause, where need be by its SIP status."""
        return self.cause or q850_of_sip(self.status)

    @property
    def sip(self) -> int:
        """The SIP status, where need be by its cause."""
        return self.status or sip_of_q850(self.cause)

    def __str__(self) -> str:
        said = [f"cause {self.cause}"] if self.cause else []
        return " / ".join(said + ([f"SIP {self.status}"] if self.status else []))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: closed ranges of causes and statuses, none of them: everything else. `answer`: the code of ANSWER."""

    ranges: tuple[tuple[int, int], ...]
    action: Action
    answer: int = 0

    def covers(self, code: int) -> bool:
        """Say whether a cause or status is named."""
        return any(first <= code <= last for first, last in self.ranges)

    def __str__(self) -> str:
        spans = (str(first) if first == last else f"{first}-{last}" for first, last in self.ranges)
        what = str(self.answer) if self.action is Action.ANSWER else self.action.value
        return f"{','.join(spans) or 'else'}: {what}"


@dataclass(frozen=True, slots=True)
class Failover:
    """Rules in the order in which they are asked: the first one that names a failure decides."""

    rules: tuple[Rule, ...] = ()

    def rule_for(self, failure: Failure) -> Rule | None:
        """Return the rule about a failure: what names it before `else`, its status before its cause."""
        for code in filter(None, (failure.status, failure.cause, failure.q850)):
            for rule in self.rules:
                if rule.covers(code):
                    return rule
        return next((rule for rule in self.rules if not rule.ranges), None)

    def __str__(self) -> str:
        return "; ".join(map(str, self.rules))


NO_RULES = Failover()


@dataclass(frozen=True, slots=True)
class Course:
    """What is done after a failure, and by which rule. `status` and `q850`: what the client is told if it is over."""

    goes_on: bool
    status: int
    q850: int
    words: str


def course_after(failure: Failure, own: Failover, general: Failover, vendor: str = "") -> Course:
    """Return what follows from a failure by the vendor's own rules, by those of the policies, or by what is usual."""
    for rules, whose in ((own, f"by {vendor or 'the vendor'}'s own rule"), (general, "by the policy's rule")):
        rule = rules.rule_for(failure)
        if rule is not None:
            return _by(rule, failure, f"{whose} `{rule}`")
    goes_on = retry_advice(failure.q850, alerted=False) is Retry.GO_ON
    return Course(goes_on, failure.sip, failure.q850, f"{failure}: {'goes on' if goes_on else 'stop'}, as usual")


def _by(rule: Rule, failure: Failure, whose: str) -> Course:
    if rule.action is Action.NEXT:
        return Course(True, failure.sip, failure.q850, f"{failure}: goes on {whose}")
    if rule.action is Action.STOP:
        return Course(False, failure.sip, failure.q850, f"{failure}: stop {whose}")
    told = Failure(cause=rule.answer) if rule.answer <= LAST_CAUSE else Failure(status=rule.answer)
    return Course(False, told.sip, told.q850, f"{failure}: answered as {rule.answer} {whose}")


@lru_cache(maxsize=1024)
def failover_of(text: str, where: str = "failover") -> Failover:
    """Read rules; `str` of them is read as the same ones. Raises InputError with the column of what is wrong."""
    if len(text) > LONGEST_TEXT:
        raise InputError(f"{len(text)} characters", where=where, mend=f"Give {LONGEST_TEXT} at most.")
    rules = tuple(_Reader(text, where).rules())
    if len(rules) > MOST_RULES:
        raise InputError(f"{len(rules)} rules", where=where, mend=f"Give {MOST_RULES} at most.")
    return Failover(rules)


class _Reader:
    """The words of a text, each with its column."""

    def __init__(self, text: str, where: str) -> None:
        self._where, self._at = where, 0
        self._words: list[tuple[str, int]] = []
        place = 0
        while text[place:].strip():
            found = _WORD.match(text, place)
            if found is None:
                start = place + len(text[place:]) - len(text[place:].lstrip())
                self._wrong(f"{text[start]!r} in column {start + 1} means nothing")
            self._words.append((found[1].lower(), found.start(1) + 1))
            place = found.end()
        self._end = len(text) + 1

    def rules(self) -> Iterator[Rule]:
        """Read all rules; one that no failure could come to is an error."""
        known: dict[int, int] = {}
        others = False
        while self._at < len(self._words):
            column = self._words[self._at][1]
            rule = self._rule()
            if not rule.ranges and others:
                self._wrong(f"a second `else` in column {column}")
            others = others or not rule.ranges
            for first, last in rule.ranges:
                twice = next((code for code in range(first, last + 1) if code in known), None)
                if twice is not None:
                    self._wrong(f"{twice} in column {column} is named in column {known[twice]} already")
                known |= dict.fromkeys(range(first, last + 1), column)
            yield rule
            if self._at < len(self._words):
                self._takes(";")

    def _rule(self) -> Rule:
        ranges: list[tuple[int, int]] = []
        if self._peek() == "else":
            self._at += 1
        else:
            ranges.append(self._range())
            while self._peek() == ",":
                self._at += 1
                ranges.append(self._range())
        self._takes(":", "=")
        word, column = self._next()
        if word in (Action.NEXT, Action.STOP):
            return Rule(tuple(ranges), Action(word))
        return Rule(tuple(ranges), Action.ANSWER, self._code(word, column))

    def _range(self) -> tuple[int, int]:
        first = last = self._code(*self._next())
        if self._peek() == "-":
            self._at += 1
            word, column = self._next()
            last = self._code(word, column)
            if last < first or (first <= LAST_CAUSE) != (last <= LAST_CAUSE):
                self._wrong(f"{first}-{last} in column {column} is no range")
        return first, last

    def _code(self, word: str, column: int) -> int:
        if not word.isdigit():
            self._wrong(f"{word!r} in column {column} is neither a cause nor a status")
        code = int(word[:6])
        if not (1 <= code <= LAST_CAUSE or FIRST_STATUS <= code <= LAST_STATUS):
            self._wrong(f"{word} in column {column} is neither a Q.850 cause (1-127) nor a SIP status (300-699)")
        return code

    def _peek(self) -> str:
        return self._words[self._at][0] if self._at < len(self._words) else ""

    def _next(self) -> tuple[str, int]:
        if self._at >= len(self._words):
            self._wrong(f"the text ends in column {self._end} where a code or word is wanted")
        self._at += 1
        return self._words[self._at - 1]

    def _takes(self, *signs: str) -> None:
        word, column = self._words[self._at] if self._at < len(self._words) else ("", self._end)
        if word not in signs:
            found = f"{word!r} in column {column}" if word else f"the end in column {column}"
            self._wrong(f"{found} where {' or '.join(repr(sign) for sign in signs)} is wanted")
        self._at += 1

    def _wrong(self, what: str) -> NoReturn:
        raise InputError(what, where=self._where, mend=_TAKES)
