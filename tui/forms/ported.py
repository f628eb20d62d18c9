"""A new source of moved numbers, and a file for one."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from textual.content import Content

from domain.portability import PortedSource, SourceKind
from domain.portability_fields import changed_source
from protos import operators_pb2
from protos import portability_pb2 as pb
from tui import formats
from tui.forms.reading import good, needed
from tui.known_names import MOST, KnownNames
from tui.link import Link
from tui.paths import FileSuggester, file_at
from tui.screens.form import FormScreen, Line, WrongLineError

PIECE_BYTES = 1 << 20
_ALL, _CHANGES = "all", "changes"
_WORDS = "Trunks that look numbers up ask it from now on. D removes it."
_FILE_WORDS = "In use from the next call on; wrong rows are listed, others go in."


def source_form(link: Link) -> FormScreen:
    """Return the form of a new source."""

    async def done(values: Mapping[str, str]) -> str:
        await _source(link, values)
        source = pb.PortedSource(name=values["name"], fields=_fields(values))
        return (await link.ask(lambda services: services.ported.Add, source)).what

    async def judge(values: Mapping[str, str]) -> Content:
        source = await _source(link, values)
        which = f"that begin with {', '.join(source.prefixes)}" if source.prefixes else "that no other source has"
        if source.kind is SourceKind.FILE:
            return good(f"numbers {which} are looked up in a file", "I brings one in; until then all have stayed")
        silent = f"while it is silent: {source.silent}"
        return good(f"numbers {which} are asked of {source.server} under {source.zone}", silent)

    lines = (
        Line("name", hint="its short name: kenya"),
        Line("kind", SourceKind.FILE, "file, or enum: a server", tuple(SourceKind)),
        Line("prefixes", hint="that its numbers begin with: 254,255; nothing: all others"),
        Line("server", hint="of enum: 192.0.2.53:53"),
        Line("zone", hint="of enum: e164.arpa"),
        Line("timeout ms", hint="of enum: how long a call waits"),
        Line("keep s", hint="of enum: how long an answer is kept at most"),
        Line("silent", hint="as-dialled, or refuse: what calls do without an answer", choices=("as-dialled", "refuse")),
    )
    return FormScreen("A source of moved numbers", _WORDS, lines, done, judge)


def file_form(link: Link, source: str, came: list[pb.PortedReport]) -> FormScreen:
    """Return the form that brings a file of this machine into a source; what became of it is put into `came`."""

    async def done(values: Mapping[str, str]) -> str:
        head, file = _head(values)
        came.append(await link.send(lambda services: services.ported.Import, _pieces(head, file)))
        return said(values["source"], came[-1])

    async def judge(values: Mapping[str, str]) -> Content:
        head, file = _head(values)
        what = "what is not in it stays as it is" if head.changes else "what is not in it has stayed, then"
        return good(f"{file.name}, {formats.count(file.stat().st_size)} octets, into {head.source}: {what}")

    async def files(_text: str) -> list[str]:
        reply = await link.ask(lambda services: services.ported.List, operators_pb2.Empty())
        return [one.name for one in reply.sources if one.fields["kind"] == SourceKind.FILE][:MOST]

    lines = (
        Line("source", source, "whose numbers they are", suggester=KnownNames("source of files", files)),
        Line("file", hint="csv on this machine: number, routing_number, carrier", suggester=FileSuggester()),
        Line("rows", _ALL, "all that have moved, or changes: laid over what is known", (_ALL, _CHANGES)),
    )
    return FormScreen("A file of moved numbers", _FILE_WORDS, lines, done, judge)


def said(source: str, report: pb.PortedReport) -> str:
    """Say what became of a file."""
    counts = f"{report.added:,} new, {report.changed:,} moved on, {report.removed:,} taken out"
    wrong = f"; {report.wrong:,} rows did not go in" * bool(report.wrong)
    return f"source {source} has {report.numbers:,} numbers: {counts} of {report.rows:,} rows{wrong}"


def _fields(values: Mapping[str, str]) -> dict[str, str]:
    return {line.replace(" ", "_"): text for line, text in values.items() if text and line != "name"}


async def _source(link: Link, values: Mapping[str, str]) -> PortedSource:
    """Return the source that the lines say, checked against the others. Raises LinkError, ValueError, InputError."""
    reply = await link.ask(lambda services: services.ported.List, operators_pb2.Empty())
    others = [changed_source(PortedSource(one.name), dict(one.fields), ()) for one in reply.sources]
    if any(one.name == values["name"] for one in others):
        raise WrongLineError("name", f"there is a source {values['name']!r}: = changes it")
    source = changed_source(PortedSource(values["name"]), _fields(values), others)
    needed(values, name="how it is called")
    return source


def _head(values: Mapping[str, str]) -> tuple[pb.PortedChunk, Path]:
    """Return what is said of a file before its bytes, and the file. Raises LinkError, ValueError."""
    needed(values, source="whose numbers they are", file="on the machine of this console")
    if values["rows"] not in (_ALL, _CHANGES):
        raise WrongLineError("rows", f"{values['rows']!r} is neither {_ALL} nor {_CHANGES}")
    file = file_at(values["file"])
    return pb.PortedChunk(source=values["source"], file_name=file.name, changes=values["rows"] == _CHANGES), file


async def _pieces(head: pb.PortedChunk, file: Path) -> AsyncIterator[pb.PortedChunk]:
    """Yield the head, then the bytes of the file. Raises OSError."""
    yield head
    with file.open("rb") as stream:
        while data := stream.read(PIECE_BYTES):
            yield pb.PortedChunk(data=data)
