"""A figure over time in one line of text: a picture for a cell of a list."""

from collections.abc import Sequence

_LEVELS = "▁▂▃▄▅▆▇"
"""Not the whole cell: lines above each other stay apart."""
NONE = "·"
"""Stands where there was nothing to be measured: never a low value."""


def sparkline(values: Sequence[float | None], top: float = 0.0, width: int = 0) -> str:
    """Draw values, the oldest first, from 0 to `top`, else to the highest of them; the last `width` of them (0: all).

    A value of none is a dot, the lowest block a value of up to a seventh of the top.
    """
    shown = values[-width:] if width else values
    peak = top or max((value for value in shown if value is not None), default=0.0)
    return "".join(NONE if value is None else _block(value, peak) for value in shown)


def _block(value: float, peak: float) -> str:
    if peak <= 0:
        return _LEVELS[0]
    return _LEVELS[max(0, min(6, int(7 * value / peak)))]
