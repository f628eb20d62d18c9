"""The cluster: every machine and actor, what it uses and what it counts."""

from textual.content import Content

from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Listed, Tab, fields
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

_BAR = 12
_STATES: dict[str, tuple[str, Tone]] = {
    "alive": ("●", "good"), "ready": ("●", "good"), "serving": ("●", "good"), "up": ("●", "good"),
    "starting": ("◐", "warn"), "draining": ("◐", "warn"), "restarting": ("◐", "warn"), "dead": ("✕", "bad"),
    "away": ("✕", "bad"),
}  # fmt: skip


class ActorsTab(Tab):
    """One row per machine or actor, from the watched status; its own figures beside."""

    name = "Actors"
    columns = (
        Column("", 1),
        Column("name", 11, flex=1),
        Column("kind", 8),
        Column("state", 9),
        Column("pid", 7, right=True),
        Column("inc", 3, right=True),
        Column("started", 14),
        Column("RSS", 7, right=True),
        Column("", _BAR, above=84),
    )
    empty = "no actor has reported yet"
    detail_share = (3, 2)

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask once, for an export before the first watched status."""
        return _listed(await link.ask(lambda services: services.status.Get, operators_pb2.Empty()))

    def live(self, status: operators_pb2.Status) -> Listed | None:
        """Take the actors from the watched status."""
        return _listed(status) if status.actors else None

    def detail(self, row: Row) -> Content | None:
        """Show the actor's own figures."""
        actor = row.item
        assert isinstance(actor, operators_pb2.Actor)
        head = Content.assemble((f"{actor.name}\n", "bold $accent"))
        figures = [(name, f"{_figure(name, actor.figures[name]):>14}") for name in sorted(actor.figures)]
        width = max((len(name) for name, _ in figures), default=12)
        return Content.assemble(head, fields(figures, width) if figures else Content.styled("no figures", "$dim"))


def _listed(status: operators_pb2.Status) -> Listed:
    largest = max((actor.rss_mb for actor in status.actors), default=0.0)
    rows = [_row(actor, largest) for actor in status.actors]
    machines = sum(actor.kind == "machine" for actor in status.actors)
    down = sum(_STATES.get(actor.state.lower(), ("", "plain"))[1] == "bad" for actor in status.actors)
    total_mb = sum(actor.rss_mb for actor in status.actors if actor.kind != "machine")
    summary = Content.assemble(
        (" machines ", "$dim") if machines else "", (f"{machines}  " if machines else "", "bold $strong"),
        (" actors ", "$dim"), (f"{len(rows) - machines}", "bold $strong"),
        ("   down ", "$dim"), (f"{down}", "bold $error" if down else "bold $strong"),
        ("   memory ", "$dim"), (f"{total_mb:,.0f} MB", "bold $strong"),
        (f"   {status.version}  {status.data}", "$dim"),
    )  # fmt: skip
    return Listed(rows, len(rows), summary)


def _row(actor: operators_pb2.Actor, largest_mb: float) -> Row:
    sign, tone = _STATES.get(actor.state.lower(), ("○", "warn"))
    bar = formats.bar(int(actor.rss_mb * 10), int(largest_mb * 10), _BAR)
    return Row(
        actor.name,
        (
            Cell(sign, tone, actor.state),
            word(actor.name, "strong"),
            word(actor.kind, "dim"),
            word(actor.state, tone),
            number(str(actor.pid) if actor.pid else formats.NOTHING, actor.pid),
            number(str(actor.incarnation), actor.incarnation, "warn" if actor.incarnation > 1 else "plain"),
            number(formats.stamp(actor.started_ms), actor.started_ms, "dim"),
            number(f"{actor.rss_mb:,.0f} MB", int(actor.rss_mb * 10)),
            Cell(bar, "hue", int(actor.rss_mb * 10)),
        ),
        actor,
    )


def _figure(name: str, value: float) -> str:
    """Write a figure; what is called `last.…` is a time in milliseconds."""
    if name.startswith("last."):
        return formats.stamp(int(value))
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
