"""A watched folder: what others put there is taken once it does not change any more, and moved out of the way.

A Maildir (folders cur, new and tmp) is one too: its new mail is taken, and moved to cur as mail that was read.
"""

import asyncio
import os
import stat
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import count, islice
from pathlib import Path

from actors.desk.core import Desk
from actors.desk.sheet_intake import FOLDER, Came, SheetIntake, digest_of
from actors.desk.sheet_letters import Envelope, what_came
from actors.desk.source_state import SourceError, SourceState
from actors.home import machine_ms
from domain.errors import InputError
from domain.ids import PlanId
from domain.sheets.rate_mail import RateMail
from domain.source_settings import SheetFolderSettings
from store.away import away
from store.catalog.sheet_items import Arrival
from store.files import sync_folder
from store.sheets.archive import may_be_sheet

TAKEN, REFUSED = "taken", "refused"
MAILDIR = ("cur", "new", "tmp")
CUR, NEW, _ = MAILDIR
SEEN = ":2,S"
"""Behind the name of a mail in cur: it was read."""
MAIL_ENDING = ".eml"
FILES_MOST = 100
"""Files of one look; the others are taken at the next ones."""
ENTRIES_MOST = 10_000
KNOWN_MOST = 10_000
MB = 1 << 20
UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".crdownload")
"""How programs that copy call what they have not copied whole."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file in the folder. `stamp` differs as soon as somebody writes into it."""

    name: str
    size: int
    changed_ms: int
    stamp: tuple[int, int, int]


