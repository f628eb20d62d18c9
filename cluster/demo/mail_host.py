"""The demo's mail server: mail for the switchboard's rates goes into a folder, all other mail to mailboxes in memory.

It speaks real SMTP (RFC 5321) on loopback, in a thread of its own, and takes mail for anybody.
"""

import asyncio
import os
import smtplib
import time
from collections import defaultdict
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from mimetypes import guess_type
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
OURS = "rates@switchboard.example"
"""Where partners send their rates."""
LOOK_S = 0.2
_WAIT_S = 30.0


class MailHost:
    """Takes mail on a port while it is open. `folder`: where mail for OURS becomes files, one each, whole or not there.

    Only its thread writes files and mailboxes; others read them.
    """

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self._folder = port, folder
        self._boxes: defaultdict[str, list[EmailMessage]] = defaultdict(list)
        self._taken = 0
        self._controller = Controller(self, hostname=HOST, port=port)

    @property
    def settings(self) -> str:
        """What the switchboard's settings say of it, as TOML."""
        return (
            f'\n[mail]\nhost = "{HOST}"\nport = {self.port}\nsecurity = "none"\nsender = "{OURS}"\n'
            f'\n[[sheets.folder]]\npath = "{self._folder.absolute().as_posix()}"\nevery_s = 1\nsettle_s = 0\n'
        )

    def open(self) -> None:
        """Make the folder and listen. Raises OSError where the port is taken."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._controller.start()

    def close(self) -> None:
        """Listen no more."""
        self._controller.stop()

    async def send(self, sender: str, subject: str, text: str, file: Path) -> None:
        """Send a mail with a file to OURS, as the mail program of a partner does. Raises what smtplib does."""
        await asyncio.to_thread(self._send, sender, subject, text, file)

    async def arrived(self, address: str, wait_s: float) -> EmailMessage | None:
        """Return the last mail to an address, waiting for the first one so long; None where none came."""
        box = self._boxes[address]
        for _ in range(round(wait_s / LOOK_S)):
            if box:
                break
            await asyncio.sleep(LOOK_S)
        return box[-1] if box else None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Deliver a mail; called by aiosmtpd."""
        content = envelope.content
        assert isinstance(content, bytes), "aiosmtpd gives what came, unless it is told to decode it"
        for address in envelope.rcpt_tos:
            if address == OURS:
                self._put(content)
            else:
                self._boxes[address].append(message_from_bytes(content, policy=policy.default))
        return "250 taken"

    def _put(self, content: bytes) -> None:
        """Write a mail into the folder, with the stamp of the server that took it on top."""
        self._taken += 1
        stamp = f"Received: from [{HOST}] by mail.switchboard.example with ESMTP; {formatdate(time.time())}\r\n"
        path = self._folder / f"{self._taken:04}.eml"
        making = path.with_suffix(".part")
        making.write_bytes(stamp.encode() + content)
        os.replace(making, path)

    def _send(self, sender: str, subject: str, text: str, file: Path) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, OURS, subject
        mail["Date"], mail["Message-ID"] = formatdate(time.time()), make_msgid(domain=sender.rpartition("@")[2])
        mail.set_content(text)
        kind = (guess_type(file.name)[0] or "application/octet-stream").split("/")
        mail.add_attachment(file.read_bytes(), maintype=kind[0], subtype=kind[1], filename=file.name)
        with smtplib.SMTP(HOST, self.port, timeout=_WAIT_S) as server:
            server.send_message(mail)
