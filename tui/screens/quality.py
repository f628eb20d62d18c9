"""Screen 3: how calls go now, by vendor and destination and at other levels; who is out, and why."""

from tui.screens.live_lists import LiveLists
from tui.tabs.quality_table import LEVELS, QualityTab


class QualityScreen(LiveLists):
    """A list for each level."""

    def __init__(self) -> None:
        super().__init__("Quality", tuple(QualityTab(level) for level in LEVELS))
