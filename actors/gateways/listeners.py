"""The listeners of a node: what each of them offers, and how those that the settings name are opened."""

from secrets import token_bytes
from typing import Protocol

from actors.gateways.enum import EnumGateway
from actors.gateways.grpc_listener import GrpcGateway
from actors.gateways.radius import RadiusGateway
from actors.gateways.radius_door import RadiusDoor
from actors.gateways.radsec import RadsecGateway
from actors.gateways.sip import SipGateway
from actors.gateways.state import GatewayState
from actors.home import Home
from actors.node import Node
from actors.panic import PanicRoom
from actors.tls import server_context
from domain.settings import NodeSettings, host_port
from domain.wire.digest_nonces import Nonces


class Gateway(Protocol):
    """One listener: it parses, asks the node, and renders the answer."""

    def figures(self) -> dict[str, float]:
        """Return what is in work, as "<gateway>.<name>"; counts of packets are in the node's counts."""
        ...

    def state(self) -> GatewayState:
        """Return what operators see of it."""
        ...

    async def finish(self, wait_s: float) -> None:
        """Take nothing new from now on, and wait until what is in work is answered, `wait_s` seconds at most."""
        ...

    def close(self) -> None:
        """Close the sockets."""
        ...


async def open_listeners(
    node: Node, home: Home, named: NodeSettings, opened: list[Gateway], room: PanicRoom | None = None
) -> None:
    """Open what the settings name, and put it into `opened` at once, so that who fails midway can close it.

    Raises InputError where an address is taken, or a certificate does not serve.
    """
    settings, secret = home.settings, home.node_secret()
    nonces = Nonces(secret, lives_s=settings.sip.nonce_s, run=token_bytes(8))
    if named.sip:
        opened.append(await SipGateway.listen(node, *host_port(named.sip), secret, settings.sip, nonces=nonces))
    if named.sip_tls:
        context = server_context(home.tls, home.data, clients=bool(home.tls.clients_ca))
        opened.append(await SipGateway.listen(node, *host_port(named.sip_tls), secret, settings.sip, context, nonces))
    door = RadiusDoor(node, nonces, settings.sip)
    for address, accounting in ((named.radius_auth, False), (named.radius_acct, True)):
        if address:
            opened.append(await RadiusGateway.listen(node, *host_port(address), accounting=accounting, door=door))
    if named.radsec:
        context = server_context(home.tls, home.data, clients=True)
        opened.append(await RadsecGateway.listen(node, *host_port(named.radsec), context, door))
    if named.enum:
        opened.append(await EnumGateway.listen(node, *host_port(named.enum), settings.enum))
    if named.grpc:
        tls = home.tls if named.grpc_tls else None
        opened.append(await GrpcGateway.listen(node, named.grpc, home.data, tls, room))
