"""The mailbox as a source of sheets: each mail is fetched, its files are kept, and only then is it marked."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TypeVar

from actors.desk.core import Desk
from actors.desk.mailbox import MB, ImapMailbox, Letter, Mailbox, MailboxError
from actors.desk.sheet_intake import MAIL, Came, SheetIntake, digest_of
from actors.desk.source_state import SourceError, SourceState
from domain.sheets.rate_mail import RateMail
from domain.source_settings import MailboxSettings
from store.away import away
from store.catalog.sheet_items import Arrival

T = TypeVar("T")
MAILS_MOST = 100
"""Mails of one look; the others are taken at the next ones."""
KNOWN_MOST = 10_000
TRIES = 3
STEP_S = 600.0
"""Longest time of one step with the server, however slowly it sends."""


@dataclass(slots=True)
class MailboxSource:
    """Looks into a mailbox, over one connection a look.

    Invariant: a mail is marked only after its sheets are kept; one that cannot be marked is not fetched again.
    """

    desk: Desk
    intake: SheetIntake
    settings: MailboxSettings
    state: SourceState
    mailbox: Callable[[MailboxSettings], Mailbox] = ImapMailbox
    _known: "OrderedDict[str, None]" = field(default_factory=OrderedDict)
    _tries: dict[str, int] = field(default_factory=dict)

    async def look(self) -> None:
        """Take the mail that is new. Raises MailboxError, and SourceError for what a person must mend."""
        box = self.mailbox(self.settings)
        try:
            await self._step(box, box.open)
            letters = await self._step(box, lambda: box.letters(MAILS_MOST, frozenset(self._known)))
            for letter in letters:
                await self._take(box, letter)
        finally:
            await asyncio.to_thread(box.close)

    async def _take(self, box: Mailbox, letter: Letter) -> None:
        if not await self.intake.has_room():
            raise SourceError("too many files wait for a plan: `switchboard sheets inbox`, then take or dismiss")
        too_long = letter.size > self.settings.mail_mb * MB
        raw = await self._step(box, lambda: box.head(letter) if too_long else box.body(letter))
        if not raw:
            return  # it is gone
        mail = await self._read(letter, raw)
        if mail is None:
            return
        if too_long:
            words = f"it has {letter.size / MB:,.1f} MB, more than {self.settings.mail_mb} (sheets.mailbox.mail_mb)"
            mail = RateMail(mail.message_id, mail.sender, mail.subject, mail.received_ms, left_out=(words,))
        await self.intake.enter(self._came(letter, mail, raw), "mail")
        self._known[letter.key] = None
        while len(self._known) > KNOWN_MOST:
            self._known.popitem(last=False)
        await self._step(box, lambda: box.mark(letter))

    async def _read(self, letter: Letter, raw: bytes) -> RateMail | None:
        """Read a mail; one that breaks its reader again and again is told of and not read. None: tried again."""
        try:
            return await self.desk.tasks.mail_files(raw)
        except Exception as error:
            if away(error):
                raise
            self._tries[letter.key] = self._tries.get(letter.key, 0) + 1
            if self._tries[letter.key] < TRIES:
                return None
            del self._tries[letter.key]
            return RateMail(left_out=(f"it could not be read ({type(error).__name__})",))

    def _came(self, letter: Letter, mail: RateMail, raw: bytes) -> list[Came]:
        """Return the sheets of a mail; without any, one that says why."""
        its = mail.message_id or digest_of(raw)
        if not mail.files:
            letters = [f"{name} is no rate file" for name in mail.letters[:5]]
            words = "; ".join((*mail.left_out, *letters)) or "it has no file"
            mend = "ask the sender for the sheet as a workbook, CSV or zip"
            key = digest_of(MAIL, its, str(letter.size) if not mail.message_id else "")
            return [Came(self._arrival(letter, mail, key, "", letter.size, f"{words}; mend: {mend}"))]
        came = []
        for name, data in mail.files:
            digest = sha256(data).hexdigest()
            arrival = self._arrival(letter, mail, digest_of(MAIL, its, name, digest), name, len(data))
            came.append(Came(replace(arrival, sha256=digest), data))
        for place, words in enumerate(mail.left_out):  # beside sheets: told, as somebody may miss it
            key = digest_of(MAIL, its, "left out", str(place), words)
            came.append(Came(self._arrival(letter, mail, key, "", 0, words)))
        return came

    def _arrival(self, letter: Letter, mail: RateMail, key: str, name: str, size: int, words: str = "") -> Arrival:
        """Return an arrival as of when our server received it: what its head says, else the server."""
        machine = mail.received_ms or letter.at_ms or mail.sent_ms
        now_ms = self.desk.now_ms()
        received_ms = min(self.desk.clock.business_ms(machine), now_ms) if machine else now_ms
        return Arrival(key, self.state.name, MAIL, name, mail.sender, mail.subject, size, received_ms, words=words)

    async def _step(self, box: Mailbox, work: Callable[[], T]) -> T:
        """Do a step in a thread; a server that sends a byte now and then does not keep it for ever."""
        step = asyncio.create_task(asyncio.to_thread(work))
        done, _ = await asyncio.wait({step}, timeout=STEP_S)
        if not done:
            box.abort()
            raise MailboxError(f"{self.settings.host} took longer than {STEP_S:.0f} s")
        return step.result()
