"""A data folder with a part of the demo's October in its books."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import polars as pl

from cluster.demo.october import october
from cluster.demo.world import BOOK_ENTRIES, world
from cluster.tasks.cdr_staging import stage_cdrs
from domain.calls import Side
from domain.directory import Switch
from domain.recipes import recipe_named
from store.catalog import Catalog
from store.catalog.codes import CodeSeed
from tests.cluster.tasks.places import BY, NOW, Place
from tests.domain.builders import row, rules

DESTINATIONS = (("2547", "Kenya Mobile"), ("447", "UK Mobile"), ("91", "India"), ("5939", "Ecuador Mobile"))


def enter_demo(catalog: Catalog) -> None:
    """Enter the demo's partners, trunks, plans and exchange rate into an empty catalog."""
    demo = world()
    for switch in demo.switches:
        catalog.switches.add(Switch(switch.id, switch.address, recipe_named(switch.recipe)), **BY)
    for plan in demo.plans:
        side = "sell" if plan.side is Side.CLIENT else "buy"
        catalog.plans.add(rules(plan=plan.id, currency=plan.currency), side, **BY)
        catalog.plans.add_rates(plan.id, [row(one.code, one.price, one.increments) for one in plan.prices], **BY)
    for partner in demo.partners:
        catalog.partners.add(partner, **BY)
    for trunk in demo.trunks:
        catalog.trunks.add(trunk, **BY)
    for rate in demo.fx:
        catalog.fx.set(rate, **BY)
    codes = [CodeSeed(code, name, "GB") for code, name in (*DESTINATIONS, *BOOK_ENTRIES)]
    catalog.codes.enter(codes, "test", **BY)


def load(place: Place, days: Iterable[str]) -> pl.DataFrame:
    """Book all calls of some days ("2026-10-01"), rated and charged as files are; return the files' rows."""
    every = []
    for name, rows in october(days=[date.fromisoformat(day) for day in days]):
        path = Path(place.home.data, name)
        rows.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S%.3fZ")
        for _, stage in stage_cdrs(place.home, path, NOW).stages:
            place.shard.take_block(Path(stage), NOW)
        every.append(rows)
    return pl.concat(every)
