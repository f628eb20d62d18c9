"""Screen 2: calls that are open now, the limits that they count against, and what was agreed about quantities."""

from tui.screens.lists import ListScreen
from tui.tabs.calls import CallsTab
from tui.tabs.commitments import CommitmentsTab
from tui.tabs.limits import LimitsTab


class CallsScreen(ListScreen):
    """Open calls, limits, commitments and swaps."""

    def __init__(self) -> None:
        super().__init__("Calls", (CallsTab(), LimitsTab(), CommitmentsTab()))
