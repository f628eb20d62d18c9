"""Our own prices after a sheet: codes that leak money, repriced or blocked by ordinary changes of rates."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from actors.desk.core import Desk
from actors.desk.sheet_digests import Digests
from actors.desk.sheet_sales import Sale, Wanted, blocked, in_their_money, repriced
from actors.sheet_work import LEAKS, RowsPage, RowsQuery
from actors.tokens import caller
from domain.errors import ConflictError, InputError
from domain.ids import PlanId
from domain.money import units_of
from domain.rates import RateRow
from domain.sheets.leaking import Leaking
from domain.sheets.steps import SheetState
from protos import sheets_pb2 as pb
from store.catalog import Catalog
from store.catalog.sheet_values import Sheet

MOST = 10_000
"""So many codes at most are changed at once."""
WAIT_S = 20.0
"""So long an order waits for a sheet that is checked again, as it is after each."""
_STATES = (SheetState.CHECKED, SheetState.APPROVED, SheetState.APPLIED)
Leak = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Order:
    """What is asked for: `price` None: as proposed; `from_ms` None: when the cost begins."""

    price: int | None
    from_ms: int | None
    block: bool


class Selling:
    """Changes sell plans by what a sheet would cost. Each plan's change is a version of its own, audited as any."""

    def __init__(self, desk: Desk, digests: Digests) -> None:
        self._desk, self._digests = desk, digests

    async def change(self, number: int, order: pb.SheetSale, *, block: bool) -> str:
        """Reprice or block codes, the ones named or all that lose money; return what was done, and what remains.

        No price becomes lower, and what holds later for a code is changed like what holds first. A sheet that is
        checked is checked again: by the new prices. Raises InputError for a code that leaks nothing, a price below
        cost and a moment before now; ConflictError where rates have changed since they were compared, or a plan takes
        two persons.
        """
        sheet = await self._at_rest(number)
        if sheet.state not in _STATES:
            mend = "What it would cost is known while it is checked, approved or applied."
            raise ConflictError(f"it is {sheet.state.value}", where=f"sheet {sheet.id}", mend=mend)
        leaks = await self._named(sheet, order, block=block)
        wanted = _Order(
            price=_price_of(order.price) if order.price and not block else None,
            from_ms=order.from_ms if order.HasField("from_ms") else None,
            block=block,
        )
        if wanted.from_ms is not None and wanted.from_ms < self._desk.now_ms():
            raise InputError(
                "prices of the past are not changed", where=f"sheet {sheet.id}", mend="Give a later --from."
            )
        return await self._desk.whole(self._changed(sheet, leaks, wanted))

    async def _changed(self, sheet: Sheet, leaks: Sequence[Leak], wanted: _Order) -> str:
        who = caller()

        def change(catalog: Catalog, at_ms: int) -> list[Sale]:
            sales = _sales(catalog, sheet, leaks, wanted, at_ms)
            for plan, rows in _by_plan(sales):
                catalog.plans.add_rates(plan, rows, who=who, at_ms=at_ms)
            return sales

        told = [f"{one.plan} {one.words}" for one in await self._desk.change(change)]
        more = f" and {len(told) - 20:,} more" if len(told) > 20 else ""
        return f"sheet {sheet.id}: {', '.join(told[:20])}{more}; {await self._rest(sheet, leaks)}"

    async def _rest(self, sheet: Sheet, done: Sequence[Leak]) -> str:
        """Say what remains to be done; what is checked is checked again, and tells it then."""
        now = await self._desk.read(lambda catalog: catalog.sheets.get(sheet.id))
        if now.state is SheetState.CHECKED:
            await self._digests.again(sheet.id)
            return "it is checked again"
        query = RowsQuery(self._digests.folder.part(sheet.id, LEAKS), kind=Leaking.LOSS.value, limit=1)
        lost = sum(_kind(one) == Leaking.LOSS for one in done)
        rest = (await self._desk.tasks.sheet_rows(query)).total - lost
        if not rest:
            return "nothing else that it lists is sold below cost"
        return f"{rest:,} more that it lists {'is' if rest == 1 else 'are'} sold below cost"

    async def _at_rest(self, number: int) -> Sheet:
        """Return a sheet, when it is read: after an order it is checked again, and the next one may come at once."""
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_S):
                await self._rested(number)
        return await self._desk.read(lambda catalog: catalog.sheets.get(number))

    async def _rested(self, number: int) -> None:
        while (work := self._digests.at_work(number)) is not None:
            await work.changed.wait()

    async def _named(self, sheet: Sheet, order: pb.SheetSale, *, block: bool) -> list[Leak]:
        where = f"sheet {sheet.id}"
        if block and not order.codes and not order.every:
            raise InputError("no code is named", where=where, mend="Name what is to be blocked: --code.")
        query = RowsQuery(
            self._digests.folder.part(sheet.id, LEAKS),
            codes=tuple(order.codes),
            kind="" if order.codes else Leaking.LOSS.value,
            limit=MOST,
        )
        page = await self._desk.tasks.sheet_rows(query)
        every = [one for one in page.named() if _kind(one) != Leaking.MORE]
        found: list[Leak] = [one for one in every if order.plan in ("", one["plan"])]
        if missing := set(order.codes) - {one["code"] for one in found}:
            mend = f"`switchboard sheets impact {sheet.id}` lists what is."
            what = f"code {min(missing)} is not sold below cost, nor listed for its margin"
            raise InputError(what, where=where, mend=mend)
        if not found:
            raise InputError("nothing is sold below cost", where=where)
        if not order.codes:
            found = [one for one in found if one["leak"] > 0]
        if not found:
            raise InputError("no code that is sold below cost had calls", where=where, mend="Name codes: --code.")
        _check_all_there(page, every, where)
        return found


