"""The cluster: machines and actors, and the switches that talk to them."""

from tui.screens.lists import ListScreen
from tui.tabs.actors import ActorsTab
from tui.tabs.switches import SwitchesTab


class ClusterScreen(ListScreen):
    """Actors and switches, both from the watched status."""

    def __init__(self) -> None:
        super().__init__("Cluster", (ActorsTab(), SwitchesTab()))
