"""The cluster: machines and actors, the nodes' gateways, bans, switches, and who changed what."""

from tui.screens.lists import ListScreen
from tui.tabs.actors import ActorsTab
from tui.tabs.audit import AuditTab
from tui.tabs.gateways import BansTab, GatewaysTab
from tui.tabs.shards import ShardsTab
from tui.tabs.switches import SwitchesTab


class ClusterScreen(ListScreen):
    """Actors and switches from the watched status, gateways and bans as the nodes say, the trail as the desk has it."""

    def __init__(self) -> None:
        super().__init__("Cluster", (ActorsTab(), GatewaysTab(), BansTab(), SwitchesTab(), AuditTab(), ShardsTab()))
