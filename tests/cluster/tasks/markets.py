"""Small markets with past calls, for back-tests: one client, vendors with prices and bounds, single calls."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

from cluster.tasks.backtest_parts import in_parts
from cluster.tasks.batch_world import world_of
from domain.backtests import Backtest, BacktestOrder
from domain.booking import fingerprint
from domain.calls import Leg, Side
from domain.commands import RecordLeg
from domain.directory import Direction, Partner, Switch, Trunk, TrunkOptions
from domain.ids import CallKey, DestinationId, LegId, PartnerId, PlanId, SwitchId, TrunkId
from domain.limits import Limit
from domain.money import Currency, units_of
from domain.recipes import recipe_named
from store.catalog import Catalog
from store.catalog.codes import CodeSeed
from tests.cluster.tasks.places import BY, NOW, Place, a_place, an_empty_catalog
from tests.domain.builders import leg, row, rules

CLIENT, TRUNK, USD = PartnerId("orbita"), TrunkId("orbita-in"), Currency("USD")
SALE = "0.5"


@dataclass(frozen=True, slots=True)
class Seller:
    """A vendor with one trunk: prices of a minute by code."""

    name: str
    prices: dict[str, str]
    options: TrunkOptions = field(default_factory=TrunkOptions)
    max_calls: int | None = None
    max_cps: int | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """A call of the past: by whom it was tried, the last one of whom carried it `talk_s`, None: nobody answered."""

    at_ms: int
    vendors: tuple[str, ...]
    talk_s: int | None = 60
    number: str = "254700000001"
    rn: str = ""


@contextmanager
def a_market(folder: Path, sellers: Sequence[Seller], limits: Iterable[Limit] = ()) -> Iterator[Place]:
    """Open a place where calls to 2547 are sold at SALE and these vendors take them."""
    catalog = an_empty_catalog(f"sqlite:///{folder / 'catalog.db'}")
    codes = sorted({code for seller in sellers for code in seller.prices})
    catalog.codes.enter([CodeSeed(code, f"Place {code}", "KE") for code in codes], "test", **BY)
    catalog.switches.add(Switch(SwitchId("sw"), "10.0.0.1", recipe_named("plain")), **BY)
    _enter(catalog, Partner(CLIENT, "orbita", USD), "sell", dict.fromkeys(codes, SALE))
    catalog.trunks.add(Trunk(TRUNK, CLIENT, Direction.IN, switch=SwitchId("sw"), name="in"), **BY)
    for at, seller in enumerate(sellers):
        name = PartnerId(seller.name)
        _enter(catalog, Partner(name, name, USD), "buy", seller.prices)
        trunk = Trunk(TrunkId(f"{name}-out"), name, Direction.OUT, host=f"192.0.2.{at + 1}", options=seller.options)
        catalog.trunks.add(replace(trunk, max_calls=seller.max_calls, max_cps=seller.max_cps), **BY)
    for limit in limits:
        catalog.limits.add(limit, **BY)
    with a_place(folder, directory=catalog.directory()) as place:
        catalog.close()
        yield place


def book(place: Place, calls: Sequence[Past], sellers: Sequence[Seller]) -> None:
    """Book the legs of calls, charged a second at a time by their vendors' prices."""
    codes = world_of(place.home, NOW).world.codes
    prices = {seller.name: seller.prices for seller in sellers}
    legs: list[Leg] = []
    for at, call in enumerate(calls):
        where = codes.destination_of(call.rn or call.number) or DestinationId(0)
        legs.append(_leg(at, call, 0, CLIENT, TRUNK, SALE, where, call.rn))
        for attempt, vendor in enumerate(call.vendors, 1):
            price = next(price for code, price in sorted(prices[vendor].items(), reverse=True)
                         if call.number.startswith(code))  # fmt: skip
            legs.append(_leg(at, call, attempt, PartnerId(vendor), TrunkId(f"{vendor}-out"), price, where, ""))
    for first in range(0, len(legs), 200):
        place.shard.turn([RecordLeg(one, fingerprint(one), b"{}", NOW) for one in legs[first : first + 200]])


def cost(price: str, talk_s: int) -> int:
    """Return what so long a call costs at a price of a minute."""
    return units_of(price) * talk_s // 60


def _enter(catalog: Catalog, partner: Partner, side: str, prices: dict[str, str]) -> None:
    plan = PlanId(f"{partner.id}-{side}")
    catalog.plans.add(rules(plan=plan, currency=USD), side, **BY)
    catalog.plans.add_rates(plan, [row(code, price) for code, price in prices.items()], **BY)
    catalog.partners.add(partner, **BY)
    catalog.plans.assign(plan, partner.id, **BY)


def _leg(
    at: int, call: Past, attempt: int, partner: PartnerId, trunk: TrunkId, price: str, where: DestinationId, rn: str
) -> Leg:
    """Return a leg: attempts follow one another by a second, and the last one has the call."""
    last = attempt in (0, len(call.vendors))
    setup = call.at_ms + 1000 * max(0, attempt - 1)
    talk_s = call.talk_s if last else None
    begun = call.at_ms + 1000 * (len(call.vendors) - 1)
    charge = 0 if talk_s is None else cost(price, talk_s)
    return replace(
        leg(), leg_id=LegId(blake2b(b"%d/%d" % (at, attempt), digest_size=16).digest()),
        call_key=CallKey(blake2b(b"%d" % at, digest_size=16).digest()),
        side=Side.VENDOR if attempt else Side.CLIENT, partner=partner, trunk=trunk, attempt=max(1, attempt),
        b=call.number, routing_number=rn, destination=where, setup_ms=setup, alert_ms=None,
        connect_ms=None if talk_s is None else begun, duration_ms=1000 * (talk_s or 0),
        disconnect_ms=begun + 1000 * talk_s if talk_s is not None else setup + 1000, cause=16 if talk_s else 34,
        plan=PlanId(f"{partner}-{'buy' if attempt else 'sell'}"), charge=charge, base_charge=charge,
    )  # fmt: skip


def tried(place: Place, order: BacktestOrder, *cuts_ms: int) -> Backtest:
    """Return what a back-test comes to that is cut at these moments, its tasks done one by one."""
    parts = list(pairwise((order.from_ms, *cuts_ms, order.until_ms)))

    async def run(module: str, function: str, *args: object) -> Any:
        if function == "backtest_cuts":
            return parts, parts
        return getattr(import_module(f"cluster.tasks.{module}"), function)(place.home, *args)

    return asyncio.run(in_parts(run, order, asyncio.Queue()))
