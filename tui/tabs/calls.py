"""Calls that are open now: held at us, asked for or talking."""

from textual.content import Content

from protos import operators_pb2, switch_pb2
from tui import formats
from tui.link import Link, LinkError
from tui.screens.story import StoryScreen, end_question
from tui.tabs.call_filter import parted
from tui.tabs.tab import Ask, Drill, Listed, Tab
from tui.widgets.cells import Column, Row, number, word

_WORDS = {
    "client": "client", "vendor": "vendor", "trunk": "trunk", "destination": "destination", "dest": "destination",
    "switch": "switch_id", "state": "state", "number": "number",
}  # fmt: skip
_STATES = {"talking": "started", "talk": "started"}


def story_drill(call: str, title: str, *, decision_only: bool = False) -> Drill:
    """Return the screen that tells one call, found by an id of it in hex."""
    return Drill(title, screen=lambda: StoryScreen(call, title, decision_only=decision_only))


class CallsTab(Tab):
    """One row per open call, as its hold knows it.

    `ends in`: what is left of the time that its switch was told; `hold`: when the hold lapses unless something is
    heard, where that is another moment.
    """

    name = "Open calls"
    columns = (
        Column("age", 7, right=True),
        Column("state", 6),
        Column("client", 9),
        Column("A", 14, above=100),
        Column("B", 14),
        Column("destination", 15, flex=3),
        Column("vendor", 9, flex=1),
        Column("trunk", 12, above=130),
        Column("switch", 10, above=142),
        Column("PDD", 6, right=True, above=100),
        Column("held", 9, right=True),
        Column("ends in", 8, right=True, above=112),
        Column("hold", 8, right=True, above=116),
    )
    empty = "no open calls here: one appears as soon as a switch asks for it; Esc clears a filter"
    every_s = 2.0
    filter_hint = "4477 client:acme vendor:k* trunk: dest: switch: state:asked (or started) call:ID (Call-ID, conf-id)"
    has_why = True
    has_drill = True
    deeds = ("end",)

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for one page of open calls."""
        reply = await link.ask(lambda services: services.calls.Find, query(ask))
        rows = [_row(call, reply.now_ms) for call in reply.calls]
        return Listed(rows, reply.total, _summary(list(reply.calls)))

    def enter(self, row: Row) -> Drill | None:
        """Open the call's story."""
        call = _call(row)
        return story_drill(call.call_key.hex(), f"Call {call.client} → {call.b}")

    def why(self, row: Row) -> Drill | None:
        """Open the call's decision record."""
        call = _call(row)
        return story_drill(call.call_key.hex(), f"Call {call.client} → {call.b}", decision_only=True)

    def hindrance(self, deed: str, row: Row) -> str:
        """Say that the switch cannot be told."""
        return "" if _call(row).can_disconnect else "its switch cannot be told to end a call"

    def question(self, deed: str, row: Row) -> str:
        """Ask before the call is cut."""
        return end_question(_call(row).client, _call(row).b)

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Have the switch told to end the call."""
        ref = operators_pb2.CallRef(call=_call(row).call_key.hex())
        return (await link.ask(lambda services: services.calls.Disconnect, ref)).what


def query(ask: Ask) -> operators_pb2.CallQuery:
    """Read the words of a filter: name:value, digits of a number, or else a client's beginning; call:ID is the last.

    Raises LinkError for a name that is none.
    """
    words, call = parted(ask.filter)
    found = operators_pb2.CallQuery(limit=ask.limit, offset=ask.offset, call=call)
    for each in words.split():
        name, colon, value = each.partition(":")
        if colon and name.lower() not in _WORDS:
            raise LinkError(f"{name}: is no filter; there is {', '.join(f'{word}:' for word in (*_WORDS, 'call'))}")
        if colon:
            field = _WORDS[name.lower()]
            setattr(found, field, _STATES.get(value, value))
        elif each.lstrip("+").isdecimal():
            found.number = each.lstrip("+")
        else:
            found.client = each.lower() if each.endswith("*") else f"{each.lower()}*"
    return found


def _call(row: Row) -> operators_pb2.OpenCall:
    assert isinstance(row.item, operators_pb2.OpenCall)
    return row.item


def _row(call: operators_pb2.OpenCall, now_ms: int) -> Row:
    age_ms = now_ms - call.since_ms
    left_ms, lapse_ms = call.limit_ms - now_ms, call.expires_ms - now_ms
    told = call.HasField("limit_ms")
    same = told and left_ms // 1000 == lapse_ms // 1000
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
            word(call.switch_id, "dim"),
            number(formats.seconds(call.pdd_ms) if call.pdd_ms else formats.NOTHING, call.pdd_ms),
            number(formats.amount(call.held), call.held.units, "strong"),
            number(formats.span(left_ms), left_ms, "warn" if left_ms < 10_000 else "dim") if told else word(""),
            number("" if same else formats.span(lapse_ms), lapse_ms, "dim"),
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
