"""The mailbox that rate sheets come to, by IMAP (RFC 3501, RFC 9051), and its twin in memory.

Both block, so they run in threads. One connection is one look: open, letters, head or body and mark of each, close.
"""

import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from domain.source_settings import MailboxSettings

T = TypeVar("T")
KEYWORD = "SwitchboardTaken"
"""What marks a mail that is taken and stays where it is (RFC 3501 section 2.3.2)."""
HEAD_BYTES = 1 << 18
BATCH = 100
"""Mails whose sizes are asked for at once."""
MB = 1 << 20
_ABOUT = re.compile(rb"\(.*?UID (\d+).*", re.DOTALL)
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')


class MailboxError(Exception):
    """The server is out of reach, refuses us, or does not do what it should: tried again at the next look."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in the mailbox. `key` is its own for as long as the folder lives; `at_ms`: when the server received it."""

    key: str
    uid: int
    size: int
    at_ms: int


class Mailbox(Protocol):
    """One look into a mailbox. Every method raises MailboxError where the server does not do it."""

    def open(self) -> None:
        """Connect, encrypt, authenticate, choose the folder."""

    def letters(self, most: int, but: Collection[str] = ()) -> list[Letter]:
        """Return the first mails that are not marked, oldest first, without those of these keys."""

    def head(self, letter: Letter) -> bytes:
        """Return the head of a mail."""

    def body(self, letter: Letter) -> bytes:
        """Return a mail, `mail_mb` of it at most; b"" for one that is gone meanwhile."""

    def mark(self, letter: Letter) -> None:
        """Mark a mail as taken: it is not among the letters any more."""

    def close(self) -> None:
        """Say good-bye, where somebody still listens."""

    def abort(self) -> None:
        """Let what waits for the server fail at once; from any thread."""


