"""Strangers: sources that belong to no switch. How much of them is read, how often they are answered, who is banned."""

from collections.abc import Collection
from dataclasses import dataclass

from domain.settings import GuardSettings

VOUCHED_S = 600
"""A source that proved itself by credentials is no stranger for this long after its last proof."""

SUSPICION = 10
"""Packets that one attempt with wrong credentials counts for."""


@dataclass(frozen=True, slots=True)
class Ban:
    """A banned source: why, from when until when (UTC ms), and how many packets came, those that led to it included."""

    source: str
    reason: str
    since_ms: int
    until_ms: int
    packets: int


class _Stranger:
    __slots__ = ("filled_ms", "in_window", "packets", "tokens", "window_ms")

    def __init__(self, tokens: int, now_ms: int) -> None:
        self.packets = self.in_window = 0
        self.window_ms = self.filled_ms = now_ms
        self.tokens = tokens


class SourceGuard:
    """What one node knows about strangers, over all its gateways.

    Invariants: a known source is never banned, limited or remembered; strangers and bans together are at most
    `settings.sources`, the longest silent stranger forgotten first, a ban only when nothing else is left. Times are
    UTC ms; a clock that steps back makes nobody wait longer than by its step.
    """

    def __init__(self, settings: GuardSettings) -> None:
        self._settings = settings
        self._known: Collection[str] = ()
        self._strangers: dict[str, _Stranger] = {}
        self._bans: dict[str, Ban] = {}
        self._vouched: dict[str, int] = {}
        self._scanners = tuple(name.lower() for name in settings.scanners if name)

    def __len__(self) -> int:
        return len(self._strangers) + len(self._bans)

    @property
    def refuses(self) -> bool:
        """Whether strangers are told that they are refused; else they hear nothing."""
        return self._settings.unknown == "refuse"

    def know(self, sources: Collection[str]) -> None:
        """Take the addresses of all switches; what was held against one of them is forgotten."""
        self._known = sources
        for source in [one for one in (*self._bans, *self._strangers) if one in sources]:
            self._forget(source)

    def vouch(self, source: str, now_ms: int) -> None:
        """A source has proved itself by credentials: for VOUCHED_S it is no stranger."""
        self._forget(source)
        self._vouched.pop(source, None)
        self._vouched[source] = now_ms + VOUCHED_S * 1000
        if len(self._vouched) > self._settings.sources:
            del self._vouched[next(iter(self._vouched))]

    def suspect(self, source: str, now_ms: int) -> None:
        """A stranger gave wrong credentials: that counts as SUSPICION packets towards its ban."""
        if self._is_known(source, now_ms) or self.is_banned(source, now_ms):
            return
        stranger = self._stranger(source, now_ms)
        stranger.in_window += SUSPICION
        if stranger.in_window >= self._settings.ban_after:
            self._ban(source, "wrong credentials", now_ms)

    def heard(self, source: str, now_ms: int, agent: str = "") -> bool:
        """Count a packet; tell whether it is to be read. `agent` is the name that the sender gives itself, if any."""
        if self._is_known(source, now_ms):
            return True
        ban = self._bans.get(source)
        if ban is not None and now_ms < ban.until_ms:
            self._bans[source] = Ban(source, ban.reason, ban.since_ms, ban.until_ms, ban.packets + 1)
            return False
        stranger = self._stranger(source, now_ms)
        stranger.packets += 1
        if not 0 <= now_ms - stranger.window_ms < self._settings.ban_window_s * 1000:
            stranger.window_ms, stranger.in_window = now_ms, 0
        stranger.in_window += 1
        scanner = self._scanner(agent) if agent else ""
        if scanner:
            self._ban(source, f"scanner {scanner}", now_ms)
        elif stranger.in_window >= self._settings.ban_after:
            self._ban(source, f"{stranger.in_window} packets in {self._settings.ban_window_s} s", now_ms)
        else:
            return True
        return False

    def is_banned(self, source: str, now_ms: int) -> bool:
        """Tell whether a source is banned now, without counting anything."""
        ban = self._bans.get(source)
        return ban is not None and now_ms < ban.until_ms and not self._is_known(source, now_ms)

    def may_answer(self, source: str, now_ms: int) -> bool:
        """Take leave to answer a stranger once: `answers_per_s`, and as many at once after a pause."""
        if self._is_known(source, now_ms):
            return True
        stranger, rate = self._stranger(source, now_ms), self._settings.answers_per_s
        gained = max(0, now_ms - stranger.filled_ms) * rate  # in thousandths of an answer
        stranger.tokens, stranger.filled_ms = min(rate * 1000, stranger.tokens + gained), now_ms
        if stranger.tokens < 1000:
            return False
        stranger.tokens -= 1000
        return True

    def bans(self, now_ms: int) -> list[Ban]:
        """Return who is banned now, the newest first."""
        lasting = [ban for ban in self._bans.values() if now_ms < ban.until_ms]
        return sorted(lasting, key=lambda ban: (-ban.since_ms, ban.source))

    def unban(self, source: str) -> bool:
        """Lift a ban; tell whether there was one."""
        return self._bans.pop(source, None) is not None

    def _is_known(self, source: str, now_ms: int) -> bool:
        return source in self._known or now_ms < self._vouched.get(source, 0)

    def _stranger(self, source: str, now_ms: int) -> _Stranger:
        stranger = self._strangers.pop(source, None)
        if stranger is None:
            self._bans.pop(source, None)  # over, else nothing would be asked
            if len(self) >= self._settings.sources:
                oldest: dict[str, _Stranger] | dict[str, Ban] = self._strangers or self._bans
                del oldest[next(iter(oldest))]
            stranger = _Stranger(self._settings.answers_per_s * 1000, now_ms)
        self._strangers[source] = stranger
        return stranger

    def _scanner(self, agent: str) -> str:
        agent = agent.lower()
        return next((name for name in self._scanners if name in agent), "")

    def _ban(self, source: str, reason: str, now_ms: int) -> None:
        packets = self._strangers.pop(source).packets
        self._bans[source] = Ban(source, reason, now_ms, now_ms + self._settings.ban_s * 1000, packets)

    def _forget(self, source: str) -> None:
        self._strangers.pop(source, None)
        self._bans.pop(source, None)
