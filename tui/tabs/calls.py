"""Calls that are open now: held at us, asked for or talking."""

from textual.content import Content

from protos import operators_pb2, switch_pb2
from tui import formats
from tui.link import Link
from tui.tabs.leg import call_drill
from tui.tabs.tab import Ask, Drill, Listed, Tab
from tui.widgets.cells import Column, Row, number, word


class CallsTab(Tab):
    """One row per open call, as its hold knows it."""

    name = "Open calls"
    columns = (
        Column("age", 7, right=True),
        Column("state", 6),
        Column("client", 9),
        Column("A", 14, above=100),
        Column("B", 14),
        Column("destination", 15, flex=3),
        Column("vendor", 9, flex=1),
        Column("trunk", 12, above=120),
        Column("PDD", 6, right=True, above=100),
        Column("held", 9, right=True),
        Column("ends in", 8, right=True, above=120),
    )
    empty = "no open calls: one appears here as soon as a switch asks for it"
    every_s = 2.0
    filter_hint = "part of a number, a client or a trunk"
    has_why = True
    has_drill = True

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for one page of open calls."""
        page = operators_pb2.PageRequest(filter=ask.filter, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.calls.List, page)
        rows = [_row(call, reply.now_ms) for call in reply.calls]
        return Listed(rows, reply.total, _summary(list(reply.calls)))

    def enter(self, row: Row) -> Drill | None:
        """Open what is known of the call: its legs so far, and why it went so."""
        call = row.item
        assert isinstance(call, operators_pb2.OpenCall)
        return call_drill(call.call_key.hex(), f"Call {call.client} → {call.b}")

    why = enter


def _row(call: operators_pb2.OpenCall, now_ms: int) -> Row:
    age_ms = now_ms - call.since_ms
    left_ms = call.expires_ms - now_ms
    return Row(
        call.hold_id.hex(),
        (
            number(formats.span(age_ms), age_ms, "strong" if call.started else "dim"),
            word("talk", "good") if call.started else word("asked", "warn"),
            word(call.client, "strong"),
            word(call.a, "dim"),
            word(call.b),
            word(call.destination),
            word(call.vendor, "hue"),
            word(call.trunk, "dim"),
            number(formats.seconds(call.pdd_ms) if call.pdd_ms else formats.NOTHING, call.pdd_ms),
            number(formats.amount(call.held), call.held.units, "strong"),
            number(formats.span(left_ms), left_ms, "warn" if left_ms < 10_000 else "dim"),
        ),
        call,
    )


def _summary(calls: list[operators_pb2.OpenCall]) -> Content | None:
    """Sum up the page: how many talk, and what is held in each currency."""
    if not calls:
        return None
    talking = sum(call.started for call in calls)
    held: dict[str, int] = {}
    for call in calls:
        held[call.held.currency] = held.get(call.held.currency, 0) + call.held.units
    sums = [switch_pb2.Money(units=units, currency=currency) for currency, units in sorted(held.items()) if currency]
    return Content.assemble(
        (" talking ", "$dim"), (f"{talking}", "bold $success"), ("   asked ", "$dim"),
        (f"{len(calls) - talking}", "bold $warning"), ("   held ", "$dim"),
        ("  ".join(f"{formats.amount(one)} {one.currency}" for one in sums), "bold $strong"),
    )  # fmt: skip
