"""Number portability: where numbers are looked up that have moved to another network, and what is found (RFC 4694).

A source knows the numbers of some prefixes, from a file or by asking an ENUM server (RFC 6116, RFC 4769). A number that
it does not have stayed where it was. What a source cannot be asked for just now is routed as it was dialled, or
refused, as the source says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from domain.errors import InputError
from domain.wire.dns_name import name_from_text

if TYPE_CHECKING:
    from domain.numbers import Dialled

LONGEST_WAIT_MS = 2_000


class SourceKind(StrEnum):
    """FILE: all moved numbers are in a file that was brought in. ENUM: a server is asked, call by call."""

    FILE = "file"
    ENUM = "enum"


class Silent(StrEnum):
    """What becomes of calls while a server says nothing. AS_DIALLED: they are routed and charged by what was dialled.
    REFUSE: they are refused, and what ends is parked until it can be asked."""

    AS_DIALLED = "as-dialled"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class PortedSource:
    """Where the numbers that begin with one of `prefixes` (none: all others) are looked up.

    FILE: `edition` of what it holds, 0 nothing yet. ENUM: `server` (address:port) is asked in `zone`, `timeout_ms` is
    waited for an answer, and one is kept for `keep_s` seconds at most; `silent`: what happens where none comes.
    """

    name: str
    kind: SourceKind = SourceKind.FILE
    prefixes: tuple[str, ...] = ()
    server: str = ""
    zone: str = "e164.arpa"
    timeout_ms: int = 300
    keep_s: int = 3_600
    edition: int = 0
    silent: Silent = Silent.AS_DIALLED


class PortedNumbers(Protocol):
    """The moved numbers of a file."""

    def of(self, number: str) -> "Dialled | None":
        """Return what is known of a number (E.164 digits): its routing number and carrier; None where it stayed."""
        ...

    def __len__(self) -> int:
        """Return how many there are."""
        ...


class PortedIndex:
    """Which source a number is looked up in: that of the longest prefix. `elsewhere`: some are asked over a network."""

    __slots__ = ("_by_prefix", "_longest", "elsewhere")

    def __init__(self, sources: Iterable[PortedSource]) -> None:
        self._by_prefix = {prefix: source for source in sources for prefix in source.prefixes or ("",)}
        self._longest = max(map(len, self._by_prefix), default=-1)
        self.elsewhere = any(one.kind is SourceKind.ENUM for one in self._by_prefix.values())

    def source_of(self, number: str) -> PortedSource | None:
        """Return the source of a number; None where it is looked up nowhere."""
        for length in range(self._longest, -1, -1):
            found = self._by_prefix.get(number[:length])
            if found is not None and len(number) >= length:
                return found
        return None


def check_source(source: PortedSource, others: Iterable[PortedSource]) -> None:
    """Raise InputError for a source that cannot be, or whose prefix another one has."""
    where = f"source {source.name}"
    for prefix in source.prefixes:
        if not (prefix.isascii() and prefix.isdigit() and len(prefix) <= 15):
            raise InputError(f"{prefix!r} is no prefix", where=where, mend="Give digits, such as 254 or 4479.")
    if len(set(source.prefixes)) < len(source.prefixes):
        raise InputError("a prefix is given twice", where=where, mend="Give each once.")
    for other in others:
        taken = set(source.prefixes or ("",)) & set(other.prefixes or ("",))
        if other.name != source.name and taken:
            which = f"numbers that begin with {min(taken)}" if min(taken) else "all numbers that no prefix is given for"
            raise InputError(f"source {other.name} has {which}", where=where, mend="Give each prefix to one source.")
    if source.kind is SourceKind.ENUM:
        _check_server(source, where)


def _check_server(source: PortedSource, where: str) -> None:
    host, colon, port = source.server.rpartition(":")
    address = host.strip("[]")
    if not (colon and address and port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        mend = "Give its address and port, such as server=192.0.2.53:53."
        raise InputError(f"{source.server!r} is no server", where=where, mend=mend)
    if not all(sign in "0123456789abcdefABCDEF.:" for sign in address):
        mend = "Give its IP address: to look up a name first would cost each call time."
        raise InputError(f"{address!r} is no IP address", where=where, mend=mend)
    try:
        name_from_text(source.zone)
    except ValueError as error:
        mend = "Give the zone's name, such as e164.arpa."
        raise InputError(f"zone {source.zone!r}: {error}", where=where, mend=mend) from None
    if not 10 <= source.timeout_ms <= LONGEST_WAIT_MS:
        mend = f"Give 10 to {LONGEST_WAIT_MS:,} ms: the call waits as long."
        raise InputError(f"timeout_ms cannot be {source.timeout_ms}", where=where, mend=mend)
    if not 0 <= source.keep_s <= 86_400:
        raise InputError(f"keep_s cannot be {source.keep_s}", where=where, mend="Give 0 to 86,400 seconds.")
