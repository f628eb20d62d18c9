"""A rate sheet as a batch task: detected, mapped, parsed, normalised, compared, checked; it yields how far it is.

Changes nothing: what it makes are values, the desk keeps them. It ends early when nobody listens any more.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from queue import Empty, SimpleQueue

from actors.home import Home
from actors.sheet_work import Digest, DigestOrder, DigestStep
from cluster.tasks.sheet_digest import Digestion
from cluster.tasks.sheet_telling import SAID_S, Teller
from domain.sheets.rate_mail import RateMail
from store.mail_replies import read_reply
from store.sheets.archive import attachments
from store.sheets.mails import read_mail


def sheet_files(home: Home, name: str, data: bytes) -> list[tuple[str, bytes]]:
    """Return the rate files of a zip by name, else the file itself. Raises InputError for an archive that is none."""
    return attachments(name, data, home.settings.limits.sheet_mb)


def mail_files(home: Home, raw: bytes) -> RateMail:
    """Read a mail, or only the head of one, and what it says of mail of ours. Never raises for what is in it."""
    return replace(read_mail(raw, home.settings.limits.sheet_mb), reply=read_reply(raw))


def digest(home: Home, order: DigestOrder) -> Iterator[DigestStep]:
    """Read a sheet, compare it with its plan and check it; yield steps, at last the digest."""
    told = Teller()
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(lambda: Digestion(home, order, told).run())
        try:
            yield from _while_running(working, told.steps)
        finally:
            told.stop()
        yield working.result()


def _while_running(working: "Future[Digest]", steps: "SimpleQueue[DigestStep]") -> Iterator[DigestStep]:
    while not (working.done() and steps.empty()):
        try:
            yield steps.get(timeout=SAID_S)
        except Empty:
            continue
