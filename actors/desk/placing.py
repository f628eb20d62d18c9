"""Orders about placement: durable in the catalog, then written where every process reads them, then announced."""

import asyncio
from collections.abc import Callable

from actors.desk.core import Desk
from domain.placement import Orders
from store.placement_file import read_orders, write_orders


async def order(desk: Desk, change: Callable[[Orders], Orders]) -> Orders:
    """Change the orders, one change after another; return them as they are now. Who is down reads them when it starts.

    What `change` returns as it was is no order.
    """
    orders = await desk.whole(_order(desk, change))
    desk.books.placement = desk.home.placement
    await desk.announce()
    return orders


async def _order(desk: Desk, change: Callable[[Orders], Orders]) -> Orders:
    async with desk.placing:
        known = await desk.read(lambda catalog: catalog.placement.get())
        before = max(known, desk.home.orders(), key=lambda orders: orders.epoch)  # a file that was not written is older
        after = change(before)
        if after is not before:
            await desk.write(lambda catalog: catalog.placement.put(after))
        await asyncio.to_thread(write_orders, desk.home.data, after)
    return after


async def restore(desk: Desk) -> None:
    """Write the file of orders anew where it is not what the catalog knows: a crash came between the two."""
    known = await desk.read(lambda catalog: catalog.placement.get())
    there = await asyncio.to_thread(read_orders, desk.home.data)
    if known != there and known.epoch >= there.epoch:
        await asyncio.to_thread(write_orders, desk.home.data, known)
