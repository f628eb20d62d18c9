"""A mail as a source of sheets: what it says of notices of ours is entered, and its files are what came."""

from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

from actors.desk.core import Desk
from actors.desk.sheet_intake import MAIL, Came, digest_of
from actors.tokens import caller
from domain.ids import PlanId
from domain.sheets.rate_mail import RateMail
from store.catalog.sheet_items import Arrival


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a mail was found: by which source, its length in bytes, and when it was found to have come (UTC ms of the
    machine, 0: that is not known); `plan`, `sender`: of the source, where it says them."""

    source: str
    size: int
    at_ms: int
    plan: PlanId | None = None
    sender: str = ""


async def what_came(desk: Desk, mail: RateMail, raw: bytes, envelope: Envelope) -> list[Came]:
    """Enter what a mail says of a notice, and return its sheets; without any, one that says why, or nothing for an
    answer to a notice. A file that the notice itself had is none."""
    if mail.reply is None:
        return _came(desk, mail, raw, envelope)
    who, now_ms, reply = caller(), desk.now_ms(), mail.reply
    heard = await desk.write(lambda catalog: catalog.notice_replies.take(reply, who=who, at_ms=now_ms))
    if heard is None:
        return _came(desk, mail, raw, envelope)
    if reply.is_report:
        return []  # what it holds is ours, sent back
    files = tuple(file for file in mail.files if sha256(file[1]).hexdigest() != heard.sha256)
    return _came(desk, replace(mail, files=files), raw, envelope) if files or mail.left_out else []


def _came(desk: Desk, mail: RateMail, raw: bytes, envelope: Envelope) -> list[Came]:
    arrival = partial(_arrival, desk, mail, envelope)
    its = mail.message_id or digest_of(raw)
    if not mail.files:
        letters = [f"{name} is no rate file" for name in mail.letters[:5]]
        words = "; ".join((*mail.left_out, *letters)) or "it has no file"
        mend = "ask the sender for the sheet as a workbook, CSV or zip"
        key = digest_of(MAIL, its, str(envelope.size) if not mail.message_id else "")
        return [Came(arrival(key, "", envelope.size, f"{words}; mend: {mend}"))]
    came = []
    for name, data in mail.files:
        digest = sha256(data).hexdigest()
        found = arrival(digest_of(MAIL, its, name, digest), name, len(data))
        came.append(Came(replace(found, sha256=digest, plan=envelope.plan), data))
    for place, words in enumerate(mail.left_out):  # beside sheets: told, as somebody may miss it
        came.append(Came(arrival(digest_of(MAIL, its, "left out", str(place), words), "", 0, words)))
    return came


def _arrival(
    desk: Desk, mail: RateMail, envelope: Envelope, key: str, name: str, size: int, words: str = ""
) -> Arrival:
    """Return an arrival as of when our server received it: what its head says, else who found it."""
    machine = mail.received_ms or envelope.at_ms or mail.sent_ms
    now_ms = desk.now_ms()
    received_ms = min(desk.clock.business_ms(machine), now_ms) if machine else now_ms
    sender = mail.sender or envelope.sender
    return Arrival(key, envelope.source, MAIL, name, sender, mail.subject, size, received_ms, words=words)
