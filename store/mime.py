"""Mail as strangers write it (RFC 5322, MIME: RFC 2045 to 2047): its headers and parts, read as far as they can be.

Nothing here raises for what is in a mail, but `parsed` and walking RecursionError where parts are nested too deeply.
"""

import re
from datetime import UTC, datetime
from email import policy
from email.errors import HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any, TypeAlias

Part: TypeAlias = "Message[str, str]"
LONGEST = 500
"""Characters of a header that are kept."""
ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\\]+")
ODD = (MessageError, HeaderParseError, ValueError, LookupError, AssertionError, TypeError, AttributeError)
"""What the standard library raises on headers and parts that nobody should send."""


def parsed(raw: bytes) -> Part:
    """Parse a mail. Raises RecursionError."""
    return BytesParser(policy=policy.compat32).parsebytes(raw)


def data_of(part: Part) -> bytes | None:
    """Return the bytes of a part that holds no others, None where they are damaged."""
    try:
        data: Any = part.get_payload(decode=True)
    except ODD:
        return None
    return data if isinstance(data, bytes) else None


def header(message: Part, name: str) -> str:
    """Return a header as it is to be read, in one line, the topmost of its name."""
    return plain(decoded(first(message, name)))[:LONGEST]


def first(message: Part, name: str) -> str:
    """Return a header as it is written, the topmost of its name."""
    try:
        return str(message.get(name, ""))
    except ODD:
        return ""


def decoded(text: str) -> str:
    """Return a header with what RFC 2047 encodes in plain, as far as anybody knows its character sets."""
    try:
        return str(make_header(decode_header(text)))
    except ODD:  # a character set that nobody knows
        return text


def plain(text: str) -> str:
    """Return a text in one line, without what does not print: a header cannot be made of it that nobody wrote."""
    spaced = " ".join(text.split())
    return "".join(sign for sign in spaced if sign.isprintable())


def moment(text: str) -> int | None:
    """Return a moment (RFC 5322 section 3.3) in UTC ms, None where there is none."""
    try:
        given = parsedate_to_datetime(re.sub(r"\s+", " ", text).strip())
        if given.tzinfo is None:  # -0000: UTC, and nothing about where (RFC 5322 section 3.3)
            given = given.replace(tzinfo=UTC)
        past = given - datetime(1970, 1, 1, tzinfo=UTC)
    except (*ODD, OverflowError):
        return None
    ms = round(past.total_seconds() * 1000)
    return ms if ms > 0 else None


def sender_of(message: Part) -> str:
    """Return the address of From in lower case, "" where it has none that can be."""
    address = parseaddr(header(message, "From"))[1].strip().lower()
    return address if ADDRESS.fullmatch(address) else ""
