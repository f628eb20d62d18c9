"""Screen 2: calls that are open now."""

from tui.screens.lists import ListScreen
from tui.tabs.calls import CallsTab


class CallsScreen(ListScreen):
    """Open calls."""

    def __init__(self) -> None:
        super().__init__("Calls", (CallsTab(),))
