"""How commands write what was found about rates."""

from collections.abc import Iterable

from cli import output
from domain.differing import CHEAPER, DEARER, EXTRA, MISSING, TERMS_ONLY
from domain.money import decimal_text
from domain.rates import Unit
from domain.units import PRICED
from protos.looking_pb2 import (
    CodeMargin,
    DestinationDifference,
    KnownRate,
    KnownRates,
    MarginPage,
    PlanDifference,
    PlanDifferences,
    VendorOffer,
    VendorPage,
    VendorSum,
)

NONE = "-"


def write_rates(page: KnownRates, empty: str) -> None:
    """Write rates with what was before, since when they are known, and their sheet."""
    output.lines([f"prices in {page.plan.currency} {PRICED[Unit(page.plan.unit or 'second')]}"])
    by_origin = any(one.rate.origin for one in page.rates)
    output.table(
        (
            "code", "destination", *(("callers",) if by_origin else ()), "type", ">price", "increments", ">fee", "from",
            "until", "known since", ">previous", "sheet", "",
        ),
        (_rate(one, by_origin=by_origin) for one in page.rates),
        empty,
    )  # fmt: skip


def _rate(one: KnownRate, *, by_origin: bool) -> list[str]:
    rate = one.rate
    return [
        rate.code,
        rate.destination,
        *((rate.origin or "any",) if by_origin else ()),
        rate.rate_type,
        _price(one),
        f"{rate.first_s}/{rate.next_s}",
        decimal_text(rate.connect_fee_units) if rate.connect_fee_units else "",
        output.when(rate.valid_from_ms),
        output.when(rate.valid_until_ms),
        output.when(rate.known_from_ms),
        decimal_text(one.previous_price_units, 4) if one.HasField("previous_price_units") else "",
        _sheet(one),
        "blocked" if rate.blocked else one.standing,
    ]


def write_history(page: KnownRates) -> None:
    """Write all rows that were ever known of a code."""
    where = page.rates[0].rate.destination if page.rates else ""
    code = page.rates[0].rate.code if page.rates else ""
    priced = f"{page.plan.currency} {PRICED[Unit(page.plan.unit or 'second')]}"
    output.lines([f"plan {page.plan.id}, code {code}{f', {where}' if where else ''}, prices in {priced}"])
    titles = ("type", "callers", ">price", "increments", "valid from", "until", "known from", "until", "sheet", "")
    rows = (
        [
            one.rate.rate_type,
            one.rate.origin or "any",
            _price(one),
            f"{one.rate.first_s}/{one.rate.next_s}",
            output.when(one.rate.valid_from_ms),
            output.when(one.rate.valid_until_ms),
            output.when(one.rate.known_from_ms),
            output.when(one.known_until_ms),
            _sheet(one),
            "blocked" if one.rate.blocked else "" if one.HasField("known_until_ms") else one.standing,
        ]
        for one in page.rates
    )
    output.table(titles, rows, "nothing was ever known of it")


def _price(one: KnownRate) -> str:
    rate = one.rate
    if rate.blocked:
        return NONE  # what it says was never its price
    first, rest = (decimal_text(units, 4) for units in (rate.first_price_units, rate.next_price_units))
    return rest if first == rest else f"{first} then {rest}"


def _sheet(one: KnownRate) -> str:
    if one.HasField("undoes"):
        return f"undo of {one.undoes}"
    return f"{one.sheet} {one.sheet_file}".strip() if one.HasField("sheet") else "by hand"


def write_differences(page: PlanDifferences, plan: str, other: str, *, by_destination: bool) -> None:
    """Write how a plan differs from another."""
    kinds = page.kinds
    output.lines(
        [
            f"{other} beside {plan} at {output.when(page.at_ms)} UTC: of {output.count(page.codes)} codes "
            f"{output.count(kinds[DEARER])} dearer, {output.count(kinds[CHEAPER])} cheaper, "
            f"{output.count(kinds[TERMS_ONLY])} by other terms, {output.count(kinds[MISSING])} not in {other}, "
            f"{output.count(kinds[EXTRA])} only in {other}; prices in {page.currency}"
        ]
    )
    if by_destination:
        titles = (
            "destination",
            ">dearer",
            ">cheaper",
            ">terms",
            ">missing",
            ">extra",
            ">largest rise",
            ">largest fall",
        )
        output.table(titles, (_destination(one) for one in page.destinations), "nothing differs")
        return
    heads = ("code", "destination", "type", "callers", f">{plan}", f">{other}", ">difference", "increments", "")
    output.table(heads, (_difference(one) for one in page.differences), "nothing differs")


def _destination(one: DestinationDifference) -> list[str]:
    counts = (one.dearer, one.cheaper, one.terms, one.missing, one.extra)
    return [
        one.destination or NONE,
        *(output.count(count) if count else "" for count in counts),
        decimal_text(one.rise_units, 4) if one.HasField("rise_units") else "",
        decimal_text(one.fall_units, 4) if one.HasField("fall_units") else "",
    ]