class ImapMailbox:
    """A mailbox on a server. Each wait for it takes `wait_s` of the settings at most."""

    def __init__(self, settings: MailboxSettings) -> None:
        self._settings = settings
        self._imap: imaplib.IMAP4 | None = None
        self._can: frozenset[str] = frozenset()
        self._life = ""

    def open(self) -> None:
        """Connect, encrypt, authenticate, choose the folder. Raises MailboxError."""
        try:
            self._asked(self._open)
        except MailboxError:
            self.close()
            raise

    def letters(self, most: int, but: Collection[str] = ()) -> list[Letter]:
        """Return the first mails that are not marked. Raises MailboxError."""
        return self._asked(lambda: self._letters(most, but))

    def head(self, letter: Letter) -> bytes:
        """Return the head of a mail. Raises MailboxError."""
        return self._asked(lambda: self._fetch(letter, "HEADER", HEAD_BYTES))

    def body(self, letter: Letter) -> bytes:
        """Return a mail, as much of it as may be fetched. Raises MailboxError."""
        return self._asked(lambda: self._fetch(letter, "", self._settings.mail_mb * MB))

    def mark(self, letter: Letter) -> None:
        """Move a mail to the folder of those that are taken, or give it our keyword. Raises MailboxError."""
        self._asked(lambda: self._mark(str(letter.uid)))

    def close(self) -> None:
        """Say good-bye, where somebody still listens."""
        imap, self._imap = self._imap, None
        if imap is not None:
            with suppress(OSError, imaplib.IMAP4.error, ValueError):
                imap.logout()

    def abort(self) -> None:
        """Cut the connection."""
        imap = self._imap
        if imap is not None:
            with suppress(OSError):
                imap.sock.shutdown(socket.SHUT_RDWR)

    def _asked(self, question: Callable[[], T]) -> T:
        its = self._settings
        try:
            return question()
        except (OSError, imaplib.IMAP4.error, ValueError) as error:
            raise MailboxError(f"{its.host}:{its.port}: {said_by(error)}") from error

    def _open(self) -> None:
        its = self._settings
        if its.security == "tls":
            imap: imaplib.IMAP4 = imaplib.IMAP4_SSL(its.host, its.port, ssl_context=self._context(), timeout=its.wait_s)
        else:
            imap = imaplib.IMAP4(its.host, its.port, timeout=its.wait_s)
        self._imap = imap
        if its.security == "starttls":
            imap.starttls(self._context())
        self._log_in(imap)
        said = _done(imap.capability())[-1]
        self._can = frozenset(said.decode("ascii", "replace").upper().split())
        if its.taken:
            with suppress(imaplib.IMAP4.error):  # most often it is there
                imap.create(_quoted(its.taken))
        _done(imap.select(_quoted(its.folder)), f"folder {its.folder}")
        kept = _text(imap.response("PERMANENTFLAGS")[1])
        if not its.taken and "\\*" not in kept and KEYWORD.lower() not in kept.lower():
            raise ValueError("the server keeps no keywords: name a folder in sheets.mailbox.taken")
        self._life = _text(imap.response("UIDVALIDITY")[1])

    def _log_in(self, imap: imaplib.IMAP4) -> None:
        its = self._settings
        password = its.password.get_secret_value()
        if its.password_file and not password:
            password = Path(its.password_file).read_text("utf-8").strip()
        if "AUTH=PLAIN" in imap.capabilities:
            imap.authenticate("PLAIN", lambda _: f"\0{its.user}\0{password}".encode())
        else:
            imap.login(_quoted(its.user), password)

    def _letters(self, most: int, but: Collection[str]) -> list[Letter]:
        wanted = ["UNDELETED"] if self._settings.taken else ["UNDELETED", "UNKEYWORD", KEYWORD]
        found = _done(self._open_imap().uid("SEARCH", *wanted))
        uids = sorted(int(one) for one in b" ".join(one for one in found if one).split())
        chosen = [uid for uid in uids if self._key(uid) not in but][:most]
        return [letter for at in range(0, len(chosen), BATCH) for letter in self._about(chosen[at : at + BATCH])]

    def _about(self, uids: list[int]) -> list[Letter]:
        asked = ",".join(map(str, uids))
        told = _done(self._open_imap().uid("FETCH", asked, "(RFC822.SIZE INTERNALDATE)"))
        letters = {}
        for one in told:
            line = one if isinstance(one, bytes) else b""
            uid, size, date = _ABOUT.search(line), _SIZE.search(line), _DATE.search(line)
            if uid and size:
                number = int(uid[1])
                letters[number] = Letter(self._key(number), number, int(size[1]), _moment(date[1] if date else b""))
        return [letters[uid] for uid in uids if uid in letters]

    def _fetch(self, letter: Letter, part: str, most: int) -> bytes:
        told = _done(self._open_imap().uid("FETCH", str(letter.uid), f"(BODY.PEEK[{part}]<0.{most}>)"))
        return next((bytes(one[1]) for one in told if isinstance(one, tuple)), b"")

    def _mark(self, uid: str) -> None:
        imap, taken = self._open_imap(), self._settings.taken
        if not taken:
            _done(imap.uid("STORE", uid, "+FLAGS.SILENT", f"({KEYWORD})"))
        elif "MOVE" in self._can:  # RFC 6851
            _done(imap.uid("MOVE", uid, _quoted(taken)), f"folder {taken}")
        else:
            _done(imap.uid("COPY", uid, _quoted(taken)), f"folder {taken}")
            _done(imap.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"))
            if "UIDPLUS" in self._can:  # RFC 4315: without it, mail that others marked would go too
                _done(imap.uid("EXPUNGE", uid))

    def _key(self, uid: int) -> str:
        return f"{self._life}-{uid}"

    def _open_imap(self) -> imaplib.IMAP4:
        if self._imap is None:
            raise ValueError("the connection is closed")
        return self._imap

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._settings.ca_file:
            context.load_verify_locations(self._settings.ca_file)
        return context


@dataclass(slots=True)
class MemoryMailbox:
    """A mailbox in memory: `mails` by uid with the moment of their receipt, `marked` those that are taken.

    `fails`: what the next calls of a method raise, by its name.
    """

    settings: MailboxSettings = field(default_factory=MailboxSettings)
    mails: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    marked: list[int] = field(default_factory=list)
    fails: dict[str, list[Exception]] = field(default_factory=dict)
    is_open: bool = False

    def deliver(self, raw: bytes, at_ms: int) -> None:
        """Put a mail in, with the line ends that the wire has."""
        lines = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        self.mails[len(self.mails) + 1] = lines, at_ms

    def open(self) -> None:
        """Open it."""
        self._may_fail("open")
        self.is_open = True

    def letters(self, most: int, but: Collection[str] = ()) -> list[Letter]:
        """Return the first mails that are not marked."""
        self._may_fail("letters")
        found = [Letter(f"1-{uid}", uid, len(raw), at_ms) for uid, (raw, at_ms) in self.mails.items()]
        return [letter for letter in found if letter.uid not in self.marked and letter.key not in but][:most]

    def head(self, letter: Letter) -> bytes:
        """Return the head of a mail."""
        self._may_fail("head")
        head, gap, _ = self.mails[letter.uid][0].partition(b"\r\n\r\n")
        return head + gap

    def body(self, letter: Letter) -> bytes:
        """Return a mail."""
        self._may_fail("body")
        return self.mails[letter.uid][0][: self.settings.mail_mb * MB]

    def mark(self, letter: Letter) -> None:
        """Mark a mail as taken."""
        self._may_fail("mark")
        self.marked.append(letter.uid)

    def close(self) -> None:
        """Close it."""
        self.is_open = False

    def abort(self) -> None:
        """Nobody waits here."""

    def _may_fail(self, name: str) -> None:
        if self.fails.get(name):
            raise self.fails[name].pop(0)


def said_by(error: Exception) -> str:
    """Return what an error says, in one line: what the server replied where it did."""
    first = error.args[0] if error.args and isinstance(error, imaplib.IMAP4.error) else str(error)
    said = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
    kind = "" if isinstance(error, imaplib.IMAP4.error | ValueError) else f"{type(error).__name__}: "
    return " ".join(f"{kind}{said}".split())[:300]


def _done(reply: tuple[str, list[Any]], what: str = "") -> list[Any]:
    """Return the data of a reply. Raises IMAP4.error for NO, which imaplib returns as it does OK."""
    kind, data = reply
    if kind != "OK":
        raise imaplib.IMAP4.error(f"{what}: {_text(data)}" if what else _text(data))
    return data


def _text(data: list[Any]) -> str:
    return " ".join(one.decode("utf-8", "replace") for one in data if isinstance(one, bytes))


def _quoted(name: str) -> str:
    return f'"{name}"'  # the settings allow neither quotes nor backslashes


def _moment(date: bytes) -> int:
    """Return when the server received a mail, UTC ms; 0 where it does not say."""
    try:
        return round(parsedate_to_datetime(date.decode("ascii", "replace").strip()).timestamp() * 1000)
    except (ValueError, TypeError, OverflowError):
        return 0
