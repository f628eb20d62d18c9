"""All that a switchboard listens on, by its settings: which process, for what, over which transport, where."""

from dataclasses import dataclass

from domain.settings import Settings

DESK = "desk"
DOORS = {
    "sip": ("SIP", "UDP, TCP"),
    "sip_tls": ("SIP", "TLS"),
    "radius_auth": ("RADIUS auth", "UDP"),
    "radius_acct": ("RADIUS acct", "UDP"),
    "radsec": ("RadSec", "TLS"),
    "enum": ("ENUM", "UDP, TCP"),
    "grpc": ("Switch gRPC", "TCP"),
}
"""What each listener of a node is for and what it speaks over, by its name in the settings and among the gateways."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One listener: `owner` is "desk" or a node, `setting` its name there, `address` host:port (port 0: any)."""

    owner: str
    setting: str
    door: str
    transport: str
    address: str

    @property
    def section(self) -> str:
        """Return the section of the settings file that has its setting, such as `[desk]`."""
        return "[desk]" if self.owner == DESK else f"[[node]] {self.owner}"


def listeners_of(settings: Settings) -> tuple[Listener, ...]:
    """Return every listener that the settings name: the desk's first, then those of each node."""
    desk = settings.desk
    found = [Listener(DESK, "listen", "operators' gRPC", "TLS" if desk.tls else "TCP", desk.listen)]
    if desk.metrics:
        found.append(Listener(DESK, "metrics", "metrics, HTTP", "TCP", desk.metrics))
    for node in settings.node:
        for setting, (door, transport) in DOORS.items():
            address = getattr(node, setting)
            if address:
                over = "TLS" if setting == "grpc" and node.grpc_tls else transport
                found.append(Listener(node.name, setting, door, over, address))
    return tuple(found)
