"""The cluster: machines and actors, the nodes' gateways, who is banned there, and the switches that talk to them."""

from tui.screens.lists import ListScreen
from tui.tabs.actors import ActorsTab
from tui.tabs.gateways import BansTab, GatewaysTab
from tui.tabs.switches import SwitchesTab


class ClusterScreen(ListScreen):
    """Actors and switches from the watched status, gateways and bans as the nodes say."""

    def __init__(self) -> None:
        super().__init__("Cluster", (ActorsTab(), GatewaysTab(), BansTab(), SwitchesTab()))
