"""Panic orders at the desk: it learns them from the nodes, tells them to those that were down, and writes them down.

The nodes need none of this to obey. The desk is the memory of them all: its file has the union, the audit trail each
order once, with who gave it and when, and there is an alarm for as long as one is in force.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import structlog
from ray.exceptions import RayError

from actors.desk.core import Desk
from actors.desk.repeating import first_line
from actors.gateways.grpc_panic import state_of
from actors.pulse import Pulse
from actors.refs import handle
from domain.ids import PartnerId
from domain.panic import DONE, KEPT, Aim, Panic, PanicOrder
from protos import switch_pb2 as pb
from store.catalog import Catalog
from store.panic_file import read_panic, write_panic

OWN = "desk"
ASK_S = 2.0
NOUN = "panic"
Alarm = Callable[[str, str, str], None]


class PanicMemory:
    """The union of all nodes' orders. Invariant: an order that a node is told is entered is in the audit trail."""

    def __init__(self, desk: Desk, alarm: Alarm) -> None:
        self._desk, self._alarm = desk, alarm
        self._entered: deque[str] = deque(maxlen=2 * KEPT)
        self._alarmed: set[str] = set()
        self._entering: asyncio.Task[None] | None = None
        self._failing = False
        self._kept = read_panic(desk.home.data, OWN)
        desk.obey(self._kept)

    async def round(self, pulses: Iterable[Pulse]) -> None:
        """Meet with every node that knows other orders than the desk, enter what is new, and keep the alarms."""
        others = [pulse.name for pulse in pulses if pulse.kind == "node" and _mark(pulse) != self._desk.panic.mark]
        await asyncio.gather(*(self._meet(name) for name in others))
        self._tell()
        await self._keep()
        if self._desk.panic.untold and (self._entering is None or self._entering.done()):
            # not awaited: a database that is away or hangs must not keep nodes from hearing of orders
            self._entering = self._desk.begin(self._enter())

    async def _meet(self, name: str) -> None:
        known = list(self._desk.panic.last.values())
        try:
            node: Any = handle(name)
            async with asyncio.timeout(ASK_S):
                last, untold = await node.panic.remote(known, list(self._entered))
        except (RayError, ValueError, TimeoutError):
            return  # the next round meets it
        panic = self._desk.panic.merged(last)
        waiting = {order.mark for order in panic.untold}.union(self._entered)
        new = tuple(order for order in untold if order.mark not in waiting)
        self._desk.obey(Panic(panic.last, panic.untold + new) if new else panic)

    async def _keep(self) -> None:
        panic = self._desk.panic
        if panic is self._kept:
            return
        try:
            await asyncio.to_thread(write_panic, self._desk.home.data, OWN, panic)
        except OSError as error:  # a full disk: the nodes obey, and each keeps its own file
            self._alarm("panic not kept", f"the desk cannot keep the panic orders: {error}", "error")
        else:
            self._kept = panic
            self._alarm("panic not kept", "", "error")

    async def _enter(self) -> None:
        """Write orders into the audit trail as of the moment when they were given; once, whatever breaks between."""
        try:
            for order in self._desk.panic.untold:
                await self._desk.write(partial(_entry, order))
                self._entered.append(order.mark)
                self._desk.obey(self._desk.panic.told([order.mark]))
        except Exception as error:  # the database is away: the next round tries again
            if not self._failing:
                structlog.get_logger().warning("panic orders not entered in the audit trail", why=first_line(error))
            self._failing = True
        else:
            self._failing = False

    def _tell(self) -> None:
        wanted = {f"panic {order.aim} {order.name}": order for order in self._desk.panic.in_force()}
        for key in self._alarmed - wanted.keys():
            self._alarm(key, "", "error")
        for key, order in wanted.items():
            lift = f"`switchboard panic lift {order.aim} {order.name}`"
            self._alarm(key, f"{order.aim} {order.name} is {order.sentence()}; {lift}", "error")
        self._alarmed = set(wanted)


def orders_about(desk: Desk, partner: PartnerId, trunks: Iterable[str]) -> list[pb.PanicState]:
    """Return the orders in force about a partner and some of its trunks."""
    things = {(Aim.CLIENT, str(partner)), (Aim.VENDOR, str(partner)), *((Aim.TRUNK, trunk) for trunk in trunks)}
    untold = {order.mark for order in desk.panic.untold}
    found = [order for order in desk.panic.in_force() if order.thing in things]
    return [state_of(order, told=order.mark not in untold) for order in found]


def _mark(pulse: Pulse) -> float:
    return pulse.figures.get("panic", 0.0)


def _entry(order: PanicOrder, catalog: Catalog) -> None:
    key = f"{order.aim} {order.name}"
    known = catalog.audit.list(NOUN, key, order.who, limit=200)
    if any(order.is_as(*_said(its.after), its.at_ms) for its in known):
        return  # entered before the desk could say so, or from another node
    action = "lift" if order.lift else "freeze" if order.aim is Aim.CLIENT else "drop"
    after = {"order": order.order_id, "state": "lifted" if order.lift else DONE[order.aim], "reason": order.reason}
    catalog.audit.note(action, NOUN, key, who=order.who, at_ms=order.at_ms, after=after)
    structlog.get_logger().info("panic order entered", aim=order.aim, name=order.name, lift=order.lift, who=order.who)


def _said(after: Any) -> tuple[str, bool]:
    """Return which order an entry is of, and whether it was a lift."""
    return (str(after.get("order")), after.get("state") == "lifted") if isinstance(after, dict) else ("", False)
