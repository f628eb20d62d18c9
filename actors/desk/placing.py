"""Orders about placement: durable in the catalog, then written where every process reads them, then announced."""

import asyncio
from collections.abc import Callable

from actors.desk.core import Desk
from domain.placement import Orders
from store.placement_file import read_orders, write_orders


async def order(desk: Desk, change: Callable[[Orders], Orders]) -> Orders:
    """Change the orders; return them as they are now. Who is down reads them when it starts."""
    orders = await desk.whole(_order(desk, change))
    desk.books.placement = desk.home.placement
    await desk.announce()
    return orders


async def _order(desk: Desk, change: Callable[[Orders], Orders]) -> Orders:
    before = desk.home.orders()
    after = change(before)
    await desk.write(lambda catalog: catalog.placement.put(after))
    await asyncio.to_thread(write_orders, desk.home.data, after)
    return after


async def restore(desk: Desk) -> None:
    """Write the file of orders anew where it is older than the catalog: a crash came between the two."""
    known = await desk.read(lambda catalog: catalog.placement.get())
    if known.epoch > (await asyncio.to_thread(read_orders, desk.home.data)).epoch:
        await asyncio.to_thread(write_orders, desk.home.data, known)
