"""A rate sheet sent from the machine of the console, with all that `switchboard sheets send` may say of it."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from textual.app import App
from textual.suggester import Suggester

from protos import operators_pb2
from protos import sheets_pb2 as pb
from tui.known_names import KnownNames
from tui.link import Link, LinkError
from tui.moments import moment_of
from tui.paths import FileSuggester, file_at
from tui.screens.form import FormScreen, Line

PIECE_BYTES = 1 << 20
_UTC = "UTC"


async def send(app: App[Any], link: Link, plan: str, now_ms: int) -> tuple[str, list[pb.Sheet]]:
    """Ask for a file, the plan that it is for (`plan` stands there at first), and what else is known of it; send it.

    `now_ms` is business time, UTC ms. Returns what was done, and the sheets that came of it. Raises LinkError.
    """
    came: list[pb.Sheet] = []

    async def zones(_text: str = "") -> dict[str, str]:
        listed = await link.ask(lambda services: services.plans.List, operators_pb2.Empty())
        return {one.id: one.zone or _UTC for one in listed.plans}

    async def templates(_text: str) -> list[str]:
        listed = await link.ask(lambda services: services.templates.List, pb.TemplateQuery())
        return [one.name for one in listed.templates]

    async def done(values: Mapping[str, str]) -> str:
        file = file_at(values["file"])
        head = _head(values, await zones(), now_ms)
        head.file_name = file.name
        sent = await link.send(lambda services: services.sheets.Send, _pieces(head, file))
        came.extend(sent.sheets)
        return "; ".join(f"sheet {one.id} ({one.file_name}) is received and being read" for one in sent.sheets)

    lines = _lines(plan, KnownNames("", zones), KnownNames("", templates))
    card = FormScreen("Send a rate sheet", "Nothing is live until it is applied.", lines, done)
    return await app.push_screen_wait(card), came


def _lines(plan: str, plans: Suggester, templates: Suggester) -> tuple[Line, ...]:
    return (
        Line("file", hint="on this machine: xlsx, xls, ods, csv, tsv, txt, or a zip", suggester=FileSuggester()),
        Line("plan", plan, "the plan that it is for", suggester=plans),
        Line("date", hint="of rows that have none, in the plan's zone: 2026-12-01"),
        Line("received", hint="when it came, UTC; notice counts from there; empty: now"),
        Line("template", hint="empty: the one that fits, else its headings are asked about", suggester=templates),
        Line("sender", hint="whose mail it came with; may be left out"),
        Line("subject", hint="of that mail; may be left out"),
    )


def _head(values: Mapping[str, str], zones: Mapping[str, str], now_ms: int) -> pb.SheetChunk:
    """Return what is said of the file before its bytes. Raises LinkError, ValueError."""
    if not values["plan"]:
        raise LinkError("a sheet is for a plan: name it (screen 6 lists them)")
    zone = zones.get(values["plan"], _UTC)
    return pb.SheetChunk(
        plan=values["plan"],
        sender=values["sender"],
        subject=values["subject"],
        template=values["template"],
        effective_ms=_moment(values["date"], now_ms, zone),
        received_ms=_moment(values["received"], now_ms, _UTC),
    )


def _moment(text: str, now_ms: int, zone: str) -> int | None:
    """Read a moment, None only where nothing is said. Raises ValueError."""
    at_ms = moment_of(text, now_ms, zone)
    return now_ms if text and at_ms is None else at_ms


async def _pieces(head: pb.SheetChunk, file: Path) -> AsyncIterator[pb.SheetChunk]:
    """Yield the head, then the bytes of the file. Raises OSError."""
    yield head
    with file.open("rb") as stream:
        while data := stream.read(PIECE_BYTES):
            yield pb.SheetChunk(data=data)
