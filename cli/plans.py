"""`switchboard plans`: dated sets of rates."""

from enum import StrEnum
from typing import Annotated

import typer

from cli import output
from cli.fields import assignments
from cli.origins import origins
from cli.parsing import AsJson, Currency, Limit, Offset, Zone, moment
from cli.plan_export import export
from cli.reach import desk
from cli.terms import terms
from domain.money import decimal_text
from domain.rates import Crossing, SecondsRounding, Unit
from domain.units import PRICED
from protos.operators_pb2 import (
    Assignment,
    Empty,
    FieldChanges,
    Named,
    Plan,
    PlanBack,
    PlanPage,
    PlanPageRequest,
    Plans,
    PublishedPlans,
    Rate,
)
from protos.operators_pb2_grpc import PlansServiceStub

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Add, change, list, show, export, assign and remove plans."
)

app.command()(terms)
app.command()(origins)
app.command()(export)

Id = Annotated[str, typer.Argument(metavar="PLAN", help="The plan's short name.", show_default=False)]


class PlanSide(StrEnum):
    """Whose calls a plan rates."""

    SELL = "sell"
    BUY = "buy"


class Rounding(StrEnum):
    """How a charge is rounded; the names of domain.money.ROUNDINGS."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    UP = "up"
    DOWN = "down"


@app.command()
def add(
    plan: Id,
    side: Annotated[PlanSide, typer.Option(help="What we charge, or what we pay.", show_default=False)],
    currency: Currency,
    unit: Annotated[Unit, typer.Option(help="A price is for a minute, a megabyte or one event.")] = Unit.SECOND,
    zone: Zone = "UTC",
    crossing: Annotated[Crossing, typer.Option(help="A call over a window's edge.")] = Crossing.BY_START,
    seconds: Annotated[SecondsRounding, typer.Option(help="Part seconds, before increments.")] = SecondsRounding.CEIL,
    decimals: Annotated[int, typer.Option(min=0, max=8, help="Decimals of a charge.")] = 8,
    rounding: Annotated[Rounding, typer.Option(help="How a charge is rounded.")] = Rounding.HALF_UP,
    window: Annotated[
        list[str] | None,
        typer.Option(help='Such as "peak mon-fri 08:00-18:00"; may be repeated.', show_default=False),
    ] = None,
    holiday: Annotated[
        list[str] | None, typer.Option(metavar="DATE", help="May be repeated.", show_default=False)
    ] = None,
) -> None:
    """Add an empty plan with the rules that hold for all of it."""
    entry = Plan(
        id=plan,
        side=side,
        currency=currency,
        zone=zone,
        crossing=crossing,
        seconds=seconds,
        decimals=decimals,
        rounding=rounding,
        windows=window or [],
        holidays=holiday or [],
        unit=unit,
    )
    with desk() as channel:
        output.changed(PlansServiceStub(channel).Add(entry))


@app.command("set")
def set_fields(
    plan: Id,
    words: Annotated[
        list[str], typer.Argument(metavar="FIELD=VALUE...", help="windows or holidays.", show_default=False)
    ],
) -> None:
    """Change when a plan's rate types hold: windows="peak mon-fri 08:00-18:00; weekend sat-sun 00:00-24:00"."""
    changes = FieldChanges(id=plan, values=assignments(words, {}))
    with desk() as channel:
        output.changed(PlansServiceStub(channel).Set(changes))


@app.command("list")
def list_plans(as_json: AsJson = False) -> None:
    """List plans with their versions, sizes and users."""
    with desk() as channel:
        reply = PlansServiceStub(channel).List(Empty())
    output.answer(reply, as_json, _write_list)


