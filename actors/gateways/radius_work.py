"""The work on RADIUS packets, free of what carries them: prove a packet, then turn it into its reply (UDP, TLS)."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from secrets import token_bytes

import structlog

from actors.gateways.radius_door import RadiusDoor
from actors.home import machine_ms
from actors.node import Authorized, Node, NotReadyError
from actors.refs import UnavailableError
from domain.calls import Parked
from domain.causes import Cause, ParkCause
from domain.directory import Switch
from domain.errors import WireError
from domain.ids import CallKey, LegId, SwitchId
from domain.numbers import printable
from domain.reading import OnOff, reports_from_accounting, setup_from_access
from domain.settings import SipSettings
from domain.wire.digest_nonces import Nonces
from domain.wire.radius_answers import Account, access_accept_attributes, access_reject_attributes
from domain.wire.radius_credentials import offered
from domain.wire.radius_packet import Code, RadiusPacket, decode, encode_reply, status_reply, verify_request

STATUS_PER_S = 10
"""Status-Server packets of one switch that are answered in a second; others are dropped."""
NO_ERRORS = ("received", "sent", "retransmit", "duplicate-in-work", "unknown-client", "of-no-leg")
"""What a listener counts and is no error; all else is."""


class RadiusWork:
    """What one listener does with packets. Nothing here knows a socket; counts go to `radius.<name>.<what>`.

    `authorizes`, `accounts`: which requests it serves; RADIUS over TLS serves both on one port (RFC 6614 §2.1).
    """

    def __init__(
        self, node: Node, name: str, *, authorizes: bool, accounts: bool, door: RadiusDoor | None = None
    ) -> None:
        """`door` checks users' credentials; without one, other listeners do not know the nonces of this one."""
        self._node, self._name = node, name
        self._door = door or RadiusDoor(node, Nonces(token_bytes(32), lives_s=SipSettings().nonce_s), SipSettings())
        self._signing: set[SwitchId] = set()
        self._asked: dict[SwitchId, tuple[int, int]] = {}
        self._authorizes, self._accounts = authorizes, accounts

    def proved(self, data: bytes, switch: Switch, secret: bytes, *, over_tls: bool = False) -> RadiusPacket | None:
        """Return the packet in a datagram or frame, or None: malformed, unproved or not for here (counted)."""
        try:
            packet = decode(data)
            self._verify(packet, switch, secret, over_tls=over_tls)
        except WireError as error:
            self.count(error.reason)
            self._node.count_error(switch.id)
            return None
        if packet.code is Code.STATUS_SERVER and self._is_too_curious(switch):
            self.count("status-limit")
            return None
        if packet.code is Code.STATUS_SERVER or self._serves(packet.code):
            return packet
        self.count("wrong-port")
        return None

    async def reply(self, packet: RadiusPacket, switch: Switch, secret: bytes) -> bytes | None:
        """Return the reply of a proved packet; None where it cannot be answered, and may be tried again.

        An accounting request is answered when its record is durable, and not at all when it cannot be (RFC 2866 §4.1).
        """
        if packet.code is Code.STATUS_SERVER:
            return status_reply(packet, secret, accounting=not self._authorizes)
        work = self._account if packet.code is Code.ACCOUNTING_REQUEST else self._authorize
        try:
            return await work(packet, switch, secret)
        except (UnavailableError, NotReadyError):
            self.count("unanswered")
        except Exception as error:  # a fault of ours: the packet comes again, and is no duplicate then
            self.count("fault")
            structlog.get_logger().exception("radius fault", switch=switch.id, exc_info=error)
        return None

    def count(self, what: str) -> None:
        """Count something that happened at this listener."""
        self._node.counts[f"radius.{self._name}.{what}"] += 1

    def counts(self) -> Counter[str]:
        """Return what was counted at this listener, by its short name."""
        prefix = f"radius.{self._name}."
        named = {name: count for name, count in self._node.counts.items() if name.startswith(prefix)}
        return Counter({name.removeprefix(prefix): count for name, count in named.items()})

    def _verify(self, packet: RadiusPacket, switch: Switch, secret: bytes, *, over_tls: bool) -> None:
        """Prove a packet by its switch's secret, else by a password that only a user of ours can know (WireError).

        A switch without a secret has none that proves anything: anybody can key a packet with nothing.
        """
        if not secret:
            raise WireError("no-secret")
        recipe, access = switch.recipe, packet.code is Code.ACCESS_REQUEST
        required = switch.require_message_authenticator or (
            recipe.auto_message_authenticator and switch.id in self._signing
        )
        try:
            verify_request(
                packet,
                secret,
                require_proof=access and required,
                limit_proxy_state=recipe.limit_proxy_state,
                over_tls=over_tls,
            )
        except WireError as error:
            if error.reason != "unproved" or not self._door.is_proof(offered(packet, secret), switch):
                raise
        if access and packet.proof_at:
            self._signing.add(switch.id)

    def _is_too_curious(self, switch: Switch) -> bool:
        """Count a Status-Server; whether there were too many of a switch within this second (RFC 5997 §4.3)."""
        second = machine_ms() // 1000
        since, asked = self._asked.get(switch.id, (second, 0))
        asked = asked + 1 if since == second else 1
        self._asked[switch.id] = (second, asked)
        return asked > STATUS_PER_S

    def _serves(self, code: Code) -> bool:
        return (code is Code.ACCESS_REQUEST and self._authorizes) or (
            code is Code.ACCOUNTING_REQUEST and self._accounts
        )

    async def _authorize(self, packet: RadiusPacket, switch: Switch, secret: bytes) -> bytes:
        try:
            setup = setup_from_access(packet, switch, self._node.now_ms())
        except WireError as error:
            self.count(error.reason)
            self._node.count_error(switch.id)
            return _reject(packet, switch, Cause.BAD_NUMBER, secret)
        asked = self._door.ask(packet, offered(packet, secret), setup, switch)
        if asked.challenge:
            return encode_reply(packet, Code.ACCESS_CHALLENGE, asked.challenge, secret)
        if asked.refusal is not None:
            self._node.counts[f"refused.{asked.refusal}"] += 1
            return _reject(packet, switch, asked.refusal, secret)
        if asked.user:
            setup = replace(setup, user=asked.user)
        answer = await self._node.authorize(setup, switch)
        decision = answer.decision
        if decision.refusal is not None:
            return _reject(packet, switch, decision.refusal, secret)
        targets = [route.target for route in decision.routes]
        attributes = access_accept_attributes(
            switch.recipe,
            decision.call_key,
            answer.granted_s,
            targets,
            quota_octets=1024 * answer.granted_kb,
            call_id=setup.call_id,
            account=self._account_of(answer),
            more=asked.more,
        )
        return encode_reply(packet, Code.ACCESS_ACCEPT, attributes, secret)

    def _account_of(self, answer: Authorized) -> Account | None:
        """Return the client's money for the Accept; None where its book did not answer."""
        client, world = answer.decision.client, self._node.world
        if client is None or answer.left is None or world is None:
            return None
        partner = world.index.directory.partners.get(client)
        return Account(answer.left, partner.currency, partner.prepaid) if partner is not None else None

    async def _account(self, packet: RadiusPacket, switch: Switch, secret: bytes) -> bytes:
        now_ms = self._node.now_ms()
        try:
            reports = reports_from_accounting(packet, switch, now_ms)
        except WireError as error:
            self.count(error.reason)
            self._node.count_error(switch.id)
            await self._node.park(_unreadable(packet, switch, error, now_ms))
        else:
            if isinstance(reports, OnOff):
                await self._node.switch_restarted(switch.id, reports.at_ms)
            elif not reports:
                self.count("of-no-leg")
            elif len(reports) == 1:  # nearly always: a task of its own costs as much as reading the packet
                await self._node.record(reports[0])
            else:
                await asyncio.gather(*map(self._node.record, reports))
        return encode_reply(packet, Code.ACCOUNTING_RESPONSE, (), secret)


def _reject(packet: RadiusPacket, switch: Switch, cause: Cause, secret: bytes) -> bytes:
    return encode_reply(packet, Code.ACCESS_REJECT, access_reject_attributes(switch.recipe, cause), secret)


def _unreadable(packet: RadiusPacket, switch: Switch, error: WireError, now_ms: int) -> Parked:
    """A record that cannot be read is kept as it came: the same packet twice is one parked record."""
    raw = json.dumps({"switch": switch.id, "packet": packet.raw.hex(), "error": str(error)}).encode()
    return Parked(
        park_id=packet.authenticator,
        call_key=CallKey(bytes(16)),
        leg_id=LegId(bytes(16)),
        cause=ParkCause.UNREADABLE,
        detail=printable(str(error)),
        raw=raw,
        received_ms=now_ms,
    )
