"""Builders of callers and origin groups, and what a plain search says of them."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

from domain.origins import INVALID, REST, OriginCode
from domain.rates import ANY_TIME, RateRow
from tests.domain.builders import FIRST_MS, LAST_MS

EEA, SWISS = "eea", "ch"
GROUPS = [EEA, SWISS, REST, INVALID]


def origin_codes(dice: Random) -> list[OriginCode]:
    """Dated codes over few digits, nested in each other, some of them in two groups one after the other."""
    return [_origin_code(dice) for _ in range(dice.randrange(8))]


def _origin_code(dice: Random) -> OriginCode:
    code = "".join(dice.choices("01", k=dice.randrange(7)))
    since = dice.choice([0, 0, dice.randrange(FIRST_MS, LAST_MS)])
    until = dice.choice([None, None, dice.randrange(max(since, FIRST_MS), LAST_MS) + 1])
    return OriginCode(dice.choice([EEA, SWISS]), code, since, until)


def by_origin(rows: Iterable[RateRow], dice: Random) -> list[RateRow]:
    """The rows, each for some origin, and most of them for another one too."""
    made: list[RateRow] = []
    for row in rows:
        some = dice.sample(["", *GROUPS], k=dice.randrange(1, 4))
        made += [replace(row, origin=origin, valid_from_ms=row.valid_from_ms + at) for at, origin in enumerate(some)]
    return made


def some_caller(dice: Random) -> str:
    """A number that may be in a group, or none at all."""
    number = "".join(dice.choices("01", k=dice.randrange(5, 16)))
    return dice.choice([number, number, number, "2" + number[:14], "", "anonymous", "0101", "0" * 16, "+" + number])


def group_by_search(codes: list[OriginCode], caller: str, at_ms: int) -> str:
    """The group of a caller, told as simply as it can be."""
    if not (5 <= len(caller) <= 15 and caller.isascii() and caller.isdigit()):
        return INVALID
    fitting = [
        (len(code.code), code.valid_from_ms, place)
        for place, code in enumerate(codes)
        if caller.startswith(code.code)
        and code.valid_from_ms <= at_ms
        and (code.valid_until_ms is None or at_ms < code.valid_until_ms)
    ]
    return codes[max(fitting)[2]].group if fitting else REST


def row_by_search(rows: list[RateRow], group: str, number: str, rate_type: str, at_ms: int) -> RateRow | None:
    """The row that rates a call of a caller of a group, told as simply as it can be."""
    asked = {INVALID: [INVALID, REST, ""], "": [""]}.get(group, [group, ""])
    counting = [row for row in rows if row.origin in asked and row.valid_at(at_ms) and number.startswith(row.code)]
    if not counting:
        return None
    code = max((row.code for row in counting), key=len)
    newest = sorted(enumerate(rows), key=lambda each: (each[1].valid_from_ms, each[1].known_from_ms, each[0]))[::-1]
    for origin in asked:
        for kind in (rate_type, ANY_TIME):
            for _, row in newest:
                if row in counting and (row.code, row.origin, row.rate_type) == (code, origin, kind):
                    return row
    return None
