"""A proposal to charge calls anew: its calls, and its sums by partner and destination. `r` counts them again."""

from textual.content import Content

from domain.money import decimal_text
from protos import rerating_pb2 as pb
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Column, Row, number, word

COMMENT = "at the console"
"""Why a proposal is dismissed where nobody writes a reason."""


class Proposed:
    """One proposal; the lists of its screen share it."""

    def __init__(self, number: int) -> None:
        self.number = number

    async def hear(self, link: Link) -> pb.Rerating:
        """Ask how it stands now. Raises LinkError."""
        return await link.ask(lambda services: services.reratings.Show, pb.RerateRef(id=self.number))

    async def refresh(self, link: Link) -> str:
        """Count again; say what it comes to. Raises LinkError."""
        reply = await link.ask(lambda services: services.reratings.Refresh, pb.RerateRef(id=self.number))
        return f"counted again: {reply.words}"

    async def dismiss(self, link: Link) -> str:
        """Let the calls be as they were charged. Raises LinkError."""
        order = pb.RerateDismissal(id=self.number, comment=COMMENT)
        return (await link.ask(lambda services: services.reratings.Dismiss, order)).what


class _ProposalTab(Tab):
    has_retry = True

    def __init__(self, proposed: Proposed) -> None:
        self._proposed = proposed

    async def retry(self, link: Link, row: Row | None) -> str:
        """Count its calls again."""
        return await self._proposed.refresh(link)


class RerateCallsTab(_ProposalTab):
    """One row per call: as it was charged, and as it would be."""

    name = "CDRs"
    columns = (
        Column("at", 14),
        Column("partner", 9),
        Column("number", 13),
        Column("destination", 10, flex=1),
        Column("code", 7, above=112),
        Column("billed", 6, right=True, above=96),
        Column("charge", 10, right=True, point=True),
        Column("by code", 7, above=112),
        Column("new", 10, right=True, point=True),
        Column("change", 10, right=True, point=True, above=92),
    )
    empty = "no calls"
    filter_hint = "a partner"

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of calls."""
        proposal = await self._proposed.hear(link)
        query = pb.RerateCallsQuery(id=proposal.id, partner=ask.filter.strip(), limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.reratings.Cdrs, query)
        rows = [_call(one, ask.offset + at) for at, one in enumerate(reply.calls)]
        return Listed(rows, reply.total, head(proposal))


class RerateSumsTab(_ProposalTab):
    """One row per partner and destination."""

    name = "Sums"
    columns = (
        Column("partner", 9),
        Column("destination", 12, flex=1),
        Column("calls", 8, right=True),
        Column("before", 11, right=True, point=True),
        Column("after", 11, right=True, point=True),
        Column("change", 11, right=True, point=True),
    )
    empty = "no calls"

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for the sums."""
        proposal = await self._proposed.hear(link)
        rows = [_sum(one, at) for at, one in enumerate(proposal.sums)]
        return Listed(rows, len(rows), head(proposal))


def head(proposal: pb.Rerating) -> Content:
    """Say what a proposal is about and what it comes to."""
    ended = f"   {proposal.state}: {proposal.why}" if proposal.why else f"   {proposal.state}"
    unrated = f"   {formats.count(proposal.unrated)} cannot be rated" if proposal.unrated else ""
    return Content.assemble(
        (f" {formats.plain(proposal.plan)} ", "bold $strong"),
        (f"versions {proposal.from_version} to {proposal.to_version}", "$dim"),
        (f"{formats.plain(ended)}\n", "$dim"),
        (f" {formats.count(proposal.calls)} calls   ", "$foreground"),
        (f"{formats.exact_amount(proposal.before)} → {formats.exact_amount(proposal.after)} ", "$foreground"),
        (f"{_change(proposal.difference.units)} {proposal.difference.currency}", "bold $strong"),
        (unrated, "$warning"),
    )


def _call(one: pb.RerateCall, at: int) -> Row:
    rated = one.HasField("new_charge")
    new = (
        number(formats.exact_amount(one.new_charge), one.new_charge.units, "strong")
        if rated
        else number(one.fault, 0, "warn")
    )
    change = one.new_charge.units - one.charge.units
    billed = one.billed_s or one.billed_volume
    return Row(
        f"{at} {one.leg_id.hex()}",
        (
            number(formats.stamp(one.at_ms), one.at_ms),
            word(one.partner),
            word(one.number, "strong"),
            word(one.destination),
            word(one.code, "dim"),
            number(formats.count(billed), billed),
            number(formats.exact_amount(one.charge), one.charge.units),
            word(one.new_code, "dim"),
            new,
            number(_change(change) if rated else formats.NOTHING, change),
        ),
        one,
    )


def _sum(one: pb.RerateSum, at: int) -> Row:
    change = one.after.units - one.before.units
    return Row(
        f"{at}",
        (
            word(one.partner, "strong"),
            word(one.destination or formats.NOTHING),
            number(formats.count(one.calls), one.calls),
            number(formats.exact_amount(one.before), one.before.units),
            number(formats.exact_amount(one.after), one.after.units),
            number(_change(change), change, "strong"),
        ),
        one,
    )


def _change(units: int) -> str:
    text = formats.grouped(decimal_text(units))
    return text if units < 0 else f"+{text}"
