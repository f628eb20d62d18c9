"""`switchboard forms`: what the rate sheets that we send look like."""

from typing import Annotated

import typer

from cli import output
from cli.fields import assignments, in_order, write_fields
from cli.parsing import AsJson
from cli.reach import desk
from domain.notices.form_fields import FORM_FIELDS
from domain.notices.shown import USUAL
from protos.notices_pb2 import SheetForm, SheetForms
from protos.notices_pb2_grpc import SheetFormsServiceStub
from protos.operators_pb2 import Empty, FieldChanges, Named

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="List, show, change and remove forms of the rate sheets that we send.",
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The form's name.", show_default=False)]


@app.command("list")
def list_forms(as_json: AsJson = False) -> None:
    """List forms, with what is not as by default and whose contracts name them."""
    with desk() as channel:
        reply = SheetFormsServiceStub(channel).List(Empty())
    output.answer(reply, as_json, _write_list)


@app.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="The form's name; else the usual one.", show_default=False)
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show all fields of a form."""
    with desk() as channel:
        reply = SheetFormsServiceStub(channel).Show(Named(name=name))
    output.answer(reply, as_json, _write_one)


@app.command("set")
def set_fields(
    name: Name,
    words: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE...", help="Fields to change.", show_default=False)],
) -> None:
    """Change fields of a form, or make one: file=csv scope=changes language=de columns=code,destination,price."""
    with desk() as channel:
        output.changed(SheetFormsServiceStub(channel).Set(FieldChanges(id=name, values=assignments(words, {}))))


@app.command()
def remove(name: Name) -> None:
    """Remove a form that no contract names."""
    with desk() as channel:
        output.changed(SheetFormsServiceStub(channel).Remove(Named(name=name)))


def _write_list(found: SheetForms) -> None:
    output.table(
        ("form", "file", "scope", "not as by default", "of"),
        (
            [
                one.name or USUAL,
                one.values["file"],
                one.values["scope"],
                " ".join(f"{field}={one.values[field]}" for field in in_order(_differing(one), FORM_FIELDS)),
                ", ".join(one.used_by),
            ]
            for one in found.forms
        ),
        "no forms: make one with `switchboard forms set NAME file=csv`",
    )


def _write_one(found: SheetForm) -> None:
    output.pairs([("form", found.name or USUAL), ("of", ", ".join(found.used_by))])
    output.section("fields")
    write_fields(in_order(found.values, FORM_FIELDS), _differing(found), "not as by default")


def _differing(one: SheetForm) -> dict[str, str]:
    return {field: one.values[field] for field in one.differing}
