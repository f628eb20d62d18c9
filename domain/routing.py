"""Deciding about a call: trunk, partner, number, sell rate, then buy rates: filter, rank, margin guard (DESIGN §2)."""

from domain.asking_again import Over, last_failure, not_again
from domain.attribution import caller_by, caller_of
from domain.call_figures import call_figures
from domain.calls import CallSetup, Door
from domain.causes import Cause
from domain.credit import UnknownUsers
from domain.decided import all_left_out, sell_rate, why_none
from domain.decisions import NOTHING_READ, Decision, LeftOut, Read, Route, SellRate
from domain.dialling import route_of
from domain.directory import LOOKING_UP, Partner, PartnerStatus, StirPolicy, Trunk
from domain.end_users import EndUserStatus
from domain.held_back import held_back
from domain.ids import NO_USER, CallKey, SwitchId, call_key
from domain.limit_gate import Asked, LimitGate
from domain.loops import LoopWatch
from domain.loss_gate import LossGate
from domain.moved_numbers import lacks_word, moved, waits_in_vain
from domain.numbers import Dialled, dialled, handed_on
from domain.policies.arranging import NOBODY_KEEPS, CallFigures
from domain.policies.choosing import chosen, tried_bids
from domain.policies.drawing import Caller, Lots
from domain.policies.rules import Rules, allowing
from domain.policies.spread import Spreader
from domain.portability import PortedSource
from domain.probe_draw import ProbeDraw
from domain.rank_cache import Offer as Offer
from domain.rank_cache import RankCache as RankCache
from domain.ranking import MARGIN, Ranking, Sold, sold_at
from domain.rates import PlanTable, Service, Unit
from domain.services import asked_number, carries, is_service_code
from domain.stir import attestation_of, refusal_by
from domain.taken import Taken
from domain.units import PRICED
from domain.world import NO_DESTINATION, World

_NOT_PORTED = Dialled("")


def decide(
    setup: CallSetup,
    world: World,
    cache: RankCache | None = None,
    gate: LimitGate | None = None,
    probes: ProbeDraw | None = None,
    spreader: Spreader | None = None,
    loops: LoopWatch | None = None,
    losses: LossGate | None = None,
    before: Taken | None = None,
) -> Decision:
    """Decide whether a call may go and where. Pure: the cache changes how long it takes, never the outcome.

    The client's limits and money are not looked at here: its shard refuses by them when the hold is placed. Those of
    vendors, and of all clients together, are what the `gate` knows of them (None: nothing). `probes` says which calls
    try routes that are out or on trial (None: no call does), `spreader` whose turn it is where calls are split (None:
    it is told how they are, and nobody's turn is taken). `loops`: calls that came before (None: none are known).
    `losses`: which calls may lose money (None: none). `before`: what the same question took when it was asked first.
    """
    call = asked(setup, world)
    if isinstance(call, Decision):
        return call
    call.loops, call.losses, call.before = loops, losses, before
    return call.offered(cache or RankCache(), gate, probes, spreader)


def asked(setup: CallSetup, world: World) -> "RoutedCall | Decision":
    """Return the call for which routes are to be found, or the decision where none are needed or it is refused."""
    said = _said(setup)
    trunk = world.index.incoming_trunk(setup.switch, setup.source, said.number, setup.trunk_hint, setup.user)
    if trunk is None:
        named = f", trunk {setup.trunk_hint}" if setup.trunk_hint else ""
        named += f", user {setup.user}" if setup.user else ""
        return _refused(
            setup, world, Cause.UNKNOWN_TRUNK, f"no trunk of switch {setup.switch} for source {setup.source}{named}"
        )
    call = RoutedCall(setup, world, trunk, world.index.partner_of(trunk))
    frozen = world.panic.client(call.client.id)
    if frozen is not None:
        return call.refused(Cause.FROZEN, frozen.sentence())
    dropped = world.panic.trunk(trunk.id)
    if dropped is not None:
        return call.refused(Cause.TRUNK_CLOSED, f"trunk {trunk.id} was {dropped.sentence()}")
    if not trunk.enabled:
        return call.refused(Cause.TRUNK_CLOSED, f"trunk {trunk.id} is disabled")
    if call.client.status is not PartnerStatus.ACTIVE:
        return call.refused(Cause.SUSPENDED)
    if world.index.directory.end_users and world.index.has_end_users(trunk):
        stranger = call.finds_user()
        if stranger is not None:
            return call.refused(*stranger)
    if not carries(trunk, setup.service):
        return call.refused(Cause.UNKNOWN_TRUNK, f"the trunk carries {call.service}, {setup.service} is asked for")
    b = asked_number(said.number, trunk)
    if b is None:
        return call.refused(Cause.BAD_NUMBER, "not 5 to 15 digits by the rules of the trunk")
    call.takes_number(b, said)
    if call.source is not None and waits_in_vain(call.source, setup):
        return call.refused(Cause.NOT_LOOKED_UP, "its server does not say whether the number has moved")
    if call.service is not Service.VOICE:
        return call.sold_alone()
    unproved = call.unproved()
    if unproved is not None:
        return call.refused(unproved, f"the trunk asks for {trunk.options.stir}, the call has {call.attestation}")
    return call


