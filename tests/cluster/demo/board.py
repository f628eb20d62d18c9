"""A small switchboard for tests: answers RADIUS, SIP and ENUM on real sockets by fixed routes, keeps what it hears."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from cluster.demo.switch import NodeAddress
from cluster.demo.world import BLUEWIRE, KESTREL, NORDLINK, SAVANNA, VENDOR_HOSTS, SwitchEntry
from domain.calls import CallReport, CallSetup
from domain.causes import Cause
from domain.directory import Switch
from domain.ids import PartnerId, TrunkId, call_key
from domain.reading import leg_identity, reports_from_accounting, setup_from_access
from domain.reading_enum import EnumZones, setup_from_question
from domain.reading_sip import setup_from_invite
from domain.targets import Target, mark_of
from domain.wire.dns_message import Rcode, Record, Type, decode_query
from domain.wire.dns_message import encode_reply as encode_dns
from domain.wire.enum_answers import naptrs, refusal
from domain.wire.radius_answers import access_accept_attributes, access_reject_attributes
from domain.wire.radius_packet import Code, decode, encode_reply, verify_request
from domain.wire.sip_answers import redirect, refuse
from domain.wire.sip_message import SipRequest, parse

Address = tuple[str, int]
ZONES = EnumZones(("e164.arpa",))
CHAINS = {"2547": (NORDLINK, SAVANNA), "447": (KESTREL, BLUEWIRE), "91": (NORDLINK,), "5939": (KESTREL,)}


@dataclass(slots=True)
class Board:
    """Routes by the longest code of CHAINS. `deaf_to` first packets of each kind are not heard (they were lost);
    with `forges` answers to questions are made with another secret."""

    entry: SwitchEntry
    deaf_to: int = 0
    forges: bool = False
    grants: list[int] = field(default_factory=list)
    grant_s: int = 600
    setups: list[CallSetup] = field(default_factory=list)
    reports: list[CallReport] = field(default_factory=list)
    heard: Counter[bytes] = field(default_factory=Counter)
    acknowledged: Counter[str] = field(default_factory=Counter)

    @property
    def switch(self) -> Switch:
        return Switch(self.entry.id, self.entry.address, self.entry.kind, self.entry.secret)

    def legs(self) -> set[bytes]:
        return {leg_identity(report, self.switch.recipe) for report in self.reports}

    def decide(self, setup: CallSetup) -> tuple[Target, ...] | Cause:
        self.setups.append(setup)
        if self.grants:
            self.grant_s = self.grants.pop(0)
        if self.grant_s == 0:
            return Cause.NO_CREDIT
        chain = next((vendors for code, vendors in CHAINS.items() if setup.called.startswith(code)), ())
        return tuple(_target(vendor, position, setup.called) for position, vendor in enumerate(chain))

    def lost(self, data: bytes) -> bool:
        self.heard[data] += 1
        return self.heard[data] <= self.deaf_to

    def on_access(self, data: bytes, _source: Address) -> bytes:
        packet, secret, recipe = decode(data), self.entry.secret.encode(), self.switch.recipe
        verify_request(packet, secret, require_proof=True)
        setup = setup_from_access(packet, self.switch, 0)
        answer = self.decide(setup)
        if isinstance(answer, Cause):
            return encode_reply(packet, Code.ACCESS_REJECT, access_reject_attributes(recipe, answer), secret)
        key = call_key(self.entry.id, setup.call_id)
        attributes = access_accept_attributes(recipe, key, self.grant_s, answer)
        return encode_reply(packet, Code.ACCESS_ACCEPT, attributes, b"forged" if self.forges else secret)

    def on_accounting(self, data: bytes, _source: Address) -> bytes:
        packet, secret = decode(data), self.entry.secret.encode()
        verify_request(packet, secret)
        reports = reports_from_accounting(packet, self.switch, 0)
        assert isinstance(reports, tuple), "the demo's switches send no Accounting-On"
        self.reports += reports
        return encode_reply(packet, Code.ACCOUNTING_RESPONSE, (), secret)

    def on_sip(self, data: bytes, source: Address) -> bytes | None:
        request = parse(data)
        assert isinstance(request, SipRequest), "a switch sends requests"
        if request.method == "ACK":
            self.acknowledged[request.call_id] += 1
            assert request.to_tag == "board", "an ACK has the tag of the response"
            return None
        answer = self.decide(setup_from_invite(request, self.switch, 0))
        if isinstance(answer, Cause):
            return refuse(request, source, "board", answer)
        return redirect(request, source, "board", answer)

    def on_enum(self, data: bytes, _source: Address) -> bytes:
        query = decode_query(data)
        located = ZONES.locate(query.name)
        assert located is not None, "a switch asks for numbers"
        setup = setup_from_question(located, query.edns, self.switch, 0, {}, 0)
        answer = self.decide(replace(setup, called=setup.called.removeprefix("+")))
        if isinstance(answer, Cause):
            return encode_dns(query, refusal(answer, self.switch.recipe))
        made, _ = naptrs(answer, located.digits, self.switch.recipe)
        shuffled = [Record(query.name, Type.NAPTR, 0, one) for one in reversed(made)]
        return encode_dns(query, Rcode.NOERROR, shuffled)


@asynccontextmanager
async def listening(board: Board) -> AsyncIterator[NodeAddress]:
    """Open the board's four sockets on free ports."""
    loop, opened, where = asyncio.get_running_loop(), [], []
    for answer in (board.on_sip, board.on_access, board.on_accounting, board.on_enum):
        endpoint = await loop.create_datagram_endpoint(lambda a=answer: _Socket(board, a), local_addr=("127.0.0.1", 0))  # type: ignore[misc]  # a default binds the loop's value
        opened.append(endpoint[0])
        where.append(endpoint[0].get_extra_info("sockname"))
    try:
        yield NodeAddress(*where)
    finally:
        for transport in opened:
            transport.close()


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, board: Board, answer) -> None:  # type: ignore[no-untyped-def]  # one of the board's four
        self._board, self._answer = board, answer

    def connection_made(self, transport) -> None:  # type: ignore[no-untyped-def]  # given by asyncio
        self._transport = transport

    def datagram_received(self, data: bytes, source: Address) -> None:
        if not self._board.lost(data):
            answer = self._answer(data, source)
            if answer is not None:
                self._transport.sendto(answer, source)


def _target(vendor: PartnerId, position: int, called: str) -> Target:
    trunk = TrunkId(f"{vendor}-out")
    return Target(trunk, VENDOR_HOSTS[vendor], 5060, called, mark_of(trunk, position))
