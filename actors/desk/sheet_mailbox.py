"""The mailbox as a source of sheets: each mail is fetched, its files are kept, and only then is it marked."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from actors.desk.core import Desk
from actors.desk.mailbox import MB, ImapMailbox, Letter, Mailbox, MailboxError
from actors.desk.sheet_intake import SheetIntake
from actors.desk.sheet_letters import Envelope, what_came
from actors.desk.source_state import SourceError, SourceState
from domain.sheets.rate_mail import RateMail
from domain.source_settings import MailboxSettings
from store.away import away

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
            mail = replace(mail, files=(), left_out=(words,), letters=())
        came = await what_came(self.desk, mail, raw, Envelope(self.state.name, letter.size, letter.at_ms))
        await self.intake.enter(came, "mail")
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

    async def _step(self, box: Mailbox, work: Callable[[], T]) -> T:
        """Do a step in a thread; a server that sends a byte now and then does not keep it for ever."""
        step = asyncio.create_task(asyncio.to_thread(work))
        done, _ = await asyncio.wait({step}, timeout=STEP_S)
        if not done:
            box.abort()
            raise MailboxError(f"{self.settings.host} took longer than {STEP_S:.0f} s")
        return step.result()
