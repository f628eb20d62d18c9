"""Builders of data folders with a catalog and a shard, and of CDR rows in the plain CSV form."""

import csv
import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from actors.home import Home
from actors.shard import Shard
from cluster.tasks.cdr_file import COLUMNS, OPTIONAL
from cluster.tasks.segments import draft_segments
from domain.attribution import DirectoryIndex
from domain.directory import Direction, Directory, FxRate, NumberRules, Switch, Trunk, TrunkOptions
from domain.ids import PartnerId, PlanId, SwitchId, TrunkId
from domain.intervals import PlanIntervals
from domain.money import Currency, units_of
from domain.quality_board import QualityBoard
from domain.rates import Service, Unit
from domain.recipes import recipe_named
from domain.settings import Settings, StoreSettings
from domain.world import World
from store.book import Book
from store.book_schema import LEG_COLUMNS
from store.catalog import Catalog
from store.catalog.codes import CodeSeed
from tests.domain.builders import ms, row, rules
from tests.domain.call_builders import directory as two_partners
from tests.domain.worlds import client, vendor

NOW = ms(2026, 11, 1)
DAY_MS = 86_400_000
BY: dict[str, Any] = {"who": "ada", "at_ms": NOW}
EUR = Currency("EUR")


@dataclass(frozen=True, slots=True)
class Place:
    """A data folder and the shard of its first book."""

    home: Home
    shard: Shard

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(line) for line in self.shard.book.driver.query(sql)]

    def legs(self) -> list[tuple[Any, ...]]:
        """All columns but seq, by id."""
        return self.query(f"SELECT {', '.join(LEG_COLUMNS)} FROM leg ORDER BY leg_id")

    def parked(self) -> list[tuple[Any, ...]]:
        return self.query("SELECT * FROM parked ORDER BY park_id")

    def balances(self) -> dict[tuple[str, str, str], int]:
        found = self.query("SELECT partner, side, currency, posted FROM balance WHERE posted <> 0")
        return {(partner, side, currency): posted for partner, side, currency, posted in found}

    def seal(self) -> int:
        """Seal all ended legs; returns how many segments that made."""
        sealed = 0
        while drafts := draft_segments(self.home, 0):
            for draft in drafts:
                self.shard.seal([draft], NOW)
            sealed += len(drafts)
        return sealed


@contextmanager
def a_place(
    folder: Path | None = None, *, url: str = "", directory: Directory | None = None, **store: Any
) -> Iterator[Place]:
    """Open a data folder (by default a temporary one) with one book."""
    with TemporaryDirectory() as temporary:
        data = folder or Path(temporary)
        home = Home(data, Settings(store=StoreSettings(url=url, **store)))
        for path in (home.books, home.segments):
            path.mkdir(parents=True, exist_ok=True)
        book = Book.open(url, home.books, 0)
        days = home.settings.store.seen_days
        shard = Shard(book, directory or two_partners(), home.hold_times(), home.placement, seen_days=days)
        shard.recover()
        yield Place(home, shard)
        book.close()


def a_catalog(url: str) -> Catalog:
    """Clients at three kinds of switch, vendors with and without prefixes, dated rates, euros at two rates.

    Entered once, by some fifty transactions, then copied: `url` is that of a SQLite file that is not there yet.
    """
    return _copied(url, _file_of(enter_all))


def an_empty_catalog(url: str) -> Catalog:
    """One with nothing entered, migrated once, then copied: `url` is that of a SQLite file that is not there yet."""
    return _copied(url, _file_of(_enter_nothing))


def _copied(url: str, content: bytes) -> Catalog:
    file = Path(url.removeprefix("sqlite:///"))
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("xb") as new:
        new.write(content)
    return Catalog.open(url)


def _enter_nothing(_: Catalog) -> None:
    """Leave it as it was made."""


@cache
def _file_of(enter: Callable[[Catalog], None]) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder, "catalog.db")
        catalog = Catalog.open(f"sqlite:///{file}")
        enter(catalog)
        catalog.close()
        return file.read_bytes()


