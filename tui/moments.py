"""Moments that readers type, and how the console says them in words: UTC milliseconds of business time."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tui import formats

_SPANS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_AWAY = re.compile(r"([+-])(\d{1,5})([mhdw])")
HINT = "2026-11-20, 2026-11-20 18:00, -7d, +30m, +12h, +2w; nothing: now"


@dataclass(slots=True)
class Moments:
    """Where a reader is in two times: rates valid at one moment (None: now or later), as known at one (None: now)."""

    valid_ms: int | None = None
    known_ms: int | None = None

    def words(self) -> str:
        """Say both."""
        valid = "in force now or to come" if self.valid_ms is None else f"in force at {said(self.valid_ms)}"
        known = "as known now" if self.known_ms is None else f"as known at {said(self.known_ms)}"
        return f"{valid}, {known}"


def said(at_ms: int) -> str:
    """Write a moment in words: 20 Nov 2026 18:00 UTC."""
    return f"{formats.moment(at_ms):%-d %b %Y %H:%M} UTC"


def moment_of(text: str, now_ms: int, zone: str = "UTC") -> int | None:
    """Read an ISO date or time (of `zone` unless it says), or a span from now such as -7d; None for nothing and "now".

    Raises ValueError with the reason.
    """
    given = text.strip().lower()
    if given in ("", "now"):
        return None
    away = _AWAY.fullmatch(given)
    if away:
        span = int(away[2]) * _SPANS[away[3]]
        return now_ms + (span if away[1] == "+" else -span)
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no date or time; write {HINT}") from None
    aware = read if read.tzinfo else read.replace(tzinfo=ZoneInfo(zone))
    return int(aware.timestamp()) * 1000
