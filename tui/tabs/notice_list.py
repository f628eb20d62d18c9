"""Notices of rates: who must be told, which notices wait for approval, and what became of all of them."""

from collections.abc import Callable

from textual.content import Content
from textual.screen import Screen

from domain.notices.shown import changes_of
from domain.notices.states import NoticeKind, NoticeState
from protos import notices_pb2 as pb
from tui import formats
from tui.link import Link
from tui.tabs.notice_words import (
    COUNT_COLUMNS,
    LATE,
    contacts,
    counts,
    kinds_text,
    left,
    moment,
    standing,
    state_tone,
    states_of,
)
from tui.tabs.tab import Ask, Drill, Listed, Tab, fields
from tui.widgets.cells import Column, Row, number, word

Open = Callable[[int, str], Screen[None]]
"""Makes the screen of a notice by its number and kind."""
_STATES, _KINDS = tuple(state.value for state in NoticeState), tuple(kind.value for kind in NoticeKind)


class DueTab(Tab):
    """One row per client and plan of which it knows less than is so, the most urgent first."""

    name = "Due"
    columns = (
        Column("partner", 8, flex=2),
        Column("plan", 8, flex=2, drop=3),
        *COUNT_COLUMNS,
        Column("first", 11, drop=4),
        Column("tell by", 11),
        Column("left", 7, right=True),
        Column("state", 9, flex=2, whole=True),
    )
    empty = "nothing is due: every client knows its rates"
    every_s = 10.0
    filter_hint = "a partner; all: also those to whom nothing is due"
    has_drill = True
    detail_share = (5, 2)
    detail_below = True

    def __init__(self, plan: str, opens: Open) -> None:
        self._plan, self._opens = plan, opens

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for all that is due; there are few."""
        words = ask.filter.split()
        partners = [one for one in words if one.lower() != "all"]
        query = pb.DueQuery(plan=self._plan, partner=partners[0] if partners else "", all=len(partners) < len(words))
        reply = await link.ask(lambda services: services.notices.Due, query)
        rows = [_due(one, reply.now_ms) for one in reply.due]
        return Listed(rows[ask.offset : ask.offset + ask.limit], len(rows), _sum(reply))

    def detail(self, row: Row) -> Content | None:
        """Show what is due to the client under the cursor, and since when it knows what it knows."""
        one = due_of(row)
        known = f"notice {one.notice}, {formats.exact_time(one.told_ms)[:16]} UTC" if one.told_ms else "nothing yet"
        late = f"{formats.count(one.late)} cannot be told in time any more" if one.late else ""
        return fields([
            ("changes", kinds_text(one)), ("first", formats.exact_time(one.first_ms)[:16] if one.first_ms else ""),
            ("tell by", formats.exact_time(one.tell_by_ms)[:16] if one.tell_by_ms else ""), ("late", late),
            ("was told", known), ("queued", f"notice {one.queued} waits for approval" if one.queued else ""),
            ("hindered", one.words),
        ])  # fmt: skip

    def enter(self, row: Row) -> Drill | None:
        """Open the notice that waits for the client, else what it was told last."""
        one = due_of(row)
        notice = one.queued or one.notice
        return Drill(f"Notice {notice}", screen=lambda: self._opens(notice, NoticeKind.RATES)) if notice else None


class NoticesTab(Tab):
    """One row per notice, the newest first, with what became of it with its contacts."""

    name = "All"
    columns: tuple[Column, ...] = (
        Column("no", 4, right=True),
        Column("made", 11, drop=6),
        Column("partner", 8, flex=2),
        Column("plan", 8, flex=2, drop=3),
        Column("kind", 6, drop=7),
        *COUNT_COLUMNS,
        Column("tell by", 11, drop=5),
        Column("state", 10, whole=True),
        Column("contacts", 13, flex=4),
    )
    empty = "no notices yet: m makes one"
    every_s = 5.0
    filter_hint = f"a partner; {' '.join(_STATES)}; {' '.join(_KINDS)}"
    has_drill = True
    detail_share = (1, 1)
    detail_below = True
    state = ""

    def __init__(self, plan: str, opens: Open) -> None:
        self._plan, self._opens = plan, opens

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of notices."""
        words = ask.filter.split()
        states = [one.lower() for one in words if one.lower() in _STATES]
        kinds = [one.lower() for one in words if one.lower() in _KINDS]
        partners = [one for one in words if one.lower() not in _STATES + _KINDS]
        query = pb.NoticeQuery(
            plan=self._plan,
            partner=partners[0] if partners else "",
            state=self.state or (states[0] if states else ""),
            kind=kinds[0] if kinds else "",
            limit=ask.limit,
            offset=ask.offset,
        )
        reply = await link.ask(lambda services: services.notices.List, query)
        return Listed([self.row(one, ask.now_ms) for one in reply.notices], reply.total)

    def row(self, one: pb.RateNotice, now_ms: int) -> Row:
        """Write a notice."""
        return Row(
            str(one.id),
            (
                number(str(one.id), one.id, "dim"),
                moment(one.made_ms, "dim"),
                word(one.partner, "strong"),
                word(one.plan),
                word(one.kind, "dim"),
                *counts(one),
                moment(one.tell_by_ms, "dim"),
                word(one.state, state_tone(one.state)),
                contacts(one),
            ),
            one,
        )

    def detail(self, row: Row) -> Content | None:
        """Show the notice under the cursor in a few lines."""
        one = notice_of(row)
        whom = [
            f"  {each.address} {state}" + f" {each.words}" * bool(each.words)
            for each, state in zip(one.contacts, states_of(one), strict=True)
        ]
        subject = (f"\n {formats.plain(one.subject)}", "$foreground") if one.subject else ("", "")
        return Content.assemble(standing(one), subject, (formats.plain("\n" + "\n".join(whom)), "$dim"))

    def enter(self, row: Row) -> Drill | None:
        """Open the notice."""
        one = notice_of(row)
        return Drill(f"Notice {one.id}", screen=lambda: self._opens(one.id, one.kind))


