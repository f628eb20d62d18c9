"""The windows of time that `t` walks through, half-open and in business time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Window:
    """A choice of `t`; a length of 0 means calendar months, counted back by `months`."""

    name: str
    length_ms: int = 0
    months: int = 0

    def bounds(self, now_ms: int) -> tuple[int, int]:
        """Return (from, until) in UTC milliseconds; a running month or window ends one millisecond after now."""
        if self.length_ms:
            return max(0, now_ms - self.length_ms), now_ms + 1
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        start = datetime(now.year, now.month, 1, tzinfo=UTC)
        until_ms = now_ms + 1
        for _ in range(self.months):
            until_ms = int(start.timestamp() * 1000)
            start = (start - timedelta(days=1)).replace(day=1)
        return int(start.timestamp() * 1000), until_ms


RECENT = (
    Window("last hour", HOUR_MS),
    Window("last 24 hours", DAY_MS),
    Window("last 7 days", 7 * DAY_MS),
    Window("last 60 days", 60 * DAY_MS),
)
"""For calls and CDRs."""

MONTHS = (Window("this month"), Window("last month", months=1), Window("last 24 hours", DAY_MS))
"""For money."""

QUALITY = (
    Window("1h", HOUR_MS),
    Window("24h", DAY_MS),
    Window("7d", 7 * DAY_MS),
    Window("100 calls", DAY_MS),
    Window("5m", HOUR_MS // 12),
    Window("15m", HOUR_MS // 4),
)
"""For quality, by the names that its service knows; the last so many calls are those of each row."""
