"""Our own prices after a sheet: codes sold below cost, repriced or blocked by ordinary changes of rates."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from actors.desk.core import Desk
from actors.desk.sheet_digests import Digests
from actors.sheet_work import LEAKS, RowsQuery
from actors.tokens import caller
from domain.directory import Directory
from domain.errors import ConflictError, InputError
from domain.fx import FxTable
from domain.ids import PlanId
from domain.money import Currency, decimal_text, units_of
from domain.rates import ANY_TIME, RateRow
from protos import sheets_pb2 as pb
from store.catalog import Catalog
from store.catalog.sheet_values import Sheet

STEP = 10**4
"""Prices that are proposed have four decimals."""
_MOST = 10_000
Leak = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Sale:
    """A code of a sell plan, with the rates that it gets."""

    plan: PlanId
    rows: tuple[RateRow, ...]


class Selling:
    """Changes sell plans by what a sheet would cost. Each plan's change is a version of its own, audited as any."""

    def __init__(self, desk: Desk, digests: Digests) -> None:
        self._desk, self._digests = desk, digests

    async def change(self, sheet: Sheet, order: pb.SheetSale, *, block: bool) -> str:
        """Reprice or block codes, the ones named or (to reprice) all that are found; return what was done.

        Raises InputError for a code that is not under water and for a moment before now.
        """
        leaks = await self._named(sheet, order, block=block)
        price = _price_of(order.price) if order.price and not block else None
        from_ms = order.from_ms if order.HasField("from_ms") else None
        now_ms, who = self._desk.now_ms(), caller()
        if from_ms is not None and from_ms < now_ms:
            raise InputError(
                "prices of the past are not changed", where=f"sheet {sheet.id}", mend="Give a later --from."
            )

        def change(catalog: Catalog, at_ms: int) -> list[_Sale]:
            sales = _sales(catalog, sheet, leaks, price, from_ms, at_ms, block=block)
            for plan, rows in _by_plan(sales):
                catalog.plans.add_rates(plan, rows, who=who, at_ms=at_ms)
            return sales

        done = await self._desk.change(change)
        told = [f"{one.plan} {row.code} {'blocked' if block else decimal_text(row.terms.next_price, 4)}"
                for one in done for row in one.rows[:1]]  # fmt: skip
        more = f" and {len(told) - 20:,} more" if len(told) > 20 else ""
        return f"sheet {sheet.id}: {', '.join(told[:20])}{more}"

    async def _named(self, sheet: Sheet, order: pb.SheetSale, *, block: bool) -> list[Leak]:
        query = RowsQuery(self._digests.folder.part(sheet.id, LEAKS), limit=_MOST)
        found = [dict(row) for row in (await self._desk.tasks.sheet_rows(query)).named()]
        if order.plan:
            found = [one for one in found if one["plan"] == order.plan]
        where = f"sheet {sheet.id}"
        if missing := set(order.codes) - {one["code"] for one in found}:
            mend = f"`switchboard sheets impact {sheet.id}` lists them."
            raise InputError(f"code {min(missing)} is not sold below cost", where=where, mend=mend)
        if block and not order.codes:
            raise InputError("no code is named", where=where, mend="Name what is to be blocked: --code.")
        chosen = [one for one in found if not order.codes or one["code"] in order.codes]
        if not chosen:
            raise InputError("nothing is sold below cost", where=where)
        return chosen


def _sales(
    catalog: Catalog,
    sheet: Sheet,
    leaks: Sequence[Leak],
    price: int | None,
    from_ms: int | None,
    now_ms: int,
    *,
    block: bool,
) -> list[_Sale]:
    directory = catalog.directory()
    ours = catalog.plans.get(sheet.plan).rules.currency
    known: dict[str, tuple[RateRow, ...]] = {}
    found: list[_Sale] = []
    for leak in leaks:
        plan = PlanId(leak["plan"])
        if plan not in known:
            known[plan] = catalog.plans.rates_known(plan)
        theirs = catalog.plans.get(plan).rules.currency
        to = price if price is not None else _converted(leak["proposed"], directory, ours, theirs, now_ms)
        since = from_ms if from_ms is not None else max(now_ms, leak["from_ms"])
        its = [row for row in known[plan] if row.code == leak["sell_code"] and row.valid_at(since)]
        if not its:
            mend = f"Read it anew: `switchboard sheets retry {sheet.id}`."
            raise ConflictError(f"plan {plan} has no rate for {leak['sell_code']} any more", where="reprice", mend=mend)
        found.append(_Sale(plan, tuple(_sold_by_itself(leak["code"], its, to, since, block=block))))
    return found


def _sold_by_itself(code: str, its: Sequence[RateRow], price: int, since: int, *, block: bool) -> list[RateRow]:
    """Return the rates of a code: of a new one as the code that it is split from, at any time and for any caller."""
    if code != its[0].code:
        whole = min(its, key=lambda row: (row.rate_type != ANY_TIME, row.origin != ""))
        its = [replace(whole, code=code, rate_type=ANY_TIME, origin="", valid_until_ms=None)]
    rows = [replace(row, valid_from_ms=since, blocked=block) for row in its]
    if block:
        return rows
    dear = max(row.terms.next_price for row in rows) if len(rows) > 1 else 0
    return [
        replace(row, terms=replace(row.terms, first_price=price, next_price=price))
        for row in rows
        if row.terms.next_price < price or not dear
    ]


def _converted(units: int, directory: Directory, ours: Currency, theirs: Currency, at_ms: int) -> int:
    """Return a price in the sell plan's currency, rounded up: what is sold must bring what it costs."""
    if ours == theirs:
        return units
    fx = FxTable(directory.base_currency, directory.fx)
    one, other = fx.rate_at(ours, at_ms), fx.rate_at(theirs, at_ms)
    if not one or not other:
        raise InputError(
            f"there is no rate of {ours} and {theirs}", mend="Give it: `switchboard fx set`, or a --price."
        )
    exact = Fraction(units * one, other)
    return -(-exact.numerator // (exact.denominator * STEP)) * STEP


def _price_of(text: str) -> int:
    units = units_of(text)
    if units <= 0:
        raise InputError(f"{text} is no price to sell at", mend="Give one above 0.")
    return units


def _by_plan(sales: Sequence[_Sale]) -> list[tuple[PlanId, list[RateRow]]]:
    rows: dict[PlanId, list[RateRow]] = defaultdict(list)
    for one in sales:
        rows[one.plan] += one.rows
    return sorted(rows.items())
