"""Mail that waits is sent: bounded, again after growing pauses, nothing lost over restarts.

A mail is marked after the server has taken it. Who is killed in between sends it once more, under the same Message-ID.
"""

import asyncio
from collections import deque
from secrets import token_hex

from actors.desk.core import Desk
from actors.desk.mail_server import Fate, MailServer, MailServerError, Result
from actors.home import machine_ms
from actors.tokens import caller
from domain.errors import InputError
from domain.mail_addresses import is_mail_address
from store.catalog.mail import FAILED, SENT, WAITING, Draft, Mail
from store.mail_texts import TEST, Told, mail_text, moment

FIRST_PAUSE_S, LONGEST_PAUSE_S = 30, 14_400
"""A mail that the server put off is tried again this soon; each further time doubles the pause, up to the longest."""
MINUTE_MS = 60_000
DAY_MS = 86_400_000
WAITED_MS = 60 * MINUTE_MS
"""A notice that waits longer may come too late for its client."""


class Mailing:
    """Sends mail, one connection at a time, at most `a_minute` of the settings within any minute."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._settings = desk.home.settings.mail
        self._sending = asyncio.Lock()
        self._sent_ms: deque[int] = deque()

    async def send(self) -> None:
        """Send what waits. Raises MailServerError where the server takes none: all of it waits on."""
        if not self._settings.host:
            return  # mail is kept, and listed
        async with self._sending:
            now_ms = machine_ms()
            mails = await self._desk.read(lambda catalog: catalog.mail.due(now_ms, self._room(now_ms)))
            if mails:
                await self._send(mails)

    def given_up(self) -> int:
        """Return how many mails of the last day were given up. Reads the catalog: run it in a thread."""
        return self._desk.catalog.mail.failed_since(self._desk.now_ms() - DAY_MS)

    def notices_waiting(self) -> int:
        """Return how many mails of notices wait longer than they should. Reads the catalog: run it in a thread."""
        return self._desk.catalog.mail.notices_waiting(self._desk.now_ms() - WAITED_MS)

    async def tidy(self) -> None:
        """Forget mail that is older than the settings keep it, whatever became of it; notices that wait are kept."""
        before_ms = self._desk.now_ms() - self._settings.keep_days * DAY_MS
        await self._desk.write(lambda catalog: catalog.mail.forget(before_ms))

    async def test(self, address: str) -> str:
        """Send a mail now and return what became of it. Raises InputError where it was not taken."""
        if not self._settings.host:
            raise InputError(
                "no mail server is set", where="[mail] host", mend="Name one in switchboard.toml, restart."
            )
        if not is_mail_address(address):
            raise InputError(f"{address!r} is no mail address", mend="Give a@b.c.")
        subject, body = mail_text(self._desk.home.data, TEST, Told(moment(self._desk.now_ms())))
        draft = Draft(f"test {token_hex(8)} {address}", TEST, address, subject, body)
        async with self._sending:
            at_ms = self._desk.now_ms()
            mail = await self._desk.write(lambda catalog: catalog.mail.add(draft, at_ms=at_ms))
            await self._desk.note("test", "mail", str(mail.id), {"address": address})
            result = await self._try_once(mail)
            state = SENT if result.fate is Fate.SENT else FAILED  # who asked knows now, and may ask again
            await self._write(mail, state, result.said, 0)
        if state == FAILED:
            raise InputError(f"mail to {address} was not taken: {result.said}", mend="See [mail] in switchboard.toml.")
        return f"{self._settings.host} has taken a mail to {address}"

    async def _try_once(self, mail: Mail) -> Result:
        server = MailServer(self._settings, self._desk.home.data)
        try:
            await asyncio.to_thread(server.open)
            return await asyncio.to_thread(server.send, mail, machine_ms() / 1000)
        except MailServerError as error:
            return Result(Fate.LATER, str(error))
        finally:
            await asyncio.to_thread(server.close)

    async def _send(self, mails: list[Mail]) -> None:
        server = MailServer(self._settings, self._desk.home.data)
        try:
            await asyncio.to_thread(server.open)
            for mail in mails:
                if not server.is_open:
                    break  # it hung up; the rest goes with the next connection
                self._sent_ms.append(machine_ms())
                await self._mark(mail, await asyncio.to_thread(server.send, mail, machine_ms() / 1000))
        except MailServerError as error:
            said = str(error)
            ids = [mail.id for mail in mails]
            await self._desk.write(lambda catalog: catalog.mail.put_off(ids, said))
            raise
        finally:
            await asyncio.to_thread(server.close)

    async def _mark(self, mail: Mail, result: Result) -> None:
        """Write down what became of a try."""
        state = {Fate.SENT: SENT, Fate.LATER: WAITING, Fate.NEVER: FAILED}[result.fate]
        said, next_ms = result.said, machine_ms() + 1000 * pause_s(mail.tries)
        if state == WAITING and mail.tries + 1 >= self._settings.tries:
            state = FAILED
        await self._write(mail, state, said, 0 if state == SENT else next_ms)

    async def _write(self, mail: Mail, state: str, said: str, next_ms: int) -> None:
        sender, who, at_ms = self._settings.sender, caller(), self._desk.now_ms()
        await self._desk.write(
            lambda catalog: catalog.mail.mark(
                mail.id, state, sender=sender, who=who, at_ms=at_ms, error=said, next_ms=next_ms
            )
        )

    def _room(self, now_ms: int) -> int:
        while self._sent_ms and self._sent_ms[0] <= now_ms - MINUTE_MS:
            self._sent_ms.popleft()
        return max(0, self._settings.a_minute - len(self._sent_ms))


def pause_s(tries: int) -> int:
    """Return how long a mail waits that was put off after so many earlier tries."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S << min(tries, 16))