@app.command()
def show(
    plan: Id,
    filter: Annotated[str, typer.Option(help="Part of a code or destination.", show_default=False)] = "",
    at: Annotated[
        int | None, typer.Option(parser=moment, metavar="TIME", help="Only rates in force then.", show_default=False)
    ] = None,
    known_at: Annotated[
        int | None, typer.Option(parser=moment, metavar="TIME", help="As it was known then.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """Show a plan's rules and its rates, a page at a time."""
    ask = PlanPageRequest(plan=plan, filter=filter, limit=limit, offset=offset, valid_at_ms=at, known_at_ms=known_at)
    with desk() as channel:
        reply = PlansServiceStub(channel).Show(ask)

    def write(page: PlanPage) -> None:
        _write_page(page)
        output.paged(len(page.rates), page.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def remove(plan: Id) -> None:
    """Remove a plan with its rates that no partner, trunk or call refers to."""
    with desk() as channel:
        output.changed(PlansServiceStub(channel).Remove(Named(name=plan)))


@app.command()
def versions(plan: Id, as_json: AsJson = False) -> None:
    """List the versions of a plan that nodes decided by, and which can be put back."""
    with desk() as channel:
        reply = PlansServiceStub(channel).Versions(Named(name=plan))
    output.answer(reply, as_json, _write_versions)


@app.command()
def back(
    plan: Id,
    version: Annotated[int | None, typer.Option(min=1, help="Without it: the one before.", show_default=False)] = None,
) -> None:
    """Let nodes decide and charge by a former version of a plan at once, until its rates change again."""
    with desk() as channel:
        output.changed(PlansServiceStub(channel).Back(PlanBack(plan=plan, version=version)))


@app.command()
def assign(
    plan: Id,
    partner: Annotated[str, typer.Option(help="Whose calls it rates.", show_default=False)],
    trunk: Annotated[str, typer.Option(help="Only those of this trunk.", show_default=False)] = "",
) -> None:
    """Assign a plan to a partner, or to one of its trunks."""
    with desk() as channel:
        output.changed(PlansServiceStub(channel).Assign(Assignment(plan=plan, partner=partner, trunk=trunk)))


def _write_versions(found: PublishedPlans) -> None:
    output.table(
        (">version", "published (UTC)", "", ""),
        (
            [
                str(one.version),
                output.when(one.published_ms),
                "in force" if one.in_force else "",
                "" if one.kept else "its file is gone",
            ]
            for one in found.versions
        ),
        "never published",
    )


def _write_list(found: Plans) -> None:
    output.table(
        ("plan", "side", "currency", "unit", "zone", ">version", ">rates", "assigned to"),
        (
            [
                one.id,
                one.side,
                one.currency,
                one.unit,
                one.zone,
                str(one.version) if one.published in (0, one.version) else f"{one.version} (nodes: {one.published})",
                output.count(one.rates),
                ", ".join(one.assigned_to),
            ]
            for one in found.plans
        ),
        "no plans: add one with `switchboard plans add`",
    )


def _write_page(page: PlanPage) -> None:
    rules = page.plan
    former = "" if rules.published in (0, rules.version) else f"decide and charge by version {rules.published}"
    output.pairs(
        [
            ("plan", f"{rules.id}, {rules.side}, {rules.currency}, version {rules.version}"),
            ("sold by", rules.unit),
            ("zone", rules.zone),
            ("over an edge", rules.crossing),
            ("part seconds", rules.seconds),
            ("charge", f"{rules.decimals} decimals, {rules.rounding}"),
            ("windows", "; ".join(rules.windows)),
            ("holidays", ", ".join(rules.holidays)),
            ("assigned to", ", ".join(rules.assigned_to)),
            *([("nodes", former)] if former else []),
        ]
    )
    output.section(f"rates {PRICED[Unit(rules.unit or 'second')]}")
    by_origin = any(rate.origin for rate in page.rates)
    output.table(
        (
            "code",
            "destination",
            *(("callers",) if by_origin else ()),
            "type",
            ">first",
            ">next",
            ">increments",
            ">fee",
            ">attempt",
            ">minimum",
            "from (UTC)",
            "until (UTC)",
            "",
        ),
        (_rate(rate, by_origin=by_origin) for rate in page.rates),
        "no rates: bring some in with `switchboard rates import`",
    )


def _rate(rate: Rate, *, by_origin: bool) -> list[str]:
    return [
        rate.code,
        rate.destination,
        *((rate.origin or "any",) if by_origin else ()),
        rate.rate_type,
        decimal_text(rate.first_price_units, 4),
        decimal_text(rate.next_price_units, 4),
        f"{rate.first_s}/{rate.next_s}",
        *(
            decimal_text(units) if units else ""
            for units in (rate.connect_fee_units, rate.attempt_fee_units, rate.minimum_charge_units)
        ),
        output.when(rate.valid_from_ms),
        output.when(rate.valid_until_ms),
        "blocked" if rate.blocked else "",
    ]
