"""The switches: what they asked and reported, when the last record came, and how long after its call."""

from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

SILENCE_WORTH_A_LOOK_MS = 60_000
"""A switch silent for so long in business time is marked."""


class SwitchesTab(Tab):
    """One row per switch, from the watched status. `lag`: from the end of a call to its record; `D` removes one."""

    name = "Switches"
    columns = (
        Column("switch", 12, flex=1),
        Column("recipe", 12, flex=1),
        Column("address", 15, above=96),
        Column("last record", 13, right=True),
        Column("at", 14, above=84),
        Column("lag", 8, right=True, above=92),
        Column("asked", 10, right=True),
        Column("reported", 10, right=True),
        Column("errors", 7, right=True),
    )
    deeds = ("remove",)
    empty = "no switch is configured: `switchboard switches add`"

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask once, for an export before the first watched status."""
        return _listed(await link.ask(lambda services: services.status.Get, operators_pb2.Empty()))

    def question(self, deed: str, row: Row) -> str:
        """Ask before the switch is removed."""
        return f"Remove switch {row.key}? It is refused where a trunk, a call or a record names it."

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Remove the switch."""
        return (await link.ask(lambda services: services.switches.Remove, operators_pb2.Named(name=row.key))).what

    def live(self, status: operators_pb2.Status) -> Listed | None:
        """Take the switches from the watched status."""
        return _listed(status) if status.board.now_ms else None


def last_record(switch: operators_pb2.SwitchState, now_ms: int) -> Cell:
    """Write how long ago the last record came, in business time; a long silence has a sign, not only a colour."""
    if not switch.last_record_ms:
        return Cell("never", "dim", now_ms)
    age_ms = max(0, now_ms - switch.last_record_ms)
    silent = age_ms >= SILENCE_WORTH_A_LOOK_MS
    tone: Tone = "warn" if silent else "plain"
    age = formats.age(age_ms / 1000)
    return Cell(f"▲ {age} ago" if silent else age if age == "now" else f"{age} ago", tone, age_ms)


def _listed(status: operators_pb2.Status) -> Listed:
    rows = [_row(switch, status.board.now_ms) for switch in status.board.switches]
    return Listed(rows, len(rows))


def _row(switch: operators_pb2.SwitchState, now_ms: int) -> Row:
    return Row(
        switch.switch_id,
        (
            word(switch.switch_id, "strong"),
            word(switch.recipe, "dim"),
            word(switch.address, "dim"),
            last_record(switch, now_ms),
            number(formats.stamp(switch.last_record_ms), switch.last_record_ms, "dim"),
            number(formats.span(switch.lag_ms) if switch.HasField("lag_ms") else formats.NOTHING, switch.lag_ms),
            number(formats.count(switch.asked), switch.asked),
            number(formats.count(switch.reported), switch.reported),
            number(formats.count(switch.errors), switch.errors, "bad" if switch.errors else "dim"),
        ),
        switch,
    )
