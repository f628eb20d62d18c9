"""Origin groups: rates that depend on who calls (rating facts §5). A group is a dated list of codes that A begins with.

A caller is in the group of the longest code that begins his number; the empty code begins every number. Two groups
need no codes: who is in no group is of REST, and what is no E.164 number (missing, anonymous, too short or long) is
INVALID. A code is priced for a caller by the rates of his group, else by those that are for any caller (origin "");
INVALID asks those of REST in between. Where a code has none of them it falls back to the next shorter code, as one does
whose rates are out of force.

Jurisdiction of the NANP (inter-state, intra-state, indeterminate) compares the states of A and B and is not built. It
can be told so all the same: a group for each state, of its NPA-NXX codes, and one for toll-free numbers; then a code of
B has a rate for the group of its own state (intra), one for any caller (inter), and those of the toll-free group, REST
and INVALID (indeterminate).
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from domain.points import OPEN_MS, valid
from domain.prefixes import PrefixTable

T = TypeVar("T")

REST, INVALID = "rest", "invalid"
"""The groups of callers who are in no other, and of callers whose number is none, whatever codes they may have."""


@dataclass(frozen=True, slots=True)
class OriginCode:
    """Callers whose numbers begin with `code` are of `group`, from a moment until another (UTC ms; None: open)."""

    group: str
    code: str
    valid_from_ms: int = 0
    valid_until_ms: int | None = None

    @property
    def end_ms(self) -> int:
        """The moment from which it holds no more; OPEN_MS: none."""
        return OPEN_MS if self.valid_until_ms is None else self.valid_until_ms


def chain_of(group: str) -> tuple[str, ...]:
    """Return the origins whose rates count for callers of a group, the first that a code has before the next."""
    if group == INVALID:
        return INVALID, REST, ""
    return (group, "") if group else ("",)


@dataclass(frozen=True, slots=True)
class Period(Generic[T]):
    """What callers are from `since_ms` until `until_ms`, in which no group changes."""

    since_ms: int
    until_ms: int
    groups: PrefixTable[T]
    rest: T
    invalid: T

    def of(self, caller: str) -> T:
        """Return what a caller is; `caller` is A after normalisation, or whatever came in its place."""
        return self.of_digits(caller) if valid(caller) else self.invalid

    def of_digits(self, digits: str) -> T:
        """Return what the callers are whose numbers begin so, but with no longer code."""
        found = self.groups.match(digits)
        return found[1] if found is not None else self.rest


class CallerGroups:
    """The origin groups of one version of a plan: immutable.

    Invariant: a group that no rate counts for, because none of the plan's rates `named` in its chain, is told as "";
    so callers who pay the same for every code are mostly not told apart. Of two groups that have a code at once the
    one counts that has it since later, then the one that was given later.
    """

    __slots__ = ("_named", "_periods", "changes", "codes")

    def __init__(self, codes: Iterable[OriginCode], named: Collection[str]) -> None:
        self.codes = tuple(codes)
        self._named = frozenset(named) - {""}
        moments = {code.valid_from_ms for code in self.codes} | {code.end_ms for code in self.codes}
        self.changes = sorted(moments - {OPEN_MS})
        self._periods: dict[int, Period[str]] = {}

    def group_of(self, caller: str, at_ms: int) -> str:
        """Return the group by whose rates a caller is rated at a moment; "" by those for any caller."""
        return self.period(at_ms).of(caller)

    def period(self, at_ms: int) -> Period[str]:
        """Return the groups that hold at a moment."""
        after = bisect_right(self.changes, at_ms)
        found = self._periods.get(after)
        if found is None:
            found = self._periods[after] = self._made(after)
        return found

    def _made(self, after: int) -> Period[str]:
        since = self.changes[after - 1] if after else -OPEN_MS
        until = self.changes[after] if after < len(self.changes) else OPEN_MS
        groups: PrefixTable[str] = PrefixTable()
        for code in sorted(self.codes, key=lambda code: code.valid_from_ms):
            if code.valid_from_ms <= since < code.end_ms:
                groups[code.code] = self._counting(code.group)
        return Period(since, until, groups, self._counting(REST), self._counting(INVALID))

    def _counting(self, group: str) -> str:
        return group if self._named.intersection(chain_of(group)) else ""


class JoinedCallers:
    """Tells callers apart for several plans by one look-up. Invariant: what is kept is of the last moment's period."""

    __slots__ = ("_each", "_period")

    def __init__(self, each: Sequence[CallerGroups | None]) -> None:
        self._each = each
        self._period: Period[tuple[str, ...]] | None = None

    def groups_of(self, caller: str, at_ms: int) -> tuple[str, ...]:
        """Return the caller's group in each of the plans, in their order; "" where a plan has no groups."""
        period = self._period
        if period is None or not period.since_ms <= at_ms < period.until_ms:
            period = self._period = self._joined(at_ms)
        return period.of(caller)

    def _joined(self, at_ms: int) -> Period[tuple[str, ...]]:
        each = [callers.period(at_ms) if callers is not None else _NO_GROUPS for callers in self._each]
        codes = {code for period in each for code in period.groups}
        kept: dict[tuple[str, ...], tuple[str, ...]] = {}  # many codes have the same few groups
        groups: PrefixTable[tuple[str, ...]] = PrefixTable()
        for code in codes:
            told = tuple([period.of_digits(code) for period in each])
            groups[code] = kept.setdefault(told, told)
        return Period(
            max((period.since_ms for period in each), default=-OPEN_MS),
            min((period.until_ms for period in each), default=OPEN_MS),
            groups,
            tuple([period.rest for period in each]),
            tuple([period.invalid for period in each]),
        )


_NO_GROUPS: Period[str] = Period(-OPEN_MS, OPEN_MS, PrefixTable(), "", "")
