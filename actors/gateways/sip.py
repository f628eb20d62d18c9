"""SIP: INVITE -> 302 with Contacts, or a refusal (RFC 3261 as a redirect server, §8.3), over UDP, TCP and TLS."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Sequence
from secrets import token_bytes

import structlog

from actors.gateways.askers import Askers
from actors.gateways.latency import Latency
from actors.gateways.sip_credentials import Asker, Doorkeeper
from actors.gateways.sip_links import SipSocket, SipTalk
from actors.gateways.sockets import on_both, place_of
from actors.gateways.state import GatewayState
from actors.gateways.streams import Link, Streams
from actors.home import machine_ms
from actors.node import Node, NotReadyError
from actors.pulse import fatal
from domain.causes import Cause
from domain.directory import AnswerRule
from domain.reading_sip import setup_from_invite
from domain.settings import SipSettings
from domain.wire.digest_nonces import Nonces
from domain.wire.sip_answers import MAX_BYTES, HostPort, answer, redirect, refuse
from domain.wire.sip_message import agent_of
from domain.wire.sip_stream import MOST_BYTES, Broken
from domain.wire.sip_transactions import NewInvite, Outcome, Outgoing, Send, ServerTransactions

TICK_S = 0.1
RETRY_AFTER_S = 2
_FAULTS = ("fault", "unsendable", "connection-gone")


class SipGateway:
    """One address: UDP and TCP, or TLS.

    Answers leave by the socket that the request came in on (RFC 3581 §4), or by its connection (§18.2.2); when that is
    gone they are dropped and counted. A stranger is refused without being remembered, as often as the guard allows.
    """

    def __init__(self, node: Node, secret: bytes, settings: SipSettings, nonces: Nonces | None = None) -> None:
        """`nonces` are those of all listeners of the node; without them, others do not know the nonces of this one."""
        self._node = node
        self._door = Doorkeeper(node, nonces or Nonces(token_bytes(32), lives_s=settings.nonce_s), settings)
        self._layer = ServerTransactions(secret, limit=node.limits.sip_answers, challenge=self._door.challenged)
        self._streams = Streams(self._talk, self._knows, most=settings.connections, idle_s=settings.idle_s)
        self._socket: SipSocket | None = None
        self._in_work: set[asyncio.Task[None]] = set()
        self._most_in_work = node.limits.queue
        self._askers = Askers()
        self._counts: Counter[str] = Counter()
        self._times = Latency()
        self._loop = asyncio.get_running_loop()
        self._ticker = self._loop.create_task(self._tick())
        self._ticker.add_done_callback(_ticked)
        self._name, self.address = "sip", ("", 0)

    @classmethod
    async def listen(
        cls,
        node: Node,
        host: str,
        port: int,
        secret: bytes,
        settings: SipSettings | None = None,
        context: ssl.SSLContext | None = None,
        nonces: Nonces | None = None,
    ) -> "SipGateway":
        """Open UDP and TCP, or TLS when a context is given. Raises InputError where the address is taken."""

        async def opened() -> "SipGateway":
            gateway = cls(node, secret, settings or SipSettings(), nonces)
            await gateway._listen(host, port, context)
            return gateway

        return await on_both(port, opened)

    async def _listen(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        try:
            if context is None:
                self._socket = await SipSocket.open(self.receive, host, port, self._node.limits.socket_buffer_mb)
                port = self._socket.port
            else:
                self._name = "sip_tls"
            self.address = host, await self._streams.listen(host, port, context)
        except BaseException:
            self.close()
            raise

    def receive(self, data: bytes, source: HostPort, link: int = 0) -> None:
        """Take one message; `link` is the connection that it came by, 0 for UDP."""
        self._counts["received"] += 1
        if self._node.switch_at(source[0]) is not None or self._admits(data, source, link):
            self._do(self._layer.receive(data, source, self._loop.time(), link))

    def unframed(self, broken: Broken, link: Link) -> None:
        """Answer a message whose end cannot be told, and close its connection (§18.3)."""
        self._counts["received"] += 1
        if self._knows(link.source[0]) or self._admits(broken.head, link.source, link.number):
            self._do(self._layer.unframed(broken, link.source, link.number))
        link.close()

    def wants(self, source: HostPort) -> bool:
        """Tell whether a source is heard at all: a switch, or a stranger that is neither banned nor to be ignored."""
        if self._knows(source[0]):
            return True
        guard = self._node.guard
        return guard.heard(source[0], machine_ms()) and (guard.refuses or self._node.credentials_wanted)

    def figures(self) -> dict[str, float]:
        """Return the counters of this listener."""
        named = {f"sip.{name}": float(count) for name, count in self._all_counts().items()}
        open_now = {"transactions": len(self._layer), "in_work": len(self._in_work), "connections": len(self._streams)}
        return named | {f"sip.{name}": float(count) for name, count in open_now.items()}

    def state(self) -> GatewayState:
        """Return how it goes."""
        counts, place = self._all_counts(), place_of(*self.address)
        p50_ms, p99_ms = self._times.percentiles(self._loop.time())
        return GatewayState(
            name=self._name,
            address=f"udp+tcp {place}" if self._socket else f"tls {place}",
            received=counts["received"],
            sent=counts["sent"],
            errors=self._layer.unreadable + sum(counts[name] for name in _FAULTS),
            counts=dict(counts),
            p50_ms=p50_ms,
            p99_ms=p99_ms,
            in_work=len(self._in_work),
            connections=len(self._streams),
        )

    async def finish(self, wait_s: float) -> None:
        """Refuse new calls from now on, and wait until those in work are answered, `wait_s` seconds at most."""
        self._most_in_work = 0
        if self._in_work:
            await asyncio.wait(self._in_work, timeout=wait_s)

    def close(self) -> None:
        """Close the sockets and all connections."""
        self._ticker.cancel()
        self._streams.close()
        if self._socket is not None:
            self._socket.close()

    def _do(self, outcome: Outcome) -> None:
        if isinstance(outcome, Send):
            # a cancelled call's hold is released when its decision finds that nobody waits for it
            self._send(outcome.datagrams)
        elif isinstance(outcome, NewInvite):
            self._begin(outcome)

    def _knows(self, source: str) -> bool:
        return self._node.switch_at(source) is not None

    def _talk(self, link: Link) -> SipTalk | None:
        return SipTalk(self, link) if self.wants(link.source) else None

    def _admits(self, data: bytes, source: HostPort, link: int) -> bool:
        """Tell whether a stranger's message goes the way of all; else it is refused here, or dropped."""
        self._counts["unknown-source"] += 1
        guard, now_ms = self._node.guard, machine_ms()
        if not guard.heard(source[0], now_ms, agent_of(data)):
            self._counts["banned"] += 1
            gone = self._streams.link(link)
            if gone is not None:
                gone.drop()
            return False
        if self._node.credentials_wanted:
            return data.startswith(b"ACK ") or guard.may_answer(source[0], now_ms)
        if guard.refuses and guard.may_answer(source[0], now_ms):
            self._do(self._layer.forbidden(data, source, link))
        return False

    def _begin(self, invite: NewInvite) -> None:
        asker = self._door.identify(invite.request, invite.source, invite.tag)
        if isinstance(asker, bytes):
            self._reply(invite, asker)
        elif isinstance(asker, Cause):
            self._node.counts[f"refused.{asker}"] += 1
            self._refuse(invite, asker)
        elif len(self._in_work) >= self._most_in_work:
            self._node.counts[f"refused.{Cause.OVERLOAD}"] += 1
            self._refuse(invite, Cause.OVERLOAD)
        else:
            task = self._loop.create_task(self._decide(invite, asker))
            self._in_work.add(task)
            task.add_done_callback(self._in_work.discard)

    async def _decide(self, invite: NewInvite, asker: Asker) -> None:
        began_s = self._loop.time()
        try:
            await self._answer(invite, asker)
        except Exception as error:  # a fault of ours: the caller shall try elsewhere at once
            self._counts["fault"] += 1
            structlog.get_logger().exception("sip fault", switch=asker.switch.id, exc_info=error)
            self._reply(invite, answer(invite.request, invite.source, invite.tag, 500, "Server Internal Error"))
        now_s = self._loop.time()
        self._times.add(now_s - began_s, now_s)

    async def _answer(self, invite: NewInvite, asker: Asker) -> None:
        switch, source, now_ms = asker.switch, invite.source[0], self._node.now_ms()
        verify = self._node.verify_identities
        setup = setup_from_invite(invite.request, switch, now_ms, source=source, user=asker.user, verify=verify)
        call = (switch.id, setup.call_id, setup.attempt)
        self._askers.begin(call)
        try:
            authorized = await self._node.authorize(setup, switch)
        except NotReadyError:
            self._askers.gone(call)
            self._refuse(invite, Cause.NOT_READY)
            return
        except BaseException:
            self._askers.gone(call)
            raise
        decision = authorized.decision
        if decision.refusal is not None:
            self._askers.told(call)
            self._refuse(invite, decision.refusal, self._node.answers_of(decision))
            return
        went = False
        try:
            targets = [route.target for route in decision.routes]
            most = MOST_BYTES if invite.link else MAX_BYTES
            response = redirect(
                invite.request,
                invite.source,
                invite.tag,
                targets,
                recipe=switch.recipe,
                credit_s=authorized.granted_s,
                max_bytes=most,
            )
            went = self._reply(invite, response)
        finally:
            if went:
                self._askers.told(call)
            elif self._askers.gone(call):  # else a branch more of the same INVITE has the hold, or gets it
                await self._node.release(decision)

    def _refuse(self, invite: NewInvite, cause: Cause, rules: Sequence[AnswerRule] = ()) -> None:
        later = RETRY_AFTER_S if cause in (Cause.OVERLOAD, Cause.OVER_CPS, Cause.NOT_READY) else 0
        request, source, tag = invite.request, invite.source, invite.tag
        self._reply(invite, refuse(request, source, tag, cause, rules=rules, retry_after_s=later))

    def _reply(self, invite: NewInvite, response: bytes) -> bool:
        """Send the final response; False where nobody waits for one any more."""
        sent = self._layer.answer(invite, response, self._loop.time())
        if sent is not None:
            self._send((sent,))
        return sent is not None

    def _send(self, outgoing: Sequence[Outgoing]) -> None:
        for data, to in outgoing:
            if isinstance(to, int):
                link = self._streams.link(to)
                if link is None:
                    self._counts["connection-gone"] += 1
                    continue
                link.write(data)
            elif self._socket is None or not self._socket.send(data, to):
                self._counts["unsendable"] += 1
                continue
            self._counts["sent"] += 1

    def _all_counts(self) -> Counter[str]:
        return self._counts + self._layer.counts + self._streams.counts

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._send(self._layer.due(self._loop.time()))


def _ticked(ticker: "asyncio.Task[None]") -> None:
    if not ticker.cancelled():
        fatal("the SIP timers", ticker.exception() or RuntimeError("ended"))
