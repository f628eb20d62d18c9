"""`switchboard statics`: vendors that stand first, last, alone or out of the way for some calls."""

from typing import Annotated

import typer

from cli import output
from cli.fields import assignments
from cli.parsing import AsJson, Filter, Offset
from cli.parsing import Limit as Rows
from cli.reach import desk
from domain.policies.spread import MOST_WEIGHT
from domain.policies.statics import MOST_PRIORITY, Place, percent_bp
from protos.operators_pb2 import FieldChanges, Named, PageRequest
from protos.statics_pb2 import StaticEntries, StaticEntry
from protos.statics_pb2_grpc import StaticsServiceStub

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Put vendors first, last, alone or out of the way for some calls; the policy's order stands behind.",
)

Id = Annotated[str, typer.Argument(metavar="ENTRY", help="Its short name.", show_default=False)]


@app.command()
def add(
    entry: Id,
    place: Annotated[
        Place, typer.Option(help="Where its routes stand; any: where the order puts them, with --at-most.")
    ] = Place.ANY,
    vendor: Annotated[str, typer.Option(help="This vendor's routes.", show_default=False)] = "",
    trunk: Annotated[str, typer.Option(help="This outgoing trunk alone.", show_default=False)] = "",
    client: Annotated[str, typer.Option(help="Calls of this client.", show_default=False)] = "",
    product: Annotated[str, typer.Option(help="Calls by trunks that sell this product.", show_default=False)] = "",
    destination: Annotated[str, typer.Option(help="Calls to this destination, by its name.", show_default=False)] = "",
    code: Annotated[str, typer.Option(help="Calls to numbers that begin so.", show_default=False)] = "",
    priority: Annotated[
        int, typer.Option(min=1, max=MOST_PRIORITY, help="Of entries of one place, 1 stands before 2.")
    ] = 1,
    weight: Annotated[
        int, typer.Option(min=1, max=MOST_WEIGHT, help="Its part of being first, among those of the same priority.")
    ] = 1,
    at_most: Annotated[
        int | None,
        typer.Option(
            parser=percent_bp,
            metavar="PERCENT",
            help="First for so many of the calls at most, then last.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Add an entry, in force at once; of those that fit a route the most specific counts."""
    entered = StaticEntry(
        id=entry,
        place=place,
        client=client,
        product=product,
        destination=destination,
        code=code,
        vendor=vendor,
        trunk=trunk,
        priority=priority,
        weight=weight,
        at_most_bp=at_most,
    )
    with desk() as channel:
        output.changed(StaticsServiceStub(channel).Add(entered))


@app.command("set")
def set_fields(
    entry: Id,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="FIELD=VALUE...",
            help="place, vendor, trunk, client, product, destination, code, priority, weight, at_most.",
            show_default=False,
        ),
    ],
) -> None:
    """Change an entry, in force at once: weight=40 at_most=30; `client=` is any client."""
    with desk() as channel:
        output.changed(StaticsServiceStub(channel).Set(FieldChanges(id=entry, values=assignments(words, {}))))


@app.command()
def remove(entry: Id) -> None:
    """Remove an entry: it says nothing from then on."""
    with desk() as channel:
        output.changed(StaticsServiceStub(channel).Remove(Named(name=entry)))


@app.command("list")
def list_entries(as_json: AsJson = False, filter: Filter = "", limit: Rows = 50, offset: Offset = 0) -> None:
    """List entries, the most specific first, a page at a time."""
    with desk() as channel:
        reply = StaticsServiceStub(channel).List(PageRequest(filter=filter, limit=limit, offset=offset))

    def write(page: StaticEntries) -> None:
        output.table(
            ("entry", "place", "routes", "calls", ">priority", ">weight", ">at most"),
            (_row(one) for one in page.entries),
            "no static entries: add one with `switchboard statics add`",
        )
        output.paged(len(page.entries), page.total, offset)

    output.answer(reply, as_json, write)


def _row(entry: StaticEntry) -> list[str]:
    calls = [
        (entry.client, "client"),
        (entry.product, "product"),
        (entry.destination, "to"),
        (entry.code, "code"),
    ]
    routes = f"trunk {entry.trunk}" if entry.trunk else entry.vendor or "any vendor"
    return [
        entry.id,
        entry.place,
        routes,
        ", ".join(f"{word} {name}" for name, word in calls if name) or "all calls",
        str(entry.priority),
        str(entry.weight),
        f"{entry.at_most_bp / 100:.2f} %" if entry.HasField("at_most_bp") else "",
    ]
