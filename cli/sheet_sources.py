"""`switchboard sheets sources|inbox|take|dismiss`: sheets that come by themselves, from folders and the mailbox."""

from collections.abc import Iterable
from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, Limit, Offset
from cli.reach import desk
from protos.operators_pb2 import PageRequest
from protos.sheets_pb2 import (
    SheetItem,
    SheetItemPage,
    SheetItemQuery,
    SheetItemRef,
    SheetSource,
    SheetSources,
    SheetTake,
)
from protos.sheets_pb2_grpc import SheetSourcesServiceStub

ItemId = Annotated[int, typer.Argument(min=1, metavar="ITEM", help="As `sheets inbox` counts.", show_default=False)]


def sources(as_json: AsJson = False) -> None:
    """Show where sheets come from by themselves: when it was looked there, what came, and what is wrong."""
    with desk() as channel:
        reply = SheetSourcesServiceStub(channel).List(PageRequest())

    def write(found: SheetSources) -> None:
        empty = "no sources: name folders or a mailbox in [sheets] of switchboard.toml"
        titles = ("source", "plan", "last look (UTC)", ">sheets", ">waiting", ">refused", "last file (UTC)", "error")
        output.table(titles, map(_source, found.sources), empty)

    output.answer(reply, as_json, write)


def inbox(
    state: Annotated[
        str, typer.Option(metavar="STATE", help="waiting, taken, refused or dismissed.", show_default=False)
    ] = "",
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List what came by itself, the newest first: which sheet it is, or why it is none yet."""
    with desk() as channel:
        reply = SheetSourcesServiceStub(channel).Inbox(SheetItemQuery(state=state, limit=limit, offset=offset))

    def write(page: SheetItemPage) -> None:
        _write_items(page.items)
        output.paged(len(page.items), page.total, offset)

    output.answer(reply, as_json, write)


def take(
    item: ItemId,
    plan: Annotated[str, typer.Option(help="The plan that it is for.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Make a sheet of a file that waits for a plan; it is read at once."""
    with desk() as channel:
        sheet = SheetSourcesServiceStub(channel).Take(SheetTake(id=item, plan=plan))
    said = f"item {item} is sheet {sheet.id} of {sheet.plan}; follow it: `switchboard sheets watch {sheet.id}`"
    output.answer(sheet, as_json, lambda _: output.lines([said]))


def dismiss(item: ItemId) -> None:
    """Let a file wait no more, and delete what is kept of it; the mailbox or folder still has it."""
    with desk() as channel:
        output.changed(SheetSourcesServiceStub(channel).Dismiss(SheetItemRef(id=item)))


def _source(one: SheetSource) -> list[str]:
    counts = [output.count(one.taken), output.count(one.waiting), output.count(one.refused)]
    return [
        one.name,
        one.plan,
        output.when(one.last_look_ms),
        *counts,
        output.when(one.last_file_ms),
        one.error,
    ]


def _write_items(items: Iterable[SheetItem]) -> None:
    output.table(
        (">item", "received (UTC)", "from", "file", "state", "plan", ">sheet", "what"),
        (
            [
                str(one.id),
                output.when(one.received_ms),
                one.sender or one.source,
                one.file_name or f'"{one.subject}"',
                one.state,
                one.plan,
                str(one.sheet) if one.sheet else "",
                one.words,
            ]
            for one in items
        ),
        "nothing came",
    )
