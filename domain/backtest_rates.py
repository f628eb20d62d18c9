"""Rates that are tried on calls of the past, as if they had held at any time: a sheet's, or a single price."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.calls import Side
from domain.ids import PartnerId, PlanId
from domain.intervals import OPEN_MS
from domain.origins import OriginCode
from domain.rates import ANY_TIME, RateRow, Terms

Key = tuple[str, str, str]
"""Code, rate type and origin: what has one rate at any moment."""


@dataclass(frozen=True, slots=True)
class TrialPrice:
    """A code at another price, units a minute."""

    code: str
    price: int


@dataclass(frozen=True, slots=True)
class TrialRates:
    """Other rates of a plan: those of a compared sheet, by the path of its changes and of its groups of callers, then
    single prices."""

    plan: PlanId
    changes: str = ""
    origins: str = ""
    prices: tuple[TrialPrice, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """A partner that is sold to, or paid, by another plan: on all of its trunks of that side."""

    partner: PartnerId
    side: Side
    plan: PlanId


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sheet says at last of each code that it names; terms None: it has no rate any more."""

    rates: Mapping[Key, tuple[Terms | None, bool]]

    def over(self, rows: Iterable[RateRow]) -> list[RateRow]:
        """Return a plan's rates with these in place of all that the same codes ever had."""
        kept = [row for row in rows if (row.code, row.rate_type, row.origin) not in self.rates]
        said = self.rates.items()
        return kept + [_ever(key, terms, blocked) for key, (terms, blocked) in said if terms is not None]


def at_prices(rows: Sequence[RateRow], prices: Sequence[TrialPrice]) -> list[RateRow]:
    """Return a plan's rates with single codes at other prices, at all times.

    All else is as in the latest rate of the code, or of the longest code that begins it; without one 1/1 and no fees.
    """
    found = list(rows)
    for asked in prices:
        newest = _newest(found, asked.code) or {(ANY_TIME, ""): Terms(asked.price, asked.price)}
        found = [row for row in found if row.code != asked.code]
        for (rate_type, origin), terms in newest.items():
            priced = replace(terms, first_price=asked.price, next_price=asked.price)
            found.append(_ever((asked.code, rate_type, origin), priced, blocked=False))
    return found


def regrouped(codes: Iterable[OriginCode], said: Sequence[OriginCode]) -> list[OriginCode]:
    """Return the codes of groups of callers where a sheet says what some of them are."""
    told = {one.group for one in said}
    return [one for one in codes if one.group not in told] + [
        replace(one, valid_from_ms=-OPEN_MS, valid_until_ms=None) for one in said
    ]


def _newest(rows: Sequence[RateRow], code: str) -> dict[tuple[str, str], Terms]:
    """Return the latest terms of a code, or of the longest one that begins it, by rate type and origin."""
    named = {row.code for row in rows if code.startswith(row.code) and not row.blocked}
    if not named:
        return {}
    longest = max(named, key=len)
    dated = sorted((row for row in rows if row.code == longest), key=lambda row: row.valid_from_ms)
    return {(row.rate_type, row.origin): row.terms for row in dated}


def _ever(key: Key, terms: Terms, blocked: bool) -> RateRow:
    code, rate_type, origin = key
    return RateRow(code, terms, -OPEN_MS, None, rate_type, blocked, origin=origin)
