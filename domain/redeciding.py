"""A call of the past decided anew: in the world of then, with the figures and costs that its record has.

What lived in processes only is taken from the record: figures, real costs, who was full, dropped, out or last. Turns of
splits, entries and probes are not drawn again: who was first by a draw stays first. A call that was refused for money,
limits, orders or other calls stays refused.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from domain.asking_again import ONE_AT_A_TIME, first_alone
from domain.attribution import DirectoryIndex
from domain.causes import Cause
from domain.decisions import Decision, explain
from domain.directory import LOOKING_UP, StirPolicy
from domain.durations import Histogram
from domain.formulas.figures import FIGURES
from domain.formulas.program import Asked
from domain.fx import FxTable
from domain.ids import DestinationId, PartnerId, TrunkId, call_key
from domain.loss_gate import LossGate
from domain.money import UNITS_PER_ONE, decimal_text, half_away
from domain.numbers import UNANSWERED
from domain.panic import Panic
from domain.past_calls import Kept
from domain.policies.explaining import Explanation, explained_call, winning_price
from domain.policies.policy import Policy
from domain.policies.repricing import Repriced
from domain.policies.trying import tried
from domain.quality_board import QualityBoard
from domain.quality_figures import NO_FIGURES, DestinationFigures
from domain.quality_windows import Window
from domain.rates import SecondsRounding, Terms
from domain.real_costs import RealCosts
from domain.route_standing import RouteStanding, Standings
from domain.route_states import Standing
from domain.route_watch import Action
from domain.routing import RoutedCall, asked
from domain.world import World

DERIVED = (
    "no rate", "code ", "no exchange rate", "not among the vendors", "suspended", "no outgoing trunk", "trunk disabled",
    "trunk carries", "no buy plan", "plan ", "rank ", "another trunk", "fail-over stops", "not allowed: only",
    "keeps not", "static entry", "its own call", ONE_AT_A_TIME,
)  # fmt: skip
"""How reasons begin that come of catalog and figures; all others tell of what lived then."""
LIVED = frozenset((
    Cause.SUSPENDED, Cause.TRUNK_CLOSED, Cause.NO_CREDIT, Cause.OVER_CPS, Cause.OVER_CALLS, Cause.OVER_MINUTES,
    Cause.OVER_MONEY, Cause.USER_SUSPENDED, Cause.FROZEN, Cause.BALANCE_UNAVAILABLE, Cause.DIFFERS, Cause.LOOP,
    Cause.NOT_LOOKED_UP,
))  # fmt: skip
"""Refusals that may come of money, open calls, orders and other calls, none of which the record has."""
OF_ATTEMPTS = frozenset((Cause.STOPPED, Cause.OVER_ATTEMPTS))
"""Those that come of the attempts before; records of long ago do not say what these were."""
FINE = 1_000_000
"""Calls of the histogram by which kept costs are told: fine enough that none is off by a unit."""


@dataclass(frozen=True, slots=True)
class Anew:
    """A decision made anew, and what of it could not be as it was then.

    `explained`: why each vendor stands where it does; `wins`: in that order, the dearest price at which it would have
    stood first.
    """

    decision: Decision
    missing: tuple[str, ...] = ()
    explained: Explanation | None = None
    wins: tuple[int | None, ...] = ()


def decided_anew(kept: Kept, world: World, trial: Policy | None = None, *, with_terms: bool = False) -> Anew:
    """Decide a past call in the world of then; `world.quality`: what is known now, for what the record has not.

    `trial`: a policy over those that held; `with_terms`: explain it, too. Raises InputError for one that cannot be.
    """
    here = _with_identity(kept, world)
    if trial is not None:
        here = tried(here, trial)
    first = _call(kept, here)
    if isinstance(first, Decision):
        decision = _refused_as_then(kept, first)
        return Anew(decision, explained=Explanation(decision) if with_terms else None)
    plain = Repriced()
    _offered(kept, here, plain)
    told = _Told(kept, plain, here, first.destination)
    here = replace(here, quality=told.board)
    call, cache, decision = _offered(kept, here, _Remembering(told.costs))
    facts = _facts(kept, decision)
    if facts:
        here = replace(here, panic=_Facts(reasons=facts))
        call, cache, decision = _offered(kept, here, _Remembering(told.costs))
    decision = _as_then(kept, decision)
    missing = tuple(_missing(kept, told, plain, call, decision))
    if not with_terms:
        return Anew(decision, missing)
    found = explained_call(call, cache, decision)

    def decided(cache: Repriced) -> Decision:
        return _offered(kept, here, cache)[2]

    prices = [
        winning_price(decided, _Remembering(told.costs), one.trunk) if one.trunk and one.offered else None
        for one in found.vendors
    ]
    return Anew(decision, missing, found, tuple(prices))


def _missing(kept: Kept, told: "_Told", plain: Repriced, call: RoutedCall, decision: Decision) -> Iterator[str]:
    """Name what of then is kept no more."""
    if kept.key and call_key(kept.setup.switch, kept.setup.call_id) != kept.key:
        yield "the call's id, by which versions on trial are drawn"
    if kept.revenue is None:
        yield "figures and real costs: the call was refused before they were read"
    gone = {route.allowed for route in kept.routes if route.allowed} - {
        one.id for one in call.world.index.directory.losses
    }
    if gone:
        yield f"what was allowed to be lost: {_names(gone)}"
    watch = call.rules.watch if call.rules is not None else None
    if watch is not None and watch.action is Action.LAST and not kept.last and _stand_otherwise(kept, decision):
        yield "who stood last for quality: the record names nobody, as older ones do"
    if told.figures.guessed:
        yield f"figures that the record has not, as they are now: {_names(told.figures.guessed)}"
    if told.costs.guessed:
        unknown = _names({one.vendor.id for one in plain.worths() if one.row.terms in told.costs.guessed})
        if unknown:
            yield f"real costs that the record has not, by the durations of now: {unknown}"


def differences(kept: Kept, decision: Decision) -> tuple[str, ...]:
    """Say in what a decision differs from the record; nothing: it is the same."""
    told: list[str] = []
    refusal = str(decision.refusal or "")
    if refusal != kept.refusal:
        told.append(f"it was {_verdict(kept.refusal, kept.detail)}, anew it is {_verdict(refusal, decision.detail)}")
    if kept.destination and decision.destination_name != kept.destination:
        told.append(f"its destination was {kept.destination}, anew {decision.destination_name or 'none'}")
    if kept.policy and decision.policy != kept.policy:
        told.append(f"by {kept.policy}, anew by {decision.policy}")
    mine = kept_lines(decision)
    if kept.revenue is not None and decision.sell is not None and decision.sell.revenue_per_min != kept.revenue:
        told.append("it is sold at another rate")
    before = {route.trunk: (place, route.quoted) for place, route in enumerate(kept.routes, 1)}
    after = {trunk: (place, quoted) for place, (trunk, quoted) in enumerate(mine, 1)}
    reasons = {out.trunk: out.reason for out in decision.left_out}
    were = {out.trunk: out.reason for out in kept.left_out}
    for trunk in dict.fromkeys([*before, *after]):
        then, anew = before.get(trunk), after.get(trunk)
        if then is None:
            told.append(f"{trunk}: out then ({were.get(trunk, 'not named')}), place {after[trunk][0]} anew")
        elif anew is None:
            told.append(f"{trunk}: place {then[0]} then, out anew ({reasons.get(trunk, 'not named')})")
        elif then[1] != anew[1]:
            told.append(f"{trunk}: its rate was {then[1]}, anew {anew[1]}")
        elif then[0] != anew[0]:
            told.append(f"{trunk}: place {then[0]} then, {anew[0]} anew")
    return tuple(told)


def kept_lines(decision: Decision) -> Sequence[tuple[TrunkId, str]]:
    """Return each route's trunk, and its rate as records have it."""
    lines = [line.partition(": ")[2].partition("; real cost")[0] for line in explain(decision) if "; real cost" in line]
    return [(route.trunk, quoted) for route, quoted in zip(decision.routes, lines, strict=True)]


