"""What a change of rates asked for, whatever it found: kept with its version of the plan, packed.

By it a plan can be told as it would be had an earlier change never been: the later ones are repeated over the rest.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from domain.origins import OriginCode
from domain.rates import RateRow, Terms
from store.catalog.bitemporal import Key

Line = tuple[Any, ...]
"""One wish: code, rate type, origin, the nine columns of Terms in order, from, until (UTC ms; None: open), blocked.

These are the columns of domain.sheet_frames.columns.RATES after `id`. With None for its terms the rate ends at `from`
for good.
"""
FIRST_PRICE, FROM, UNTIL, BLOCKED = 3, 12, 13, 14
"""Places in a Line."""
WIDTH = 15
EVERY = ""
"""As rate type of a line that ends something: whatever rate types and origins the code has. The plain import wrote such
lines, which was before sheets; catalogs have them still."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of which many have everything but the code in common, as a million rates of a sheet do.

    `codes`; for each, `tail` says which of `tails` it has: the other columns of its Line. A tail may stand there twice.
    """

    codes: Sequence[str]
    tail: Sequence[int]
    tails: Sequence[Line]

    @classmethod
    def of(cls, lines: Iterable[Line]) -> "Lines":
        """Return lines in this form."""
        tails: dict[Line, int] = {}
        given = list(lines)
        tail = [tails.setdefault(line[1:], len(tails)) for line in given]
        return cls([line[0] for line in given], tail, list(tails))

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[Line]:
        return ((code, *self.tails[tail]) for code, tail in zip(self.codes, self.tail, strict=True))


@dataclass(frozen=True, slots=True)
class GroupAsked:
    """A group of callers is to have these codes (code, from, until: UTC ms, None: open) from a moment on, no others."""

    group: str
    since_ms: int
    spans: tuple[tuple[str, int, int | None], ...]


@dataclass(frozen=True, slots=True)
class Intents:
    """The lines of a change, and what becomes of codes that it does not name.

    `rest_from_ms`: they end then, if the longest code of `rest_within` and `rest_without` that begins them is of the
    former (both empty: all end) and they are none of `stays`, which are those of rejected rows; None: they stay.
    `received_ms`: of a sheet; what it says of times before the first rate of a code that had begun by then is no news
    where that rate says the same. `groups`: what groups of callers are to be.
    """

    lines: Sequence[Line] | Lines
    rest_from_ms: int | None = None
    rest_within: frozenset[str] = frozenset()
    stays: frozenset[str] = frozenset()
    received_ms: int | None = None
    groups: tuple[GroupAsked, ...] = ()
    rest_without: frozenset[str] = frozenset()

    def ends_unnamed(self, code: str) -> bool:
        """Say whether a code ends that no line names."""
        if self.rest_from_ms is None or code in self.stays:
            return False
        if not self.rest_within and not self.rest_without:
            return True
        for length in range(len(code), 0, -1):
            if (head := code[:length]) in self.rest_within:
                return True
            if head in self.rest_without:
                return False
        return False


def terms_of(line: Line) -> tuple[int, ...]:
    """Return the terms of a line in the order of Terms."""
    return line[FIRST_PRICE:FROM]


def line_of(row: RateRow) -> Line:
    """Return a rate as a line."""
    terms = in_order(row.terms)
    return (row.code, row.rate_type, row.origin, *terms, row.valid_from_ms, row.valid_until_ms, row.blocked)


def in_order(terms: Terms) -> tuple[int, ...]:
    """Return terms in the order of their columns."""
    return (
        terms.first_price,
        terms.next_price,
        terms.first_s,
        terms.next_s,
        terms.connect_fee,
        terms.attempt_fee,
        terms.minimum_charge,
        terms.grace_s,
        terms.free_s,
    )


def pack(intents: Intents) -> bytes:
    """Write intents small: of 100,000 lines but their codes a few thousand things are different. Takes some 0.1 s."""
    lines = intents.lines if isinstance(intents.lines, Lines) else Lines.of(intents.lines)
    whole = {"codes": lines.codes, "index": lines.tail, "tails": lines.tails}
    rest = {
        "rest_from_ms": intents.rest_from_ms,
        "rest_within": sorted(intents.rest_within),
        "rest_without": sorted(intents.rest_without),
        "stays": sorted(intents.stays),
        "received_ms": intents.received_ms,
        "groups": [(one.group, one.since_ms, one.spans) for one in intents.groups],
    }
    return zlib.compress(orjson.dumps(whole | rest), 1)


def unpack(packed: bytes) -> Intents:
    """Read intents."""
    whole = orjson.loads(zlib.decompress(packed))
    lines = list(Lines(whole["codes"], whole["index"], whole["tails"]))
    stays, received_ms = frozenset(whole.get("stays", ())), whole.get("received_ms")
    without = whole.get("rest_without", ())
    groups = tuple(
        GroupAsked(group, since_ms, tuple((code, from_ms, until_ms) for code, from_ms, until_ms in spans))
        for group, since_ms, spans in whole.get("groups", ())
    )
    return Intents(
        lines, whole["rest_from_ms"], frozenset(whole["rest_within"]), stays, received_ms, groups, frozenset(without)
    )


def groups_of(since: Mapping[str, int], codes: Iterable[OriginCode]) -> tuple[GroupAsked, ...]:
    """Return what is asked of groups, each to have its codes from its moment on."""
    spans: dict[str, list[tuple[str, int, int | None]]] = {group: [] for group in sorted(since)}
    for one in codes:
        spans[one.group].append((one.code, one.valid_from_ms, one.valid_until_ms))
    return tuple(GroupAsked(group, since[group], tuple(sorted(each))) for group, each in spans.items())


def named(lines: Iterable[Line]) -> set[Key]:
    """Return the keys that lines name."""
    return {(code, rate_type, origin) for code, rate_type, origin, *_ in lines}
