"""The nodes' listeners: packets, errors and how long answers took; and the strangers that are banned."""

from textual.content import Content

from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Listed, Tab, fields
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

SLOW_MS = 25.0
"""An answer's p99 above this is marked: the floor of what the switchboard promises at half its load."""


class GatewaysTab(Tab):
    """One row per listener of a node; a node that does not answer has one that says so."""

    name = "Gateways"
    columns = (
        Column("", 1),
        Column("node", 7),
        Column("gateway", 17, flex=1),
        Column("address", 22, above=108),
        Column("received", 9, right=True),
        Column("sent", 9, right=True),
        Column("errors", 7, right=True),
        Column("in work", 7, right=True, above=92),
        Column("conn", 4, right=True),
        Column("p50 ms", 7, right=True),
        Column("p99 ms", 7, right=True),
    )
    empty = "no node has a gateway: see the node sections of switchboard.toml"
    every_s = 2.0
    detail_share = (3, 2)
    detail_below = True

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask every node, by the desk."""
        reply = await link.ask(lambda services: services.gateways.List, operators_pb2.Empty())
        return Listed([_row(one) for one in reply.gateways], len(reply.gateways), _summary(reply))

    def detail(self, row: Row) -> Content | None:
        """Show every counter of the listener."""
        one = row.item
        assert isinstance(one, operators_pb2.Gateway)
        if one.away:
            return Content.styled(f"{one.node} does not answer: the board's alarms say since when", "$warning")
        counts = [(name, f"{formats.count(one.counts[name]):>12}") for name in sorted(one.counts) if one.counts[name]]
        width = max((len(name) for name, _ in counts), default=12)
        head = Content.assemble(
            (f"{formats.plain(one.name)} ", "bold $accent"), (f"{formats.plain(one.address)}\n", "$dim")
        )
        return Content.assemble(head, fields(counts, width) if counts else Content.styled("nothing came yet", "$dim"))


class BansTab(Tab):
    """One row per banned source and node. `u` lifts its ban on all nodes."""

    name = "Bans"
    columns = (
        Column("node", 8),
        Column("source", 16, flex=2),
        Column("reason", 14, flex=2),
        Column("since", 14, above=92),
        Column("until", 14),
        Column("packets", 9, right=True),
    )
    empty = "nobody is banned"
    every_s = 2.0
    deeds = ("unban",)

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask every node, by the desk."""
        reply = await link.ask(lambda services: services.gateways.List, operators_pb2.Empty())
        return Listed([_ban(ban) for ban in reply.bans], len(reply.bans))

    def question(self, deed: str, row: Row) -> str:
        """Ask before the ban is lifted."""
        return f"Read packets of {_banned(row).source} again, on every node? It was banned for: {_banned(row).reason}."

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Lift the ban."""
        named = operators_pb2.Named(name=_banned(row).source)
        return (await link.ask(lambda services: services.gateways.Unban, named)).what


def _banned(row: Row) -> operators_pb2.Ban:
    assert isinstance(row.item, operators_pb2.Ban)
    return row.item


def _row(one: operators_pb2.Gateway) -> Row:
    if one.away:
        return Row(one.node, (Cell("✕", "bad"), word(one.node, "strong"), word("away", "bad")), one)
    slow: Tone = "warn" if one.p99_ms > SLOW_MS else "plain"
    return Row(
        f"{one.node} {one.name} {one.address}",
        (
            Cell("●", "good"),
            word(one.node, "strong"),
            word(one.name, "hue"),
            word(one.address, "dim"),
            number(formats.count(one.received), one.received),
            number(formats.count(one.sent), one.sent),
            number(formats.count(one.errors), one.errors, "bad" if one.errors else "dim"),
            number(formats.count(one.in_work), one.in_work),
            number(formats.count(one.connections), one.connections, "plain" if one.connections else "dim"),
            _delay(one.p50_ms, "plain"),
            _delay(one.p99_ms, slow),
        ),
        one,
    )


def _delay(delay_ms: float, tone: Tone) -> Cell:
    """Write a delay; a listener that has answered nothing has none."""
    if not delay_ms:
        return number(formats.NOTHING, 0, "dim")
    return number(f"{delay_ms:,.1f}", int(delay_ms * 10), tone)


def _ban(ban: operators_pb2.Ban) -> Row:
    return Row(
        f"{ban.node} {ban.source}",
        (
            word(ban.node),
            word(ban.source, "strong"),
            word(ban.reason, "warn"),
            number(formats.stamp(ban.since_ms), ban.since_ms, "dim"),
            number(formats.stamp(ban.until_ms), ban.until_ms),
            number(formats.count(ban.packets), ban.packets),
        ),
        ban,
    )


def _summary(reply: operators_pb2.GatewayStates) -> Content:
    errors, away = sum(one.errors for one in reply.gateways), sum(one.away for one in reply.gateways)
    return Content.assemble(
        (" received ", "$dim"), (formats.count(sum(one.received for one in reply.gateways)), "bold $strong"),
        ("   sent ", "$dim"), (formats.count(sum(one.sent for one in reply.gateways)), "bold $strong"),
        ("   errors ", "$dim"), (formats.count(errors), "bold $error" if errors else "bold $strong"),
        ("   nodes away ", "$dim"), (f"{away}", "bold $error" if away else "bold $strong"),
        ("   banned ", "$dim"), (f"{len(reply.bans)}", "bold $warning" if reply.bans else "bold $strong"),
    )  # fmt: skip