@dataclass(frozen=True, slots=True)
class _Facts(Panic):
    """Who could not carry the call for what lived then, each with the words of the record."""

    reasons: Mapping[TrunkId, str] = field(default_factory=dict)

    def trunk(self, trunk: TrunkId) -> "_Said | None":  # type: ignore[override]  # told in other words
        """Return why a trunk is out."""
        reason = self.reasons.get(trunk)
        return _Said(reason) if reason is not None else None


@dataclass(frozen=True, slots=True)
class _Said:
    """A reason as the record has it."""

    reason: str

    def sentence(self) -> str:
        return self.reason


class _Costs(RealCosts):
    """Charges by which each rate of the record costs what it cost; of others what they cost over `now`."""

    def __init__(self, told: Mapping[Terms, int], told_by: Histogram, now: Histogram) -> None:
        super().__init__()
        self._told, self._told_by, self._now = told, told_by, now
        self.guessed: set[Terms] = set()

    def over(self, histogram: Histogram, terms: Terms, seconds: SecondsRounding) -> int:
        """Return a charge of all calls of the histogram by which costs are told."""
        charge = self._told.get(terms)
        if charge is None:
            self.guessed.add(terms)
            now = super().over(self._now, terms, seconds)
            charge = half_away(now * self._told_by.seconds, self._now.seconds)
        return charge


