"""RADIUS over TLS: requests of all kinds on one port, from switches that their certificates prove (RFC 6614)."""

import asyncio
import ssl
from hashlib import sha256
from ipaddress import ip_address
from typing import Any

from actors.gateways.latency import Latency
from actors.gateways.radius_door import RadiusDoor
from actors.gateways.radius_work import NO_ERRORS, RadiusWork
from actors.gateways.sockets import place_of
from actors.gateways.state import GatewayState
from actors.gateways.streams import Link, Streams
from actors.node import Node
from domain.directory import Switch
from domain.ids import SwitchId
from domain.wire.radius_duplicates import Duplicates
from domain.wire.radius_packet import Code, RadiusPacket
from domain.wire.radius_stream import RadiusStream

SECRET = b"radsec"
"""The shared secret of all RADIUS over TLS: the certificates are what proves (RFC 6614 §2.3)."""
_ANSWERS = 256
"""Answers kept for each connection: an identifier has eight bits."""


class RadsecGateway:
    """One TLS listener. Who connects has shown a certificate that our authority signed; its names say which switch.

    What a connection says that is no RADIUS, or that is not proved, closes it (RFC 6613 §2.6.4). Counted as
    `radius.radsec.<what>`.
    """

    def __init__(self, node: Node, door: RadiusDoor | None = None) -> None:
        self._node = node
        self._work = RadiusWork(node, "radsec", authorizes=True, accounts=True, door=door)
        limits = node.limits
        self._streams = Streams(self._talk, lambda _: True, most=limits.radsec_connections, idle_s=limits.radsec_idle_s)
        self._in_work: set[asyncio.Task[None]] = set()
        self._most_in_work = limits.queue
        self._times = Latency()
        self._loop = asyncio.get_running_loop()
        self.address = ("", 0)

    @classmethod
    async def listen(
        cls, node: Node, host: str, port: int, context: ssl.SSLContext, door: RadiusDoor | None = None
    ) -> "RadsecGateway":
        """Open the socket; the context asks for certificates, `door` checks users' credentials.

        Raises InputError where the address is taken.
        """
        assert context.verify_mode is ssl.CERT_REQUIRED, "a switch is known by its certificate"
        gateway = cls(node, door)
        try:
            gateway.address = host, await gateway._streams.listen(host, port, context)
        except BaseException:
            gateway.close()
            raise
        return gateway

    def figures(self) -> dict[str, float]:
        """Return what is in work, and how many are connected."""
        return {
            "radius.radsec.in_work": float(len(self._in_work)),
            "radius.radsec.connections": float(len(self._streams)),
        }

    def state(self) -> GatewayState:
        """Return how it goes."""
        p50_ms, p99_ms = self._times.percentiles(self._loop.time())
        counts = self._work.counts() + self._streams.counts
        return GatewayState(
            name="radsec",
            address=f"tls {place_of(*self.address)}",
            received=counts["received"],
            sent=counts["sent"],
            errors=sum(counts.values()) - sum(counts[name] for name in (*NO_ERRORS, "idle")),
            counts=dict(counts),
            p50_ms=p50_ms,
            p99_ms=p99_ms,
            in_work=len(self._in_work),
            connections=len(self._streams),
        )

    async def finish(self, wait_s: float) -> None:
        """Drop new packets from now on, and wait until those in work are answered, `wait_s` seconds at most."""
        self._most_in_work = 0
        if self._in_work:
            await asyncio.wait(self._in_work, timeout=wait_s)

    def close(self) -> None:
        """Close the socket and all connections."""
        self._streams.close()

    def take(self, data: bytes, talk: "_Talk") -> bool:
        """Take one packet of a connection; False where the connection is to be closed for it."""
        self._work.count("received")
        switch = self._node.switch_named(talk.switch)
        if switch is None:  # it was taken out of the directory
            self._work.count("unknown-client")
            return False
        packet = self._work.proved(data, switch, SECRET, over_tls=True)
        if packet is not None:
            self._begin(packet, switch, talk)
        return packet is not None or data[0] == Code.STATUS_SERVER  # too many of these are dropped, no more

    def unframed(self, switch: SwitchId) -> None:
        """Count a connection whose packets cannot be told apart any more."""
        self._work.count("bad-length")
        self._node.count_error(switch)

    def _talk(self, link: Link) -> "_Talk | None":
        switch = switch_of(link, self._node) if link.tls is not None else None
        return _Talk(self, link, switch.id, Duplicates(_ANSWERS, self._node.limits.radius_answer_s)) if switch else None

    def _begin(self, packet: RadiusPacket, switch: Switch, talk: "_Talk") -> None:
        if packet.code is not Code.STATUS_SERVER:
            before = talk.answered.begin(packet, talk.link.source, self._loop.time())
            if before is not None:
                self._work.count("retransmit" if before else "duplicate-in-work")
                if before:
                    self._send(before, talk.link)
                return
        if len(self._in_work) >= self._most_in_work:
            self._work.count("overload")
            talk.answered.failed(packet, talk.link.source)
            return
        task = self._loop.create_task(self._answer(packet, switch, talk))
        self._in_work.add(task)
        task.add_done_callback(self._in_work.discard)

    async def _answer(self, packet: RadiusPacket, switch: Switch, talk: "_Talk") -> None:
        began_s = self._loop.time()
        reply = await self._work.reply(packet, switch, SECRET)
        now_s = self._loop.time()
        self._times.add(now_s - began_s, now_s)
        if reply is None:
            talk.answered.failed(packet, talk.link.source)
            return
        talk.answered.answered(packet, talk.link.source, reply)
        self._send(reply, talk.link)

    def _send(self, data: bytes, link: Link) -> None:
        link.write(data)
        self._work.count("sent")