def enter_all(catalog: Catalog) -> None:
    """Enter it into an empty catalog."""
    kinds = (("gw", "cisco"), ("sx", "sip302"), ("ab", "plain"), ("b2", "sippy"), ("km", "kamailio"))
    for number, (name, recipe) in enumerate(kinds, 1):
        catalog.switches.add(Switch(SwitchId(name), f"10.0.0.{number}", recipe_named(recipe)), **BY)
    people = [client(), client("pampas", currency=EUR), client("naked"), vendor("kestrel"), vendor("bluewire")]
    for person in people:
        catalog.partners.add(replace(person, sell_plan=None, buy_plan=None), **BY)
    for trunk in _TRUNKS:
        catalog.trunks.add(trunk, **BY)
    catalog.trunks.change(replace(_TRUNKS[3], enabled=False), **BY)
    noon = ms(2026, 10, 20, 12)
    at_two_prices = [row("44", "0.0294", valid_until_ms=noon), row("44", "0.03", valid_from_ms=noon)]
    blocked = [row("44", "0.0311", "30/6", attempt_fee="0.001"), row("447", "0.5", blocked=True)]
    begun_late = [row("447", "0.0246", valid_from_ms=ms(2026, 10, 10)), row("254", "0.07", "60/60")]
    by_caller = [row("4", "0.015", origin="home"), row("4", "0.2", origin="invalid")]
    plans = {
        "sell": ("sell", "orbita", "USD", [*at_two_prices, row("254", "0.1"), row("00", "0.01")]),
        "sell-eu": ("sell", "pampas", "EUR", blocked),
        "buy-kestrel": ("buy", "kestrel", "USD", begun_late),
        "buy-bluewire": ("buy", "bluewire", "USD", [row("4", "0.02", connect_fee="0.01", grace_s=3), *by_caller]),
    }
    for plan, (side, partner, currency, rates) in plans.items():
        catalog.plans.add(rules(plan=PlanId(plan), currency=Currency(currency)), side, **BY)
        catalog.plans.add_rates(PlanId(plan), rates, **BY)
        catalog.plans.assign(PlanId(plan), PartnerId(partner), **BY)
    catalog.origins.set(PlanId("buy-bluewire"), "home", ["44"], ms(2026, 10, 10), **BY)
    by_volume = {
        "wifi": (Unit.MEGABYTE, [row("0", "1.37", "10/3")]),
        "sms": (Unit.EVENT, [row("4", "0.05"), row("00")]),
    }
    for plan, (unit, rates) in by_volume.items():
        catalog.plans.add(rules(plan=PlanId(plan), unit=unit), "sell", **BY)
        catalog.plans.add_rates(PlanId(plan), rates, **BY)
        catalog.plans.assign_to_trunk(PlanId(plan), TrunkId(f"orbita-{plan}"), **BY)
    for from_ms, rate in ((ms(2026, 10, 5), "1.10"), (ms(2026, 10, 25, 12), "1.12345678")):
        catalog.fx.set(FxRate(EUR, from_ms, units_of(rate)), **BY)
    codes = [("44", "UK"), ("447", "UK Mobile"), ("4470012345678", "One number"), ("254", "Kenya")]
    catalog.codes.enter([CodeSeed(code, name, "GB") for code, name in codes], "test", **BY)


def world_of_catalog(catalog: Catalog) -> World:
    """The world as the live path would have it, built without the batch code."""
    plans = {plan.id: PlanIntervals(
                 plan.rules, catalog.plans.rates_known(plan.id), plan.version, catalog.origins.of(plan.id))
             for plan in catalog.plans.list()}  # fmt: skip
    return World(DirectoryIndex(catalog.directory()), plans, catalog.codes.book(NOW), QualityBoard())


def _trunk(its_id: str, partner: str, direction: Direction, **fields: Any) -> Trunk:
    tech = fields.pop("tech", "")
    its_rules = NumberRules(tech_prefix=tech, **fields.pop("rules", {}))
    return Trunk(TrunkId(its_id), PartnerId(partner), direction, rules=its_rules, **fields)


_IN, _OUT = Direction.IN, Direction.OUT
_TRUNKS = (
    _trunk("orbita-in", "orbita", _IN, switch=SwitchId("gw")),
    _trunk(
        "orbita-uk", "orbita", _IN, switch=SwitchId("gw"), name="uk", rules={"country": "44", "national_prefix": "0"}
    ),
    _trunk("pampas-in", "pampas", _IN, switch=SwitchId("sx"), host="10.1.1.1", tech="77#"),
    _trunk("pampas-old", "pampas", _IN, switch=SwitchId("sx"), host="10.1.1.2"),
    _trunk("naked-in", "naked", _IN, switch=SwitchId("ab")),
    _trunk("orbita-b2", "orbita", _IN, switch=SwitchId("b2"), rules={"strip": 1, "add": "4"}),
    _trunk(
        "orbita-wifi", "orbita", _IN, switch=SwitchId("gw"), name="wifi", options=TrunkOptions(service=Service.DATA)
    ),
    _trunk(
        "orbita-hour", "orbita", _IN, switch=SwitchId("gw"), name="hour", options=TrunkOptions(service=Service.DATA)
    ),
    _trunk(
        "orbita-sms", "orbita", _IN, switch=SwitchId("gw"), name="sms", options=TrunkOptions(service=Service.MESSAGE)
    ),
    _trunk("kestrel-out", "kestrel", _OUT, host="192.0.2.1"),
    _trunk("kestrel-gold", "kestrel", _OUT, host="192.0.2.1", tech="99"),
    _trunk("bluewire-out", "bluewire", _OUT, host="192.0.2.2", port=5070, name="blue"),
)

