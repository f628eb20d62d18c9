"""`switchboard losses`: calls that may lose money, by name and within a budget."""

from typing import Annotated

import typer

from cli import output
from cli.fields import assignments, in_order, write_fields
from cli.parsing import AsJson, Filter, Offset, Zone, moment, price
from cli.parsing import Limit as Rows
from cli.reach import desk
from domain.limits import Period
from domain.loss_fields import LOSS_FIELDS
from domain.losses import MOST_BP
from domain.money import decimal_text
from protos.losses_pb2 import AllowedLoss, AllowedLossUse, AllowedLossUses
from protos.losses_pb2_grpc import LossesServiceStub
from protos.operators_pb2 import FieldChanges, Named, PageRequest

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Allow calls of a client to lose money, by name and within a budget; without one no call does.",
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Its short name.", show_default=False)]


@app.command()
def add(
    name: Name,
    client: Annotated[str, typer.Option(help="Calls of this client.", show_default=False)],
    budget: Annotated[
        int,
        typer.Option(parser=price, metavar="AMOUNT", help="As much may be lost, base currency.", show_default=False),
    ],
    per: Annotated[Period, typer.Option(help="After which the budget is whole again: day, week, month, ever.")],
    destination: Annotated[str, typer.Option(help="Calls to this destination, by its name.", show_default=False)] = "",
    code: Annotated[str, typer.Option(help="Calls to numbers that begin so.", show_default=False)] = "",
    vendor: Annotated[str, typer.Option(help="Calls by this vendor.", show_default=False)] = "",
    most_bp: Annotated[
        int | None,
        typer.Option(
            min=1, max=MOST_BP, help="At most so many hundredths of a per cent of a call's revenue.", show_default=False
        ),
    ] = None,
    from_ms: Annotated[
        int | None,
        typer.Option("--from", parser=moment, metavar="TIME", help="UTC, or with a zone.", show_default=False),
    ] = None,
    until_ms: Annotated[
        int | None,
        typer.Option("--until", parser=moment, metavar="TIME", help="UTC, or with a zone.", show_default=False),
    ] = None,
    zone: Zone = "UTC",
    why: Annotated[str, typer.Option(help="What it is for.", show_default=False)] = "",
) -> None:
    """Allow calls to lose money until the budget is used up; in force at once."""
    loss = AllowedLoss(
        id=name,
        client=client,
        vendor=vendor,
        destination=destination,
        code=code,
        budget_units=budget,
        period=per,
        zone=zone,
        most_bp=most_bp,
        from_ms=from_ms,
        until_ms=until_ms,
        why=why,
    )
    with desk() as channel:
        output.changed(LossesServiceStub(channel).Add(loss))


@app.command("set")
def set_fields(
    name: Name,
    words: Annotated[
        list[str],
        typer.Argument(metavar="FIELD=VALUE...", help="See `losses show` for the fields.", show_default=False),
    ],
) -> None:
    """Change an allowance: budget=50 most_bp= until=2026-12-31T00:00:00Z; what was lost stays counted."""
    changes = FieldChanges(id=name, values=assignments(words, {}))
    with desk() as channel:
        output.changed(LossesServiceStub(channel).Set(changes))


@app.command()
def remove(name: Name) -> None:
    """Remove an allowance: no call loses money by it from then on."""
    with desk() as channel:
        output.changed(LossesServiceStub(channel).Remove(Named(name=name)))


@app.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """Show an allowance, what is used of it now, and every field that can be set."""
    with desk() as channel:
        reply = LossesServiceStub(channel).Show(Named(name=name))
    output.answer(reply, as_json, _write_one)


@app.command("list")
def list_losses(as_json: AsJson = False, filter: Filter = "", limit: Rows = 50, offset: Offset = 0) -> None:
    """List allowances with what is used of them, a page at a time."""
    with desk() as channel:
        reply = LossesServiceStub(channel).List(PageRequest(filter=filter, limit=limit, offset=offset))

    def write(page: AllowedLossUses) -> None:
        output.table(
            ("name", "calls", ">budget", "per", ">lost", ">set aside", ">open calls", "state", "why"),
            (_row(use) for use in page.losses),
            "no allowed losses: add one with `switchboard losses add`",
        )
        output.paged(len(page.losses), page.total, offset)

    output.answer(reply, as_json, write)


def _row(use: AllowedLossUse) -> list[str]:
    loss = use.loss
    calls = str(use.open_calls) if use.HasField("open_calls") else output.UNKNOWN
    return [loss.id, _calls(loss), _money(use, loss.budget_units), loss.period, *_used(use), calls, use.state, loss.why]


def _used(use: AllowedLossUse) -> tuple[str, str]:
    return (
        decimal_text(use.lost_units, 2) if use.HasField("lost_units") else output.UNKNOWN,
        decimal_text(use.aside_units, 2) if use.HasField("aside_units") else output.UNKNOWN,
    )


def _money(use: AllowedLossUse, units: int) -> str:
    return f"{decimal_text(units, 2)} {use.base_currency}"


def _calls(loss: AllowedLoss) -> str:
    named = [(loss.destination, "to"), (loss.code, "code"), (loss.vendor, "by")]
    return ", ".join([f"of {loss.client}", *(f"{word} {name}" for name, word in named if name)])


def _write_one(use: AllowedLossUse) -> None:
    loss = use.loss
    lost, aside = _used(use)
    output.pairs(
        [
            ("allowed loss", loss.id),
            ("calls", _calls(loss)),
            ("state", use.state),
            ("budget", f"{_money(use, loss.budget_units)}{'' if loss.period == Period.EVER else f' a {loss.period}'}"),
            ("period since", output.when(use.period_ms) if loss.period != Period.EVER else ""),
            ("lost", lost),
            ("set aside", f"{aside} for {use.open_calls} open calls" if use.HasField("open_calls") else aside),
        ]
    )
    output.section("fields, as `losses set` takes them")
    write_fields(in_order(dict(use.fields), LOSS_FIELDS), {}, "")
