"""Mail with rate sheets (RFC 5322, MIME: RFC 2045 to 2047, 2231): who sent it, when it came, and the files in it.

Whatever comes, it is read as far as it can be; what stays out is named with its reason. Nothing in a mail is believed
but that the server put it there: From is what the sender says, Received what the last server stamped.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parseaddr

from domain.errors import InputError
from domain.sheets.rate_mail import RateMail
from store.mime import ADDRESS, LONGEST, ODD, Part, data_of, decoded, first, header, moment, parsed, plain
from store.sheets.archive import MB, UNPACKED_TIMES, may_be_sheet, unpack

PARTS_MOST = 500
DEPTH_MOST = 3
"""Mails within mails that came as files, and are still opened; those that MIME knows as mails are at any depth."""
FILES_MOST = 64
_NO_FILES = frozenset(
    {
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "text/calendar",
        "text/rfc822-headers",
        "text/vcard",
        "text/x-vcard",
    }
)
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_PICTURES = frozenset({"image", "audio", "video", "font"})
_BODIES = frozenset({"text/plain", "text/html", "text/enriched", "text/watch-html"})


@dataclass(slots=True)
class _Found:
    """What was found so far; `room`: bytes that files may still have."""

    most_mb: int
    room: int
    files: list[tuple[str, bytes]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    parts: int = 0


def read_mail(raw: bytes, most_mb: int) -> RateMail:
    """Read a mail, or only the head of one. Never raises for what is in it; `most_mb`: of one rate file."""
    try:
        message = parsed(raw)
        found = _Found(most_mb, most_mb * MB * UNPACKED_TIMES)
        _look(message, found, 0)
    except RecursionError:
        return RateMail(left_out=("its parts are nested too deeply",))
    address = parseaddr(header(message, "From"))[1].strip()
    return RateMail(
        message_id="".join(header(message, "Message-ID").split())[:LONGEST],
        sender=address.lower()[:LONGEST] if ADDRESS.fullmatch(address) else "",
        subject=header(message, "Subject"),
        received_ms=moment(first(message, "Received").rpartition(";")[2]),
        sent_ms=moment(first(message, "Date")),
        files=tuple(found.files),
        left_out=tuple(found.left_out),
        letters=tuple(found.letters),
    )


def _look(message: Part, found: _Found, depth: int) -> None:
    for part in _leaves(message, found):
        name, kind = _name(part), part.get_content_type()
        shown = name or kind
        is_body = not name and kind in _BODIES and part.get_content_disposition() != "attachment"
        if is_body or kind in _NO_FILES or part.get_content_maintype() in _PICTURES:
            continue
        if kind in _TNEF or name.lower() == "winmail.dat":
            found.left_out.append(f"{shown} is Outlook's own format: ask for the mail in MIME")
            continue
        data = data_of(part)
        if data is None:
            found.left_out.append(f"{shown} is damaged")
        elif name.lower().endswith(".eml") or kind == "message/rfc822":
            if depth == DEPTH_MOST:
                found.left_out.append(f"{shown} is a mail within mails, too deep to open")
            else:
                _look(parsed(data), found, depth + 1)
        else:
            _take(name or f"part {found.parts}", data, found)


def _take(name: str, data: bytes, found: _Found) -> None:
    try:
        unpacked = unpack(name, data, found.most_mb)
    except InputError as error:
        found.left_out.append(str(error))
        return
    found.letters += unpacked.left_out
    for path, content in unpacked.files:
        found.room -= len(content)
        if not may_be_sheet(path, content):
            found.letters.append(path)
        elif len(content) > found.most_mb * MB:
            found.left_out.append(f"{path} has {len(content) / MB:,.1f} MB, more than {found.most_mb}")
        elif len(found.files) >= FILES_MOST or found.room < 0:
            found.left_out.append(f"{path} is one too many: {FILES_MOST} files are taken from one mail")
        else:
            found.files.append((path[:LONGEST], content))


def _leaves(message: Part, found: _Found) -> Iterator[Part]:
    """Yield the parts that hold something, also of mails within; a mail of too many parts ends early."""
    for part in message.walk():
        found.parts += 1
        if found.parts > PARTS_MOST:
            found.left_out.append(f"it has more than {PARTS_MOST} parts: the rest is not read")
            return
        if not part.is_multipart():
            yield part


def _name(part: Part) -> str:
    """Return the last name of a file as RFC 2231 or, which is not allowed and common, RFC 2047 writes it."""
    try:
        given = part.get_filename("")
    except ODD:
        return ""
    return re.split(r"[/\\]", plain(decoded(given)))[-1].strip()[:LONGEST]