def _kind(leak: Leak) -> str:
    """Sheets that were read before leaks had kinds list losses only."""
    return str(leak.get("kind") or Leaking.LOSS.value)


def _check_all_there(page: RowsPage, found: Sequence[Leak], where: str) -> None:
    """Raise InputError where there are more codes than are changed at once; those without calls come last."""
    if page.total > len(found) and found[-1]["leak"] > 0:
        mend = "Name them, --code, or send a sheet of the plan that sells them."
        raise InputError(
            f"{page.total:,} codes are sold below cost, {MOST:,} at most go at once", where=where, mend=mend
        )


def _sales(catalog: Catalog, sheet: Sheet, leaks: Sequence[Leak], order: _Order, now_ms: int) -> list[Sale]:
    directory = catalog.directory()
    ours = catalog.plans.get(sheet.plan).rules.currency
    plans = {PlanId(leak["plan"]) for leak in leaks}
    _check_persons(catalog, plans)
    money = {plan: catalog.plans.get(plan).rules.currency for plan in plans}
    if order.price is not None and len(set(money.values())) > 1:
        names = ", ".join(f"{plan} in {currency}" for plan, currency in sorted(money.items()))
        raise InputError(f"one price cannot be for {names}", where="--price", mend="Give the --plan that it is for.")
    known = {plan: _by_code(catalog.plans.rates_known(plan)) for plan in plans}
    found = []
    for leak in leaks:
        plan = PlanId(leak["plan"])
        since = order.from_ms if order.from_ms is not None else max(now_ms, leak["from_ms"])
        wanted = Wanted(plan, leak["sell_code"], leak["code"], since, mend=_anew(sheet))
        if order.block:
            found.append(blocked(wanted, known[plan]))
            continue
        _check_current(wanted, known[plan], leak.get("counted_ms") or 0)
        costs = in_their_money(leak["rates"], directory, ours, money[plan], now_ms)
        found.append(repriced(wanted, known[plan], costs, order.price))
    return found


def _check_persons(catalog: Catalog, plans: set[PlanId]) -> None:
    """Raise ConflictError for a plan that one person alone does not change."""
    for plan in sorted(plans):
        if catalog.rate_terms.get(plan).second_person:
            mend = f"Send a sheet of it, which a second person approves: `switchboard sheets send FILE --plan {plan}`."
            raise ConflictError("by its terms a second person approves its prices", where=f"plan {plan}", mend=mend)


def _check_current(wanted: Wanted, known: Mapping[str, Sequence[RateRow]], counted_ms: int) -> None:
    """Raise ConflictError where a rate that decides the code's price was entered after they were compared."""
    for length in range(len(wanted.sell_code), len(wanted.code) + 1):
        code = wanted.code[:length]
        if any(row.known_from_ms > counted_ms for row in known.get(code, ())):
            raise ConflictError(
                f"its rates of {code} have changed since", where=f"plan {wanted.plan}", mend=wanted.mend
            )


def _anew(sheet: Sheet) -> str:
    if sheet.state is SheetState.APPLIED:
        return "Change the plan itself, or send a sheet of it."
    return f"Read it anew: `switchboard sheets retry {sheet.id}`."


def _by_code(rows: Sequence[RateRow]) -> Mapping[str, Sequence[RateRow]]:
    found: dict[str, list[RateRow]] = defaultdict(list)
    for row in rows:
        found[row.code].append(row)
    return found


def _price_of(text: str) -> int:
    units = units_of(text)
    if units <= 0:
        raise InputError(f"{text} is no price to sell at", mend="Give one above 0.")
    return units


def _by_plan(sales: Sequence[Sale]) -> list[tuple[PlanId, list[RateRow]]]:
    rows: dict[PlanId, list[RateRow]] = defaultdict(list)
    for one in sales:
        rows[one.plan] += one.rows
    return sorted(rows.items())
