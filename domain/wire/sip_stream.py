"""SIP over streams: octets in pieces -> whole messages (RFC 3261 §18.3), and keep-alives (RFC 5626 §3.5.1)."""

import re
from dataclasses import dataclass

MOST_BYTES = 65_535
"""The largest message, the same as over UDP."""

PONG = b"\r\n"
"""The answer to a Ping."""

_PING = b"\r\n\r\n"
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"^(?:content-length|l)[ \t]*:((?:[^\n]|\n[ \t])*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Ping:
    """A keep-alive that wants a PONG."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Nothing that follows can be told apart: answer `status` where the head can be answered, then close (§18.3)."""

    head: bytes
    reason: str
    status: int = 400


class SipStream:
    """The octets of one connection. Invariant: never keeps more than one message's worth of MOST_BYTES between feeds.

    How the octets were cut in pieces changes nothing in what comes out. After a Broken all further octets are ignored.
    """

    def __init__(self) -> None:
        self._kept = bytearray()
        self._searched = 0
        self._whole = 0  # size of the message whose head is complete; 0 while it is not
        self.broken = False

    @property
    def midway(self) -> bool:
        """Whether a message has begun and is not complete."""
        return bool(self._kept) and self._kept[0] not in _PING

    def feed(self, data: bytes) -> list[bytes | Ping | Broken]:
        """Take what came; return what is complete now."""
        out: list[bytes | Ping | Broken] = []
        if self.broken:
            return out
        self._kept += data
        while not self.broken:
            if self._whole == 0 and not self._starts(out):
                break
            if self._whole == 0 and not self._measures(out):
                break
            if len(self._kept) < self._whole:
                break
            out.append(bytes(self._kept[: self._whole]))
            self._drop(self._whole)
        return out

    def _starts(self, out: list[bytes | Ping | Broken]) -> bool:
        """Take line ends before a message away; tell whether a message has begun."""
        kept = self._kept
        while kept and kept[0] in _PING:
            if len(kept) < len(_PING) and _PING.startswith(kept):
                return False
            if kept.startswith(_PING):
                out.append(Ping())
                self._drop(len(_PING))
            else:
                self._drop(2 if kept.startswith(PONG) else 1)
        return bool(kept)

    def _measures(self, out: list[bytes | Ping | Broken]) -> bool:
        """Find the size of the message; tell whether its head is complete and says so."""
        blank = _BLANK_LINE.search(self._kept, max(0, self._searched - 3))
        end = blank.end() if blank else len(self._kept)
        if end > MOST_BYTES:
            self._breaks(out, MOST_BYTES, "message-too-large", 513)
            return False
        if blank is None:
            self._searched = end
            return False
        lengths = {bytes(found.strip()) for found in _LENGTH.findall(self._kept, 0, blank.start())}
        length = next(iter(lengths), b"")
        if not length:
            self._breaks(out, end, "no-content-length")
        elif len(lengths) > 1 or not length.isdigit() or len(length) > 9:
            self._breaks(out, end, "bad-content-length")
        elif end + int(length) > MOST_BYTES:
            self._breaks(out, end, "message-too-large", 513)
        else:
            self._whole = end + int(length)
        return not self.broken

    def _breaks(self, out: list[bytes | Ping | Broken], end: int, reason: str, status: int = 400) -> None:
        out.append(Broken(bytes(self._kept[:end]), reason, status))
        self.broken = True
        self._kept.clear()

    def _drop(self, size: int) -> None:
        del self._kept[:size]
        self._searched = self._whole = 0
