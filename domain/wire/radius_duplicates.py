"""Transport duplicates of RADIUS requests (RFC 5080 §2.2.2): the same request gets the same reply, once worked out."""

from domain.wire.radius_packet import RadiusPacket

_Key = tuple[str, int, int]


class Duplicates:
    """Remembers requests by source address, port and identifier for `keep_s`, at most `limit`, the oldest go first.

    Ask only for packets that verify_request has passed: a forged one must not push out a true one. The same key with
    another authenticator is another request. Time is machine time in seconds and never runs back.
    """

    def __init__(self, limit: int, keep_s: float) -> None:
        self._limit, self._keep_s = limit, keep_s
        self._seen: dict[_Key, tuple[bytes, float, bytes]] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def begin(self, packet: RadiusPacket, source: tuple[str, int], now_s: float) -> bytes | None:
        """Return None for a new request, its reply for one answered before, b'' (drop it) for one in work."""
        key = (*source, packet.identifier)
        known = self._seen.pop(key, None)
        self._forget_old(now_s)
        if known is not None and known[0] == packet.authenticator and now_s - known[1] <= self._keep_s:
            self._seen[key] = (known[0], now_s, known[2])
            return known[2]
        self._seen[key] = (packet.authenticator, now_s, b"")
        return None

    def answered(self, packet: RadiusPacket, source: tuple[str, int], reply: bytes) -> None:
        """Keep the reply of a request; nothing happens if a newer one has taken its place."""
        key = (*source, packet.identifier)
        known = self._seen.get(key)
        if known is not None and known[0] == packet.authenticator:
            self._seen[key] = (known[0], known[1], reply)

    def failed(self, packet: RadiusPacket, source: tuple[str, int]) -> None:
        """Forget a request that cannot be answered, so that its retransmission is tried as new (RFC 2866 §4.1)."""
        key = (*source, packet.identifier)
        if self._seen.get(key, (b"",))[0] == packet.authenticator:
            del self._seen[key]

    def _forget_old(self, now_s: float) -> None:
        while self._seen:
            oldest = next(iter(self._seen))
            if len(self._seen) < self._limit and now_s - self._seen[oldest][1] <= self._keep_s:
                return
            del self._seen[oldest]
