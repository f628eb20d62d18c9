"""`switchboard trunks`: points of interconnection."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, Filter, Limit, MaxCalls, MaxCps, Offset
from cli.reach import desk
from domain.directory import Direction
from protos.operators_pb2 import PageRequest, Trunk, Trunks
from protos.operators_pb2_grpc import TrunksServiceStub

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Add and list the points of interconnection.")


@app.command()
def add(
    trunk: Annotated[str, typer.Argument(metavar="TRUNK", help="Its short name.", show_default=False)],
    partner: Annotated[str, typer.Option(help="Whose it is.", show_default=False)],
    direction: Annotated[Direction, typer.Option(help="As seen from us.", show_default=False)],
    host: Annotated[str, typer.Option(help="In: where calls come from, else any; out: where they go.")] = "",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Out: where calls go.")] = 5060,
    name: Annotated[str, typer.Option(help="The trunk group as the switch names it.", show_default=False)] = "",
    switch: Annotated[str, typer.Option(help="In: the only switch that sees it.", show_default=False)] = "",
    plan: Annotated[str, typer.Option(help="Its own plan, before the partner's.", show_default=False)] = "",
    tech_prefix: Annotated[str, typer.Option(help="Put before numbers to tell partners apart.")] = "",
    country: Annotated[str, typer.Option(help="Country code of national numbers, such as 254.")] = "",
    national_prefix: Annotated[str, typer.Option(help="What begins national numbers, such as 0.")] = "",
    strip: Annotated[int, typer.Option(min=0, max=32, help="Digits to take off at last.")] = 0,
    add_digits: Annotated[str, typer.Option("--add", metavar="DIGITS", help="Digits to put in front at last.")] = "",
    max_calls: MaxCalls = None,
    max_cps: MaxCps = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="Add it, but let no call go.")] = False,
) -> None:
    """Add an incoming or outgoing trunk of a partner with its number rules and limits."""
    entry = Trunk(
        id=trunk,
        partner=partner,
        direction=direction,
        host=host,
        port=port,
        name=name,
        switch_id=switch,
        plan=plan,
        tech_prefix=tech_prefix,
        country=country,
        national_prefix=national_prefix,
        strip=strip,
        add=add_digits,
        max_calls=max_calls,
        max_cps=max_cps,
        disabled=disabled,
    )
    with desk() as channel:
        output.changed(TrunksServiceStub(channel).Add(entry))


@app.command("list")
def list_trunks(as_json: AsJson = False, filter: Filter = "", limit: Limit = 50, offset: Offset = 0) -> None:
    """List trunks, a page at a time."""
    with desk() as channel:
        reply = TrunksServiceStub(channel).List(PageRequest(filter=filter, limit=limit, offset=offset))
    output.answer(reply, as_json, _write)


def _write(found: Trunks) -> None:
    output.table(
        ("trunk", "partner", "direction", "address", "prefix", "switch", "plan", ">calls", ">cps", "state"),
        (
            [
                one.id,
                one.partner,
                one.direction,
                f"{one.host}:{one.port}" if one.direction == Direction.OUT else one.host or "any",
                one.tech_prefix,
                one.switch_id,
                one.plan,
                str(one.max_calls) if one.HasField("max_calls") else "",
                str(one.max_cps) if one.HasField("max_cps") else "",
                "disabled" if one.disabled else "enabled",
            ]
            for one in found.trunks
        ),
        "no trunks: add one with `switchboard trunks add`",
    )
