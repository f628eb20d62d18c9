"""What operators do about prices of ours that a rate sheet puts under water: reprice a code, or block it."""

from collections.abc import Mapping
from typing import Any

from textual.app import App

from domain.sheets.leaking import Leaking
from protos import sheets_pb2 as pb
from tui import formats
from tui.link import Link
from tui.screens.form import FormScreen, Line
from tui.sheet_verdicts import moment_ms
from tui.tabs.sheet_leaks import LeaksTab, leak_of, own_prices
from tui.tabs.tab import Tab
from tui.widgets.cells import Row


def sale_fits(tab: Tab, row: Row | None) -> bool:
    """Return whether there is a code to sell otherwise under the cursor."""
    return row is not None and isinstance(tab, LeaksTab) and leak_of(row).kind != Leaking.MORE


async def sell(app: App[Any], link: Link, sheet: pb.Sheet, what: str, row: Row) -> str:
    """Ask for a price (to reprice) and a moment, and change our plan. Raises LinkError."""
    leak = leak_of(row)
    order = pb.SheetSale(id=sheet.id, codes=[leak.code], plan=leak.plan)
    reprice = what == "reprice"

    async def done(values: Mapping[str, str]) -> str:
        order.price = values.get("price", "")
        if values["begin"]:
            order.from_ms = moment_ms(values["begin"])
        if reprice:
            return (await link.ask(lambda services: services.sheets.Reprice, order)).what
        return (await link.ask(lambda services: services.sheets.Block, order)).what

    began = formats.exact_time(leak.from_ms)[:16]
    when = Line("begin", hint=f"YYYY-MM-DD [HH:MM] UTC; empty: {began}, when the cost begins")
    sold, bought, proposed, currency = own_prices(leak)
    price = Line("price", hint=f"{currency} a minute; empty: as proposed, {formats.price(proposed)} {currency}")
    title = f"{'Reprice' if reprice else 'Block'} {leak.code} in {leak.plan}"
    theirs = f" ({formats.price(leak.buy_price_units)} {leak.leak.currency})" if currency != leak.leak.currency else ""
    effect = (
        f"It is bought at {formats.price(bought)} {currency}{theirs} and sold as {leak.sell_code} at"
        f" {formats.price(sold)} {currency}. An ordinary change of the plan's rates; the sheet is checked again then."
    )
    return await app.push_screen_wait(FormScreen(title, effect, (price, when) if reprice else (when,), done))