Row = dict[str, str]


def any_row(dice: Random, at: int) -> Row:
    """A row of a file, mostly in order: a client's or vendor's leg of one of a few switches, about noon of a day."""
    vendor_leg = dice.random() < 0.5
    setup = ms(2026, 10, 1) + dice.randrange(31 * DAY_MS)
    connect = setup + dice.randrange(9_000) if dice.random() < 0.6 else None
    talked = dice.choice([0, 1, 999, 60_000, dice.randrange(600_000)]) if connect is not None else 0
    end = (connect if connect is not None else setup + 4_000) + talked
    given: Row = dict.fromkeys((*COLUMNS, *OPTIONAL), "") | {
        "switch": dice.choice(["gw"] * 6 + ["sx"] * 5 + ["ab", "b2", "none"]),
        "call_id": dice.choice([f"abc{at} 1 2 3", f"{at:08x} 00000001 00000002 00000003", f"call-{at}@x"]),
        "side": "vendor" if vendor_leg else "client",
        "attempt": dice.choice(["", "1", "2"]),
        "session_id": f"s{at}",
        "a": dice.choice(["12025550100", "anonymous", "", "+442071838750", "00442071838750", "0207", "'\\\"é,x"]),
        "b": dice.choice(["", "", "", "", "", "", "77#", "99", "+", "00"]) + dice.choice(
            ["447911123456"] * 4 + ["44700123456", "254722000111"] * 2 +
            ["07911123456", "33612345678", "44", "44x", "447001234567"]),
        "setup": moment(setup), "alert": moment(setup + dice.randrange(-500, 5_000)) if dice.random() < 0.7 else "",
        "connect": "" if connect is None else moment(connect), "disconnect": moment(end), "duration_ms": str(talked),
        "cause": str(dice.choice([0, 16, 17, 34])), "release_side": dice.choice(["caller", "callee", "switch", ""]),
    }  # fmt: skip
    if vendor_leg:
        given |= dice.choice(_FAR_ENDS)
    elif dice.random() < 0.5:
        given |= {"remote": dice.choice(["10.1.1.1", "10.1.1.2"]), "trunk": dice.choice(["", "uk", "unheard of"])}
    if not vendor_leg and dice.random() < 0.3:
        given |= _session(dice)
    if dice.random() < 0.15:
        given |= _odd(dice, setup)
    return given


def _session(dice: Random) -> Row:
    """A session or message of one of the trunks that carry them, or a call that says so."""
    size = ["", "0", "1", "7761", "5382", str(dice.randrange(10**9)), str(2**32 + 5), str(2**52)]
    return {
        "switch": "gw",
        "trunk": dice.choice(["wifi", "wifi", "hour", "sms", "sms", "uk"]),
        "b": dice.choice(["", "447911123456", "33612345678", "News"]),
        "service": dice.choice(["", "", "", "data", "message", "voice"]),
        "octets_in": dice.choice(size),
        "octets_out": dice.choice(size),
        "events": dice.choice(["", "1", "3", str(2**31)]),
    }


_FAR_ENDS: tuple[Row, ...] = (
    {"remote": "192.0.2.1", "remote_port": "5060"},
    {"remote": "192.0.2.2", "remote_port": "5070"},
    {"remote": "192.0.2.2"},
    {"trunk": "blue"},
    {"mark": "kestrel-gold.1"},
    {"mark": "kestrel-gold.2-"},
    {"mark": "kestrel-gold.2-447911"},
    {"mark": "no such mark", "remote": "192.0.2.1", "remote_port": "5060"},
    {"remote": "198.51.100.1", "remote_port": "5060"},
)


def _odd(dice: Random, setup: int) -> Row:
    """Times and numbers that are strange, but can be read."""
    return dice.choice(
        [
            {"connect": moment(setup - 700), "duration_ms": "5000"},
            {"connect": moment(setup - 70_000), "duration_ms": "5000"},
            {"disconnect": ""},
            {"duration_ms": ""},
            {"duration_ms": "-5"},
            {"duration_ms": "900000000"},
            {"setup": ""},
            {"setup": "1999-01-01T00:00:00.000Z"},
            {"disconnect": "2027-01-01T00:00:00Z"},
            {"connect": "", "duration_ms": "61000"},
            {"disconnect": moment(setup - 20_000)},
        ]
    )


def moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write_rows(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    """Write a CDR file; gzipped where its name says so."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, (*COLUMNS, *OPTIONAL), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path
