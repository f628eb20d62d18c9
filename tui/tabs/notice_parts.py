"""One notice of rates: what it changes for the client, its contacts, what happened to it, and its mail."""

from textwrap import wrap

from textual.content import Content

from domain.notices.shown import ALL, CHANGED
from protos import notices_pb2 as pb
from tui import formats
from tui.link import Link
from tui.tabs.notice_words import Opened, contact_tone, head, standing, states_of
from tui.tabs.sheet_changes import ChangesTab, change_row
from tui.tabs.sheet_words import KINDS
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Column, Row, Tone, number, word

_AGAIN_S = 5.0
_TONES: dict[str, Tone] = {
    "accepted": "good", "delivered": "good", "refused": "bad", "bounced": "bad", "failed": "bad", "answered": "warn",
}  # fmt: skip
_WIDTH = 75
"""Cells of a line of mail: all of it is read on the smallest screen."""


class NoticeChangesTab(Tab):
    """One row per code that the client pays otherwise for than it knew."""

    name = "Changes"
    columns = ChangesTab.columns[:10]
    empty = "no changes here: clear the filter with Esc"
    filter_hint = f"254 (first digits of a code), {' '.join(KINDS)}, or all: else what changes"
    detail_share = (3, 2)
    detail_below = True

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of what changes."""
        notice = await self._opened.hear(link)
        words = ask.filter.lower().split()
        query = pb.NoticeRowsQuery(
            id=notice.id,
            kind="" if ALL in words else next((one for one in words if one in KINDS), CHANGED),
            code=next((one for one in words if one.isdecimal()), ""),
            limit=ask.limit,
            offset=ask.offset,
        )
        reply = await link.ask(lambda services: services.notices.Changes, query)
        rows = [change_row(one, ask.offset + at) for at, one in enumerate(reply.changes)]
        return Listed(rows, reply.total, standing(notice))

    detail = ChangesTab.detail


class ContactsTab(Tab):
    """One row per contact, with how far its mail came."""

    name = "Contacts"
    columns = (
        Column("address", 22, flex=2),
        Column("name", 12, drop=2, flex=1),
        Column("state", 10, whole=True),
        Column("since", 11, drop=1),
        Column("what was said", 20, flex=3),
    )
    empty = "nobody to send it to: name some with `switchboard partners set PARTNER rates_emails=...`, or R"
    every_s = _AGAIN_S
    detail_share = (3, 2)
    detail_below = True

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask how the notice stands."""
        notice = await self._opened.hear(link)
        rows = [_contact(one, state) for one, state in zip(notice.contacts, states_of(notice), strict=True)]
        return Listed(rows, len(rows), standing(notice))

    def detail(self, row: Row) -> Content | None:
        """Show the whole of what was said."""
        assert isinstance(row.item, pb.NoticeContact)
        return Content.styled(formats.plain(row.item.words), "$foreground") if row.item.words else None


class HistoryTab(Tab):
    """What happened to the notice, in order."""

    name = "History"
    columns = (
        Column("at", 14),
        Column("what", 12),
        Column("contact", 18, flex=1),
        Column("by", 8),
        Column("words", 18, flex=2),
    )
    empty = "nothing happened yet"
    every_s = _AGAIN_S

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for what happened."""
        notice = await self._opened.hear(link)
        rows = [_event(one, at) for at, one in enumerate(notice.events)]
        return Listed(rows, len(rows), standing(notice))


class MailTab(Tab):
    """The mail that contacts get, a line a row, and the file that goes with it."""

    name = "Mail"
    columns = (Column("mail", 60, flex=1),)
    empty = "it has no mail"

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for the mail."""
        notice = await self._opened.hear(link)
        texts: list[tuple[str, Tone]] = []
        if notice.subject or notice.body:
            size = f"{formats.count(notice.rows)} rows, {formats.count(notice.size)} bytes"
            lines = [part for line in notice.body.splitlines() for part in wrap(line, _WIDTH) or [""]]
            texts = [(notice.subject, "strong"), ("", "dim"), *((line, "plain") for line in lines)]
            texts += [("", "dim"), (f"+ {notice.file_name}: {size}", "hue")] if notice.file_name else []
        rows = [Row(str(at), (number(text, at, tone),), notice) for at, (text, tone) in enumerate(texts)]
        return Listed(rows, len(rows), head(notice))


def _contact(one: pb.NoticeContact, state: str) -> Row:
    return Row(
        one.address,
        (
            word(one.address, "strong"),
            word(one.name, "dim"),
            word(state, contact_tone(state)),
            number(formats.stamp(one.at_ms)[:11], one.at_ms, "dim"),
            word(one.words),
        ),
        one,
    )


def _event(one: pb.NoticeEvent, at: int) -> Row:
    return Row(
        str(at),
        (
            number(formats.stamp(one.at_ms), one.at_ms, "dim"),
            word(one.what, _TONES.get(one.what, "strong")),
            word(one.address or ALL),
            word(one.who, "dim"),
            word(one.words),
        ),
        one,
    )
