"""Screen 8: CDRs, where they come from, what could not be rated, and their sums."""

from tui.screens.lists import ListScreen
from tui.tabs.legs import LegsTab
from tui.tabs.parked import ParkedTab
from tui.tabs.sources import SourcesTab
from tui.tabs.traffic import TrafficTab


class CdrsScreen(ListScreen):
    """CDRs, sources, parked records, traffic."""

    def __init__(self) -> None:
        super().__init__("CDRs", (LegsTab(), SourcesTab(), ParkedTab(), TrafficTab()))
