"""The shards: on which machine each runs, which books it writes, and who is pinned to them."""

from textual.content import Content

from protos import cluster_pb2, operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Listed, Tab, fields
from tui.widgets.cells import Cell, Column, Row, Tone, number, word


class ShardsTab(Tab):
    """One row per shard; machines and pins beside."""

    name = "Shards"
    columns = (
        Column("", 1),
        Column("shard", 11, flex=1),
        Column("machine", 12),
        Column("books", 16, flex=1),
        Column("partners", 9, right=True),
        Column("open", 7, right=True),
        Column("waiting", 8, right=True),
    )
    empty = "no shard has reported yet"
    every_s = 2.0
    detail_share = (3, 2)

    def __init__(self) -> None:
        self._beside: Content | None = None

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask who is where."""
        reply = await link.ask(lambda services: services.cluster.Show, operators_pb2.Empty())
        self._beside = _beside(reply)
        away = sum(not machine.present for machine in reply.machines)
        summary = f"{reply.books} books, {len(reply.machines)} machines" + (f", {away} away" if away else "")
        return Listed([_row(shard) for shard in reply.shards], len(reply.shards), Content(summary))

    def detail(self, row: Row) -> Content | None:
        """Show the machines, and the partners that are pinned."""
        return self._beside


def _row(shard: cluster_pb2.ShardState) -> Row:
    tone: Tone = "good" if shard.state == "alive" else "bad"
    return Row(
        shard.name,
        (
            Cell("●" if shard.state == "alive" else "✕", tone, shard.state),
            word(shard.name, "strong"),
            word(shard.machine),
            word(", ".join(map(str, shard.books)), "dim"),
            _count(shard.partners, known=shard.HasField("partners")),
            _count(shard.open_calls, known=shard.HasField("open_calls")),
            _count(shard.waiting, known=shard.HasField("waiting")),
        ),
        shard,
    )


def _count(counted: int, *, known: bool) -> Cell:
    return number(formats.count(counted) if known else formats.NOTHING, counted)


def _beside(found: cluster_pb2.ClusterState) -> Content:
    machines = [(formats.plain(its.name), its.address or "away" if its.present else "away") for its in found.machines]
    pins = [(formats.plain(pin.partner), f"book {pin.book}") for pin in found.pins]
    width = max(len(name) for name, _ in [*machines, *pins, ("", "")])
    parts = [Content.styled("machines\n", "bold $accent"), fields(machines, width)]
    if pins:
        parts += [Content.styled("\n\npinned partners\n", "bold $accent"), fields(pins, width)]
    return Content.assemble(*parts)