@dataclass(slots=True)
class FolderSource:
    """Looks into one folder. Reading and moving block, so they run in threads.

    Invariant: a file is moved only after all sheets in it are kept; one that cannot be moved is not read again.
    """

    desk: Desk
    intake: SheetIntake
    settings: SheetFolderSettings
    state: SourceState
    _is_maildir: bool = False
    _last: dict[str, Found] = field(default_factory=dict)
    _known: "OrderedDict[tuple[str, tuple[int, int, int]], str]" = field(default_factory=OrderedDict)

    async def look(self) -> None:
        """Take what lies in the folder and has settled. Raises SourceError for what a person must mend."""
        found = await asyncio.to_thread(self._found)
        settled = [one for one in found if self._settled(one)]
        self._last = {one.name: one for one in found}
        faults: list[str] = []
        for one in settled[:FILES_MOST]:
            try:
                await self._take(one)
            except (OSError, SourceError) as error:
                faults.append(f"{_shown(one.name)}: {getattr(error, 'strerror', None) or error}")
        if faults:
            more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
            raise SourceError(f"{faults[0]}{more}")

    def _found(self) -> list[Found]:
        """Return the files in the folder by name. Raises SourceError where it cannot be read."""
        self._is_maildir = all((Path(self.settings.path) / name).is_dir() for name in MAILDIR)
        try:
            with os.scandir(self._place) as entries:
                return sorted(_files(islice(entries, ENTRIES_MOST)), key=lambda one: one.name)
        except OSError as error:
            raise SourceError(f"{self.settings.path} cannot be read: {error.strerror}") from error

    @property
    def _place(self) -> Path:
        """Where files are found."""
        return Path(self.settings.path) / NEW if self._is_maildir else Path(self.settings.path)

    def _settled(self, one: Found) -> bool:
        """Tell whether a file is whole, as far as that can be told: it is as at the last look, and not of just now."""
        waits = self.settings.settle_s
        if not waits:
            return True
        return self._last.get(one.name) == one and machine_ms() - one.changed_ms >= waits * 1000

    async def _take(self, one: Found) -> None:
        into = self._known.get((one.name, one.stamp))
        if into is None:
            if not await self.intake.has_room():
                raise SourceError("too many files wait for a plan: `switchboard sheets inbox`, then take or dismiss")
            came = await self._came(one)
            if came is None:
                return  # somebody writes into it
            await self.intake.enter(came, "mail" if self._is_mail(one) else "files")
            into = TAKEN if not came or any(part.data for part in came) else REFUSED
            self._known[(one.name, one.stamp)] = into
            while len(self._known) > KNOWN_MOST:
                self._known.popitem(last=False)
        await asyncio.to_thread(self._move, one.name, into)

    async def _came(self, one: Found) -> list[Came] | None:
        """Return the sheets in a file, one that says why there are none, nothing for an answer to a notice; None where
        it changes meanwhile."""
        most = self.desk.home.settings.limits.sheet_mb
        if one.size > most * MB:
            words = f"it has {one.size / MB:,.1f} MB, more than {most}; mend: split it, or raise limits.sheet_mb"
            return [self._refused(one, words)]
        data = await asyncio.to_thread(self._read, one)
        if data is None:
            return None
        if self._is_mail(one):
            return await self._of_mail(one, data)
        try:
            files = await self.desk.tasks.sheet_files(_shown(one.name), data)
        except InputError as error:
            return [self._refused(one, str(error))]
        whole = sha256(data).digest()
        came = [self._sheet(one, whole, name, its) for name, its in files if may_be_sheet(name, its)]
        return came or [self._refused(one, "there is no rate sheet in it; mend: send a workbook, a CSV file or a zip")]

    def _is_mail(self, one: Found) -> bool:
        return self._is_maildir or one.name.lower().endswith(MAIL_ENDING)

    async def _of_mail(self, one: Found, data: bytes) -> list[Came]:
        """Return what is in a mail, whose sender, subject and receipt count as in a mailbox."""
        try:
            mail = await self.desk.tasks.mail_files(data)
        except Exception as error:
            if away(error):
                raise
            mail = RateMail(left_out=(f"{_shown(one.name)} could not be read ({type(error).__name__})",))
        plan = PlanId(self.settings.plan) if self.settings.plan else None
        found = Envelope(self.state.name, one.size, one.changed_ms, plan, self.settings.sender)
        return await what_came(self.desk, mail, data, found)

    def _read(self, one: Found) -> bytes | None:
        """Return what is in a file, None where somebody writes into it. Raises OSError; a link is not followed."""
        descriptor = os.open(self._place / one.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(one.size + 1)
            return data if _stamp(os.fstat(file.fileno())) == one.stamp and len(data) == one.size else None

    def _move(self, name: str, into: str) -> None:
        """Move a file out of the way; one that was there before under its name stays. Raises SourceError."""
        place = Path(self.settings.path) / (CUR if self._is_maildir else into)
        new = name.partition(":")[0] + SEEN if self._is_maildir else name
        try:
            place.mkdir(exist_ok=True)
            target = next(path for path in _names(place, new) if not os.path.lexists(path))
            os.rename(self._place / name, target)
            sync_folder(place)
        except FileNotFoundError:
            return  # somebody took it away
        except OSError as error:
            raise SourceError(f"it is kept and cannot be moved to {place.name}: {error.strerror}") from error

    def _sheet(self, one: Found, whole: bytes, name: str, data: bytes) -> Came:
        key = digest_of(FOLDER, self.settings.path, one.name, repr(one.stamp[1:]), whole, name)
        plan = PlanId(self.settings.plan) if self.settings.plan else None
        arrival = self._arrival(one, key, name, len(data))
        return Came(replace(arrival, sha256=sha256(data).hexdigest(), plan=plan), data)

    def _refused(self, one: Found, words: str) -> Came:
        key = digest_of(FOLDER, self.settings.path, one.name, repr(one.stamp[1:]), str(one.size))
        return Came(self._arrival(one, key, _shown(one.name), one.size, words))

    def _arrival(self, one: Found, key: str, name: str, size: int, words: str = "") -> Arrival:
        received_ms = min(self.desk.clock.business_ms(one.changed_ms), self.desk.now_ms())
        sender, subject = self.settings.sender, _shown(one.name)
        source = self.state.name
        return Arrival(key, source, FOLDER, _shown(name), sender, subject, size, received_ms, words=words)


def _files(entries: Iterable["os.DirEntry[str]"]) -> Iterator[Found]:
    """Yield the plain files that may be sheets; links are none, whoever made them."""
    for entry in entries:
        if entry.name.startswith((".", "~$")) or entry.name.lower().endswith(UNFINISHED):
            continue
        try:
            its = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        if stat.S_ISREG(its.st_mode):
            yield Found(entry.name, its.st_size, its.st_ctime_ns // 1_000_000, _stamp(its))


def _stamp(its: os.stat_result) -> tuple[int, int, int]:
    return its.st_ino, its.st_size, its.st_mtime_ns


def _names(place: Path, name: str) -> Iterator[Path]:
    """Yield names for a file that is moved: its own, then with numbers."""
    yield place / name
    path = Path(name)
    yield from (place / f"{path.stem} ({number}){path.suffix}" for number in count(2))


def _shown(name: str) -> str:
    """Return a file's name as text: what is no UTF-8 in it is replaced, and what does not print is left out."""
    text = name.encode("utf-8", "replace").decode("utf-8", "replace")
    return "".join(sign for sign in text if sign.isprintable())
