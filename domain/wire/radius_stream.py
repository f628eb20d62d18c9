"""RADIUS over streams: octets in pieces -> whole packets, told apart by their Length (RFC 6613 §2.6, RFC 6614)."""

_HEAD_BYTES, _LEAST, _MOST = 4, 20, 4096


class RadiusStream:
    """The octets of one connection. Invariant: never keeps more than one packet between two feeds.

    Once a Length is impossible nothing that follows can be told apart: `broken` is set, and the connection must be
    closed (RFC 6613 §2.6.4). How the octets were cut in pieces changes nothing in what comes out.
    """

    __slots__ = ("_kept", "broken")

    def __init__(self) -> None:
        self._kept = bytearray()
        self.broken = False

    @property
    def midway(self) -> bool:
        """Whether a packet has begun and is not complete."""
        return bool(self._kept)

    def feed(self, data: bytes) -> list[bytes]:
        """Take what came; return the packets that are complete now."""
        found: list[bytes] = []
        if self.broken:
            return found
        kept, at = self._kept, 0
        kept += data
        while len(kept) - at >= _HEAD_BYTES:
            length = int.from_bytes(kept[at + 2 : at + 4], "big")
            if not _LEAST <= length <= _MOST:
                self.broken = True
                kept.clear()
                return found
            if len(kept) - at < length:
                break
            found.append(bytes(kept[at : at + length]))
            at += length
        del kept[:at]
        return found
