"""`switchboard rates`: rates of a plan in two times, plans and vendors beside each other, what a sell plan earns."""

from enum import StrEnum
from typing import Annotated

import typer

from cli import look_tables, output
from cli.parsing import AsJson, At, Limit, Offset, moment
from cli.reach import desk
from domain.differing import CHEAPER, DEARER, EXTRA, MISSING, TERMS_ONLY
from protos.looking_pb2 import (
    CompareQuery,
    HistoryQuery,
    KnownRates,
    MarginPage,
    MarginQuery,
    NumberQuery,
    PlanDifferences,
    RatesQuery,
    VendorPage,
    VendorsQuery,
)
from protos.looking_pb2_grpc import LookingServiceStub

NOW = "now"
Plan = Annotated[str, typer.Argument(metavar="PLAN", help="The plan's short name.", show_default=False)]
KnownAt = Annotated[
    int | None,
    typer.Option(
        "--known-at", parser=moment, metavar="TIME", help="As it was known then; else as known now.", show_default=False
    ),
]


class Kind(StrEnum):
    """How a plan differs; the names of domain.differing.KINDS."""

    DEARER = DEARER
    CHEAPER = CHEAPER
    TERMS = TERMS_ONLY
    MISSING = MISSING
    EXTRA = EXTRA


def show(
    plan: Plan,
    number: Annotated[str, typer.Argument(metavar="CODE|NUMBER", help="Digits.", show_default=False)],
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Show the rates of a code or number in force and to come, what they were before, and which sheet brought them."""
    with desk() as channel:
        reply = LookingServiceStub(channel).Show(NumberQuery(plan=plan, number=number, known_at_ms=known_at))
    output.answer(reply, as_json, lambda page: look_tables.write_rates(page, "no rates"))


def history(
    plan: Plan,
    code: Annotated[str, typer.Argument(metavar="CODE", help="Digits.", show_default=False)],
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """Show every row ever known of a code: when it is valid, from when until when it was known, which sheet."""
    with desk() as channel:
        reply = LookingServiceStub(channel).History(HistoryQuery(plan=plan, code=code, limit=limit, offset=offset))

    def write(page: KnownRates) -> None:
        look_tables.write_history(page)
        output.paged(len(page.rates), page.total, offset)

    output.answer(reply, as_json, write)


def at(
    plan: Plan,
    time: Annotated[
        str, typer.Argument(metavar="TIME", help="UTC unless it says; `now`, or left out: now.", show_default=False)
    ] = NOW,
    text: Annotated[
        str, typer.Argument(metavar="CODE", help="First digits, or part of a destination.", show_default=False)
    ] = "",
    known_at: KnownAt = None,
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """Show the rates that are in force at a moment, as they are known now or were at another."""
    at_ms = None if time == NOW else _moment(plan, time)
    query = RatesQuery(
        plan=plan,
        text=text,
        valid_at_ms=at_ms,
        in_force=at_ms is None,
        known_at_ms=known_at,
        limit=limit,
        offset=offset,
    )
    with desk() as channel:
        reply = LookingServiceStub(channel).Find(query)

    def write(page: KnownRates) -> None:
        known = "as known now" if known_at is None else f"as known at {output.when(known_at)} UTC"
        output.lines([f"{plan} at {output.when(page.now_ms if at_ms is None else at_ms)} UTC, {known}"])
        look_tables.write_rates(page, "no rates were in force then")
        output.paged(len(page.rates), page.total, offset)

    output.answer(reply, as_json, write)


def _moment(plan: str, text: str) -> int:
    try:
        return moment(text)
    except ValueError as wrong:
        mend = f"; a code comes after the time: `rates at {plan} now {text}`" if text.isalnum() else ""
        raise typer.BadParameter(f"TIME: {wrong}{mend}") from None


def compare(
    plan: Plan,
    other: Annotated[str, typer.Argument(metavar="PLAN2", help="The plan beside it.", show_default=False)],
    at: At = None,
    text: Annotated[
        str, typer.Option("--code", help="First digits, or part of a destination.", show_default=False)
    ] = "",
    kind: Annotated[Kind | None, typer.Option(help="Only what differs so.", show_default=False)] = None,
    by_destination: Annotated[bool, typer.Option("--by-destination", help="Sums instead of codes.")] = False,
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """Compare two plans as what numbers cost: codes for which the second is dearer, cheaper, absent or alone."""
    query = CompareQuery(
        plan=plan,
        other=other,
        at_ms=at,
        text=text,
        kind=kind.value if kind else "",
        by_destination=by_destination,
        limit=limit,
        offset=offset,
    )
    with desk() as channel:
        reply = LookingServiceStub(channel).Compare(query)

    def write(page: PlanDifferences) -> None:
        look_tables.write_differences(page, plan, other, by_destination=by_destination)
        output.paged(len(page.destinations) or len(page.differences), page.total, offset)

    output.answer(reply, as_json, write)


def vendors(
    text: Annotated[
        str,
        typer.Argument(
            metavar="DESTINATION|CODE|NUMBER", help="A name of the reference book, or digits.", show_default=False
        ),
    ],
    at: At = None,
    caller: Annotated[
        str | None,
        typer.Option(metavar="NUMBER", help="Who calls, where prices depend on it.", show_default=False),
    ] = None,
    as_json: AsJson = False,
    limit: Limit = 20,
    offset: Offset = 0,
) -> None:
    """Show all vendors of a destination, code or number side by side, best first, and who is dearer than whom."""
    with desk() as channel:
        reply = LookingServiceStub(channel).Vendors(
            VendorsQuery(text=text, at_ms=at, limit=limit, offset=offset, caller=caller)
        )

    def write(page: VendorPage) -> None:
        look_tables.write_vendors(page, text if caller is None else f"{text} from {caller or 'no number'}")
        output.paged(len(page.codes), page.total, offset)

    output.answer(reply, as_json, write)


def margin(
    plan: Annotated[str, typer.Argument(metavar="SELLPLAN", help="The sell plan's short name.", show_default=False)],
    code: Annotated[str, typer.Option(metavar="PREFIX", help="Only codes that begin so.", show_default=False)] = "",
    under_water: Annotated[bool, typer.Option("--under-water", help="Only what is sold below cost.")] = False,
    at: At = None,
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """Show a sell plan beside its costs: price, best vendor and margin by code, what is under water first."""
    query = MarginQuery(plan=plan, code=code, under_water=under_water, at_ms=at, limit=limit, offset=offset)
    with desk() as channel:
        reply = LookingServiceStub(channel).Margin(query)

    def write(page: MarginPage) -> None:
        look_tables.write_margins(page, plan)
        output.paged(len(page.margins), page.total, offset)

    output.answer(reply, as_json, write)
