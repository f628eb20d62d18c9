"""A synthetic gateway that asks by Access-Request and finds routes and credit time in the Access-Accept."""

from cluster.demo.radius_client import RadiusClient
from cluster.demo.records import asking
from cluster.demo.script import Attempt
from cluster.demo.switch import AccountingSwitch, Admitted, NodeAddress, Offer, hex_digits
from cluster.demo.vendors import Vendors
from cluster.demo.world import SwitchEntry
from domain.targets import MARK_PARAMETER
from domain.wire.radius_attributes import CISCO, Values
from domain.wire.radius_packet import Code, RadiusPacket

ASKING_PORTS = 4
_AV_PAIR = 1


class RadiusSwitch(AccountingSwitch):
    """Orbita's and Minnow's kind of switch."""

    def __init__(self, entry: SwitchEntry, node: NodeAddress, vendors: Vendors) -> None:
        super().__init__(entry, node, vendors)
        self._questions = RadiusClient(entry.address, node.radius_auth, entry.secret, self.figures.asking, ASKING_PORTS)

    async def start(self) -> None:
        """Open the sockets for questions and for accounting."""
        await super().start()
        await self._questions.open()

    async def close(self) -> None:
        """Close all sockets."""
        self._questions.close()
        await super().close()

    def call_id(self, number: int) -> str:
        """Return a conf-id: four groups of hex digits."""
        digits = hex_digits(self.entry.id, number).upper()
        return " ".join(digits[at : at + 8] for at in (0, 8, 16, 24))

    async def ask(self, attempt: Attempt, call_id: str) -> Admitted | str | None:
        """Send an Access-Request and read the answer."""
        attributes = asking(self.recipe, self.entry.address, call_id, attempt.a, attempt.b)
        packet = await self._questions.ask(Code.ACCESS_REQUEST, attributes)
        if packet is None:
            return None
        values = Values(packet.attributes)
        if packet.code is not Code.ACCESS_ACCEPT:
            return values.text("Reply-Message") or f"return-code {values.text('h323-return-code')}"
        return Admitted(_offers(packet), values.integer("h323-credit-time"))


def _offers(packet: RadiusPacket) -> tuple[Offer, ...]:
    """Read `h323-ivr-in=Routing:<user>@host:port;sbm=<mark>`, one per route and in order (radius facts §10)."""
    start = "h323-ivr-in=Routing:"
    found = []
    for value in packet.all(_AV_PAIR, CISCO):
        text = value.decode("latin-1")
        if text.startswith(start):
            address, *parameters = text.removeprefix(start).split(";")
            host, _, port = address.rpartition("@")[2].partition(":")
            named = dict(parameter.split("=", 1) for parameter in parameters if "=" in parameter)
            found.append(Offer(host, int(port), named.get(MARK_PARAMETER, "")))
    return tuple(found)
