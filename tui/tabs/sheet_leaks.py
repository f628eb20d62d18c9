"""What our sell plans would leak once a rate sheet is in force, and what to sell it at: in the money of each plan."""

from textual.content import Content

from domain.rates import ANY_TIME
from domain.sheets.leaking import Leaking
from protos import sheets_pb2 as pb
from tui import formats
from tui.link import Link
from tui.tabs.sheet_words import Opened, head
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Column, Row, Tone, number, word

_KINDS = tuple(kind.value for kind in (Leaking.LOSS, Leaking.THIN, Leaking.UNEVEN))
_TONES: dict[str, Tone] = {"loss": "bad", "thin": "warn"}
_WHY = {
    "loss": "sold below cost",
    "thin": "sold at less than the least margin of the sheet's terms",
    "uneven": "dearer than the rest of the code that sells it",
}
_HOURS_SHOWN = 6


class LeaksTab(Tab):
    """One row per code of a sell plan that the sheet puts under water, or whose margin is thinner than it should be."""

    name = "Impact"
    columns = (
        Column("what", 6, whole=True),
        Column("plan", 10, flex=1, drop=1),
        Column("sold as", 9, whole=True),
        Column("at", 9, right=True, point=True),
        Column("bought as", 9, whole=True),
        Column("at", 9, right=True, point=True),
        Column("in", 3, drop=4),
        Column("from", 11, drop=3),
        Column("min/week", 9, right=True, drop=5),
        Column("leak/week", 12, right=True, drop=2),
        Column("sell at", 9, right=True, point=True),
    )
    empty = "nothing would be sold below cost, or at less margin than the rest of its code"
    filter_hint = "254 (first digits of a code), loss thin uneven"
    detail_share = (3, 2)
    detail_below = True

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of it, most money first."""
        sheet = await self._opened.hear(link)
        self.every_s = self._opened.every_s
        words = ask.filter.lower().split()
        query = pb.SheetRowsQuery(
            id=sheet.id,
            kind=next((one for one in words if one in _KINDS), ""),
            code=next((one for one in words if one.isdecimal()), ""),
            limit=ask.limit,
            offset=ask.offset,
        )
        reply = await link.ask(lambda services: services.sheets.Impact, query)
        rows = [_row(one, ask.offset + at) for at, one in enumerate(reply.leaks)]
        return Listed(rows, reply.total, head(sheet))

    def detail(self, row: Row) -> Content | None:
        """Say what could be done, and when it leaks."""
        one = leak_of(row)
        if one.kind == Leaking.MORE:
            return Content(f"{formats.count(one.codes)} more codes, each of which leaks less than those above")
        split = f"sell {one.code} by itself" if one.code != one.sell_code else f"sell {one.code}"
        _, bought, proposed, currency = own_prices(one)
        here = f"{formats.price(bought)} {currency}"
        ours = one.leak.currency
        cost = here if currency == ours else f"{here} ({formats.price(one.buy_price_units)} {ours})"
        lines: list[tuple[str, str]] = [
            (f"{formats.plain(one.plan)}: {split} at {formats.price(proposed)} {currency}\n", "bold $strong"),
            (f"{_WHY.get(one.kind, '')}; bought at {cost}; {leak_text(one)}\n", "$foreground"),
            (f"p reprices it, b blocks it, from {formats.exact_time(one.from_ms)[:16]} on or when you say", "$dim"),
        ]
        lines += [(f"\n{line}", "$dim") for line in _hours(one)]
        return Content.assemble(*lines)


def leak_of(row: Row) -> pb.SheetLeak:
    """Return what a row of this list is about."""
    assert isinstance(row.item, pb.SheetLeak)
    return row.item


def own_prices(one: pb.SheetLeak) -> tuple[int, int, int, str]:
    """Return what a code is sold at, bought at and proposed to be sold at, a minute, in a currency.

    That of the plan that sells; where no rate of exchange is known, that of the sheet's plan.
    """
    if one.HasField("own_proposed_units"):
        return one.own_sell_price_units, one.own_buy_price_units, one.own_proposed_units, one.currency
    return one.sell_price_units, one.buy_price_units, one.proposed_units, one.leak.currency


def leak_text(one: pb.SheetLeak) -> str:
    """Write what leaks: of a week where there were calls, else of a minute."""
    currency = one.leak.currency
    if not one.leak.units:
        return f"no calls; a minute leaks {formats.price(one.minute_units)} {currency}"
    return f"leaks {formats.amount(one.leak)} {currency} a week over {one.talk_ms // 60_000:,} min"


def _hours(one: pb.SheetLeak) -> list[str]:
    """Write by which hours of both plans it leaks, where either tells them apart."""
    told = [each for each in one.hours if {each.sold_for, each.bought_for} != {ANY_TIME}]
    return [
        f"sold {each.sold_for} at {formats.price(each.sell_price_units)}, bought {each.bought_for} at"
        f" {formats.price(each.buy_price_units)} {one.leak.currency}, {each.week_ms // 3_600_000} h of a week:"
        f" {formats.amount(each.leak)} over {each.talk_ms // 60_000:,} min;"
        f" sell at {formats.price(each.proposed_units)}"
        for each in told[:_HOURS_SHOWN]
    ]


def _row(one: pb.SheetLeak, at: int) -> Row:
    if one.kind == Leaking.MORE:
        return _more(one)
    sold, bought, proposed, currency = own_prices(one)
    tone = _TONES.get(one.kind, "plain")
    leak = formats.amount(one.leak) if one.leak.units else f"{formats.price(one.minute_units)}/min"
    return Row(
        f"{at} {one.plan} {one.code}",
        (
            word(one.kind, tone),
            word(one.plan),
            word(one.sell_code, "strong"),
            number(formats.price(sold), sold),
            word(one.buy_code),
            number(formats.price(bought), bought, tone),
            word(currency, "dim"),
            number(formats.stamp(one.from_ms)[:11], one.from_ms),
            number(f"{one.talk_ms // 60_000:,}", one.talk_ms, "dim"),
            number(leak, one.leak.units, tone if one.leak.units else "dim"),
            number(formats.price(proposed), proposed, "good"),
        ),
        one,
    )


def _more(one: pb.SheetLeak) -> Row:
    nothing = word("", "dim")
    cells = (word(one.kind, "dim"), word(f"{formats.count(one.codes)} more codes", "dim"), *[nothing] * 6)
    talk = number(f"{one.talk_ms // 60_000:,}", one.talk_ms, "dim")
    return Row("more", (*cells, talk, number(formats.amount(one.leak), one.leak.units, "dim"), nothing), one)
