"""Exchange rates by bisection: the rates of a directory, sorted once (facts: rating §8, currency)."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import groupby

from domain.directory import FxRate
from domain.money import UNITS_PER_ONE, Currency, half_away
from domain.points import OPEN_MS


def to_base(units: int, rate: int) -> int:
    """Convert units of a currency at `rate` (base units per one of it); rounds once, half away from zero."""
    return half_away(units * rate, UNITS_PER_ONE)


class FxTable:
    """The rates to the base currency. Of several rates from one moment, the last given wins."""

    __slots__ = ("_base", "_changes", "_series")

    def __init__(self, base: Currency, rates: Iterable[FxRate]) -> None:
        ordered = sorted(rates, key=lambda fx: (fx.currency, fx.from_ms))
        self._base = base
        self._changes = sorted({fx.from_ms for fx in ordered})
        self._series: dict[Currency, tuple[list[int], list[int]]] = {}
        for currency, group in groupby(ordered, key=lambda fx: fx.currency):
            series = list(group)
            self._series[currency] = ([fx.from_ms for fx in series], [fx.rate for fx in series])

    def rate_at(self, currency: Currency, at_ms: int) -> int | None:
        """Return base units per one unit of `currency` in force at the moment; None when none is known."""
        if currency == self._base:
            return UNITS_PER_ONE
        froms, rates = self._series.get(currency, ([], []))
        position = bisect_right(froms, at_ms)
        return rates[position - 1] if position else None

    @property
    def changes(self) -> Sequence[int]:
        """Return the moments (UTC ms) at which any rate changes, ascending."""
        return self._changes

    def same_rates(self, at_ms: int) -> tuple[int, int]:
        """Return the interval [since, until) around a moment in which no rate changes."""
        after = bisect_right(self._changes, at_ms)
        since_ms = self._changes[after - 1] if after else -OPEN_MS
        return since_ms, self._changes[after] if after < len(self._changes) else OPEN_MS
