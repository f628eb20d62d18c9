"""Builders of directories and worlds with defaults: a client `orbita`, vendors by name, and the demo's durations."""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.attribution import DirectoryIndex
from domain.calls import CallSetup, Door
from domain.directory import Direction, Directory, FxRate, NumberRules, Partner, Policy, Recipe, Switch, Trunk
from domain.durations import Histogram
from domain.ids import DestinationId, PartnerId, PlanId, SwitchId, TrunkId
from domain.money import Currency, units_of
from domain.policies.policy import Attachment, Policies, TimeProfile
from domain.prefixes import PrefixTable
from domain.quality_board import QualityBoard
from domain.quality_figures import NO_FIGURES, DestinationFigures
from domain.rates import PlanTable
from domain.world import World
from tests.domain.builders import NOON, table
from tests.domain.builders import row as row

USD, EUR = Currency("USD"), Currency("EUR")
SWITCH = SwitchId("sw1")
UK_MOBILE = DestinationId(7)
DEMO_S = (7, 37, 61, 125, 205, 318, 480, 31, 90, 146)
DEMO = Histogram.of(DEMO_S * 10)


def partner(name: str, **fields: Any) -> Partner:
    return Partner(**({"id": PartnerId(name), "name": name.title(), "currency": USD} | fields))


def client(name: str = "orbita", **fields: Any) -> Partner:
    return partner(name, **({"sell_plan": PlanId("sell")} | fields))


def vendor(name: str, **fields: Any) -> Partner:
    return partner(name, **({"buy_plan": PlanId(f"buy-{name}")} | fields))


def incoming(its_id: str = "orbita-in", of: str = "orbita", tech: str = "", **fields: Any) -> Trunk:
    """An incoming trunk from 10.0.0.1, any switch."""
    return _trunk(its_id, of, tech, Direction.IN, "10.0.0.1", fields)


def outgoing(of: str, tech: str = "", its_id: str = "", **fields: Any) -> Trunk:
    """An outgoing trunk to <vendor>.example:5060."""
    return _trunk(its_id or f"{of}-out", of, tech, Direction.OUT, f"{of}.example", fields)


def fx(currency: str, rate: str, from_ms: int = 0) -> FxRate:
    return FxRate(Currency(currency), from_ms, units_of(rate))


def directory(
    partners: Iterable[Partner],
    trunks: Iterable[Trunk],
    policies: Iterable[Policy] = (),
    rates: Iterable[FxRate] = (),
    attached: Iterable[Attachment] = (),
    profiles: Iterable[TimeProfile] = (),
) -> Directory:
    switch = Switch(SWITCH, "127.0.0.1", Recipe("generic"))
    return Directory(
        version=1,
        base_currency=USD,
        partners={its.id: its for its in partners},
        switches={switch.id: switch},
        trunks={its.id: its for its in trunks},
        policies=Policies(
            {its.name: its for its in policies}, tuple(attached), {profile.name: profile for profile in profiles}
        ),
        fx=tuple(rates),
    )


class Codes:
    """A reference book of a few codes."""

    def __init__(self, names: Mapping[str, tuple[int, str]]) -> None:
        self._codes = PrefixTable({code: DestinationId(number) for code, (number, _) in names.items()})
        self._names = dict(names.values())

    def destination_of(self, number: str) -> DestinationId | None:
        found = self._codes.match(number)
        return found[1] if found else None

    def name_of(self, destination: DestinationId) -> str:
        return self._names.get(destination, "")

    def country_of(self, destination: DestinationId) -> str:
        return {7: "GB", 8: "KE"}.get(destination, "")

    def kind_of(self, destination: DestinationId) -> str:
        return {7: "Mobile", 8: "Toll Free"}.get(destination, "")

    def all_codes(self) -> list[str]:
        return list(self._codes)


def world(
    sell: PlanTable | None,
    buys: Mapping[str, PlanTable],
    *,
    partners: Iterable[Partner] = (),
    trunks: Iterable[Trunk] = (),
    policies: Iterable[Policy] = (),
    rates: Iterable[FxRate] = (),
    durations: Histogram = DEMO,
    attached: Iterable[Attachment] = (),
    profiles: Iterable[TimeProfile] = (),
    known: DestinationFigures = NO_FIGURES,
) -> World:
    """A client with a sell plan and vendors with a plan and a trunk each; what is given replaces one of its id."""
    people = {its.id: its for its in (client(), *map(vendor, buys), *partners)}
    ways = {its.id: its for its in (incoming(), *map(outgoing, buys), *trunks)}
    plans = {PlanId(f"buy-{name}"): bought for name, bought in buys.items()}
    if sell is not None:
        plans[PlanId("sell")] = sell
    return World(
        index=DirectoryIndex(directory(people.values(), ways.values(), policies, rates, attached, profiles)),
        plans=plans,
        codes=Codes({"447": (UK_MOBILE, "UK Mobile"), "254": (8, "Kenya")}),
        quality=QualityBoard(1, {UK_MOBILE: durations}, known={UK_MOBILE: known}),
    )


def uk_world(**fields: Any) -> World:
    """The demo's UK scene: sold at 0.0294, Bluewire 0.0240 at 30/6, Kestrel 0.0246 at 1/1."""
    buys = {"bluewire": table(row("447", "0.0240", "30/6")), "kestrel": table(row("447", "0.0246"))}
    return world(table(row("44", "0.0294")), buys, **fields)


def setup(called: str = "447911123456", **fields: Any) -> CallSetup:
    values: dict[str, Any] = {
        "door": Door.SIP, "switch": SWITCH, "call_id": b"call-1", "source": "10.0.0.1", "caller": "12025550100",
        "called": called, "at_ms": NOON,
    }  # fmt: skip
    return CallSetup(**(values | fields))


def _trunk(its_id: str, of: str, tech: str, direction: Direction, host: str, fields: dict[str, Any]) -> Trunk:
    values: dict[str, Any] = {"direction": direction, "host": host, "rules": NumberRules(tech_prefix=tech)}
    return Trunk(**({"id": TrunkId(its_id), "partner": PartnerId(of)} | values | fields))
