"""What our sell plans would leak by a rate sheet, as a table: prices in the currency of the plan that sells."""

from collections.abc import Sequence

from cli import output
from domain.money import decimal_text
from domain.rates import ANY_TIME
from domain.sheets.leaking import Leaking
from protos.sheets_pb2 import LeakPage, SheetLeak

_HEADS = ("what", "plan", "in", "sold as", ">at", "split", "bought as", ">at", "from (UTC)", ">minutes a week")


def write_leaks(page: LeakPage) -> None:
    """Print a page of what leaks; what is bought is converted, its own price beside it where the currency differs."""
    leaks = page.leaks
    heads = [*_HEADS, ">leak a week", ">sell at"]
    rows = [_row(one) for one in leaks]
    if any(_is_converted(one) for one in leaks):
        bought = [decimal_text(one.buy_price_units, 4) if one.plan else "" for one in leaks]
        heads, rows = _with_column(heads, rows, 8, f">in {leaks[0].leak.currency}", bought)
    if any(whens := [_when(one) for one in leaks]):
        heads, rows = _with_column(heads, rows, 4, "for", whens)
    output.table(heads, rows, "nothing would be sold below cost, or at less margin than the rest of its code")


def _row(one: SheetLeak) -> list[str]:
    leak = output.money(one.leak) if one.leak.units else f"{decimal_text(one.minute_units, 4)} a minute"
    minutes = f"{one.talk_ms // 60_000:,}"
    if one.kind == Leaking.MORE:
        return [one.kind, "", "", f"{one.codes:,} more codes", *[""] * 5, minutes, leak, ""]
    own = one.HasField("own_proposed_units")
    sold = one.own_sell_price_units if own else one.sell_price_units
    bought = one.own_buy_price_units if own else one.buy_price_units
    return [
        one.kind,
        one.plan,
        one.currency if own else one.leak.currency,
        one.sell_code,
        decimal_text(sold, 4),
        one.code if one.code != one.sell_code else "",
        one.buy_code,
        decimal_text(bought, 4),
        output.when(one.from_ms),
        minutes,
        leak,
        decimal_text(one.own_proposed_units if own else one.proposed_units, 4),
    ]


def _is_converted(one: SheetLeak) -> bool:
    return one.HasField("own_proposed_units") and one.currency != one.leak.currency


def _when(one: SheetLeak) -> str:
    """For which hours and callers the plan that sells has it; where it tells no hours apart, when it is bought so."""
    hours = one.rate_type
    if hours == ANY_TIME:
        told = [each.bought_for for each in one.hours if each.bought_for != ANY_TIME]
        hours = f"bought {' '.join(told)}" if told else ""
    return " ".join(filter(None, (hours, one.origin)))


def _with_column(
    heads: Sequence[str], rows: Sequence[Sequence[str]], at: int, head: str, cells: Sequence[str]
) -> tuple[list[str], list[list[str]]]:
    told = [[*row[:at], cell, *row[at:]] for row, cell in zip(rows, cells, strict=True)]
    return [*heads[:at], head, *heads[at:]], told
