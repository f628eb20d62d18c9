"""Who trades in the torture: three clients, one behind each door, and two vendors, at prices easy to add up.

With two books each of them is home to clients and vendors: meridian, quill and lowland live in book 1, pledge and
upland in book 0, so that every call has postings that cross.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from cluster.demo.world import SwitchEntry
from domain.calls import Side
from domain.ids import PlanId
from domain.intervals import PlanIntervals
from domain.money import Currency, units_of
from domain.rates import PlanRules, RateRow, Terms
from domain.rating import rate
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.running import Running

PREFIX = "25479"
NUMBERS = tuple(f"{PREFIX}{tail:07d}" for tail in range(100))
FUNDS = "50000"
"""What the prepaid client has paid: more than it can spend, less than it would take to talk for ever."""


Changes = Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Trader:
    """A partner with one side, and its only price per minute."""

    partner: str
    side: Side
    price: str
    increments: str

    def charge(self, connect_ms: int | None, setup_ms: int, talk_s: int, changes: Changes = ()) -> int:
        """Return what a leg costs, in 10^-8 USD, by the domain's own scalar rating.

        `changes`: other prices that came into force, each from a moment (UTC ms).
        """
        first_s, next_s = map(int, self.increments.split("/"))
        rows = [
            RateRow(PREFIX, Terms(units_of(price), units_of(price), first_s, next_s), from_ms)
            for from_ms, price in [(0, self.price), *changes]
        ]
        plan = PlanIntervals(PlanRules(PlanId("true"), Currency("USD")), rows)
        charged = rate(plan, NUMBERS[0], connect_ms, setup_ms, 1000 * talk_s)
        assert not isinstance(charged, str), "the plan has a rate"
        return charged.units


MERIDIAN = Trader("meridian", Side.CLIENT, "0.06", "1/1")
PLEDGE = Trader("pledge", Side.CLIENT, "0.12", "30/6")
QUILL = Trader("quill", Side.CLIENT, "0.18", "60/60")
LOWLAND = Trader("lowland", Side.VENDOR, "0.03", "1/1")
UPLAND = Trader("upland", Side.VENDOR, "0.042", "6/6")
TRADERS = {trader.partner: trader for trader in (MERIDIAN, PLEDGE, QUILL, LOWLAND, UPLAND)}

_NET = f"127.0.{71 + 2 * int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw'))}"
"""Addresses of this process of the tests: a SIP switch has port 5060 of its own for itself."""
RADIUS = switch_of("meridian", f"{_NET}.1", "cisco")
SIP = switch_of("pledge", f"{_NET}.2", "sip302")
GRPC = switch_of("quill", f"{_NET}.3", "plain")
SWITCHES: tuple[SwitchEntry, ...] = (RADIUS, SIP, GRPC)
VENDOR_HOSTS = {"lowland": "127.0.72.1", "upland": "127.0.72.2"}


def furnish(board: Running) -> None:
    """Enter them all by the real command; the prepaid client pays."""
    for vendor in (LOWLAND, UPLAND):
        enter_vendor(board, vendor.partner, VENDOR_HOSTS[vendor.partner], _price(vendor))
    enter_client(board, RADIUS, _price(MERIDIAN), "--credit-limit", "100000")
    board.sb("plans", "terms", f"{MERIDIAN.partner}-sell", "increase_days=0")  # its price changes while it calls
    board.sb("switches", "set", RADIUS.id, "sends_interims=true")
    enter_client(board, SIP, _price(PLEDGE), "--prepaid")
    board.sb("payments", "add", "--partner", PLEDGE.partner, "--amount", FUNDS, "--currency", "USD")
    enter_client(board, GRPC, _price(QUILL), "--credit-limit", "100000")


def _price(trader: Trader) -> Price:
    return Price(PREFIX, trader.price, trader.increments)
