"""A node at work: decides from its snapshots, asks the books for holds, turns reports into charged legs.

Plain class; the Ray face is actors.node_actor, the sockets are in actors.gateways. Nodes only sequence: what a call
may do is decided in domain.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from actors import bare_stops, loss_watch
from actors.asking import asking as asking
from actors.asking import hold_mode as hold_mode
from actors.asking import key_of
from actors.decision_log import DecisionLog
from actors.dips import Dips
from actors.refs import AnyBooks, UnavailableError
from domain.asking_again import CallMemory, first_alone
from domain.booking import fingerprint
from domain.calls import CallReport, CallSetup, LegState, Parked
from domain.causes import Cause, ParkCause
from domain.charging import charge_report, report_to_json
from domain.commands import Done, Granted, Park, PlaceHold, Recorded, RecordLeg, Refused, ReleaseHold, ReleaseSwitch
from domain.decisions import Decision
from domain.directory import AnswerRule, Directory, Outage, Partner, Recipe, Switch
from domain.guard import SourceGuard
from domain.holds import HoldMode
from domain.ids import PartnerId, SwitchId, hold_id
from domain.limit_gate import Asked, LimitGate
from domain.limits import Limit
from domain.loops import LoopWatch
from domain.loss_gate import LossGate
from domain.panic import NOTHING, Panic
from domain.parking import OLD_RATES, is_older, late
from domain.policies.spread import Spreader
from domain.probe_draw import ProbeDraw
from domain.quick import quick
from domain.rates import Unit
from domain.reading_sip import Verify
from domain.repeats import Repeats, as_answered
from domain.routing import RankCache, decide
from domain.settings import GuardSettings, LimitSettings
from domain.sla.unmet import UnmetBook
from domain.world import World

REPORT_WAIT_S = 20.0
"""A report is answered when it is durable, or not at all: its switch sends it again."""

TRUSTED_KB = 10 * 1024
"""The quota of a session that is trusted while its book does not answer, as ten minutes are for a call."""


@quick
@dataclass(frozen=True, slots=True)
class Authorized:
    """A decision with its hold: `granted_s` seconds, `held` units; `enforced` says whether the switch keeps to it.

    `granted_kb`: the quota of a session sold by volume, kilobytes. `left`: what the client may still spend, this call's
    part included, in its contract's currency; None where its book did not say.
    """

    decision: Decision
    granted_s: int = 0
    held: int = 0
    enforced: bool = True
    granted_kb: int = 0
    left: int | None = field(default=None, compare=False)


class NotReadyError(Exception):
    """The node has no snapshots yet."""


class Node:
    """One node's decisions and records. Invariant: a call is decided from one World, even while the next one loads.

    `guard` watches over sources that are no switch; they are asked to prove themselves where `credentials_wanted`.
    `verify_identities` verifies the STIR identities of calls (None: they are not looked at).
    """

    def __init__(
        self,
        books: AnyBooks,
        limits: LimitSettings,
        log: DecisionLog,
        now_ms: Callable[[], int],
        guard: GuardSettings | None = None,
    ) -> None:
        self.books, self.limits, self.log, self.now_ms = books, limits, log, now_ms
        self.guard = SourceGuard(guard or GuardSettings())
        self.credentials_wanted = False
        self.verify_identities: Verify | None = None
        self.world: World | None = None
        self._panic = NOTHING
        self.counts: Counter[str] = Counter()
        self.last_record: dict[SwitchId, int] = {}
        self.lag_ms: dict[SwitchId, int] = {}
        """How long after its call's end the last record of an end came, by switch."""
        self.on_parked: Callable[[Parked], None] = lambda _: None
        self.gate = LimitGate()
        self._cache = RankCache(limits.rankings)
        self._draw, self._spreader = ProbeDraw(), Spreader()
        self._memory, self._repeats, self._loops, self.losses = CallMemory(), Repeats(), LoopWatch(), LossGate()
        self.dips = Dips(self.counts)
        self._switches: dict[str, Switch] = {}
        self._by_certificate: dict[str, Switch] = {}
        self.unmet = UnmetBook()
        self._trusted: Counter[str] = Counter()
        self._late: set[asyncio.Future[None]] = set()

    def enter(self, world: World) -> None:
        """Decide from another world from now on; the panic orders stay."""
        self.world = world = world if world.panic is self._panic else replace(world, panic=self._panic)
        self.gate.enter(world.index.directory)
        self.losses.enter(world.index.directory)
        switches = world.index.directory.switches.values()
        self._switches = {switch.address: switch for switch in switches if switch.address}
        self._by_certificate = {switch.recipe.tls_name.lower(): switch for switch in switches if switch.recipe.tls_name}
        self.credentials_wanted = world.index.asks_credentials()
        self.guard.know(self._switches)

    def obey(self, panic: Panic) -> None:
        """Decide by these panic orders from now on."""
        self._panic = panic
        if self.world is not None:
            self.world = replace(self.world, panic=panic)

    def directory(self) -> Directory | None:
        """Return the directory that calls are decided from; None before there is one."""
        return self.world.index.directory if self.world else None

    def switch_at(self, address: str) -> Switch | None:
        """Return the switch that sends from an address."""
        return self._switches.get(address)

    def switch_by_name(self, names: Set[str]) -> Switch | None:
        """Return the switch that one of the names of a certificate belongs to."""
        return next((self._by_certificate[name] for name in sorted(names) if name in self._by_certificate), None)

    def switch_named(self, switch: str) -> Switch | None:
        """Return a switch by its id."""
        return self.world.index.directory.switches.get(SwitchId(switch)) if self.world else None

    def answers_of(self, decision: Decision) -> tuple[AnswerRule, ...]:
        """Return how a refused call is answered: as a vendor's failure says, else as its trunk wants it."""
        trunk = self.world.index.directory.trunks.get(decision.trunk) if self.world and decision.trunk else None
        answers = trunk.options.answers if trunk is not None else ()
        if decision.answer is None or decision.refusal is None:
            return answers
        return AnswerRule(decision.refusal, decision.answer[0], "", decision.answer[1]), *answers

    def decide(self, setup: CallSetup) -> Decision:
        """Decide without a hold, and write it down. Raises NotReadyError."""
        setup = self._asked(setup)
        decision = self._decide(setup)
        self._sent(decision)
        self.unmet.hear(decision, setup, self.directory())
        self.log.add(decision, setup)
        return decision

    def _asked(self, setup: CallSetup) -> CallSetup:
        """Count a question; return it with what is known of the attempts before it, where its switch asks for each."""
        if self.world is None:
            raise NotReadyError
        self.counts["asked"] += 1
        self._heard(setup.switch, "asked")
        return self._memory.recalled(setup) if self._asks_again(setup.switch) else setup

    def _asks_again(self, switch: SwitchId) -> bool:
        known = self.world.index.directory.switches.get(switch) if self.world is not None else None
        return known is not None and known.recipe.asks_again

    def _decide(self, setup: CallSetup, losses: LossGate | None = None) -> Decision:
        if self.world is None:
            raise NotReadyError
        before = self._repeats.before(setup)
        kept = (self._cache, self.gate, self._draw, self._spreader, self._loops)
        decision = decide(setup, self.world, *kept, losses, before)
        self._repeats.answered(setup, decision)
        if self._asks_again(setup.switch):
            decision = first_alone(decision)
            self._memory.answered(setup, decision)
        if decision.refusal is not None and setup.asked > 1 and decision.client is not None:
            for attempt in self._memory.attempts_before(setup):
                self._take_back(ReleaseHold(hold_id(key_of(decision), decision.client, attempt), decision.client))
        return decision

    def _sent(self, decision: Decision) -> tuple[Limit, ...]:
        """Count a call that goes against the limits of its first vendor; return those that count it."""
        if not (self.gate.needed and decision.client and decision.trunk and decision.routes):
            return ()
        asked = Asked(decision.client, decision.trunk, decision.b, decision.destination, decision.at_ms)
        return self.gate.sent(asked, decision.routes[0].vendor, decision.routes[0].trunk)

    @property
    def looks_elsewhere(self) -> bool:
        """Whether numbers of some calls have to be asked for over a network before they are decided."""
        return self.world is not None and self.world.index.ported.elsewhere

    async def looked_up(self, setup: CallSetup) -> CallSetup:
        """Return a call with what a source elsewhere says of its number, where that is to be asked first."""
        if self.world is None or not self.world.index.ported.elsewhere or setup.looked_up is not None:
            return setup
        return await self.dips.looked_up(setup, self.world)

    async def authorize(
        self, setup: CallSetup, switch: Switch, gone: Callable[[Decision], None] | None = None
    ) -> Authorized:
        """Decide, place the client's hold and grant time.

        Where this is cancelled, nobody hears what is granted: `gone` gets the decision, and by default its hold is
        given back.
        """
        setup = self._asked(await self.looked_up(setup))
        decision = self._decide(setup, self.losses if setup.call_id else None)
        try:
            if self.losses.needed and self.losses.in_doubt(decision.call_key):
                await loss_watch.hear_of(decision, self.losses, self.books, self.limits.hold_wait_ms / 1000)
                decision.give_back()
                decision = self._decide(setup, self.losses)
            if self.losses.needed and any(route.allowed for route in decision.routes):
                decision = await self._may_lose(decision, setup, switch.recipe)
            answer = await self._counted(decision, switch.recipe, setup)
        except asyncio.CancelledError:
            (gone or self.give_back)(decision)
            raise
        if answer.decision is not decision and self._asks_again(setup.switch):
            self._memory.answered(setup, answer.decision)  # no vendor was tried, or another one before
        if answer.decision.refusal is not None:
            self._goes_not(decision)
            self.counts[f"refused.{answer.decision.refusal}"] += 1
        if answer.decision.refusal is decision.refusal:
            self.unmet.hear(decision, setup, self.directory())
        self.log.add(answer.decision, setup, answer.granted_s, answer.held)
        return answer

    async def _counted(self, decision: Decision, recipe: Recipe, setup: CallSetup) -> Authorized:
        """Place the hold of a call that may go, counted against the limits of its vendor meanwhile."""
        if decision.refusal is not None:
            return Authorized(decision)
        limits = self._sent(decision)
        if not limits:
            return await self._hold(decision, recipe, setup)
        with self.gate.counting(limits) as counting:
            answer = await self._hold(decision, recipe, setup)
            counting.granted = answer.decision.refusal is None
            return answer

    async def _may_lose(self, decision: Decision, setup: CallSetup, recipe: Recipe) -> Decision:
        """Let the book of a call know what it may lose; one that cannot be told goes where it loses nothing."""
        asked_s = loss_watch.asked_s(recipe.hold_asked_s or self.limits.hold_asked_s)
        if await loss_watch.set_aside(decision, self.losses, self.books, self.limits.hold_wait_ms / 1000, asked_s):
            self.counts["losses.allowed"] += 1
            return decision
        self._goes_not(decision)
        return self._decide(setup)

    def _goes_not(self, decision: Decision) -> None:
        decision.give_back()
        if self.losses.needed and any(route.allowed for route in decision.routes):
            self.losses.goes_not(decision.call_key)
            self._later(loss_watch.take_back(decision, self.books, REPORT_WAIT_S))

    async def release(self, decision: Decision) -> None:
        """Release the hold of a call that will not run: its switch took the question back, or was not answered."""
        self._goes_not(decision)
        if decision.client is not None and decision.refusal is None:
            await self._release_late(_release(decision, decision.client))

    def give_back(self, decision: Decision) -> None:
        """Release in the background the hold of a call whose asker is gone before the answer."""
        self._goes_not(decision)
        if decision.client is not None and decision.refusal is None:
            self._take_back(_release(decision, decision.client))

    async def record(self, report: CallReport) -> Recorded | Parked:
        """Attribute, rate and record a report; it is durable when this returns. Raises UnavailableError."""
        if self.world is None:
            raise NotReadyError
        self.counts[f"reported.{report.kind}"] += 1
        self._heard(report.switch, "reported")
        if report.disconnect_ms is not None:
            self.lag_ms[report.switch] = max(0, report.received_ms - report.disconnect_ms)
        world = self.world
        if world.index.ported.elsewhere:
            report = await self.dips.of_leg(report, world)
        charged = charge_report(report, world)
        if isinstance(charged, Parked):
            if charged.cause is ParkCause.NO_START:
                return await self._end(report, charged, world)
            self.counts[f"switch.{report.switch}.parked"] += 1
            await self.park(charged)
            return charged
        command = RecordLeg(
            charged, fingerprint(charged), report_to_json(report), report.received_ms, session_id=report.session_id
        )
        if is_older(charged, world):
            old = late(command, OLD_RATES)
            await self.park(old)
            return old
        reply = await self.books.of_call(charged.call_key).ask(command, REPORT_WAIT_S)
        assert isinstance(reply, Recorded), "a record is answered as recorded"
        self.counts[f"recorded.{reply.outcome}"] += 1
        if charged.state is LegState.OPEN and world.index.directory.switches[report.switch].recipe.stop_is_bare:
            book = self.books.of_call(charged.call_key)
            await bare_stops.after_start(book, charged, world, REPORT_WAIT_S)
        return reply

    async def _end(self, report: CallReport, parked: Parked, world: World) -> Recorded | Parked:
        book = self.books.of_call(parked.call_key)
        outcome = await bare_stops.end(book, report, parked, world, REPORT_WAIT_S)
        if isinstance(outcome, Parked):
            self.counts[f"parked.{outcome.cause}"] += 1
            self.on_parked(outcome)
        else:
            self.counts[f"recorded.{outcome.outcome}"] += 1
        return outcome

    def count_error(self, switch: SwitchId) -> None:
        """Count a packet of a switch that could not be read or proved."""
        self.counts[f"switch.{switch}.errors"] += 1

    def _heard(self, switch: SwitchId, what: str) -> None:
        self.counts[f"switch.{switch}.{what}"] += 1
        self.last_record[switch] = self.now_ms()

    async def park(self, parked: Parked) -> None:
        """Keep a record that could not even be read. Raises UnavailableError."""
        self.counts[f"parked.{parked.cause}"] += 1
        self.on_parked(parked)
        await self.books.of_call(parked.call_key).ask(Park(parked), REPORT_WAIT_S)

    async def switch_restarted(self, switch: SwitchId, at_ms: int) -> int:
        """Release the holds that a switch was given before `at_ms`, when it restarted (Accounting-On, -Off).

        Its word may come late or twice; calls that it has asked about since then go on.
        """
        if self.world is None:
            raise NotReadyError
        released = 0
        at_ms = min(at_ms, self.now_ms())
        for book in self.books.all:
            reply = await book.ask(ReleaseSwitch(switch, at_ms), REPORT_WAIT_S)
            released += reply.count if isinstance(reply, Done) else 0
        return released

    async def _hold(self, decision: Decision, recipe: Recipe, setup: CallSetup) -> Authorized:
        assert self.world is not None, "decided in a world"
        directory = self.world.index.directory  # that of the decision: another world may come while we wait
        command = asking(decision, recipe, setup, directory, self.limits)
        client, mode = command.partner, command.mode
        try:
            reply = await self.books.of_partner(client).ask(command, self.limits.hold_wait_ms / 1000)
        except UnavailableError:
            answer = self._outage(decision, command, directory.partners[client])
            if answer.decision.refusal is not None:
                self._take_back(ReleaseHold(command.hold_id, client))
            return answer
        self._trusted.pop(client, None)
        if isinstance(reply, Granted):
            enforced = mode is not HoldMode.FIXED
            decision = as_answered(decision, reply.first)
            return Authorized(decision, reply.seconds, reply.amount, enforced, reply.kilobytes, reply.left)
        assert isinstance(reply, Refused), "a hold is granted or refused"
        return Authorized(replace(refuse(decision, reply.cause), detail=reply.detail or decision.detail))

    def _take_back(self, command: ReleaseHold) -> None:
        """Release a hold that may be placed after we stopped waiting for it, when its book answers again."""
        self._later(self._release_late(command))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _release_late(self, command: ReleaseHold) -> None:
        with suppress(UnavailableError):  # then it lapses by itself
            await self.books.of_partner(command.partner).ask(command, REPORT_WAIT_S)

    def _outage(self, decision: Decision, asked: PlaceHold, partner: Partner) -> Authorized:
        """Refuse, or trust a partner whose contract says so for a few calls until its balance answers again."""
        if partner.outage is Outage.TRUST and self._trusted[partner.id] < self.limits.trust_calls:
            self._trusted[partner.id] += 1
            granted_s = min(self.limits.hold_piece_s, self.limits.max_call_s)
            granted_kb = min(asked.max_kb, TRUSTED_KB) if asked.unit is Unit.MEGABYTE else 0
            return Authorized(decision, granted_s, 0, asked.mode is not HoldMode.FIXED, granted_kb)
        return Authorized(refuse(decision, Cause.BALANCE_UNAVAILABLE))


def refuse(decision: Decision, cause: Cause) -> Decision:
    """Return the decision as refused after all; its routes are no longer offered."""
    return replace(decision, routes=(), refusal=cause)


def _release(decision: Decision, client: PartnerId) -> ReleaseHold:
    return ReleaseHold(hold_id(key_of(decision), client, decision.attempt), client)
