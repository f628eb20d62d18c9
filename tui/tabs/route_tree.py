"""Where calls go: countries, and the destinations of each, with how they go now and who is out."""

import asyncio
from dataclasses import dataclass

from textual.content import Content

from protos import route_tree_pb2 as pb
from protos import routes_pb2
from tui import formats
from tui.link import Link
from tui.tabs.quality_cells import asr_tone, share, talk
from tui.tabs.route_states import change
from tui.tabs.route_tab import RouteTab
from tui.tabs.tab import Ask, Listed
from tui.widgets.cells import Cell, Column, Row, Tone, number, word
from tui.windows import QUALITY

SORTS = ("attempts", "out", "asr", "acd", "minutes", "open", "name")
_BAR = 10


@dataclass(slots=True)
class Whose:
    """Whose calls the lists of a screen tell of: a client's; "": those of all vendors."""

    client: str = ""

    def words(self) -> str:
        """Say it."""
        return self.client or "all clients"


class TreeTab(RouteTab):
    """One row per country, or per destination of one; a filter finds destinations of all countries."""

    name = "Destinations"
    brief = "Dest."
    empty = "no such destination: clear the filter with Esc; an empty book is filled by `switchboard codes seed`"
    every_s = 2.0
    windows = QUALITY
    sorts = SORTS
    filter_hint = "part of a name; a code; a number: how it is routed, with a client before it: callwell 447911123456"
    has_drill = True
    has_why = True

    def __init__(self, whose: Whose, country: str = "") -> None:
        self.whose, self.country = whose, country
        self.columns = (
            Column("destination" if country else "country", 16, flex=3),
            *(() if country else (Column("cc", 2, whole=True, drop=8), Column("of", 3, right=True, drop=9))),
            Column("calls", 7, right=True),
            Column("ASR", 5, right=True),
            Column("0       100", _BAR, drop=4, whole=True),
            Column("NER", 5, right=True, drop=5),
            Column("ACD", 6, right=True),
            Column("open", 5, right=True),
            Column("minutes", 8, right=True, drop=6),
            Column("in", 3, right=True),
            Column("out", 14, flex=2),
        )

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page, sorted over all pages."""
        query = pb.RouteTreeQuery(
            client=self.whose.client, country=self.country, text=ask.filter, window=ask.window, sort=ask.sort,
            limit=ask.limit, offset=ask.offset,
        )  # fmt: skip
        last = routes_pb2.RouteEventsQuery(limit=1)
        reply, events = await asyncio.gather(
            link.ask(lambda services: services.tree.Tree, query),
            link.ask(lambda services: services.routes.Events, last),
        )
        summary = _summary(reply.all, self.whose)
        if events.events and not self.country:
            summary = Content.assemble(summary, "\n", *_last(events.events[0], reply.now_ms))
        return Listed([_row(one, bool(self.country)) for one in reply.nodes], reply.total, summary)


def node_of(row: Row) -> pb.RouteNode:
    """Return what a row was made of."""
    assert isinstance(row.item, pb.RouteNode)
    return row.item


def _row(one: pb.RouteNode, within: bool) -> Row:
    asr = 100 * one.answered / one.attempts if one.attempts else 0.0
    return Row(
        f"{one.country} {one.destination}",
        (
            word(one.title, "strong" if one.attempts or one.open else "plain"),
            *(() if within else (word(one.country, "dim"), _how_many(one))),
            number(formats.count(one.attempts) if one.attempts else formats.NOTHING, one.attempts, _quiet(one)),
            share(one.answered, one.attempts, "strong"),
            Cell(formats.bar(one.answered, one.attempts, _BAR, "·") if one.attempts else "", asr_tone(asr), int(asr)),
            share(one.effective, one.attempts),
            talk(one.talk_s, one.ended_answered),
            number(formats.count(one.open) if one.open else formats.NOTHING, one.open, "plain" if one.open else "dim"),
            number(f"{one.talk_s / 60:,.0f}" if one.talk_s else formats.NOTHING, one.talk_s, _quiet(one)),
            number(f"{one.vendors}" if one.vendors else formats.NOTHING, one.vendors, "good" if one.vendors else "dim"),
            _away(one),
        ),
        one,
    )


def _away(one: pb.RouteNode) -> Cell:
    """Return who is out, and who stands last."""
    told = [
        f"{sign} {', '.join(names)}" + (f", {_routes(count)}" if count > len(names) else "")
        for sign, names, count in (("✕", one.out, one.out_count), ("▽", one.last, one.last_count))
        if count
    ]
    tone: Tone = "bad" if one.out_count else "warn" if told else "dim"
    return Cell("  ".join(told) or formats.NOTHING, tone, one.out_count)


def _how_many(one: pb.RouteNode) -> Cell:
    return number("" if one.destination else f"{one.destinations:,}", one.destinations, "dim")


def _routes(count: int) -> str:
    return f"{count:,} route{'s' if count != 1 else ''}"


def _quiet(one: pb.RouteNode) -> Tone:
    return "plain" if one.attempts else "dim"


def _last(one: routes_pb2.RouteEventEntry, now_ms: int) -> tuple[tuple[str, str], ...]:
    age = formats.age(max(0, now_ms - one.at_ms) / 1000)
    return (f" last change {age}{'' if age == 'now' else ' ago'}  ", "$dim"), (
        formats.plain(change(one)),
        "$foreground",
    )


def _summary(every: pb.RouteNode, whose: Whose) -> Content:
    acd = formats.span(every.talk_s * 1000 // every.ended_answered) if every.ended_answered else formats.NOTHING
    out = f"✕ {_routes(every.out_count)} out" if every.out_count else "no route out"
    last = f"  ▽ {_routes(every.last_count)} last" if every.last_count else ""
    return Content.assemble(
        (f" {whose.words()}", "bold $strong"), ("   calls ", "$dim"), (formats.count(every.attempts), "$foreground"),
        ("   ASR ", "$dim"), (formats.ratio(every.answered, every.attempts), "$foreground"), ("   ACD ", "$dim"),
        (acd, "$foreground"), ("   open ", "$dim"), (formats.count(every.open), "$foreground"), "   ",
        (out, "bold $error" if every.out_count else "$dim"), (last, "$warning"),
    )  # fmt: skip
