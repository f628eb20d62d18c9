"""`switchboard templates`: how the sheets of partners are read."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson
from cli.reach import desk
from protos.sheets_pb2 import SheetTemplate, SheetTemplates, TemplateQuery
from protos.sheets_pb2_grpc import SheetTemplatesServiceStub

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="List, show and remove templates: they are made when a sheet is applied that was read in a new way.",
)

Owner = Annotated[
    str, typer.Argument(metavar="OWNER", help="The partner whose sheets it is for, else a plan.", show_default=False)
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The template's name.", show_default=False)]


@app.command("list")
def list_templates(
    owner: Annotated[str, typer.Option(help="Only those of one partner.", show_default=False)] = "",
    as_json: AsJson = False,
) -> None:
    """List templates in their newest versions."""
    with desk() as channel:
        reply = SheetTemplatesServiceStub(channel).List(TemplateQuery(owner=owner))
    output.answer(reply, as_json, _write_list)


@app.command()
def show(owner: Owner, name: Name, as_json: AsJson = False) -> None:
    """Show what a template takes each column for."""
    with desk() as channel:
        reply = SheetTemplatesServiceStub(channel).Show(TemplateQuery(owner=owner, name=name))
    output.answer(reply, as_json, _write_one)


@app.command()
def remove(owner: Owner, name: Name) -> None:
    """Remove a template: no sheet is read by it any more."""
    with desk() as channel:
        output.changed(SheetTemplatesServiceStub(channel).Remove(TemplateQuery(owner=owner, name=name)))


def _write_list(found: SheetTemplates) -> None:
    output.table(
        ("owner", "template", ">version", "saved (UTC)", "by"),
        ([one.owner, one.name, str(one.version), output.when(one.saved_ms), one.saved_by] for one in found.templates),
        "no templates: one is made when a sheet is applied",
    )


def _write_one(found: SheetTemplate) -> None:
    output.pairs(
        [
            ("template", f"{found.name}, version {found.version}"),
            ("for sheets of", found.owner),
            ("saved", f"{output.when(found.saved_ms)} UTC, by {found.saved_by}" if found.saved_ms else ""),
        ]
    )
    output.section("columns")
    output.lines(found.columns)
