"""The first line: where we are, what time it is in business, and how old the figures are."""

from textual.content import Content
from textual.widget import Widget

from tui import formats
from tui.state import State


class TopBar(Widget):
    """One line; drawn anew each second by its screen."""

    def __init__(self, state: State, title: str) -> None:
        super().__init__()
        self._state, self._title = state, title

    def render(self) -> Content:
        """Draw the line for the room there is."""
        left = Content.assemble((" SWITCHBOARD ", "bold $primary"), (" " + self._title, "bold $strong"))
        right = self._right(with_day=True)
        if left.cell_length + right.cell_length + 2 > self.size.width:
            right = self._right(with_day=False)
        gap = max(1, self.size.width - left.cell_length - right.cell_length - 1)
        return Content.assemble(left, " " * gap, right)

    def _right(self, *, with_day: bool) -> Content:
        state = self._state
        age_s = state.age_s()
        if age_s is None:
            return Content.styled("○ not connected", "$warning")
        now_ms, speed = state.business_ms(), state.status.board.clock_speed
        day = f"{formats.moment(now_ms):%a %-d %b %Y} " if with_day else ""
        fast = f" ×{speed:g}" if speed not in (0.0, 1.0) else ""
        live = (f"○ lost, {formats.age(age_s)} old", "$error") if state.trouble else ("● " + _fresh(age_s), "$success")
        return Content.assemble((day, "$dim"), (formats.clock(now_ms) + "Z", "$strong"), (fast, "$dim"), "  ", live)


def _fresh(age_s: float) -> str:
    return "live" if age_s < 0.05 else f"{formats.age(age_s)} old"
