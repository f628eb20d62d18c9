"""Over which calls a figure of quality is counted: those set up in a stretch of time, or the last so many.

Written `5m`, `15m`, `1h`, `24h`, `7d`, or `100 calls`.
"""

from dataclasses import dataclass

MINUTE_MS = 60_000
MOST_CALLS = 250
"""Of each pair of vendor and destination the outcomes of as many calls are kept (facts: quality §5, 50 to 250)."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """`span_ms` back from now, or the last `calls`: one of them is 0."""

    span_ms: int = 0
    calls: int = 0

    def __post_init__(self) -> None:
        assert (self.span_ms > 0) != (self.calls > 0), "a window is of time or of calls"

    def __str__(self) -> str:
        return next((text for text, window in SPANS.items() if window == self), f"{self.calls} calls")


SPANS = {
    "5m": Window(5 * MINUTE_MS),
    "15m": Window(15 * MINUTE_MS),
    "1h": Window(60 * MINUTE_MS),
    "24h": Window(1_440 * MINUTE_MS),
    "7d": Window(10_080 * MINUTE_MS),
}
"""The stretches of time that are counted (facts: quality §5), by how they are written."""


def window_of(text: str) -> Window | None:
    """Return the window that a text means, None where it means none: `1h`, `100 calls`, `100`."""
    if text in SPANS:
        return SPANS[text]
    count, _, unit = text.partition(" ")
    if count.isascii() and count.isdigit() and unit in ("", "call", "calls") and 0 < int(count) <= MOST_CALLS:
        return Window(calls=int(count))
    return None
