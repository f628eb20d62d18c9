"""Screen 2: calls that are open now, and the limits that they count against."""

from tui.screens.lists import ListScreen
from tui.tabs.calls import CallsTab
from tui.tabs.limits import LimitsTab


class CallsScreen(ListScreen):
    """Open calls and limits."""

    def __init__(self) -> None:
        super().__init__("Calls", (CallsTab(), LimitsTab()))
