"""`switchboard codes drafts, confirm, refuse`: codes from rate sheets that the book does not have."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, Limit, Offset
from cli.reach import desk
from protos.codes_pb2 import BookOrder, CodeDrafts, DraftQuery, DraftSums
from protos.codes_pb2_grpc import ReferenceBookServiceStub

Codes = Annotated[list[str] | None, typer.Argument(metavar="CODE...", help="Of drafts.", show_default=False)]
OfSheet = Annotated[
    int | None, typer.Option("--sheet", metavar="N", min=1, help="All that this sheet left.", show_default=False)
]
Under = Annotated[
    str | None,
    typer.Option(
        metavar="DESTINATION",
        help="Of these those whose numbers it has now; `none`: those that no code of the book begins.",
        show_default=False,
    ),
]

_NO_DRAFTS = "no drafts: sheets that are applied leave those codes here that the book does not have"


def add_to(app: typer.Typer) -> None:
    """Add the commands to a group."""
    for command in (drafts, confirm, refuse):
        app.command()(command)


def drafts(
    state: Annotated[str, typer.Option(help="draft, confirmed, refused or all.")] = "draft",
    sheet: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only of this sheet.", show_default=False)
    ] = None,
    under: Under = None,
    sums: Annotated[bool, typer.Option("--sums", help="How many, by sheet and destination.")] = False,
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List codes that sheets had and the book has not: no number is looked up by them until they are confirmed."""
    if state not in ("draft", "confirmed", "refused", "all"):
        raise typer.BadParameter(f"{state!r} is no state: give draft, confirmed, refused or all")
    query = DraftQuery(state=state, sheet=sheet or 0, limit=limit, offset=offset, under=_under(under))
    with desk() as channel:
        book = ReferenceBookServiceStub(channel)
        if sums:
            output.answer(book.SumDrafts(query), as_json, lambda found: _write_sums(found, offset))
            return
        reply = book.Drafts(query)

    def write(found: CodeDrafts) -> None:
        output.table(
            ("code", "their name", "under", "destination", "partner", ">sheet", "from (UTC)", "state", "by"),
            (
                [
                    one.code,
                    one.name,
                    one.parent,
                    one.destination,
                    one.partner,
                    str(one.sheet),
                    output.when(one.valid_from_ms),
                    one.state,
                    one.decided_by,
                ]
                for one in found.drafts
            ),
            _NO_DRAFTS,
        )
        output.paged(len(found.drafts), found.total, offset)
        if len(found.sheets) > 1:
            output.section("by sheet")
            rows = [[str(one.sheet), one.partner, one.plan, output.count(one.drafts)] for one in found.sheets]
            output.table((">sheet", "partner", "plan", ">drafts"), rows, "")
        if found.total > len(found.drafts):
            typer.echo("by destination: `codes drafts --sums`; all at once: `codes confirm|refuse --sheet N`")

    output.answer(reply, as_json, write)


def confirm(
    codes: Codes = None,
    sheet: OfSheet = None,
    under: Under = None,
    destination: Annotated[
        str, typer.Option(metavar="NAME", help="Else that of the next shorter code.", show_default=False)
    ] = "",
) -> None:
    """Take drafts into the book, from now or their rate's day on."""
    with desk() as channel:
        output.changed(ReferenceBookServiceStub(channel).Confirm(_order(codes, sheet, under, destination)))


def refuse(codes: Codes = None, sheet: OfSheet = None, under: Under = None) -> None:
    """Refuse drafts: later sheets do not bring them up again."""
    with desk() as channel:
        output.changed(ReferenceBookServiceStub(channel).Refuse(_order(codes, sheet, under)))


def _order(codes: list[str] | None, sheet: int | None, under: str | None, destination: str = "") -> BookOrder:
    if bool(codes) == bool(sheet):
        raise typer.BadParameter("name the codes of drafts, or give --sheet for all of a sheet")
    if under is not None and not sheet:
        raise typer.BadParameter("--under chooses among the drafts of a sheet: give --sheet too")
    return BookOrder(codes=codes or [], sheet=sheet or 0, under=_under(under), destination=destination)


def _under(said: str | None) -> str | None:
    return "" if said is not None and said.strip().casefold() == "none" else said


def _write_sums(found: DraftSums, offset: int) -> None:
    rows = [
        [str(one.sheet), one.partner, one.plan, one.under or "none", output.count(one.drafts), one.first, one.last]
        for one in found.sums
    ]
    output.table((">sheet", "partner", "plan", "under", ">drafts", "first", "last"), rows, _NO_DRAFTS)
    output.paged(len(found.sums), found.total, offset)
    if found.sums:
        typer.echo(f"{output.count(found.drafts)} drafts; `codes confirm|refuse --sheet N --under DESTINATION`")
