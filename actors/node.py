"""A node at work: decides from its snapshots, asks the books for holds, turns reports into charged legs.

Plain class; the Ray face is actors.node_actor, the sockets are in actors.gateways. Nodes only sequence: what a call
may do is decided in domain.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from actors.decision_log import DecisionLog
from actors.refs import Books, UnavailableError
from domain.booking import fingerprint
from domain.calls import CallReport, CallSetup, Parked
from domain.causes import Cause
from domain.charging import charge_report, report_to_json
from domain.commands import Done, Granted, Park, PlaceHold, Recorded, RecordLeg, Refused, ReleaseCall, ReleaseSwitch
from domain.decisions import Decision
from domain.directory import Outage, Recipe, Switch
from domain.holds import HoldMode
from domain.ids import HoldId, SwitchId, hold_id
from domain.routing import RankCache, decide
from domain.settings import LimitSettings
from domain.world import World

REPORT_WAIT_S = 20.0
"""A report is answered when it is durable, or not at all: its switch sends it again."""


@dataclass(frozen=True, slots=True)
class Authorized:
    """A decision with its hold: `granted_s` seconds, `held` units; `enforced` says whether the switch keeps to it."""

    decision: Decision
    granted_s: int = 0
    held: int = 0
    enforced: bool = True


class NotReadyError(Exception):
    """The node has no snapshots yet."""


class Node:
    """One node's decisions and records. Invariant: a call is decided from one World, even while the next one loads."""

    def __init__(self, books: Books, limits: LimitSettings, log: DecisionLog, now_ms: Callable[[], int]) -> None:
        self.books, self.limits, self.log, self.now_ms = books, limits, log, now_ms
        self.world: World | None = None
        self.counts: Counter[str] = Counter()
        self.last_record: dict[SwitchId, int] = {}
        self._cache = RankCache(limits.rankings)
        self._switches: dict[str, Switch] = {}
        self._trusted: Counter[str] = Counter()

    def enter(self, world: World) -> None:
        """Decide from another world from now on."""
        self.world = world
        self._switches = {switch.address: switch for switch in world.index.directory.switches.values()}

    def switch_at(self, address: str) -> Switch | None:
        """Return the switch that sends from an address."""
        return self._switches.get(address)

    def switch_named(self, switch: str) -> Switch | None:
        """Return a switch by its id."""
        return self.world.index.directory.switches.get(SwitchId(switch)) if self.world else None

    def decide(self, setup: CallSetup) -> Decision:
        """Decide without a hold. Raises NotReadyError."""
        if self.world is None:
            raise NotReadyError
        self.counts["asked"] += 1
        self.last_record[setup.switch] = self.now_ms()
        return decide(setup, self.world, self._cache)

    async def authorize(self, setup: CallSetup, switch: Switch) -> Authorized:
        """Decide, place the client's hold and grant time."""
        decision = self.decide(setup)
        if decision.refusal is None:
            answer = await self._hold(decision, switch.recipe)
        else:
            answer = Authorized(decision)
        if answer.decision.refusal is not None:
            self.counts[f"refused.{answer.decision.refusal}"] += 1
        self.log.add(answer.decision)
        return answer

    async def release(self, decision: Decision) -> None:
        """Release the hold of a call that will not run: its switch took the question back."""
        if decision.client is not None and decision.refusal is None:
            command = ReleaseCall(decision.call_key, decision.client)
            await self.books.of_partner(decision.client).ask(command, REPORT_WAIT_S)

    async def record(self, report: CallReport) -> Recorded | Parked:
        """Attribute, rate and record a report; it is durable when this returns. Raises UnavailableError."""
        if self.world is None:
            raise NotReadyError
        self.counts[f"reported.{report.kind}"] += 1
        self.last_record[report.switch] = self.now_ms()
        charged = charge_report(report, self.world)
        if isinstance(charged, Parked):
            await self.park(charged)
            return charged
        command = RecordLeg(charged, fingerprint(charged), report_to_json(report), report.received_ms)
        reply = await self.books.of_call(charged.call_key).ask(command, REPORT_WAIT_S)
        assert isinstance(reply, Recorded), "a record is answered as recorded"
        self.counts[f"recorded.{reply.outcome}"] += 1
        return reply

    async def park(self, parked: Parked) -> None:
        """Keep a record that could not even be read. Raises UnavailableError."""
        self.counts[f"parked.{parked.cause}"] += 1
        await self.books.of_call(parked.call_key).ask(Park(parked), REPORT_WAIT_S)

    async def switch_restarted(self, switch: SwitchId) -> int:
        """Release the holds of all calls of a switch that said so (Accounting-On, -Off)."""
        if self.world is None:
            raise NotReadyError
        trunks = tuple(t.id for t in self.world.index.directory.trunks.values() if t.switch == switch)
        released = 0
        for book in self.books.all:
            reply = await book.ask(ReleaseSwitch(switch, trunks, self.now_ms()), REPORT_WAIT_S)
            released += reply.count if isinstance(reply, Done) else 0
        return released

    async def _hold(self, decision: Decision, recipe: Recipe) -> Authorized:
        client, trunk, sell = decision.client, decision.trunk, decision.sell
        assert client is not None and trunk is not None and sell is not None, "an admitted call has a client"
        mode = hold_mode(recipe)
        command = PlaceHold(
            hold_id=_hold_id(decision),
            call_key=decision.call_key,
            partner=client,
            trunk=trunk,
            currency=sell.currency,
            terms=sell.terms,
            mode=mode,
            max_s=self.limits.max_call_s,
            at_ms=decision.at_ms,
            a=decision.a,
            b=decision.b,
            destination=decision.destination,
            trunk_max_calls=self._trunk_limit(decision),
        )
        try:
            reply = await self.books.of_partner(client).ask(command, self.limits.hold_wait_ms / 1000)
        except UnavailableError:
            return self._outage(decision, mode)
        self._trusted.pop(client, None)
        if isinstance(reply, Granted):
            return Authorized(decision, reply.seconds, reply.amount, enforced=mode is not HoldMode.FIXED)
        assert isinstance(reply, Refused), "a hold is granted or refused"
        return Authorized(refuse(decision, reply.cause))

    def _outage(self, decision: Decision, mode: HoldMode) -> Authorized:
        """Refuse, or trust a partner whose contract says so for a few calls until its balance answers again."""
        assert self.world is not None and decision.client is not None, "decided in a world"
        partner = self.world.index.directory.partners[decision.client]
        if partner.outage is Outage.TRUST and self._trusted[partner.id] < self.limits.trust_calls:
            self._trusted[partner.id] += 1
            return Authorized(decision, self.limits.hold_piece_s, 0, enforced=mode is not HoldMode.FIXED)
        return Authorized(refuse(decision, Cause.BALANCE_UNAVAILABLE))

    def _trunk_limit(self, decision: Decision) -> int | None:
        assert self.world is not None and decision.trunk is not None, "decided in a world"
        return self.world.index.directory.trunks[decision.trunk].max_calls


def hold_mode(recipe: Recipe) -> HoldMode:
    """Return how much is held for a switch of this kind (DESIGN §5)."""
    if recipe.sends_interims and recipe.can_disconnect:
        return HoldMode.PIECES
    return HoldMode.WHOLE if recipe.enforces_time else HoldMode.FIXED


def refuse(decision: Decision, cause: Cause) -> Decision:
    """Return the decision as refused after all; its routes are no longer offered."""
    return replace(decision, routes=(), refusal=cause)


def _hold_id(decision: Decision) -> HoldId:
    assert decision.client is not None, "an admitted call has a client"
    return hold_id(decision.call_key, decision.client, decision.attempt)
