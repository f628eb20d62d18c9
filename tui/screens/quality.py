"""Screen 3: how calls go now, by vendor and destination and at other levels; who is out, and why."""

from typing import ClassVar

from textual.binding import Binding

from tui.screens.live_lists import ORDERS, Keys, LiveLists, with_keys_of_lists
from tui.tabs.quality_table import LEVELS, QualityTab
from tui.tabs.sla import promises_screen


class QualityScreen(LiveLists, inherit_bindings=False):
    """A list for each level; `A` leads to what clients are promised."""

    BINDINGS: ClassVar[Keys] = with_keys_of_lists(*ORDERS, Binding("A", "promises", "SLA"))

    def __init__(self) -> None:
        super().__init__("Quality", tuple(QualityTab(level) for level in LEVELS))

    def action_promises(self) -> None:
        """Show what clients are promised, and whether they get it."""
        self.app.push_screen(promises_screen())
