"""A list whose rows are routes: a vendor to a destination, which can be taken out, brought in, and tried."""

from dataclasses import dataclass

from tui import formats
from tui.tabs.tab import Tab
from tui.widgets.cells import Cell, Row, Tone

_WORDS: dict[str, tuple[str, str, Tone]] = {
    "active": ("●", "in", "good"),
    "warned": ("△", "warned", "warn"),
    "out": ("✕", "out", "bad"),
    "last": ("▽", "last", "warn"),
    "probing": ("◌", "probe", "warn"),
    "trial": ("◐", "trial", "warn"),
    "locked-out": ("■", "held out", "bad"),
    "locked-in": ("□", "held in", "hue"),
}
"""Sign, word and tone of each standing."""


@dataclass(frozen=True, slots=True)
class Route:
    """What an order by hand is about."""

    vendor: str
    destination: str


class RouteTab(Tab):
    """Base of such lists."""

    def route(self, row: Row) -> Route | None:
        """Return the route of a row, None where it is of none, or of many."""
        return None


def standing_words(standing: str, batch: int = 0) -> str:
    """Return how a route stands, with its sign: "✕ out"."""
    sign, words, _ = _WORDS.get(standing or "active", ("?", standing, "plain"))
    return f"{sign} {words}" + (f" {batch}" if batch > 1 else "")


def standing_tone(standing: str) -> Tone:
    """Return the tone of a standing."""
    return _WORDS.get(standing or "active", ("", "", "plain"))[2]


def standing_cell(standing: str, since_ms: int, now_ms: int) -> Cell:
    """Return how a route stands and since when: "✕ out 12 min"."""
    since = f" {formats.age((now_ms - since_ms) / 1000)}" if since_ms and standing else ""
    tone = standing_tone(standing) if standing else "dim"
    return Cell(standing_words(standing) + since, tone, standing or "active")


def away_cell(out: int) -> Cell:
    """Return how many routes of a row are away."""
    return Cell(f"✕ {out} out" if out else "● in", "bad" if out else "dim", out)
