"""`switchboard codes names, map, unmap`: what partners call our destinations."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson
from cli.reach import desk
from protos.codes_pb2 import PartnerName, PartnerNames
from protos.codes_pb2_grpc import ReferenceBookServiceStub
from protos.operators_pb2 import Named

Partner = Annotated[str, typer.Argument(metavar="PARTNER", help="Its short name.", show_default=False)]
Name = Annotated[str, typer.Argument(metavar="NAME", help="As its sheets have it.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add the commands to a group."""
    app.command()(names)
    app.command("map")(set_name)
    app.command()(unmap)


def names(partner: Partner, as_json: AsJson = False) -> None:
    """List what a partner calls our destinations; applied sheets add the names that are clear."""
    with desk() as channel:
        reply = ReferenceBookServiceStub(channel).Names(Named(name=partner))

    def write(found: PartnerNames) -> None:
        output.table(("their name", "our destination"), sorted(map(list, found.names.items())), "none is known")

    output.answer(reply, as_json, write)


def set_name(
    partner: Partner,
    name: Name,
    destination: Annotated[str, typer.Argument(metavar="DESTINATION", help="Ours.", show_default=False)],
) -> None:
    """Remember that a partner's name is a destination of ours."""
    with desk() as channel:
        order = PartnerName(partner=partner, name=name, destination=destination)
        output.changed(ReferenceBookServiceStub(channel).SetName(order))


def unmap(partner: Partner, name: Name) -> None:
    """Forget a partner's name."""
    with desk() as channel:
        output.changed(ReferenceBookServiceStub(channel).SetName(PartnerName(partner=partner, name=name)))
