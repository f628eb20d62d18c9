"""SIP server transactions (RFC 3261 §17.2) of a redirect server, as a state machine over bytes and machine time.

The gateway does no more than: `receive` each message; send what it returns, or decide a NewInvite and send what
`answer` returns; and every 50 to 100 ms send what is `due`. Only INVITE transactions are kept: what else we answer
is computed from the request alone, so a repeat gets the same bytes (§8.2.7).

All transports of a listener share one table and one wheel of timers: a *link* is the number of a connection (TCP, TLS),
and 0 stands for UDP.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from math import ceil

from domain.causes import Cause
from domain.quick import quick
from domain.wire.sip_answers import (
    HostPort,
    answer,
    answer_other,
    early_refusal,
    malformed,
    refuse,
    reply_address,
    to_tag,
)
from domain.wire.sip_message import COOKIE, SipError, SipRequest, SipResponse, is_keepalive, parse
from domain.wire.sip_stream import Broken

Outgoing = tuple[bytes, HostPort | int]
"""Bytes and where they go: an address over UDP, else the link that the request came by (§18.2.2)."""

Challenge = Callable[[SipRequest, HostPort, str], bytes | None]
"""From an INVITE, its source and our To tag to the 401 that asks for credentials; None where it needs none."""

TRYING_S = 0.2
"""100 Trying goes out when no final answer left within this time (§17.2.1)."""
T1_S, T2_S, T4_S = 0.5, 4.0, 5.0
H_S = 64 * T1_S

_TICKS_PER_S = 10
_WHEEL_TICKS = 512  # 51 s: longer than timer H, the longest wait

_ACK_VIA = re.compile(
    rb"\r\nVia: SIP/2\.0/[A-Z]+ (\[[^\]\s]+\]|[^\s\[;:,]+)(?::([0-9]{1,5}))?;[^\r\n,]*?\bbranch=(z9hG4bK[^\s;,]+)"
)
_ACK_CALL_ID = re.compile(rb"\r\nCall-ID: ([^\r\n]+)\r\n")
_ACK_CSEQ = re.compile(rb"\r\nCSeq: ([0-9]{1,10}) ACK\r\n")

_Key = tuple[str | int, ...]
_Call = tuple[str, ...]


@quick
@dataclass(frozen=True, slots=True)
class NewInvite:
    """A call to be decided: hand it back to `answer` with the response, once."""

    key: _Key
    request: SipRequest
    source: HostPort
    tag: str
    link: int = 0


@quick
@dataclass(frozen=True, slots=True)
class Send:
    """What to send now."""

    datagrams: tuple[Outgoing, ...]


Outcome = Send | NewInvite | None


class _State(Enum):
    WORKING = auto()  # RFC: Proceeding
    COMPLETED = auto()
    CONFIRMED = auto()
    GONE = auto()


class _Transaction:
    """`invite` is let go with the answer: tens of thousands wait for timers, and need no more than the bytes.

    `to` is a link for streams, which need no resends (timer G) and no wait after the ACK (timer I).
    """

    __slots__ = ("call", "ends_s", "interval_s", "invite", "key", "resend_s", "response", "state", "tag", "to")

    def __init__(self, invite: NewInvite, to: HostPort | int, call: _Call, now_s: float) -> None:
        self.call = call
        self.key, self.tag, self.to = invite.key, invite.tag, to
        self.invite: NewInvite | None = invite
        self.state = _State.WORKING
        self.response = b""
        self.resend_s = 0.0
        self.interval_s = T1_S
        self.ends_s = now_s + H_S


class ServerTransactions:
    """All INVITE transactions of one listener, whatever its transports.

    Invariants: a transaction has its invite while it is undecided; each one that is not gone stands in exactly one
    slot of the wheel, so nothing is ever cancelled and `due` costs what fires, not what is open. At most `limit` are
    open: then the oldest finished one makes room, and when the oldest is undecided the new call gets a 503 (`full`).
    A call that comes by a second branch while it is undecided is answered 482 (§8.2.2.2); once it is decided, a branch
    more is an attempt more: proxies try again so, and must not be refused for it.
    `counts` names what happened that no caller sees: retransmits, cancelled, no-ack, full, and each malformed reason;
    `unreadable` is the sum of the latter.
    """

    def __init__(self, secret: bytes, *, limit: int = 100_000, challenge: Challenge | None = None) -> None:
        """`secret` keys To tags; `challenge` answers calls that must prove themselves first."""
        self.counts: Counter[str] = Counter()
        self.unreadable = 0
        self._secret, self._limit, self._challenge = secret, limit, challenge
        self._open: dict[_Key, _Transaction] = {}
        self._undecided: set[_Call] = set()
        self._wheel: list[list[_Transaction]] = [[] for _ in range(_WHEEL_TICKS)]
        self._tick: int | None = None

    def __len__(self) -> int:
        return len(self._open)

    def receive(self, data: bytes, source: HostPort, now_s: float, link: int = 0) -> Outcome:
        """Take one message: what to send, a call to decide, or nothing. Never raises for what came."""
        if (data.startswith(b"ACK ") and self._plain_ack(data, source, now_s)) or is_keepalive(data):
            return None
        try:
            message = parse(data)
        except SipError as error:
            self._count_unreadable(error)
            response = malformed(error, source, self._secret)
            if response is None or error.request is None:
                return None
            return Send(((response, link or reply_address(error.request, source)),))
        if isinstance(message, SipResponse):
            self.counts["stray-response"] += 1
            return None
        match message.method:
            case "INVITE":
                return self._invite(message, source, now_s, link)
            case "ACK":
                self._ack(message, source, now_s)
                return None
            case "CANCEL":
                return self._cancel(message, source, now_s, link)
            case _:
                response = answer_other(message, source, to_tag(message, self._secret))
                return Send(((response, link or reply_address(message, source)),))

    def unframed(self, broken: Broken, source: HostPort, link: int) -> Send | None:
        """Answer a message of a stream that does not tell its length (§18.3); None where there is nobody to answer."""
        self._count_unreadable(SipError(broken.reason))
        message: SipRequest | SipResponse | None
        try:
            message = parse(broken.head)
        except SipError as error:
            message = error.request
        if not isinstance(message, SipRequest) or message.method == "ACK":
            return None
        phrase = "Message Too Large" if broken.status == 513 else f"Bad Request ({broken.reason})"
        return Send(((answer(message, source, to_tag(message, self._secret), broken.status, phrase), link),))

    def forbidden(self, data: bytes, source: HostPort, link: int = 0) -> Send | None:
        """Refuse a stranger without remembering it (§8.2.7); None where there is nobody to answer."""
        try:
            message = parse(data)
        except SipError as error:
            self._count_unreadable(error)
            return None
        if not isinstance(message, SipRequest) or message.method == "ACK":
            return None
        response = refuse(message, source, to_tag(message, self._secret), Cause.UNKNOWN_TRUNK)
        return Send(((response, link or reply_address(message, source)),))

    def answer(self, invite: NewInvite, response: bytes, now_s: float) -> Outgoing | None:
        """Take the final response to a call; None when it was cancelled or given up meanwhile (release its hold)."""
        transaction = self._open.get(invite.key)
        if transaction is None or transaction.invite is not invite:
            return None
        self._complete(transaction, response, now_s)
        return response, transaction.to

    def due(self, now_s: float) -> list[Outgoing]:
        """Return what is to be sent by now: 100 Trying for slow decisions, responses without ACK again (timer G)."""
        now_tick = int(now_s * _TICKS_PER_S)
        if self._tick is None:
            self._tick = now_tick
        first = max(self._tick + 1, now_tick - _WHEEL_TICKS + 1)
        self._tick = max(self._tick, now_tick)
        out: list[Outgoing] = []
        for tick in range(first, now_tick + 1):
            fired, self._wheel[tick % _WHEEL_TICKS] = self._wheel[tick % _WHEEL_TICKS], []
            for transaction in fired:
                self._fire(transaction, now_s, out)
        return out

    def _invite(self, request: SipRequest, source: HostPort, now_s: float, link: int) -> Outcome:
        key = _key(request, source)
        known = self._open.get(key)
        if known is not None:
            self.counts["retransmits"] += 1
            if link:
                known.to = link  # its first connection may be gone
            again = known.response and known.state is not _State.CONFIRMED
            return Send(((known.response, known.to),)) if again else None
        tag, to = to_tag(request, self._secret), link or reply_address(request, source)
        call = (source[0], request.call_id, request.from_tag, request.header("cseq"), request.uri)
        refusal = early_refusal(request, source, tag)
        if refusal is None and call in self._undecided:
            self.counts["merged"] += 1
            refusal = answer(request, source, tag, 482, "Loop Detected")
        if refusal is None and self._challenge is not None:
            refusal = self._challenge(request, source, tag)
            self.counts["challenged"] += refusal is not None
        if refusal is None and len(self._open) >= self._limit and not self._make_room():
            self.counts["full"] += 1
            refusal = answer(request, source, tag, 503, "Overload", (("Retry-After", "1"),))
        if refusal is not None:
            return Send(((refusal, to),))
        invite = NewInvite(key, request, source, tag, link)
        self._open[key] = transaction = _Transaction(invite, to, call, now_s)
        self._undecided.add(call)
        self._schedule(transaction, now_s + TRYING_S, now_s)
        return invite

    def _plain_ack(self, data: bytes, source: HostPort, now_s: float) -> bool:
        """Take an ACK in the usual form without parsing it all; tell whether it was one of a call that we know."""
        via, call_id, cseq = _ACK_VIA.search(data), _ACK_CALL_ID.search(data), _ACK_CSEQ.search(data)
        if via is None or call_id is None or cseq is None:
            return False
        host, port, branch = via.groups()
        texts = (branch.decode("latin-1"), host.decode("latin-1").lower(), int(port or 0), call_id[1].decode("latin-1"))
        transaction = self._open.get((source[0], *texts, int(cseq[1])))
        if transaction is not None:
            self._confirm(transaction, now_s)
        return transaction is not None

    def _ack(self, request: SipRequest, source: HostPort, now_s: float) -> None:
        transaction = self._open.get(_key(request, source))
        if transaction is None or (not _has_cookie(request) and request.to_tag != transaction.tag):
            self.counts["stray-ack"] += 1
            return
        self._confirm(transaction, now_s)

    def _confirm(self, transaction: _Transaction, now_s: float) -> None:
        if transaction.state is not _State.COMPLETED:
            return
        if isinstance(transaction.to, int):
            self._forget(transaction)
        else:
            transaction.state = _State.CONFIRMED
            transaction.ends_s = now_s + T4_S

    def _cancel(self, request: SipRequest, source: HostPort, now_s: float, link: int) -> Send:
        to = link or reply_address(request, source)
        transaction = self._open.get(_key(request, source))
        if transaction is None:
            tag = to_tag(request, self._secret)
            return Send(((answer(request, source, tag, 481, "Call/Transaction Does Not Exist"), to),))
        done = (answer(request, source, transaction.tag, 200, "OK"), to)
        invite = transaction.invite
        if invite is None:
            return Send((done,))
        self.counts["cancelled"] += 1
        ended = answer(invite.request, invite.source, invite.tag, 487, "Request Terminated")
        self._complete(transaction, ended, now_s)
        return Send((done, (ended, transaction.to)))

    def _complete(self, transaction: _Transaction, response: bytes, now_s: float) -> None:
        transaction.state = _State.COMPLETED
        transaction.invite = None
        self._undecided.discard(transaction.call)
        transaction.call = ()
        transaction.response = response
        transaction.resend_s = now_s + T1_S
        transaction.ends_s = now_s + H_S

    def _fire(self, transaction: _Transaction, now_s: float, out: list[Outgoing]) -> None:
        if transaction.state is _State.GONE:
            return
        if now_s >= transaction.ends_s:
            if transaction.state is not _State.CONFIRMED:
                self.counts["no-ack" if transaction.state is _State.COMPLETED else "never-decided"] += 1
            self._forget(transaction)
            return
        next_s = transaction.ends_s
        invite = transaction.invite
        if invite is not None and not transaction.response:
            transaction.response = answer(invite.request, invite.source, "", 100, "Trying")
            out.append((transaction.response, transaction.to))
            next_s = now_s + T1_S
        elif invite is not None:
            next_s = now_s + T1_S  # the answer may come at any time, and timer G starts with it
        elif transaction.state is _State.COMPLETED and not isinstance(transaction.to, int):
            if now_s >= transaction.resend_s:
                out.append((transaction.response, transaction.to))
                transaction.interval_s = min(2 * transaction.interval_s, T2_S)
                transaction.resend_s += transaction.interval_s
            next_s = min(next_s, transaction.resend_s)
        self._schedule(transaction, next_s, now_s)

    def _schedule(self, transaction: _Transaction, at_s: float, now_s: float) -> None:
        now_tick = int(now_s * _TICKS_PER_S)
        if self._tick is None:
            self._tick = now_tick
        base = max(self._tick, now_tick)
        tick = min(max(ceil(at_s * _TICKS_PER_S), base + 1), self._tick + _WHEEL_TICKS - 1)
        self._wheel[tick % _WHEEL_TICKS].append(transaction)

    def _count_unreadable(self, error: SipError) -> None:
        self.counts[error.reason] += 1
        self.unreadable += 1

    def _make_room(self) -> bool:
        """Forget the oldest transaction if its answer was sent; its late ACK or repeat will find nothing."""
        oldest = self._open[next(iter(self._open))]
        if oldest.state is _State.WORKING:
            return False
        self.counts["evicted"] += 1
        self._forget(oldest)
        return True

    def _forget(self, transaction: _Transaction) -> None:
        transaction.state = _State.GONE
        self._undecided.discard(transaction.call)
        transaction.invite = None
        del self._open[transaction.key]


def _has_cookie(request: SipRequest) -> bool:
    return request.via.branch.startswith(COOKIE) and len(request.via.branch) > len(COOKIE)


def _key(request: SipRequest, source: HostPort) -> _Key:
    """Match by §17.2.3; INVITE, its ACK and its CANCEL share the key.

    Call-ID and the source address join the branch: some callers repeat branches, and one must not touch another's.
    """
    via = request.via
    if _has_cookie(request):
        return source[0], via.branch, via.host, via.port, request.call_id, request.cseq
    return source[0], request.uri, request.from_tag, request.call_id, request.cseq, via.raw
