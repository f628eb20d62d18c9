"""The rates that a code of a sell plan gets, so that it is sold at its cost or more, or no more at all."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from domain.directory import Directory
from domain.errors import ConflictError, InputError
from domain.fx import FxTable
from domain.ids import PlanId
from domain.money import Currency, decimal_text
from domain.rates import RateRow

STEP = 10**4
"""Prices that are proposed have four decimals."""
Variant = tuple[str, str]
"""Rate type and origin: for a code each has one rate at any instant."""
Rates = Mapping[str, Sequence[RateRow]]
"""What a plan knows, by code."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A code to be sold otherwise than by the code that sells it now, or that code itself, from a moment on.

    `mend`: what is to be done where its plan is not as it was.
    """

    plan: PlanId
    sell_code: str
    code: str
    since_ms: int
    mend: str

    @property
    def where(self) -> str:
        """What refusals are about."""
        return f"plan {self.plan}, code {self.code}"


@dataclass(frozen=True, slots=True)
class Cost:
    """What calls by a rate cost at most, and what it is proposed to be: units of the sell plan's currency."""

    cost: int
    proposed: int


@dataclass(frozen=True, slots=True)
class Sale:
    """A code of a sell plan, with the rates that it gets, in words too."""

    plan: PlanId
    rows: tuple[RateRow, ...]
    words: str


def blocked(wanted: Wanted, known: Rates) -> Sale:
    """Return a code's rates as blocked for whoever calls, without an end: also where rates of it begin or end later."""
    own = _onward(known.get(wanted.code, ()), wanted.since_ms)
    taken = {_variant(row) for row in own}
    whole = [row for row in _onward(known.get(wanted.sell_code, ()), wanted.since_ms) if _variant(row) not in taken]
    by_variant: dict[Variant, list[RateRow]] = defaultdict(list)
    for row in sorted(own + whole, key=lambda row: row.valid_from_ms):
        by_variant[_variant(row)].append(replace(row, code=wanted.code, blocked=True))
    if not by_variant:
        raise _gone(wanted)
    rows = []
    for its in by_variant.values():
        its[0] = replace(its[0], valid_from_ms=wanted.since_ms)
        rows += [replace(one, valid_until_ms=after.valid_from_ms) for one, after in pairwise(its)]
        rows.append(replace(its[-1], valid_until_ms=None))
    return Sale(wanted.plan, tuple(rows), f"{wanted.code} blocked")


def repriced(wanted: Wanted, known: Rates, costs: Mapping[Variant, Cost], price: int | None) -> Sale:
    """Return a code's rates, none lower than it was: those that cost more get `price`, else what is proposed.

    Rates that begin later are raised likewise. A new code gets all rates of the code that it is split from, so that
    who pays more, for its time or caller, goes on to. Raises InputError for a price below cost; ConflictError where a
    new code has rates already, or where the rates that were compared are there no longer.
    """
    split = wanted.code != wanted.sell_code
    if split and _onward(known.get(wanted.code, ()), wanted.since_ms):
        raise ConflictError("it has rates of its own", where=wanted.where, mend="Change them in the plan itself.")
    its = _onward(known.get(wanted.sell_code, ()), wanted.since_ms)
    if missing := set(costs) - {_variant(row) for row in its if row.valid_at(wanted.since_ms)}:
        raise _gone(wanted, *min(missing))
    for one in costs.values():
        if price is not None and price < one.cost:
            words = f"{decimal_text(price, 4)} is below what it costs, {decimal_text(one.cost, 4)}"
            raise InputError(words, where=wanted.where, mend="Give a higher --price.")
    rows, prices = [], set()
    for row in its:
        if cost := costs.get(_variant(row)):
            to = cost.proposed if price is None else price
            first, after = max(row.terms.first_price, to), max(row.terms.next_price, to)
            changed = replace(row, code=wanted.code, terms=replace(row.terms, first_price=first, next_price=after))
            prices.add(to)
        else:
            changed = replace(row, code=wanted.code)
        if split or changed != row:
            rows.append(changed)
    if not rows:
        raise ConflictError("it is sold at that or more", where=wanted.where, mend=wanted.mend)
    return Sale(wanted.plan, tuple(rows), f"{wanted.code} {_span(prices)}")


def _span(prices: Iterable[int]) -> str:
    told = [decimal_text(price, 4) for price in sorted(prices)]
    return " to ".join(told[:: max(1, len(told) - 1)])


def in_their_money(
    rates: Iterable[Mapping[str, Any]], directory: Directory, ours: Currency, theirs: Currency, at_ms: int
) -> dict[Variant, Cost]:
    """Return what rates cost and are proposed to be, in a sell plan's currency, rounded up: sales must bring the cost.

    `rates`: as in LEAKS. Raises InputError where a currency has no rate.
    """
    rate = rate_between(directory, ours, theirs, at_ms)
    if rate is None:
        raise InputError(f"there is no rate of {ours} and {theirs}", mend="Give it: `switchboard fx set`.")
    step = STEP if ours != theirs else 1
    return {_named(one): Cost(up(one["buy_price"] * rate, 1), up(one["proposed"] * rate, step)) for one in rates}


def rate_between(directory: Directory, ours: Currency, theirs: Currency, at_ms: int) -> Fraction | None:
    """Return units of `theirs` for one of `ours`; None where one of them has no rate."""
    if ours == theirs:
        return Fraction(1)
    fx = FxTable(directory.base_currency, directory.fx)
    one, other = fx.rate_at(ours, at_ms), fx.rate_at(theirs, at_ms)
    return Fraction(one, other) if one and other else None


def up(exact: Fraction, step: int) -> int:
    """Return the least multiple of `step` units that is not below an exact amount."""
    return -(-exact.numerator // (exact.denominator * step)) * step


def _onward(rows: Iterable[RateRow], since_ms: int) -> list[RateRow]:
    """Return rates from a moment on: those in force then, and those that begin later."""
    return [
        replace(row, valid_from_ms=max(row.valid_from_ms, since_ms))
        for row in rows
        if row.valid_until_ms is None or row.valid_until_ms > since_ms
    ]


def _variant(row: RateRow) -> Variant:
    return row.rate_type, row.origin


def _named(rate: Mapping[str, Any]) -> Variant:
    return rate["rate_type"], rate["origin"]


def _gone(wanted: Wanted, rate_type: str = "", origin: str = "") -> ConflictError:
    its = " ".join(filter(None, (wanted.sell_code, rate_type, origin)))
    return ConflictError(f"there is no rate for {its} any more", where=wanted.where, mend=wanted.mend)