class WaitingTab(NoticesTab):
    """Notices that wait for approval, and how long there is to send them."""

    name = "Waiting"
    columns = (
        Column("no", 4, right=True),
        Column("made", 11, drop=6),
        Column("partner", 8, flex=2),
        Column("plan", 8, flex=2, drop=3),
        *COUNT_COLUMNS,
        Column("first", 11, drop=5),
        Column("tell by", 11),
        Column("left", 7, right=True),
        Column("to", 6, right=True),
    )
    empty = "no notice waits for approval"
    filter_hint = f"a partner; {' '.join(_KINDS)}"
    state = NoticeState.QUEUED.value

    def row(self, one: pb.RateNotice, now_ms: int) -> Row:
        """Write a notice."""
        return Row(
            str(one.id),
            (
                number(str(one.id), one.id, "dim"),
                moment(one.made_ms, "dim"),
                word(one.partner, "strong"),
                word(one.plan),
                *counts(one),
                moment(one.first_ms),
                moment(one.tell_by_ms),
                left(one, now_ms),
                number(
                    str(len(one.contacts)) if one.contacts else "nobody",
                    len(one.contacts),
                    "plain" if one.contacts else "warn",
                ),
            ),
            one,
        )


class AnswersTab(NoticesTab):
    """Answers to the vendor of a plan that we buy by: what of its sheets went in. Nobody is told of its rates."""

    name = "Answers"
    columns = (
        Column("no", 4, right=True),
        Column("made", 11, drop=1),
        Column("partner", 8, flex=2),
        Column("sheet", 5, right=True),
        Column("state", 10, whole=True),
        Column("contacts", 13, flex=2),
        Column("subject", 16, flex=4, drop=2),
    )
    empty = "no answers yet: the vendor gets one when a sheet of this plan is applied"
    filter_hint = f"a partner; {' '.join(_STATES)}"

    def row(self, one: pb.RateNotice, now_ms: int) -> Row:
        """Write an answer."""
        return Row(
            str(one.id),
            (
                number(str(one.id), one.id, "dim"),
                moment(one.made_ms, "dim"),
                word(one.partner, "strong"),
                number(str(one.sheet), one.sheet),
                word(one.state, state_tone(one.state)),
                contacts(one),
                word(one.subject),
            ),
            one,
        )


def due_of(row: Row) -> pb.DueNotice:
    """Return what is due by a row of that list."""
    assert isinstance(row.item, pb.DueNotice)
    return row.item


def notice_of(row: Row) -> pb.RateNotice:
    """Return the notice of a row."""
    assert isinstance(row.item, pb.RateNotice)
    return row.item


def _due(one: pb.DueNotice, now_ms: int) -> Row:
    stands = "to make" if changes_of(one.kinds) else "told"
    if one.queued or one.words:
        stands = f"{one.queued} waits" if one.queued else "hindered"
    return Row(
        f"{one.partner} {one.plan}",
        (
            word(one.partner, "strong"),
            word(one.plan),
            *counts(one),
            moment(one.first_ms),
            moment(one.tell_by_ms),
            left(one, now_ms),
            word(stands, "warn" if one.queued or one.words else "plain"),
        ),
        one,
    )


def _sum(reply: pb.DueNotices) -> Content:
    """Say in a line to how many something is due, and to whom it is late."""
    due = [one for one in reply.due if changes_of(one.kinds)]
    late = sum(left(one, reply.now_ms).text == LATE for one in due)
    who = f"{len(due)} clients must" if len(due) != 1 else "1 client must"
    parts = [(f" {who} be told of a plan", "$foreground")] if due else [(" every client knows its rates", "$success")]
    return Content.assemble(*parts, (f", {late} late" if late else "", "bold $error"))
