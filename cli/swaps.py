"""`switchboard swaps`: traffic that is exchanged with partners, and whether its balance is within its band."""

from typing import Annotated

import typer

from cli import output
from cli.fields import assignments, in_order, write_fields
from cli.parsing import AsJson, Filter, Offset, units
from cli.parsing import Limit as Rows
from cli.quantities import Code, Country, Destination, FirstDay, LastDay, Note, amount, fields_of, where_words
from cli.reach import desk
from domain.money import decimal_text
from domain.quantities.fields import MINUTES, SWAP_FIELDS
from protos.operators_pb2 import FieldChanges, Named, PageRequest
from protos.quantities_pb2 import Swap, Swaps
from protos.quantities_pb2_grpc import SwapsServiceStub

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Keep exchanges of traffic in a band: what partners sent us less what we sent them.",
)

Name = Annotated[str, typer.Argument(metavar="SWAP", help="Its short name.", show_default=False)]


@app.command()
def add(
    swap: Name,
    partner: Annotated[str, typer.Option(help="Whom traffic is exchanged with.", show_default=False)],
    first_day: FirstDay,
    last_day: LastDay,
    low: Annotated[
        int,
        typer.Option(
            parser=units, metavar="AMOUNT", help="What we may have sent beyond what came: -5000.", show_default=False
        ),
    ],
    high: Annotated[
        int,
        typer.Option(
            parser=units, metavar="AMOUNT", help="What may have come beyond what we sent: 5000.", show_default=False
        ),
    ],
    destination: Destination = "",
    country: Country = "",
    code: Code = "",
    unit: Annotated[str, typer.Option(metavar="UNIT", help="minutes, or money of the contract.")] = MINUTES,
    note: Note = "",
) -> None:
    """Add a swap: calls both ways that start from one day until another count for its balance."""
    fields = fields_of(
        partner=partner,
        destination=destination,
        country=country,
        code=code,
        low=decimal_text(low, 0),
        high=decimal_text(high, 0),
        unit=unit,
        from_=first_day,
        until=last_day,
        note=note,
    )
    with desk() as channel:
        output.changed(SwapsServiceStub(channel).Add(FieldChanges(id=swap, values=fields)))


@app.command("set")
def set_fields(
    swap: Name,
    words: Annotated[
        list[str],
        typer.Argument(metavar="FIELD=VALUE...", help="See `swaps show` for the fields.", show_default=False),
    ],
) -> None:
    """Change fields of a swap: low=-8000 high=8000 until=2026-12-31."""
    changes = FieldChanges(id=swap, values=assignments(words, {}))
    with desk() as channel:
        output.changed(SwapsServiceStub(channel).Set(changes))


@app.command()
def remove(swap: Name) -> None:
    """Remove a swap: nothing is counted for it any more."""
    with desk() as channel:
        output.changed(SwapsServiceStub(channel).Remove(Named(name=swap)))


@app.command()
def show(swap: Name, as_json: AsJson = False) -> None:
    """Show a swap: what came, what went, the balance in its band, and every field."""
    with desk() as channel:
        reply = SwapsServiceStub(channel).Show(Named(name=swap))
    output.answer(reply, as_json, _write_one)


@app.command("list")
def list_swaps(as_json: AsJson = False, filter: Filter = "", limit: Rows = 50, offset: Offset = 0) -> None:
    """List swaps with their balances, those that end first before others, a page at a time."""
    with desk() as channel:
        reply = SwapsServiceStub(channel).List(PageRequest(filter=filter, limit=limit, offset=offset))

    def write(page: Swaps) -> None:
        output.table(
            ("swap", "partner", "for", "until", ">came", ">went", ">balance", "band", ">may go", "verdict"),
            (_row(one) for one in page.swaps),
            "no swaps: add one with `switchboard swaps add`",
        )
        output.paged(len(page.swaps), page.total, offset)

    output.answer(reply, as_json, write)


def _row(one: Swap) -> list[str]:
    amounts = [_shown(one, name) for name in ("came", "went", "balance")]
    where = where_words(one.destination, one.country, one.code)
    return [one.id, one.partner, where, one.fields["until"], *amounts, _band(one), _shown(one, "room"), one.verdict]


def _write_one(one: Swap) -> None:
    place = f"{one.position_pct:.1f} (-100: low end, 100: high end)" if one.HasField("position_pct") else output.UNKNOWN
    output.pairs(
        [
            ("swap", one.id),
            ("partner", one.partner),
            ("for", where_words(one.destination, one.country, one.code)),
            ("from, until", f"{one.fields['from']}, {one.fields['until']} ({one.zone})"),
            ("came from it", _shown(one, "came")),
            ("went to it", _shown(one, "went")),
            ("balance", _shown(one, "balance")),
            ("band", _band(one)),
            ("stands at", place),
            ("may still go", _shown(one, "room")),
            ("verdict", one.verdict),
        ]
    )
    output.section("fields, as `swaps set` takes them")
    write_fields(in_order(one.fields, SWAP_FIELDS), {}, "")


def _band(one: Swap) -> str:
    scale = 1 if one.in_money else 60
    ends = (amount(scale * end, in_money=one.in_money, currency=one.currency) for end in (one.low, one.high))
    return " to ".join(ends)


def _shown(one: Swap, name: str) -> str:
    if not one.HasField(name):  # type: ignore[arg-type]  # the names are those of its amounts
        return output.UNKNOWN
    return amount(getattr(one, name), in_money=one.in_money, currency=one.currency)
