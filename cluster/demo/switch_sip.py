"""A synthetic SIP switch: sends an INVITE, acknowledges the 302, follows its Contacts (RFC 3261 §8.1.3.4, §17.1.1)."""

import asyncio
import time
from collections import OrderedDict

from cluster.demo.figures import WireFigures
from cluster.demo.radius_client import HostPort
from cluster.demo.script import Attempt
from cluster.demo.switch import AccountingSwitch, Admitted, NodeAddress, Offer, hex_digits
from cluster.demo.vendors import Vendors
from cluster.demo.world import TRUNK_PORT, SwitchEntry
from domain.errors import WireError
from domain.targets import MARK_PARAMETER
from domain.wire.sip_message import COOKIE, SipResponse, build_request, parse, split_outside
from domain.wire.sip_uri import parse_address

T1_S, GIVE_UP_S = 0.5, 20.0
_REMEMBERED = 5_000
"""Acknowledgements kept for answers that come again."""


class SipSwitch(AccountingSwitch):
    """Callwell's kind of switch. The Call-ID is its call id at both doors."""

    def __init__(self, entry: SwitchEntry, node: NodeAddress, vendors: Vendors) -> None:
        super().__init__(entry, node, vendors)
        self._caller = _SipCaller(entry.address, node.sip, self.figures.asking)

    async def start(self) -> None:
        """Open the SIP socket and those for accounting."""
        await super().start()
        await self._caller.open()

    async def close(self) -> None:
        """Close all sockets."""
        self._caller.close()
        await super().close()

    def call_id(self, number: int) -> str:
        """Return a Call-ID."""
        return f"{hex_digits(self.entry.id, number)[:16]}@{self.entry.address}"

    async def ask(self, attempt: Attempt, call_id: str) -> Admitted | str | None:
        """Send an INVITE and read the final answer."""
        response = await self._caller.invite(call_id, attempt.a, attempt.b)
        if response is None:
            return None
        if not 300 <= response.status < 400:
            return f"{response.status} {response.reason}"
        return Admitted(_offers(response))


class _SipCaller(asyncio.DatagramProtocol):
    """INVITE client transactions over one UDP socket (§17.1.1); one per Call-ID, all with CSeq 1."""

    def __init__(self, address: str, server: HostPort, figures: WireFigures) -> None:
        self._address, self._server, self._figures = address, server, figures
        self._asked: dict[str, _Invite] = {}
        self._acks: OrderedDict[str, bytes] = OrderedDict()
        self._transport: asyncio.DatagramTransport | None = None
        self._loop = asyncio.get_running_loop()

    async def open(self) -> None:
        self._transport, _ = await self._loop.create_datagram_endpoint(
            lambda: self, local_addr=(self._address, TRUNK_PORT)
        )

    def invite(self, call_id: str, a: str, b: str) -> "asyncio.Future[SipResponse | None]":
        """Send an INVITE; the future becomes its final response, or None when there was none in GIVE_UP_S."""
        invite = _Invite(self._request("INVITE", call_id, a, b, ""), a, b, self._loop)
        self._asked[call_id] = invite
        self._figures.sent += 1
        self._transmit(call_id, invite)
        return invite.answer

    def close(self) -> None:
        for invite in self._asked.values():
            if invite.timer is not None:
                invite.timer.cancel()
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, _source: HostPort) -> None:
        try:
            response = parse(data)
        except WireError:
            self._figures.strange += 1
            return
        if not isinstance(response, SipResponse) or response.status < 200:
            return
        call_id = response.header("call-id")
        invite = self._asked.pop(call_id, None)
        if invite is not None:
            self._finish(call_id, invite, response)
        elif call_id not in self._acks:
            self._figures.strange += 1
            return
        self._send(self._acks[call_id])  # again for an answer that came again (§17.1.1.2)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens just now: the INVITE will be sent again."""

    def _finish(self, call_id: str, invite: "_Invite", response: SipResponse) -> None:
        if invite.timer is not None:
            invite.timer.cancel()
        self._figures.answered += 1
        self._figures.samples_ms.append(1000 * (time.perf_counter() - invite.first_s))
        self._acks[call_id] = self._request("ACK", call_id, invite.a, invite.b, response.header("to"))
        if len(self._acks) > _REMEMBERED:
            self._acks.popitem(last=False)
        if not invite.answer.done():
            invite.answer.set_result(response)

    def _request(self, method: str, call_id: str, a: str, b: str, to: str) -> bytes:
        branch, host = call_id.partition("@")[0], self._server[0]
        uri = f"sip:{b}@{host}:{self._server[1]}"
        headers = [
            ("Via", f"SIP/2.0/UDP {self._address}:{TRUNK_PORT};rport;branch={COOKIE}{branch}"),
            ("Max-Forwards", "70"),
            ("From", f"<sip:{a}@{self._address}>;tag={branch[:8]}"),
            ("To", to or f"<sip:{b}@{host}>"),
            ("Call-ID", call_id),
            ("CSeq", f"1 {method}"),
        ]
        if method == "INVITE":
            headers.append(("Contact", f"<sip:{a}@{self._address}:{TRUNK_PORT}>"))
        return build_request(method, uri, headers)

    def _transmit(self, call_id: str, invite: "_Invite") -> None:
        self._send(invite.datagram)
        invite.timer = self._loop.call_later(invite.wait_s, self._repeat, call_id, invite)

    def _repeat(self, call_id: str, invite: "_Invite") -> None:
        if time.perf_counter() - invite.first_s >= GIVE_UP_S:
            self._figures.lost += 1
            del self._asked[call_id]
            if not invite.answer.done():
                invite.answer.set_result(None)
            return
        self._figures.repeated += 1
        invite.wait_s *= 2
        self._transmit(call_id, invite)

    def _send(self, datagram: bytes) -> None:
        assert self._transport is not None, "the socket is open"
        self._transport.sendto(datagram, self._server)


class _Invite:
    """One INVITE under way. Timer A starts at T1 and doubles."""

    __slots__ = ("a", "answer", "b", "datagram", "first_s", "timer", "wait_s")

    def __init__(self, datagram: bytes, a: str, b: str, loop: asyncio.AbstractEventLoop) -> None:
        self.datagram, self.a, self.b = datagram, a, b
        self.answer: asyncio.Future[SipResponse | None] = loop.create_future()
        self.first_s, self.wait_s = time.perf_counter(), T1_S
        self.timer: asyncio.TimerHandle | None = None


def _offers(response: SipResponse) -> tuple[Offer, ...]:
    """Return the Contacts by falling q, those of one q in their order."""
    addresses = [
        parse_address(text) for value in response.headers.get("contact", ()) for text in split_outside(value, ",")
    ]
    ranked = sorted(addresses, key=lambda address: -float(dict(address.params).get("q", "1")))
    return tuple(
        Offer(address.uri.host, address.uri.port or TRUNK_PORT, address.uri.param(MARK_PARAMETER) or "")
        for address in ranked
    )
