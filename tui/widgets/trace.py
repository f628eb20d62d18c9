"""A figure over time as an area of block characters, with its scale at the left: a picture that fits a terminal."""

from collections.abc import Sequence
from itertools import pairwise

from textual.color import Color
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

_LEVELS = " ▁▂▃▄▅▆▇█"


def resampled(values: Sequence[float], width: int) -> list[float]:
    """Return at most `width` values: the mean of each of `width` equal pieces, or all where they fit."""
    if len(values) <= width or width <= 0:
        return list(values)
    edges = [index * len(values) // width for index in range(width + 1)]
    return [sum(values[start:end]) / (end - start) for start, end in pairwise(edges)]


def area(values: Sequence[float], top: float, width: int, height: int) -> list[str]:
    """Draw values as columns against `top`, newest at the right, as `height` lines, the highest first."""
    shown = resampled(values, width)
    levels = [0 if top <= 0 else round(max(0.0, min(1.0, value / top)) * height * 8) for value in shown]
    lines = []
    for line in range(height - 1, -1, -1):
        text = "".join(_LEVELS[max(0, min(8, level - line * 8))] for level in levels)
        lines.append(text.rjust(width))
    return lines


def round_top(peak: float) -> int:
    """Return a round number at or above the peak, for the top of the scale."""
    size = 1
    while True:
        for tenths in (10, 15, 20, 30, 40, 50, 60, 80):
            if tenths * size >= peak * 10 and (tenths * size) % 10 == 0:
                return tenths * size // 10
        size *= 10


class Trace(Widget):
    """One value a second, oldest first. Shows scale, area and how far back the left edge lies."""

    values: reactive[tuple[float, ...]] = reactive(())

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)

    def render(self) -> Content:
        """Draw for the room there is."""
        width, height = self.size.width, self.size.height
        top = round_top(max(self.values, default=0.0))
        gutter = max(4, len(f"{top:,}")) + 1
        axis = 1 if height >= 3 else 0
        lines = area(self.values, top, max(1, width - gutter), max(1, height - axis))
        shades = self._shades(len(lines))
        parts: list[tuple[str, str]] = []
        for index, line in enumerate(lines):
            label = f"{top:,}" if index == 0 else f"{top // 2:,}" if index * 2 == len(lines) and top % 2 == 0 else ""
            parts.append((label.rjust(gutter - 1) + " ", "$dim"))
            parts.append((line + "\n", shades[index]))
        if axis:
            parts.append((self._axis(gutter, width), "$dim"))
        return Content.assemble(*parts)

    def _shades(self, lines: int) -> list[str]:
        """Return a colour for each line, from the bright one at the top to the quiet one at the bottom."""
        names = self.app.theme_variables
        bright, quiet = Color.parse(names["primary"]), Color.parse(names["body"])
        return [bright.blend(quiet, line / max(1, lines - 1)).hex for line in range(lines)]

    def _axis(self, gutter: int, width: int) -> str:
        span_s = len(self.values)
        left = f"{span_s // 60} min ago" if span_s >= 120 else f"{span_s} s ago"
        # where there are fewer values than columns, the area begins further right
        start = max(0, width - gutter - span_s)
        return " " * (gutter + start) + left + "now".rjust(max(4, width - gutter - start - len(left)))
