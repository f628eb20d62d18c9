"""A client's switch in a test's hands: asks by SIP or RADIUS on real sockets, and reports legs by RADIUS."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count

from cluster.demo.figures import WireFigures
from cluster.demo.radius_client import RadiusClient
from cluster.demo.records import LiveLeg, accounting
from cluster.demo.script import Attempt
from cluster.demo.switch import Admitted, NodeAddress, Offer, SyntheticSwitch
from cluster.demo.switch_radius import RadiusSwitch
from cluster.demo.switch_sip import SipSwitch
from cluster.demo.vendors import Vendors
from cluster.demo.world import SwitchEntry
from domain.calls import ReportKind, Side
from domain.recipes import recipe_named
from domain.wire.radius_packet import Code

CALLER = "254722000001"
PATIENCE_S = 200.0
"""Reports are sent again for that long: longer than any restart that a test allows."""


class Phone:
    """Asks one question at a time and reports one leg at a time; a report returns when it is acknowledged."""

    def __init__(self, entry: SwitchEntry, node: NodeAddress) -> None:
        self.entry = entry
        self._asks: SyntheticSwitch = (SipSwitch if entry.recipe == "sip302" else RadiusSwitch)(entry, node, Vendors())
        self.wire = WireFigures()
        self._reports = RadiusClient(entry.address, node.radius_acct, entry.secret, self.wire, 2, PATIENCE_S)
        self._recipe = recipe_named(entry.recipe)
        self._numbers = count(time.time_ns())  # another one with the same switch makes other calls

    async def open(self) -> None:
        """Open the sockets."""
        await self._asks.start()
        await self._reports.open()

    async def close(self) -> None:
        """Close the sockets."""
        self._reports.close()
        await self._asks.close()

    def new_call(self) -> str:
        """Return the id of a call that was not made yet, in the switch's own form."""
        return self._asks.call_id(next(self._numbers))

    async def ask(self, called: str, call_id: str = "") -> Admitted | str | None:
        """Ask about a call: an admission, the cause of a refusal in the door's words, or None without an answer."""
        attempt = Attempt(0, self.entry.partner, "", 0, 0, CALLER, called)
        return await self._asks.ask(attempt, call_id or self.new_call())

    async def tell(self, kind: ReportKind, leg: LiveLeg) -> bool:
        """Report a leg; return whether the report was acknowledged."""
        attributes = accounting(self._recipe, self.entry.address, kind, leg)
        return await self._reports.ask(Code.ACCOUNTING_REQUEST, attributes) is not None

    async def begin(self, client: LiveLeg, vendor: LiveLeg) -> None:
        """Report that both legs of a call began."""
        for leg in (client, vendor):
            assert await self.tell(ReportKind.START, leg), "a Start is acknowledged"

    async def end(self, client: LiveLeg, vendor: LiveLeg) -> None:
        """Report that both legs of a call ended, the vendor's first."""
        for leg in (vendor, client):
            assert await self.tell(ReportKind.STOP, leg), "a Stop is acknowledged"


@asynccontextmanager
async def phone(entry: SwitchEntry, node: NodeAddress) -> AsyncIterator[Phone]:
    """Open a switch's sockets for a while."""
    made = Phone(entry, node)
    await made.open()
    try:
        yield made
    finally:
        await made.close()


def legs(call_id: str, called: str, offer: Offer, talk_s: int) -> tuple[LiveLeg, LiveLeg]:
    """Return the client's and the vendor's leg of an answered call that ended just now, by the machine's clock."""
    end_ms = time.time_ns() // 1_000_000
    connect_ms = end_ms - 1000 * talk_s
    client = LiveLeg(
        side=Side.CLIENT,
        call_id=call_id,
        session_id=f"{call_id}/c",
        attempt=1,
        a=CALLER,
        b=called,
        setup_ms=connect_ms - 3000,
        alert_ms=connect_ms - 2000,
        connect_ms=connect_ms,
        disconnect_ms=end_ms,
        cause=16,
    )
    vendor = replace(
        client,
        side=Side.VENDOR,
        session_id=f"{call_id}/v",
        setup_ms=connect_ms - 2900,
        remote=f"{offer.host}:{offer.port}",
        mark=offer.mark,
    )
    return client, vendor


def unanswered(leg: LiveLeg) -> LiveLeg:
    """Return the leg as it would be had nobody answered."""
    return replace(leg, connect_ms=None, cause=19)
