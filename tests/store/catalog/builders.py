"""Values with defaults: a test names only what matters to it."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

from domain.directory import Direction, NumberRules, Partner, Recipe, Switch, Trunk
from domain.ids import PartnerId, PlanId, SwitchId, TrunkId
from domain.money import Currency
from domain.rates import PlanRules, RateRow, Terms
from domain.sheets.steps import SheetState
from store.catalog import Catalog
from store.catalog.sheets import NewSheet

AT = 1_793_491_200_000
"""2026-11-01T00:00Z."""
DAY = 86_400_000
BY: dict[str, Any] = {"who": "ada", "at_ms": AT}


def partner(id_: str = "orbita", **fields: Any) -> Partner:
    return replace(Partner(PartnerId(id_), id_.title(), Currency("USD")), **fields)


def switch(id_: str = "gw1", address: str = "192.0.2.1", **fields: Any) -> Switch:
    return replace(Switch(SwitchId(id_), address, Recipe("cisco"), secret="topsecret"), **fields)


def trunk(
    id_: str = "orbita-in",
    partner_id: str = "orbita",
    direction: Direction = Direction.IN,
    prefix: str = "",
    **fields: Any,
) -> Trunk:
    made = Trunk(TrunkId(id_), PartnerId(partner_id), direction, rules=NumberRules(tech_prefix=prefix))
    return replace(made, **fields)


def rules(plan: str = "sell-a", currency: str = "USD", **fields: Any) -> PlanRules:
    return replace(PlanRules(PlanId(plan), Currency(currency)), **fields)


def rate(
    code: str = "2547", price: int = 10_500_000, since: int = 0, until: int | None = None, **fields: Any
) -> RateRow:
    return replace(RateRow(code, Terms(price, price), since, until), **fields)


def with_plan(catalog: Catalog, plan: str = "sell-a", side: str = "sell", **fields: Any) -> PlanId:
    catalog.plans.add(rules(plan, **fields), side, **BY)
    return PlanId(plan)


def a_sheet(catalog: Catalog, plan: str = "sell-a", name: str = "rates.xlsx", **fields: Any) -> int:
    """Receive a sheet, by default one of Kestrel's."""
    given: dict[str, Any] = {"sha256": f"{hash_of(name)}", "size": 1_000, "partner": "kestrel"} | fields
    return catalog.sheets.receive(NewSheet(PlanId(plan), name=name, **given), **BY)


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def approved(catalog: Catalog, plan: str = "sell-a", name: str = "rates.xlsx", **fields: Any) -> int:
    """Receive a sheet and bring it to where it can be applied."""
    sheet = a_sheet(catalog, plan, name, **fields)
    for state in (SheetState.CHECKED, SheetState.APPROVED):
        catalog.sheets.move(sheet, state, **BY)
    return sheet
