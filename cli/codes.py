"""`switchboard codes`: the reference book."""

from collections.abc import Iterable
from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, Filter, Limit, Offset
from cli.progress import progress
from cli.reach import desk
from protos.operators_pb2 import Code, Codes, Empty, Named, PageRequest, SeedProgress
from protos.operators_pb2_grpc import CodesServiceStub

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Seed, find and list the codes and destinations of the reference book.",
)


@app.command()
def seed() -> None:
    """Fill the reference book with the codes of all countries, mobile and fixed."""
    last = SeedProgress(what="the reference book is unchanged")
    with desk() as channel, progress("reference book") as tick:
        for step in CodesServiceStub(channel).Seed(Empty()):
            tick(step.what, step.done, step.total)
            last = step
    output.lines([last.what])


@app.command()
def find(
    number: Annotated[str, typer.Argument(help="A number in E.164 digits.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """List the codes that begin a number, the longest first."""
    with desk() as channel:
        reply = CodesServiceStub(channel).Find(Named(name=number))
    output.answer(reply, as_json, lambda found: _table(found.codes, f"no code begins {number}"))


@app.command("list")
def list_codes(as_json: AsJson = False, filter: Filter = "", limit: Limit = 50, offset: Offset = 0) -> None:
    """List the codes of the reference book, a page at a time."""
    with desk() as channel:
        reply = CodesServiceStub(channel).List(PageRequest(filter=filter, limit=limit, offset=offset))

    def write(page: Codes) -> None:
        _table(page.codes, "no codes: fill the book with `switchboard codes seed`")
        output.paged(len(page.codes), page.total, offset)

    output.answer(reply, as_json, write)


def _table(codes: Iterable[Code], empty: str) -> None:
    output.table(("code", "destination", "country"), ([c.code, c.destination, c.country] for c in codes), empty)
