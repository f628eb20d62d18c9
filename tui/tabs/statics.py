"""Static entries: vendors that stand first, last, alone or out of the way for some calls."""

from domain.policies.statics import Place
from protos import operators_pb2
from protos import statics_pb2 as pb
from tui import formats
from tui.forms.statics import static_form
from tui.link import Link, LinkError
from tui.screens.form import FormScreen
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Column, Row, Tone, number, word

_TONES: dict[str, Tone] = {Place.NEVER: "bad", Place.LAST: "warn", Place.ONLY: "hue", Place.FIRST: "good"}
FIELDS = "place client product destination code vendor trunk priority weight at_most".split()


class StaticsTab(Tab):
    """One row per entry, the most specific first: the first that fits a call and a route counts.

    `+` adds one, `=` sets fields.
    """

    name = "Statics"
    columns = (
        Column("entry", 12, flex=1),
        Column("place", 6),
        Column("routes of", 14, flex=1),
        Column("for calls of", 20, flex=2),
        Column("priority", 8, right=True, above=84),
        Column("weight", 6, right=True),
        Column("at most", 8, right=True),
    )
    empty = "no static entries: + adds one"
    filter_hint = "part of what an entry names"
    every_s = 10.0
    adds = ("static entry",)
    has_fields = True
    deeds = ("remove",)

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of entries."""
        page = operators_pb2.PageRequest(filter=ask.filter, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.statics.List, page)
        return Listed([_row(one) for one in reply.entries], reply.total)

    def form(self, kind: str, link: Link, now_ms: int, row: Row | None) -> FormScreen:
        """Return the form of a new one."""
        return static_form(link)

    async def fields(self, link: Link, row: Row | None) -> tuple[str, dict[str, str]]:
        """Return the fields of the entry under the cursor."""
        if row is None:
            raise LinkError("there is no entry to change")
        one = _of(row)
        texts = {name: str(getattr(one, name)) for name in FIELDS if name != "at_most"}
        at_most = f"{one.at_most_bp / 100:g}" if one.HasField("at_most_bp") else ""
        return f"static entry {one.id}", texts | {"at_most": at_most}

    async def set_fields(self, link: Link, row: Row | None, values: dict[str, str]) -> str:
        """Change fields of the entry under the cursor."""
        assert row is not None, "its fields were shown"
        changes = operators_pb2.FieldChanges(id=row.key, values=values)
        return (await link.ask(lambda services: services.statics.Set, changes)).what

    def question(self, deed: str, row: Row) -> str:
        """Ask before the entry is removed."""
        return f"Remove static entry {row.key}? Its calls are routed by what else fits them, at once."

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Remove the entry."""
        return (await link.ask(lambda services: services.statics.Remove, operators_pb2.Named(name=row.key))).what


def _of(row: Row) -> pb.StaticEntry:
    assert isinstance(row.item, pb.StaticEntry), "rows of entries are made here"
    return row.item


def _row(one: pb.StaticEntry) -> Row:
    whose = one.trunk or one.vendor or "any vendor"
    named = (
        (one.client, "client"),
        (one.product, "product"),
        (one.destination, "to"),
        (one.code, "code"),
    )
    calls = ", ".join(f"{word_} {text}" for text, word_ in named if text) or "all"
    at_most = formats.ratio(one.at_most_bp, 10_000) if one.HasField("at_most_bp") else formats.NOTHING
    return Row(
        one.id,
        (
            word(one.id, "strong"),
            word(one.place, _TONES.get(one.place, "plain")),
            word(whose),
            word(calls),
            number(f"{one.priority}", one.priority, "dim"),
            number(f"{one.weight}", one.weight),
            number(at_most, one.at_most_bp),
        ),
        one,
    )