def _difference(one: PlanDifference) -> list[str]:
    both = one.HasField("price_units") and one.HasField("other_price_units")
    ours = f"{one.first_s}/{one.next_s}" if one.HasField("price_units") else NONE
    theirs = f"{one.other_first_s}/{one.other_next_s}" if one.HasField("other_price_units") else NONE
    return [
        one.code,
        one.destination,
        one.rate_type,
        one.origin or "any",
        decimal_text(one.price_units, 4) if one.HasField("price_units") else NONE,
        decimal_text(one.other_price_units, 4) if one.HasField("other_price_units") else NONE,
        decimal_text(one.other_price_units - one.price_units, 4) if both else "",
        ours if ours == theirs else f"{ours} → {theirs}",
        one.kind,
    ]


def write_vendors(page: VendorPage, text: str) -> None:
    """Write all vendors, then their offers code by code."""
    base = page.base_currency
    codes = f"{output.count(page.all_codes)} code{'' if page.all_codes == 1 else 's'}"
    output.lines([f"{text} at {output.when(page.at_ms)} UTC: {codes}, prices a minute in {base}"])
    _left_out(page.without)
    titles = ("vendor", "plan", ">codes", ">best", ">from", ">to", "dearer than (codes)")
    output.table(titles, (_vendor(one) for one in page.vendors), "no vendor has a buy plan of calls")
    output.section("code by code, the best first")
    heads = ("codes", "destination", ">#", "vendor", f">{base}", ">above best", ">real cost", "increments", ">fee",
              "own code", ">own price")  # fmt: skip
    rows = [
        [_codes(group.codes) if rank == 1 else "", group.destination if rank == 1 else "", str(rank),
         *_offer(offer, min(one.base_price_units for one in group.offers))]
        for group in page.codes
        for rank, offer in enumerate(group.offers, 1)
    ]  # fmt: skip
    some = any(one.by_caller for one in page.vendors)
    output.table(heads, rows, "prices depend on who calls: --caller NUMBER" if some else "no vendor has a route there")


def _codes(codes: Iterable[str]) -> str:
    listed = list(codes)
    return " ".join(listed[:4]) + (f" and {len(listed) - 4} more" if len(listed) > 4 else "")


def _vendor(one: VendorSum) -> list[str]:
    if not one.codes:
        return [one.vendor, one.plan, "0", "", "", "", _by_caller(one) or "no route"]
    dearer = sorted(one.dearer_than.items(), key=lambda each: (-each[1], each[0]))
    return [
        one.vendor,
        one.plan,
        output.count(one.codes),
        output.count(one.best),
        decimal_text(one.lowest_units, 4),
        decimal_text(one.highest_units, 4),
        "; ".join(
            filter(None, (", ".join(f"{name} {output.count(codes)}" for name, codes in dearer), _by_caller(one)))
        ),
    ]


def _by_caller(one: VendorSum) -> str:
    """Tell the prices of groups where there is none for any caller."""
    each = [
        f"{price.origin} {decimal_text(price.lowest_units)}"
        + (f"–{decimal_text(price.highest_units)}" if price.highest_units > price.lowest_units else "")
        for price in one.by_caller
    ]
    return f"by caller: {', '.join(each)}" if each else ""


def _offer(one: VendorOffer, best: int) -> list[str]:
    return [
        one.vendor,
        decimal_text(one.base_price_units, 4),
        decimal_text(one.base_price_units - best, 4) if one.base_price_units > best else "",
        decimal_text(one.real_cost_units, 4) if one.HasField("real_cost_units") else NONE,
        f"{one.first_s}/{one.next_s}",
        decimal_text(one.connect_fee_units) if one.connect_fee_units else "",
        one.own_code,
        f"{decimal_text(one.price_units, 4)} {one.currency}",
    ]


def write_margins(page: MarginPage, plan: str) -> None:
    """Write a sell plan beside its costs."""
    output.lines(
        [
            f"{plan} at {output.when(page.at_ms)} UTC: {output.count(page.codes)} codes sold, "
            f"{output.count(page.under)} under water, {output.count(page.unserved)} without a vendor; "
            f"a minute in {page.base_currency}"
        ]
    )
    _left_out(page.without)
    titles = ("code", "destination", ">price", ">cost", ">margin", ">%", "vendor", "vendor's code", "increments",
              ">vendors", "")  # fmt: skip
    output.table(titles, (_margin(one) for one in page.margins), "nothing is sold there")


def _margin(one: CodeMargin) -> list[str]:
    served = one.HasField("cost_units")
    ours, theirs = f"{one.first_s}/{one.next_s}", f"{one.buy_first_s}/{one.buy_next_s}"
    return [
        one.code,
        one.destination,
        decimal_text(one.price_units, 4),
        decimal_text(one.cost_units, 4) if served else NONE,
        decimal_text(one.margin_units, 4) if served else NONE,
        percent(one.margin_bp) if one.HasField("margin_bp") else NONE,
        one.vendor or NONE,
        one.buy_code,
        ours if not served or ours == theirs else f"{ours}, bought {theirs}",
        str(one.vendors),
        "" if served and one.margin_units >= 0 else "under water" if served else "no vendor",
    ]


def percent(hundredths: int) -> str:
    """Write hundredths of a per cent."""
    return decimal_text(hundredths * 1_000_000, 2)


def _left_out(without: Iterable[str]) -> None:
    output.lines(f"left out: {words}" for words in without)
