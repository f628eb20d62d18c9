"""What our sell plans would leak by a sheet, as messages: in the money of its plan, and of the plan that sells."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from actors.desk import values
from actors.desk.sheet_sales import STEP, rate_between, up
from actors.sheet_work import RowsPage
from domain.ids import PlanId
from domain.money import Currency
from domain.rates import RateRow
from domain.sheets.leaking import Leaking
from protos import sheets_pb2 as pb
from store.catalog import Catalog

Row = Mapping[str, Any]
_PRICES = ("sell_price", "buy_price", "proposed")
_NAMES = ("plan", "sell_code", "code", "buy_code", "rate_type", "origin", "from_ms", "talk_ms")


@dataclass(frozen=True, slots=True)
class _Theirs:
    """A sell plan in a currency: `rate` of it for one of the sheet's plan, None: not known; `sold`: rates of the codes
    of a page."""

    currency: Currency
    rate: Fraction | None
    sold: Sequence[RateRow]


def leak_page(page: RowsPage, ours: Currency, now_ms: int) -> Callable[[Catalog], pb.LeakPage]:
    """Return what makes a page of LEAKS by the catalog; `ours`: the currency of the sheet's plan."""

    def make(catalog: Catalog) -> pb.LeakPage:
        rows = list(page.named())
        plans = {str(row["plan"]) for row in rows} - {""}
        theirs = {plan: _theirs(catalog, PlanId(plan), rows, ours, now_ms) for plan in plans}
        return pb.LeakPage(leaks=[_leak(row, ours, theirs) for row in rows], total=page.total)

    return make


def _theirs(catalog: Catalog, plan: PlanId, rows: Sequence[Row], ours: Currency, now_ms: int) -> _Theirs:
    currency = catalog.plans.get(plan).rules.currency
    if currency == ours:
        return _Theirs(currency, Fraction(1), ())
    codes = {row["sell_code"] for row in rows if row["plan"] == plan}
    rate = rate_between(catalog.directory(), ours, currency, now_ms)
    return _Theirs(currency, rate, catalog.plans.rates_of(plan, codes))


def _leak(row: Row, ours: Currency, plans: Mapping[str, _Theirs]) -> pb.SheetLeak:
    given = {name: row[name] for name in _NAMES if row.get(name) is not None}
    prices = {f"{name}_units": row[name] for name in _PRICES if row[name] is not None}
    message = pb.SheetLeak(**given | prices, kind=row.get("kind", Leaking.LOSS.value), codes=row.get("codes", 1))
    message.minute_units = row.get("minute") or 0
    message.leak.CopyFrom(values.money(row["leak"], ours))
    message.hours.extend(_hours(one, ours) for one in row.get("hours") or ())
    if (its := plans.get(row["plan"])) is not None:
        message.currency = its.currency
        if its.rate is not None:
            message.own_sell_price_units = _sold(row, its)
            message.own_buy_price_units = up(row["buy_price"] * its.rate, 1)
            message.own_proposed_units = up(row["proposed"] * its.rate, STEP if its.rate != 1 else 1)
    return message


def _sold(row: Row, its: _Theirs) -> int:
    """The price as the sell plan has it; where its rates have changed since, the compared one converted."""
    variant = (row["sell_code"], row.get("rate_type"), row.get("origin"))
    for one in its.sold:
        if (one.code, one.rate_type, one.origin) == variant and one.valid_at(row["from_ms"]):
            return one.terms.next_price
    assert its.rate is not None
    return up(row["sell_price"] * its.rate, 1)


def _hours(one: Row, currency: Currency) -> pb.SheetLeakHours:
    names = ("sold_for", "bought_for", "week_ms", "talk_ms")
    prices = {f"{name}_units": one[name] for name in _PRICES}
    return pb.SheetLeakHours(**{name: one[name] for name in names} | prices, leak=values.money(one["leak"], currency))
