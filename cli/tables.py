"""`switchboard tables`: static routing tables for switches that only take files."""

from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson
from cli.reach import desk
from protos.operators_pb2 import Empty, TableRequest, TableStates
from protos.operators_pb2_grpc import TablesServiceStub

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Make and list static routing tables.")


@app.command()
def export(
    switch: Annotated[str, typer.Argument(metavar="SWITCH", help="Whose tables.", show_default=False)],
    client: Annotated[str, typer.Option(help="Only this client's.", show_default=False)] = "",
    to: Annotated[Path, typer.Option(file_okay=False, help="The folder that gets the files.")] = Path("."),
) -> None:
    """Make the tables of a switch now, by its template (`switches set SWITCH table=wide`), and write them here."""
    to.mkdir(parents=True, exist_ok=True)
    written: dict[str, str] = {}
    with desk() as channel:
        for piece in TablesServiceStub(channel).Export(TableRequest(switch_id=switch, client=client)):
            path = to / Path(piece.file_name).name
            with path.open("ab" if piece.file_name in written else "wb") as file:
                file.write(piece.data)
            written[piece.file_name] = f"{path}: {piece.rows} codes, version {piece.version}"
    for line in written.values():
        typer.echo(line)


@app.command("list")
def list_tables(as_json: AsJson = False) -> None:
    """List the tables that are kept, each with its version and its file in the data folder's `tables`."""
    with desk() as channel:
        reply = TablesServiceStub(channel).List(Empty())
    output.answer(reply, as_json, _write)


def _write(found: TableStates) -> None:
    output.table(
        ("switch", "template", "file", "version", ">codes", "written", "error"),
        (
            [
                one.switch_id,
                one.template,
                one.file_name,
                str(one.version),
                str(one.rows),
                output.when(one.written_ms),
                one.error,
            ]
            for one in found.tables
        ),
        "no tables: give a switch a template with `switchboard switches set SWITCH table=csv`",
    )