def call_to(number: str, trunk: Trunk, world: World, at_ms: int) -> "RoutedCall":
    """Return a call by a trunk to a number that is normalised already, of a caller without one: tables are of such."""
    setup = CallSetup(Door.SIP, trunk.switch or SwitchId(""), b"", trunk.host, "", number, at_ms)
    call = RoutedCall(setup, world, trunk, world.index.partner_of(trunk))
    call.takes_number(number, _NOT_PORTED)
    return call


class RoutedCall:
    """One call on its way through the decision, and what is known of it so far.

    `b` is the number that was dialled, `rated` the one by which it is routed and rated: that of a ported number is its
    routing number, where the trunk's partner is believed. `rules`: those of its policies, once they were asked for;
    `drawn`: why its first route is first, where that was drawn.
    """

    __slots__ = (
        "a", "attestation", "b", "before", "client", "course", "destination", "drawn", "end_user", "gate",
        "loops", "losses", "ported", "rated", "rules", "setup", "source", "trunk", "world",
    )  # fmt: skip

    def __init__(self, setup: CallSetup, world: World, trunk: Trunk, client: Partner) -> None:
        self.setup, self.world, self.trunk, self.client = setup, world, trunk, client
        self.a = caller_of(caller_by(setup, trunk.options), trunk.rules, trunk.options.service)
        self.b = self.rated = setup.called
        self.ported = _NOT_PORTED
        self.source: PortedSource | None = None
        self.destination, self.attestation, self.end_user = NO_DESTINATION, "", NO_USER
        self.rules: Rules | None = None
        self.gate: LimitGate | None = None
        self.loops: LoopWatch | None = None
        self.losses: LossGate | None = None
        self.before: Taken | None = None
        self.course = self.drawn = ""

    def finds_user(self) -> tuple[Cause, str] | None:
        """Find whose call it is among the client's end users; return why it is refused for that."""
        names = (self.setup.user, self.setup.user_name)
        user = self.world.index.end_user_of(self.trunk, names, self.a)
        if user is None:
            if self.client.options.unknown_users is UnknownUsers.ADMIT:
                return None
            said = next(filter(None, names), "")
            return Cause.UNKNOWN_USER, f"no end user of {self.client.id} for user name {said!r} or caller {self.a!r}"
        self.end_user = user.id
        if user.status is EndUserStatus.SUSPENDED:
            return Cause.USER_SUSPENDED, f"end user {user.id} of {self.client.id}"
        return None

    def takes_number(self, b: str, said: Dialled) -> None:
        """Take what was dialled, and what it is routed by."""
        self.b, ported = b, _NOT_PORTED
        if said.routing_number or said.dipped or said.carrier or self.trunk.options.portability in LOOKING_UP:
            ported, self.source = moved(b, said, self.trunk, self.setup, self.world)
        self.takes_moved(ported)

    def takes_moved(self, ported: Dialled) -> None:
        """Take what is known of the number's network: by it the call is routed and rated."""
        self.ported, self.rated = ported, ported.routing_number or self.b
        if not is_service_code(self.b, self.trunk):
            self.destination = self.world.codes.destination_of(self.rated) or NO_DESTINATION

    @property
    def lacking(self) -> PortedSource | None:
        """The source that has to be asked over a network before the call is decided."""
        return self.source if self.source is not None and lacks_word(self.source, self.setup) else None

    def unproved(self) -> Cause | None:
        """Look at the STIR identity, where there is one or the trunk asks for one; return why the call is refused."""
        policy, passports = self.trunk.options.stir, self.setup.passports
        if not passports and policy is StirPolicy.IGNORE:
            return None
        called = (self.b, "".join(filter(str.isdecimal, self.setup.called)))
        self.attestation = attestation_of(passports, self.a, called)
        return refusal_by(policy, passports, self.a, called)

    @property
    def service(self) -> Service:
        """What the trunk carries."""
        return self.trunk.options.service

    def sold_alone(self) -> Decision:
        """Return the decision about a session or message: what it costs the client, without routes."""
        table = self.sell_table()
        if isinstance(table, tuple):
            return self.refused(*table)
        at_ms = self.setup.at_ms
        origin = "" if table.callers is None else table.callers.group_of(self.a, at_ms)
        sold = sold_at(table, self.rated, at_ms, self.world.index.fx, None, origin)
        if not isinstance(sold, Sold):
            return self.refused(*sold)
        return self._decision(sell=sell_rate(sold, 0))

    def sell_table(self) -> PlanTable | tuple[Cause, str]:
        """Return the plan that the client pays by, or why there is none for such a call."""
        plan = self.trunk.plan or self.client.sell_plan
        table = self.world.plans.get(plan) if plan else None
        if table is None:
            return Cause.NO_RATE, f"plan {plan} has no rates" if plan else "no sell plan"
        unit = table.rules.unit
        if self.service is Service.VOICE and unit is not Unit.SECOND:
            return Cause.NO_RATE, f"plan {plan} is sold {PRICED[unit]}, calls are routed by prices per minute"
        if self.service is not Service.DATA and unit is Unit.MEGABYTE:
            return Cause.NO_RATE, f"plan {plan} is sold {PRICED[unit]}, a {self.service} has no octets"
        return table

    def offered(
        self,
        cache: RankCache,
        gate: LimitGate | None,
        probes: ProbeDraw | None = None,
        spreader: Spreader | None = None,
    ) -> Decision:
        """Return the decision about a voice call that may be sold: its routes, or why it has none."""
        self.gate = gate
        found = self._found(cache)
        return found if isinstance(found, Decision) else self._routed(*found, gate, probes, spreader)

    def ranked(self, cache: RankCache) -> tuple[Offer, Ranking] | Decision:
        """Return what the call is sold for and who carries most such calls, before limits; or why it is not sold."""
        found = self._found(cache)
        if isinstance(found, Decision):
            return found
        offer, ranking, lots = found
        return offer, chosen(ranking, lots, self._caller()).ranking

    def _found(self, cache: RankCache) -> tuple[Offer, Ranking, Lots | None] | Decision:
        table = self.sell_table()
        if isinstance(table, tuple):
            return self.refused(*table)
        at_ms, client, world = self.setup.at_ms, self.client, self.world
        product = self.trunk.options.product
        policies = world.index.policies
        rules = policies.rules_at(client.policy, client.id, product, self.destination, at_ms)
        if policies.canaries:
            rules = policies.rules_of_call(rules, _key_of(self.setup) or self.b.encode(), at_ms)
        self.rules = rules
        over = held_back(self.setup, rules, world.index, self.loops, (client.id, self.a, self.b))
        if isinstance(over, Over):
            return self._decision(refusal=over.cause, detail=over.words, answer=over.answer)
        self.course = over
        if self.losses is not None and self.losses.needed:
            rules = self.rules = self._allowing(rules, self.losses)
        statics = world.index.statics.of(client.id, product, self.destination)
        asked, moved_from = (self.rated, self.destination, at_ms, world), self.b if self.rated != self.b else ""
        offer = cache.offer(client, table, *asked, rules, self.a, statics, moved_from)
        if isinstance(offer, tuple):
            return self.refused(*offer)
        ranking = cache.routes(offer, self.destination, world, at_ms, self.figures)
        return offer, ranking, cache.lots(offer, ranking, self.destination)

    def _allowing(self, rules: Rules, losses: LossGate) -> Rules:
        allowed = losses.open_to(self.client.id, self.rated, self.destination, self.setup.at_ms)
        return allowing(rules, allowed) if allowed else rules

    def _caller(self) -> Caller:
        return Caller(self.client.id, self.destination, self.a, self.b)

    def figures(self) -> tuple[CallFigures, int, int]:
        """Return what a formula may ask about the call, and since and until when its hour is the same (UTC ms)."""
        attested, product = self.attestation or "none", self.trunk.options.product
        room = None if self.gate is None else self.gate.room(self._for_limits())
        return call_figures(self.client, product, self.a, attested, self.setup.at_ms, self.world.codes, room)

    def _for_limits(self) -> Asked:
        return Asked(self.client.id, self.trunk.id, self.b, self.destination, self.setup.at_ms)

    def _routed(
        self,
        offer: Offer,
        ranking: Ranking,
        lots: Lots | None,
        gate: LimitGate | None,
        probes: ProbeDraw | None,
        spreader: Spreader | None,
    ) -> Decision:
        """Return the routes of the call with its numbers put in, or the refusal that an empty list means."""
        sell = sell_rate(offer.sold, ranking.revenue_per_min)
        full: tuple[LeftOut, ...] = ()
        if gate is not None and gate.needed and (ranking.bids or ranking.parts):
            asked = self._for_limits()
            over = gate.over_call(asked)
            if over is not None:
                return self._decision(sell=sell, left_out=ranking.left_out, refusal=over[0], detail=over[1])
            full = gate.full((*ranking.bids, *tried_bids(ranking)), asked)
        lossy: tuple[LeftOut, ...] = ()
        if offer.rules.losses and self.losses is not None:
            lossy = self.losses.full((*ranking.bids, *tried_bids(ranking)), self.setup.at_ms, _key_of(self.setup))
            full = (*full, *lossy)
        if self.setup.tried:
            full = (*full, *not_again(ranking, self.setup.tried, self.world.index))
        gone = {out.trunk for out in full if out.trunk}
        found = chosen(ranking, lots, self._caller(), gone, probes, spreader, self.before)
        left_out = all_left_out(found, full) if full else found.ranking.left_out
        promised = offer.rules.keep.text if found.ranking.unmet and offer.rules.keep else ""
        if not found.routes:
            cause = Cause.NO_MARGIN if ranking.unprofitable or lossy else Cause.NO_ROUTE
            detail = MARGIN if ranking.unprofitable else (lossy or full)[0].reason if full else why_none(ranking)
            unmet = promised if detail == NOBODY_KEEPS else ""
            told = last_failure(self.setup)
            return self._decision(sell, (), left_out, cause, detail, answer=told, unmet=unmet)
        self.drawn = found.words
        b, onward = self.b, (self.ported.routing_number, handed_on(self.ported))
        bids = found.routes
        if offer.rules.losses and self.losses is not None:
            bids = tuple([self.losses.paid(bid, self.setup.at_ms, _key_of(self.setup)) for bid in bids])
        routes = tuple([route_of(ranked, position, b, onward) for position, ranked in enumerate(bids, 1)])
        read = found.ranking.read
        last = found.ranking.last
        return self._decision(sell, routes, left_out, read=read, taken=found.taken, unmet=promised, last=last)

    def refused(self, cause: Cause, detail: str = "") -> Decision:
        """Return the refusal of a call whose trunk is known."""
        return self._decision(refusal=cause, detail=detail)

    def _decision(
        self,
        sell: SellRate | None = None,
        routes: tuple[Route, ...] = (),
        left_out: tuple[LeftOut, ...] = (),
        refusal: Cause | None = None,
        detail: str = "",
        read: Read = NOTHING_READ,
        taken: Taken | None = None,
        answer: tuple[int, int] | None = None,
        unmet: str = "",
        last: tuple[LeftOut, ...] = (),
    ) -> Decision:
        setup, world = self.setup, self.world
        return Decision(
            at_ms=setup.at_ms,
            call_key=_key_of(setup),
            switch=setup.switch,
            attempt=setup.attempt,
            a=self.a,
            b=self.b,
            base_currency=world.index.directory.base_currency,
            client=self.client.id,
            trunk=self.trunk.id,
            destination=self.destination,
            destination_name=world.codes.name_of(self.destination) or self._service_name(),
            sell=sell,
            routes=routes,
            left_out=left_out,
            refusal=refusal,
            detail=detail,
            routing_number=self.ported.routing_number,
            dipped=self.ported.dipped,
            carrier=self.ported.carrier,
            ported_by=self.source.name if self.source is not None else "",
            attestation=self.attestation,
            service=self.service,
            end_user=self.end_user,
            policy=self.rules.title if self.rules is not None else "",
            drawn=self.drawn,
            read=read,
            taken=taken,
            answer=answer,
            course=self.course,
            unmet=unmet,
            last=last,
        )

    def _service_name(self) -> str:
        return self.service.value if is_service_code(self.b, self.trunk) else ""


def _said(setup: CallSetup) -> Dialled:
    """Return the called number with its portability; a URI was taken apart already, where it was read."""
    if setup.door is Door.SIP:
        return Dialled(setup.called, setup.routing_number, setup.dipped, setup.carrier)
    return dialled(setup.called, setup.routing_number)


def _refused(setup: CallSetup, world: World, cause: Cause, detail: str) -> Decision:
    return Decision(
        at_ms=setup.at_ms,
        call_key=_key_of(setup),
        switch=setup.switch,
        attempt=setup.attempt,
        a=setup.caller,
        b=setup.called,
        base_currency=world.index.directory.base_currency,
        refusal=cause,
        detail=detail,
    )


def _key_of(setup: CallSetup) -> CallKey:
    return call_key(setup.switch, setup.call_id) if setup.call_id else CallKey(b"")