class _Talk:
    """One connection of a switch, with the answers that it was given."""

    def __init__(self, gateway: RadsecGateway, link: Link, switch: SwitchId, answered: Duplicates) -> None:
        self._gateway, self.link, self.switch, self.answered = gateway, link, switch, answered
        self._stream = RadiusStream()

    @property
    def midway(self) -> bool:
        """Whether a packet has begun and is not complete."""
        return self._stream.midway

    def heard(self, data: bytes) -> bool:
        """Take a piece; tell whether a packet came to its end in it."""
        found = self._stream.feed(data)
        for packet in found:
            if not self._gateway.take(packet, self):
                self.link.close()
                return True
        if self._stream.broken:
            self._gateway.unframed(self.switch)
            self.link.close()
        return bool(found)


def switch_of(link: Link, node: Node) -> Switch | None:
    """Return the switch that a connection's certificate names, else the one of its address that asks for no name."""
    tls = link.tls
    certificate = tls.getpeercert(binary_form=True) if tls is not None else None
    if tls is None or not certificate:
        return None
    named = node.switch_by_name(certificate_names(tls.getpeercert() or {}, certificate))
    if named is not None:
        return named
    at_address = node.switch_at(link.source[0])
    return at_address if at_address is not None and not at_address.recipe.tls_name else None


def certificate_names(described: dict[str, Any], certificate: bytes) -> set[str]:
    """Return all by which a switch may be known of its certificate: host names and addresses in small letters, the
    common name where there is no other, and "sha256:<hex>" of the certificate itself.
    """
    alternatives = described.get("subjectAltName", ())
    names = {value.lower() for kind, value in alternatives if kind == "DNS"}
    names |= {str(ip_address(value.strip())) for kind, value in alternatives if kind == "IP Address"}
    if not names:
        subject = dict(pair for part in described.get("subject", ()) for pair in part)
        names = {subject["commonName"].lower()} if "commonName" in subject else set()
    return names | {f"sha256:{sha256(certificate).hexdigest()}"}
