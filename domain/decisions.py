"""A routing decision as a value, refusals included, and its explanation in words (what `w` and `--why` show)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from domain.causes import Cause
from domain.formulas.program import Value, value_text
from domain.ids import NO_USER, CallKey, DestinationId, EndUserId, PartnerId, PlanId, SwitchId, TrunkId
from domain.money import Currency, decimal_text
from domain.quick import quick
from domain.rates import Service, Terms, Unit
from domain.taken import Taken
from domain.targets import Target
from domain.units import PRICED
from domain.world import NO_DESTINATION


@quick
@dataclass(frozen=True, slots=True)
class SellRate:
    """What the client is charged. `revenue_per_min`: base units per real minute over the destination's durations.

    0 for what is no call. `origin`: the group of callers that the rate is for; "" is for any caller.
    """

    plan: PlanId
    plan_version: int
    code: str
    rate_type: str
    terms: Terms
    currency: Currency
    revenue_per_min: int
    unit: Unit = Unit.SECOND
    origin: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Route:
    """One vendor to try. `price` is units of `currency` per minute as the vendor quotes it.

    `real_cost_per_min` and `margin_per_min` are base units per real minute over the destination's durations.
    `origin`: the group of callers that the vendor's rate is for; "" is for any caller. `allowed`: the name of the
    allowance by which it may lose money, and `loss` what a call is expected to lose, base units.
    """

    vendor: PartnerId
    trunk: TrunkId
    target: Target
    code: str
    terms: Terms
    currency: Currency
    real_cost_per_min: int
    margin_per_min: int
    origin: str = ""
    allowed: str = ""
    loss: int = 0

    @property
    def price(self) -> int:
        """The price of a minute after the first interval."""
        return self.terms.next_price


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A vendor, or one trunk of it, that is not in the list of routes, or stands behind the others there, and why."""

    vendor: PartnerId
    trunk: TrunkId | None
    reason: str


@dataclass(frozen=True, slots=True)
class Read:
    """What the formulas of the rules read of the first routes: values in the order of `names`."""

    names: tuple[str, ...] = ()
    routes: tuple[tuple[TrunkId, tuple[Value, ...]], ...] = ()


NOTHING_READ = Read()
STANDS_LAST = "stands last"
"""How it is told of a route that is behind the others for its quality."""


