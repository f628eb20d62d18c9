"""`switchboard commitments`: minutes or money that were promised to vendors, and whether they will be reached."""

from typing import Annotated

import typer

from cli import output
from cli.fields import assignments, in_order, write_fields
from cli.parsing import AsJson, Filter, Offset, price
from cli.parsing import Limit as Rows
from cli.quantities import Code, Country, Destination, FirstDay, LastDay, Note, amount, fields_of, where_words
from cli.reach import desk
from domain.money import decimal_text
from domain.quantities.fields import COMMITMENT_FIELDS
from protos.operators_pb2 import FieldChanges, Named, PageRequest
from protos.quantities_pb2 import Commitment, Commitments
from protos.quantities_pb2_grpc import CommitmentsServiceStub

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Keep what was promised to vendors, minutes or money until a date; formulas see what remains and the pace.",
)

Name = Annotated[str, typer.Argument(metavar="COMMITMENT", help="Its short name.", show_default=False)]


@app.command()
def add(
    commitment: Name,
    vendor: Annotated[str, typer.Option(help="The vendor that it was promised to.", show_default=False)],
    first_day: FirstDay,
    last_day: LastDay,
    destination: Destination = "",
    country: Country = "",
    code: Code = "",
    minutes: Annotated[int | None, typer.Option(min=1, help="Billed minutes to be sent.", show_default=False)] = None,
    money: Annotated[
        int | None,
        typer.Option(parser=price, metavar="AMOUNT", help="Or money, in the vendor's currency.", show_default=False),
    ] = None,
    true_up: Annotated[
        int | None,
        typer.Option(
            parser=price, metavar="AMOUNT", help="Owed for each minute that lacks at the end.", show_default=False
        ),
    ] = None,
    warn_pct: Annotated[
        int | None,
        typer.Option(min=0, metavar="PERCENT", help="An alarm from so far behind; else 10.", show_default=False),
    ] = None,
    note: Note = "",
) -> None:
    """Add a commitment: the vendor's calls that start from one day until another count for it."""
    fields = fields_of(
        vendor=vendor,
        destination=destination,
        country=country,
        code=code,
        minutes=minutes,
        money="" if money is None else decimal_text(money),
        true_up="" if true_up is None else decimal_text(true_up),
        from_=first_day,
        until=last_day,
        warn_pct=warn_pct,
        note=note,
    )
    with desk() as channel:
        output.changed(CommitmentsServiceStub(channel).Add(FieldChanges(id=commitment, values=fields)))


@app.command("set")
def set_fields(
    commitment: Name,
    words: Annotated[
        list[str],
        typer.Argument(metavar="FIELD=VALUE...", help="See `commitments show` for the fields.", show_default=False),
    ],
) -> None:
    """Change fields of a commitment: minutes=200000 until=2026-12-31 warn_pct=5."""
    changes = FieldChanges(id=commitment, values=assignments(words, {}))
    with desk() as channel:
        output.changed(CommitmentsServiceStub(channel).Set(changes))


@app.command()
def remove(commitment: Name) -> None:
    """Remove a commitment: nothing is counted for it any more."""
    with desk() as channel:
        output.changed(CommitmentsServiceStub(channel).Remove(Named(name=commitment)))


@app.command()
def show(commitment: Name, as_json: AsJson = False) -> None:
    """Show a commitment: what was sent, what remains, the pace, what will be owed, and every field."""
    with desk() as channel:
        reply = CommitmentsServiceStub(channel).Show(Named(name=commitment))
    output.answer(reply, as_json, _write_one)


@app.command("list")
def list_commitments(as_json: AsJson = False, filter: Filter = "", limit: Rows = 50, offset: Offset = 0) -> None:
    """List commitments with how they stand, those that end first before others, a page at a time."""
    with desk() as channel:
        reply = CommitmentsServiceStub(channel).List(PageRequest(filter=filter, limit=limit, offset=offset))

    def write(page: Commitments) -> None:
        output.table(
            ("commitment", "vendor", "for", "until", ">target", ">sent", ">remaining", ">a day", ">needed", "verdict",
             ">at risk"),
            (_row(one) for one in page.commitments),
            "no commitments: add one with `switchboard commitments add`",
        )  # fmt: skip
        output.paged(len(page.commitments), page.total, offset)

    output.answer(reply, as_json, write)


def _row(one: Commitment) -> list[str]:
    return [
        one.id,
        one.vendor,
        where_words(one.destination, one.country, one.code),
        one.fields["until"],
        _target(one),
        *(_shown(one, name) for name in ("sent", "remaining", "pace", "needed")),
        one.verdict,
        _risk(one),
    ]


def _write_one(one: Commitment) -> None:
    behind = f"{one.behind_pct:.1f} % more than evenly from now on" if one.HasField("behind_pct") else output.UNKNOWN
    output.pairs(
        [
            ("commitment", one.id),
            ("vendor", one.vendor),
            ("for", where_words(one.destination, one.country, one.code)),
            ("from, until", f"{one.fields['from']}, {one.fields['until']} ({one.zone})"),
            ("to be sent", _target(one)),
            ("sent", _shown(one, "sent")),
            ("remaining", _shown(one, "remaining")),
            ("due by now", _shown(one, "due")),
            ("sent a day", _shown(one, "pace")),
            ("needed a day", _shown(one, "needed")),
            ("behind", behind),
            ("will lack", _shown(one, "missing")),
            ("at risk", _risk(one)),
            ("verdict", one.verdict),
        ]
    )
    output.section("fields, as `commitments set` takes them")
    write_fields(in_order(one.fields, COMMITMENT_FIELDS), {}, "")


def _target(one: Commitment) -> str:
    in_money = one.HasField("money_units")
    return amount(one.money_units if in_money else 60 * one.minutes, in_money=in_money, currency=one.currency)


def _shown(one: Commitment, name: str) -> str:
    if not one.HasField(name):  # type: ignore[arg-type]  # the names are those of its amounts
        return output.UNKNOWN
    return amount(getattr(one, name), in_money=one.HasField("money_units"), currency=one.currency)


def _risk(one: Commitment) -> str:
    return f"{decimal_text(one.at_risk_units)} {one.currency}" if one.at_risk_units else ""
