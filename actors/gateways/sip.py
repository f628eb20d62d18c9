"""SIP over UDP: INVITE -> 302 with Contacts, or a refusal (RFC 3261 as a redirect server, §8.3)."""

import asyncio
import socket
from typing import cast

import structlog

from actors.node import Node, NotReadyError
from actors.pulse import fatal
from domain.causes import Cause
from domain.directory import Switch
from domain.errors import InputError
from domain.reading_sip import setup_from_invite
from domain.wire.sip_answers import answer, redirect, refuse
from domain.wire.sip_transactions import Datagram, NewInvite, Send, ServerTransactions

TICK_S = 0.1
RETRY_AFTER_S = 2


class SipGateway(asyncio.DatagramProtocol):
    """One UDP socket. Answers leave by the socket that the request came in on (RFC 3581 §4)."""

    def __init__(self, node: Node, secret: bytes, answers: int, in_work: int) -> None:
        self._node = node
        self._layer = ServerTransactions(secret, limit=answers)
        self._in_work: set[asyncio.Task[None]] = set()
        self._most_in_work = in_work
        self._transport: asyncio.DatagramTransport | None = None
        self._ticker: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def listen(cls, node: Node, host: str, port: int, secret: bytes) -> "SipGateway":
        """Open the socket."""
        limits = node.limits
        _, gateway = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: cls(node, secret, limits.sip_answers, limits.queue),
            sock=udp_socket(host, port, limits.socket_buffer_mb),
        )
        return gateway

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to keep time."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # no event loop's own class says so
        self._ticker = self._loop.create_task(self._tick())
        self._ticker.add_done_callback(_ticked)

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        """Take one datagram."""
        self._node.counts["sip.received"] += 1
        outcome = self._layer.receive(data, (source[0], source[1]), self._loop.time())
        if isinstance(outcome, Send):
            # a cancelled call's hold is released when its decision finds that nobody waits for it
            self._send(outcome.datagrams)
        elif isinstance(outcome, NewInvite):
            self._begin(outcome)

    def figures(self) -> dict[str, float]:
        """Return the counters of the transaction layer."""
        named = {f"sip.{name}": float(count) for name, count in self._layer.counts.items()}
        return named | {"sip.transactions": float(len(self._layer)), "sip.in_work": float(len(self._in_work))}

    async def finish(self, wait_s: float) -> None:
        """Refuse new calls from now on, and wait until those in work are answered, `wait_s` seconds at most."""
        self._most_in_work = 0
        if self._in_work:
            await asyncio.wait(self._in_work, timeout=wait_s)

    def close(self) -> None:
        """Close the socket."""
        if self._ticker is not None:
            self._ticker.cancel()
        if self._transport is not None:
            self._transport.close()

    def _begin(self, invite: NewInvite) -> None:
        switch = self._node.switch_at(invite.source[0])
        if switch is None:
            self._node.counts["sip.unknown-source"] += 1
            self._refuse(invite, Cause.UNKNOWN_TRUNK)
        elif len(self._in_work) >= self._most_in_work:
            self._node.counts[f"refused.{Cause.OVERLOAD}"] += 1
            self._refuse(invite, Cause.OVERLOAD)
        else:
            task = self._loop.create_task(self._decide(invite, switch))
            self._in_work.add(task)
            task.add_done_callback(self._in_work.discard)

    async def _decide(self, invite: NewInvite, switch: Switch) -> None:
        try:
            await self._answer(invite, switch)
        except Exception as error:  # a fault of ours: the caller shall try elsewhere at once
            self._node.counts["sip.fault"] += 1
            structlog.get_logger().exception("sip fault", switch=switch.id, exc_info=error)
            self._reply(invite, answer(invite.request, invite.source, invite.tag, 500, "Server Internal Error"))

    async def _answer(self, invite: NewInvite, switch: Switch) -> None:
        setup = setup_from_invite(invite.request, switch, self._node.now_ms())
        try:
            authorized = await self._node.authorize(setup, switch)
        except NotReadyError:
            self._refuse(invite, Cause.NOT_READY)
            return
        decision = authorized.decision
        if decision.refusal is not None:
            self._refuse(invite, decision.refusal)
            return
        went = False
        try:
            targets = [route.target for route in decision.routes]
            response = redirect(invite.request, invite.source, invite.tag, targets, raw_hash=switch.recipe.raw_hash)
            went = self._reply(invite, response)
        finally:
            if not went:
                await self._node.release(decision)

    def _refuse(self, invite: NewInvite, cause: Cause) -> None:
        later = RETRY_AFTER_S if cause in (Cause.OVERLOAD, Cause.OVER_CPS, Cause.NOT_READY) else 0
        self._reply(invite, refuse(invite.request, invite.source, invite.tag, cause, retry_after_s=later))

    def _reply(self, invite: NewInvite, response: bytes) -> bool:
        """Send the final response; False where nobody waits for one any more."""
        sent = self._layer.answer(invite, response, self._loop.time())
        if sent is not None:
            self._send((sent,))
        return sent is not None

    def _send(self, datagrams: tuple[Datagram, ...] | list[Datagram]) -> None:
        assert self._transport is not None, "the socket is open"
        for data, to in datagrams:
            try:
                self._transport.sendto(data, to)
            except (ValueError, OSError):  # nowhere to send to: one caller's trouble, not that of the others
                self._node.counts["sip.unsendable"] += 1
            else:
                self._node.counts["sip.sent"] += 1

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._send(self._layer.due(self._loop.time()))


def _ticked(ticker: "asyncio.Task[None]") -> None:
    if not ticker.cancelled():
        fatal("the SIP timers", ticker.exception() or RuntimeError("ended"))


def udp_socket(host: str, port: int, buffer_mb: int) -> socket.socket:
    """Bind a UDP socket with room for bursts. Raises InputError where the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_mb * 2**20)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer_mb * 2**20)
    opened.setblocking(False)
    try:
        opened.bind((host, port))
    except OSError as error:
        opened.close()
        raise InputError(
            f"cannot listen on {host}:{port} ({error.strerror})", mend="Free it, or name another in switchboard.toml."
        ) from None
    return opened