class _Remembering(Repriced):
    """Ranks by costs that are told."""

    def __init__(self, costs: _Costs) -> None:
        super().__init__()
        self._costs = costs


@dataclass(frozen=True, slots=True, eq=False)
class _Figures(DestinationFigures):
    """Figures of the record, then those of now; `guessed`: which of those were asked for."""

    kept: Mapping[tuple[PartnerId, str], float] = field(default_factory=dict)
    now: DestinationFigures = NO_FIGURES
    guessed: set[str] = field(default_factory=set)

    def value(self, asked: Asked, vendor: PartnerId, client: PartnerId, window: Window) -> float:
        """Return a figure as it was read, else as it is now."""
        whole = Asked(asked.name, asked.window or window) if FIGURES[asked.name].windowed else asked
        known = self.kept.get((vendor, str(whole)))
        if known is None:
            self.guessed.add(f"{whole} of {vendor}")
            return self.now.value(asked, vendor, client, window)
        return known


class _Told:
    """What the record tells of costs and figures, as a board and as costs."""

    def __init__(self, kept: Kept, plain: Repriced, world: World, destination: DestinationId) -> None:
        now = world.quality.durations(destination)
        fx = world.index.fx
        mean_s = max(1, round(now.seconds / now.calls))
        histogram = Histogram({mean_s: FINE})
        self.costs = _Costs(_charges(kept, plain, fx, histogram), histogram, now)
        trunks = world.index.directory.trunks
        told = ((trunks.get(trunk), name, value) for (trunk, name), value in kept.figures.items())
        figures = {(trunk.partner, name): value for trunk, name, value in told if trunk is not None}
        last = {one.vendor: RouteStanding(Standing.OUT, one.reason, 0, last=True) for one in kept.last}
        standings: Standings = {None: last} if last else {}
        self.figures = _Figures(kept=figures, now=world.quality.figures(destination), standings=standings)
        self.board = QualityBoard(1, {destination: histogram}, 0, {destination: self.figures})


def _charges(kept: Kept, plain: Repriced, fx: FxTable, histogram: Histogram) -> dict[Terms, int]:
    """Return by which charge of all calls of the histogram each rate of the record costs what it cost."""
    found: dict[Terms, int] = {}
    bidding = plain.bidding
    if bidding is None:
        return found
    routes = {route.trunk: route for route in kept.routes}

    def charge(units: int, rate: int) -> int:
        return half_away(units * histogram.seconds * UNITS_PER_ONE, 60 * rate)

    at_ms = kept.setup.at_ms
    for one in plain.worths():
        route, rate = routes.get(one.trunk.id), fx.rate_at(one.currency, at_ms)
        if (
            route is not None
            and rate
            and route.quoted == _quoted(one.row.terms, one.currency, one.row.code, one.row.origin)
        ):
            found[one.row.terms] = charge(route.real_cost, rate)
    if kept.revenue is not None:
        found.setdefault(bidding.sold.found[1].terms, charge(kept.revenue, bidding.sold.fx))
    return found


