"""What a rate sheet is judged by: its plan's rates, the contract, the reference book, former sheets, the sell plans."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256

import polars as pl

from actors.home import Home
from actors.sheet_work import DigestOrder
from cluster.tasks.batch_world import open_catalog
from domain.directory import Direction, Directory, PartnerStatus
from domain.fx import FxTable
from domain.ids import PlanId
from domain.money import Currency
from domain.rates import PlanRules
from domain.sheet_frames.case import REFERENCE, Contract, Lists
from domain.sheet_frames.columns import RATES, TERMS
from domain.sheets.corrections import one_by_one
from domain.sheets.former import Former
from domain.sheets.template import Template
from store.catalog import Catalog
from store.catalog.plans import BUY, Plan
from store.plan_owners import owners_of

_MONEY = [name for name, kind in TERMS.items() if kind == pl.Int64]


@dataclass(frozen=True, slots=True)
class SheetWorld:
    """One state of the catalog. `rates`: RATES that the plan knows now; `partners`: who have the plan; `sells`: RATES
    of sell plans in the plan's currency, of clients that are active, by plan; `buys`: as `sells`, of a sell plan, of
    vendors' trunks that are in use; `rules`: of these plans. `lists`: the origin groups of all of them, `after` not
    known yet."""

    plan: Plan
    contract: Contract
    rates: pl.DataFrame
    reference: pl.DataFrame
    templates: tuple[Template, ...]
    former: tuple[Former, ...]
    partners: tuple[str, ...]
    sells: Mapping[str, pl.DataFrame]
    buys: Mapping[str, pl.DataFrame]
    rules: Mapping[str, PlanRules]
    lists: Lists
    sha256: str


def read_world(home: Home, order: DigestOrder) -> SheetWorld:
    """Read all that a sheet is judged by. Raises NotFoundError where the plan is gone."""
    catalog = open_catalog(home)
    try:
        return _read(catalog, order)
    finally:
        catalog.close()


def _read(catalog: Catalog, order: DigestOrder) -> SheetWorld:
    plan = catalog.plans.get(order.plan)
    known = catalog.plan_changes.rates_frame_columns(plan.id)
    directory = catalog.directory()
    partners = owners_of(directory, plan.id)
    owner = partners[0] if partners else None
    terms = catalog.rate_terms.get(plan.id)
    had_rates = catalog.plan_changes.had_rates(plan.id)
    contract = Contract(
        rules=plan.rules,
        side=plan.side,
        terms=terms,
        notice=catalog.rate_terms.notice(plan.id, owner),
        zone=terms.zone or plan.rules.zone,
        received_ms=order.received_ms,
        now_ms=order.now_ms,
        effective_ms=order.effective_ms,
        sender=order.sender,
        subject=order.subject,
        names=catalog.name_maps.of(owner) if owner else {},
        corrections=one_by_one(order.corrections),
        first=not had_rates,
        had_rates=had_rates,
    )
    others = _in_currency(catalog, directory, plan, order.now_ms)
    sells, buys = (others, {}) if plan.side == BUY else ({}, others)
    return SheetWorld(
        plan=replace(plan, version=known.version),
        contract=contract,
        rates=pl.DataFrame(known.columns, schema=RATES),
        reference=reference_of(catalog, order.now_ms),
        templates=tuple(catalog.templates.of(owner or plan.id)),
        former=_former(catalog, order, terms.repeated_days),
        partners=partners,
        sells=sells,
        buys=buys,
        rules={name: catalog.plans.get(PlanId(name)).rules for name in others},
        lists=_lists(catalog, plan.id, sells, buys),
        sha256=sha256(order.data).hexdigest(),
    )


def _lists(catalog: Catalog, plan: PlanId, sells: Mapping[str, object], buys: Mapping[str, object]) -> Lists:
    groups = {other: catalog.origins.of(PlanId(other)) for other in (plan, *sells, *buys)}
    return Lists(groups[plan], sells={name: groups[name] for name in sells}, buys={name: groups[name] for name in buys})


def _former(catalog: Catalog, order: DigestOrder, days: int) -> tuple[Former, ...]:
    return catalog.sheets.former(order.plan, days, at_ms=order.now_ms, but=order.sheet)


def reference_of(catalog: Catalog, now_ms: int) -> pl.DataFrame:
    """Return REFERENCE as it is at a moment; drafts are none of it."""
    book = catalog.codes.book(now_ms)
    codes = book.codes()
    owners = [book.destinations[destination] for _, destination in codes]
    return pl.DataFrame(
        {
            "code": [code for code, _ in codes],
            "destination": [owner.name for owner in owners],
            "country": [owner.country for owner in owners],
            "draft": [False] * len(codes),
        },
        schema=REFERENCE,
    )


def _in_currency(catalog: Catalog, directory: Directory, plan: Plan, now_ms: int) -> dict[str, pl.DataFrame]:
    """Return in the plan's currency what active clients pay, of a buy plan, and what vendors take, of a sell plan."""
    fx = FxTable(directory.base_currency, directory.fx)
    found: dict[str, pl.DataFrame] = {}
    for other in sorted(_sold(directory) if plan.side == BUY else _bought(directory)):
        its = catalog.plans.get(other)
        rate = _rate(fx, its.rules.currency, plan.rules.currency, now_ms)
        if its.rules.unit is plan.rules.unit and rate is not None:
            rates = pl.DataFrame(catalog.plan_changes.rates_frame_columns(other).columns, schema=RATES)
            found[other] = rates if rate == 1 else _converted(rates, rate, up=plan.side != BUY)
    return found


def _sold(directory: Directory) -> set[PlanId]:
    """Return the plans by which active clients pay."""
    active = {one.id: one for one in directory.partners.values() if one.status is PartnerStatus.ACTIVE}
    plans = {one.sell_plan for one in active.values()}
    incoming = (trunk for trunk in directory.trunks.values() if trunk.direction is Direction.IN)
    plans |= {trunk.plan for trunk in incoming if trunk.partner in active}
    return {plan for plan in plans if plan}


def _bought(directory: Directory) -> set[PlanId]:
    """Return the plans that active vendors' outgoing trunks are paid by."""
    active = {one.id: one for one in directory.partners.values() if one.status is PartnerStatus.ACTIVE}
    outgoing = [one for one in directory.trunks.values() if one.direction is Direction.OUT and one.enabled]
    plans = {one.plan or active[one.partner].buy_plan for one in outgoing if one.partner in active}
    return {plan for plan in plans if plan}


def _rate(fx: FxTable, theirs: Currency, ours: Currency, at_ms: int) -> Fraction | None:
    """Return units of `ours` for one of `theirs`; None where one of them has no rate."""
    if theirs == ours:
        return Fraction(1)
    one, other = fx.rate_at(theirs, at_ms), fx.rate_at(ours, at_ms)
    return Fraction(one, other) if one and other else None


def _converted(rates: pl.DataFrame, rate: Fraction, *, up: bool) -> pl.DataFrame:
    """Convert prices and fees, each rounded down, or `up` what vendors take: nothing is sold for more than it brings,
    or bought for less than it costs."""
    over = rate.denominator - 1 if up else 0
    exact = [(pl.col(name).cast(pl.Int128) * rate.numerator + over) // rate.denominator for name in _MONEY]
    return rates.with_columns(one.cast(pl.Int64).alias(name) for name, one in zip(_MONEY, exact, strict=True))
