"""What books have to tell of partners: into the audit trail, into mail, and as alarms while it lasts."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from ray.exceptions import RayActorError

from actors.desk.core import ASK_WAIT_S, Desk
from actors.notices import News
from actors.refs import handle
from domain.credit import Notice
from domain.directory import Partner
from domain.errors import NotFoundError
from domain.ids import PartnerId
from store.catalog import Catalog
from store.catalog.mail import Draft
from store.mail_texts import mail_text, told_by

CONTACTS = ("noc", "billing")
"""The kinds of a partner's contacts that hear of its credit."""
AWAY = (RayActorError, ValueError, TimeoutError)
"""A shard between two incarnations keeps its notices."""


class Hearing:
    """Takes notices from every book after a number; the books forget them once the catalog has them.

    Invariant: what the catalog has is in one transaction with the number, so that nothing is entered twice or lost,
    whoever is killed.
    """

    def __init__(self, desk: Desk, alarm: Callable[[str, str, str], None]) -> None:
        """`alarm` is given (key, text, severity), an empty text ends it."""
        self._desk, self._alarm = desk, alarm
        self._last: dict[int, int] = {}
        self._news: dict[int, News] = {}

    async def take(self) -> None:
        """Take what is new from every book, then say how partners stand; a book that is away is asked next time."""
        books = range(self._desk.home.placement.books)
        results = await asyncio.gather(*(self._of_book(book) for book in books), return_exceptions=True)
        self._say()
        for error in results:
            if error is not None:
                raise error

    async def _of_book(self, book: int) -> None:
        if book not in self._last:
            self._last[book] = await self._desk.read(lambda catalog: catalog.notices.last(book))
        shard = self._desk.home.placement.shard_of_book(book)
        while True:
            try:
                async with asyncio.timeout(ASK_WAIT_S):
                    news: News = await handle(shard).news.remote(book, self._last[book])
            except AWAY:
                return  # the watch tells of it; asked again at once when it is back, not after a growing pause
            self._news[book] = news
            if not news.notices:
                return
            self._last[book] = await self._desk.write(partial(self._enter, book, news.notices, self._desk.now_ms()))

    def _enter(self, book: int, notices: Sequence[tuple[int, Notice]], at_ms: int, catalog: Catalog) -> int:
        drafts = [draft for number, notice in notices for draft in self._drafts(catalog, f"{book}-{number}", notice)]
        return catalog.notices.enter(book, notices, drafts, at_ms=at_ms)

    def _drafts(self, catalog: Catalog, cause: str, notice: Notice) -> list[Draft]:
        """Return the mails of a notice, one to each address."""
        terms, theirs = _known(catalog, notice.partner)
        ours = self._desk.home.settings.mail.notify
        addresses = dict.fromkeys((*theirs, *ours))
        if not addresses:
            return []
        subject, body = mail_text(self._desk.home.data, notice.kind.value, told_by(notice, terms))
        return [
            Draft(f"{cause} {address}", notice.kind.value, address, subject, body, notice.partner)
            for address in addresses
        ]

    def _say(self) -> None:
        """Keep an alarm for partners that are suspended by their balance, and one for those that nearly are."""
        every = list(self._news.values())
        suspended = [name for its in every for name in its.suspended]
        near = [name for its in every for name in its.near]
        text = _named(suspended, sum(its.suspended_count for its in every), "suspended by the balance")
        self._alarm("credit suspended", text, "error")
        text = _named(near, sum(its.near_count for its in every), "near the end of the credit")
        self._alarm("credit near", text, "warning")


def _known(catalog: Catalog, partner: PartnerId) -> tuple[Partner | None, tuple[str, ...]]:
    """Return a partner's terms and the addresses that hear of its credit; none of one that is gone by now."""
    try:
        terms = catalog.partners.get(partner)
    except NotFoundError:
        return None, ()
    contacts = catalog.partners.contacts(partner)
    return terms, tuple(contact.email for contact in contacts if contact.kind in CONTACTS)


def _named(names: list[str] | list[PartnerId], count: int, what: str) -> str:
    if not count:
        return ""
    more = f" and {count - len(names)} more" if count > len(names) else ""
    return f"{what}: {', '.join(sorted(names))}{more}"