@quick
@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one call: routes in the order to try them, or a refusal.

    Invariant: a call has routes exactly when there is no refusal; sessions and messages need none. What was not reached
    before a refusal is None or empty; `a` and `b` are normalised as far as the decision came. `call_key` is empty where
    the asker gave no call id.
    `attestation`: what is known of the caller's STIR identity, such as "A", "B stale", "none" ("": not looked at).
    `routing_number`: by it a ported number is routed and rated (RFC 4694); `dipped`, `carrier`: its npdi and cic;
    `ported_by`: the source that we asked for them, "": none.
    `end_user`: of the client, "" where the call is none's. `policy`: the versions of policies that it was routed by, ""
    where it came not so far; `drawn`: why its first route is first, where static entries, a split, or a try of a route
    that is out or on trial say so; `read`: what their formulas asked for. `taken`: what was counted for that, to be
    given back where the call does not go after all. `answer`: the SIP status and Q.850 cause that the client is told,
    where a vendor's failure says so; `course`: what follows from the failures before this attempt. `unmet`: what is
    promised, where no vendor keeps it and the call goes to others, or is refused for that. `last`: who stands behind
    all others for its quality, whatever the order says; the list may end before it. `behind`: the routes that would
    follow, where the switch is told the first alone and asks again for the next.
    """

    at_ms: int
    call_key: CallKey
    switch: SwitchId
    attempt: int
    a: str
    b: str
    base_currency: Currency
    client: PartnerId | None = None
    trunk: TrunkId | None = None
    destination: DestinationId = NO_DESTINATION
    destination_name: str = ""
    sell: SellRate | None = None
    routes: tuple[Route, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    refusal: Cause | None = None
    detail: str = ""
    routing_number: str = ""
    dipped: bool = False
    carrier: str = ""
    ported_by: str = ""
    attestation: str = ""
    service: Service = Service.VOICE
    end_user: EndUserId = NO_USER
    policy: str = ""
    drawn: str = ""
    read: Read = NOTHING_READ
    taken: Taken | None = field(default=None, compare=False, repr=False)
    answer: tuple[int, int] | None = None
    course: str = ""
    unmet: str = ""
    last: tuple[LeftOut, ...] = ()
    behind: tuple[Route, ...] = ()

    def __post_init__(self) -> None:
        assert not (self.routes and self.refusal), "routes or a refusal"
        assert self.routes or self.refusal or self.service is not Service.VOICE, "an admitted call has routes"

    def give_back(self) -> None:
        """Count the call no more where routes are shared out: it does not go."""
        if self.taken is not None:
            self.taken.give_back()


def explain(decision: Decision) -> list[str]:
    """Return the decision as lines for a routing engineer: the call, what it sells for, each route, each left out."""
    via = f"{decision.client} by {decision.trunk}" if decision.client else f"switch {decision.switch}"
    where = f" ({decision.destination_name})" if decision.destination_name else ""
    lines = [f"{via}: {decision.a or 'no caller'} to {decision.b}{where}"]
    if decision.routing_number or decision.dipped or decision.carrier:
        lines.append(_ported(decision))
    if decision.ported_by:
        lines.append(f"looked up in source {decision.ported_by}" + ("" if decision.dipped else ", which says nothing"))
    if decision.end_user:
        lines.append(f"end user: {decision.end_user}")
    if decision.attestation:
        lines.append(f"identity: {decision.attestation}")
    if decision.sell:
        lines.append(_sold(decision.sell, decision.base_currency, decision.service))
    if decision.policy:
        lines.append(f"policy {decision.policy}")
    if decision.course:
        lines.append(f"asked again: {decision.course}")
    if decision.unmet:
        lines.append(f"unmet: no vendor keeps what is promised: {decision.unmet}")
    if decision.drawn:
        lines.append(f"drawn: {decision.drawn}")
    if decision.refusal:
        lines.append(f"refused: {decision.refusal}" + (f", {decision.detail}" if decision.detail else ""))
    for rank, route in enumerate(decision.routes, 1):
        lines.append(_route(rank, route, decision.base_currency))
    for trunk, values in decision.read.routes:
        told = (f"{name} {value_text(value)}" for name, value in zip(decision.read.names, values, strict=True))
        lines.append(f"figures of {trunk}: {', '.join(told)}")
    if decision.last:
        lines += [f"{STANDS_LAST}: {one.vendor} by {one.trunk}: {one.reason}" for one in decision.last]
    for out in decision.left_out:
        by = f" by {out.trunk}" if out.trunk else ""
        lines.append(f"out: {out.vendor}{by}: {out.reason}")
    return lines


def why_behind(last: Iterable[LeftOut]) -> dict[TrunkId | None, str]:
    """Return in words why each trunk stands behind the others that does so for its quality."""
    return {one.trunk: f"{STANDS_LAST}: {one.reason}" for one in last}


def per_minute(units: int) -> str:
    """Write base units per minute with at least six decimals: 0.204600."""
    return _decimal(units, 6)


_decimal = lru_cache(maxsize=8192)(decimal_text)
"""Prices come again in call after call, and a decision has two dozen of them to write."""


def _ported(decision: Decision) -> str:
    words = "not looked up"
    if decision.dipped:
        words = "not ported, by " + (f"source {decision.ported_by}" if decision.ported_by else "the partner's look-up")
    if decision.routing_number:
        words = f"ported: routed and rated by {decision.routing_number}"
    return words + (f", carrier {decision.carrier}" if decision.carrier else "")


def _sold(sell: SellRate, base: Currency, service: Service) -> str:
    quoted = f"{_decimal(sell.terms.next_price, 4)} {sell.currency}/min {sell.terms.first_s}/{sell.terms.next_s}"
    code = f"code {sell.code}{_whose(sell.origin)}"
    plan = f"{code}, {sell.rate_type}, plan {sell.plan} version {sell.plan_version}"
    if service is not Service.VOICE:
        terms = sell.terms
        price = f"{decimal_text(terms.next_price, 4)} {sell.currency} {PRICED[sell.unit]}"
        return f"{service} sold at {price} {terms.first_s}/{terms.next_s} ({plan})"
    return f"sold at {quoted} ({plan}): {per_minute(sell.revenue_per_min)} {base} a real minute"


def _route(rank: int, route: Route, base: Currency) -> str:
    terms, code = route.terms, f"code {route.code}{_whose(route.origin)}"
    quoted = f"{_decimal(terms.next_price, 4)} {route.currency}/min {terms.first_s}/{terms.next_s}, {code}"
    real = f"real cost {per_minute(route.real_cost_per_min)}, margin {per_minute(route.margin_per_min)} {base}/min"
    loses = ""
    if route.allowed:
        loses = f"; allowed loss {route.allowed}: {_decimal(route.loss, 6)} {base} a call expected"
    return f"{rank}. {route.vendor} by {route.trunk}: {quoted}; {real}{loses}"


def _whose(origin: str) -> str:
    """Say for which callers a rate is, where it is not for any."""
    return f" for callers of {origin}" if origin else ""