def _quoted(terms: Terms, currency: str, code: str, origin: str) -> str:
    """Return a rate as records have it."""
    whose = f" for callers of {origin}" if origin else ""
    return f"{decimal_text(terms.next_price, 4)} {currency}/min {terms.first_s}/{terms.next_s}, code {code}{whose}"


def _with_identity(kept: Kept, world: World) -> World:
    """Return the world in which the identity that the record tells of is not asked for again: it is kept in words."""
    directory = world.index.directory
    trunk = directory.trunks.get(kept.trunk)
    if not kept.attestation or trunk is None:
        return world
    told = replace(trunk, options=replace(trunk.options, stir=StirPolicy.IGNORE))
    return replace(world, index=DirectoryIndex(replace(directory, trunks=directory.trunks | {trunk.id: told})))


def _call(kept: Kept, world: World) -> RoutedCall | Decision:
    call = asked(kept.setup, world)
    if isinstance(call, RoutedCall):
        call.attestation = kept.attestation
        looks_up = call.trunk.options.portability in LOOKING_UP
        if looks_up or kept.moved != UNANSWERED:  # files and servers say other things by now
            call.takes_moved(kept.moved)
        call.losses = _allowances(kept, world)
    return call


def _offered(kept: Kept, world: World, cache: Repriced) -> tuple[RoutedCall, Repriced, Decision]:
    call = _call(kept, world)
    assert isinstance(call, RoutedCall), "it was asked in this world before"
    return call, cache, call.offered(cache, None)


def _allowances(kept: Kept, world: World) -> LossGate:
    """Return a gate by which the losses of the record are allowed: there was money left of them."""
    names, gate = {route.allowed for route in kept.routes}, LossGate()
    directory = world.index.directory
    gate.enter(replace(directory, losses=tuple(one for one in directory.losses if one.id in names)))
    gate.learn({})
    return gate


def _facts(kept: Kept, decision: Decision) -> dict[TrunkId, str]:
    """Return who is in the list now and was out then for what lived then."""
    listed = {route.trunk for route in decision.routes}
    return {
        out.trunk: out.reason
        for out in kept.left_out
        if out.trunk is not None and out.trunk in listed and not out.reason.startswith(DERIVED)
    }


def _stand_otherwise(kept: Kept, decision: Decision) -> bool:
    return [route.trunk for route in kept.routes] != [route.trunk for route in decision.routes]


def _drawn_as_then(kept: Kept, decision: Decision) -> Decision:
    """Return the decision with the route first that was drawn to be it."""
    if not (kept.drawn and kept.routes):
        return decision
    first = kept.routes[0].trunk
    moved = sorted(decision.routes, key=lambda route: route.trunk != first)
    return replace(decision, routes=tuple(moved), drawn=kept.drawn)


def _as_then(kept: Kept, decision: Decision) -> Decision:
    """Return the decision with what was drawn, told alone, or refused, as it was then."""
    return _refused_as_then(kept, as_asked(kept, _drawn_as_then(kept, decision)))


def as_asked(kept: Kept, decision: Decision) -> Decision:
    """Return the decision with its first route alone, where the switch was to ask again for the next."""
    alone = any(out.reason == ONE_AT_A_TIME for out in kept.left_out)
    return first_alone(decision) if alone else decision


def _refused_as_then(kept: Kept, decision: Decision) -> Decision:
    """Return the decision as refused for what lived then, where the record says so and nothing else refuses it."""
    lived = kept.refusal in LIVED or (kept.refusal in OF_ATTEMPTS and not (kept.setup.asked or kept.setup.tried))
    if decision.refusal is not None or not lived:
        return decision
    return replace(decision, routes=(), refusal=Cause(kept.refusal), detail=kept.detail, drawn="")


def _verdict(refusal: str, detail: str) -> str:
    if not refusal:
        return "let go"
    return f"refused: {refusal}" + (f", {detail}" if detail else "")


def _names(names: Iterable[str]) -> str:
    some = sorted(names)
    return ", ".join(some[:6]) + (f" and {len(some) - 6} more" if len(some) > 6 else "")
