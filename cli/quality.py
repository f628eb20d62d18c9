"""`switchboard quality`: how vendors' and clients' calls go now, by destination; how those of a period went."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson
from cli.quality_causes import buckets, causes, margins, minute_price
from cli.reach import desk
from domain.codes import country_words
from domain.route_tree import NOT_IN_THE_BOOK
from protos.quality_pb2 import QualityRequest, QualityRow, QualityRows
from protos.quality_pb2_grpc import QualityServiceStub

TITLES = (
    "partner|destination|>attempts|>open|>ASR %|95 %|>leaned|>NER %|>ACD|>PDD|>p95|>short %|>minutes|>cost|>a minute"
).split("|")
app = typer.Typer(add_completion=False, invoke_without_command=True)
app.command("causes")(causes)
app.command("buckets")(buckets)
app.command("margins")(margins)


@app.callback()
def quality(
    ctx: typer.Context,
    vendor: Annotated[str, typer.Option(help="Only this vendor's calls.", show_default=False)] = "",
    client: Annotated[str, typer.Option(help="This client's calls, or `*` for all clients'.", show_default=False)] = "",
    destination: Annotated[
        str, typer.Option(help="Only to this destination: its name, a code or a number.", show_default=False)
    ] = "",
    window: Annotated[str, typer.Option(help="5m, 15m, 1h, 24h, 7d, or the last calls: `100 calls`.")] = "1h",
    by: Annotated[
        str,
        typer.Option(metavar="LEVEL", help="What a row is of: pair, country, partner, destination, trunk or product."),
    ] = "pair",
    sort: Annotated[
        str,
        typer.Option(
            metavar="ORDER",
            help="attempts, open, short, pdd, minutes, cost (the most first), asr, ner, acd (the least first), state "
            "(who is out first) or name.",
        ),
    ] = "attempts",
    limit: Annotated[int, typer.Option(min=1, max=200, help="Rows of a page.")] = 50,
    offset: Annotated[int, typer.Option(min=0, help="Rows that are passed over.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Show how the calls of each vendor, or client, to each destination go now, open ones among them."""
    if ctx.invoked_subcommand is not None:
        return
    if vendor and client:
        raise typer.BadParameter("give a vendor or a client", param_hint="--client")
    request = QualityRequest(
        side="client" if client else "vendor",
        partner=vendor or client.strip("*"),
        destination=destination,
        window=window,
        sort=sort,
        limit=limit,
        offset=offset,
        level=by,
    )
    with desk() as channel:
        reply = QualityServiceStub(channel).List(request)
    output.answer(reply, as_json, lambda found: _write(found, offset, by))


def _write(found: QualityRows, offset: int, by: str) -> None:
    nowhere = NOT_IN_THE_BOOK if by in ("pair", "destination") else "everywhere"
    output.table(
        TITLES,
        (_line(one, nowhere) for one in found.rows),
        f"no calls over {found.window}",
    )
    output.paged(len(found.rows), found.total, offset)


def _line(one: QualityRow, nowhere: str) -> list[str]:
    its, ended = one.figures, sum(cause.calls for cause in one.causes if cause.cause_class == "answered")
    return [
        one.partner,
        _where(one) or nowhere,
        output.count(one.attempts),
        output.count(one.open),
        _share(one.answered, one.attempts),
        f"{its.asr_low:.0f}–{its.asr_high:.0f}" if one.attempts else "",
        f"{its.asr:.1f}",
        _share(one.effective, one.attempts),
        output.clock(round(one.talk_s / ended)) if ended else "",
        f"{one.pdd_p50_s:.1f}" if one.HasField("pdd_p50_s") else "",
        f"{one.pdd_p95_s:.1f}" if one.HasField("pdd_p95_s") else "",
        _share(one.short, ended),
        f"{one.talk_s / 60:,.1f}",
        output.money(one.cost),
        minute_price(one.cost, one.talk_s * 1000),
    ]


def _where(one: QualityRow) -> str:
    """Say of what a row is: a trunk, a product to a destination, a country, a destination; "" where it names none."""
    named = one.destination_name or (str(one.destination) if one.destination else "")
    return " to ".join(filter(None, (one.trunk, one.product, country_words(one.country), named)))


def _share(part: int, of_all: int) -> str:
    return f"{100 * part / of_all:.1f}" if of_all else ""
