"""What holds for a call: its policies laid one over the other, with their formulas made ready."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeVar

from domain.errors import InputError
from domain.failover import NO_RULES, Failover, failover_of
from domain.formulas.figures import FIGURES, Source
from domain.formulas.program import Asked, Condition, Order, condition_of, order_of
from domain.ids import PartnerId
from domain.losses import AllowedLoss
from domain.policies.policy import ANY_VENDOR, Loops, Policy, Unmet
from domain.policies.spread import Split, Sticky, shares_of, split_of, sticky_of
from domain.policies.watching import check_watch, watch_of
from domain.quality_windows import SPANS, Window, window_of
from domain.route_watch import Watch
from domain.sla.promise import check_promise

WINDOW = SPANS["1h"]
MAX_ROUTES, MOST_ROUTES = 8, 64
MAX_ATTEMPTS, MOST_ATTEMPTS = 8, 64
LOOP_ROUNDS, MOST_ROUNDS = 3, 100
MOST_DEARER_BP = 1_000_000
LONGEST_TITLE = 200
CANARY = " (canary)"
"""What stands behind a version that is only tried."""
CALLER_FIGURES = frozenset({"caller_country", "caller_type", "attestation", "product"})
"""Figures that differ from call to call of one client: it has trunks of several products."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """What holds for a call. The same policies give the same object, by which answers are kept.

    `order` None: real cost, then price, then names, compared to the last digit. `vendors` empty: all. `formulas`: all
    of them, that of a split too, and `asked`: all figures that they need, with their windows, and the `sources` of
    these (`asks_volumes`: commitments and swaps among them). `watch`: how its routes are watched, None: they are not.
    `split`: whose turn it is to be first, and where it is `sticky`, by what a call stays with its vendor. `max_share`:
    ten-thousandths of the calls that vendors are first for at most. `arranges`: a formula has a say in the routes.
    `asks_caller`: a formula asks who calls, or how many calls are open, so that no answer holds for another call.
    `stop_dearer_bp` None: however dear a route is, it may be tried behind others. `losses`: allowances by which the
    calls may lose money, of no policy but of the calls.
    `tried`: the names of those policies that hold in a version that is tried on a part of the calls. `tells`: it is
    told what was left out and by which figures; what only counts routes of many calls needs no words.
    """

    policies: tuple[Policy, ...]
    vendors: frozenset[PartnerId]
    min_margin_bp: int
    min_margin: int
    max_routes: int
    only: Condition | None
    keep: Condition | None
    unmet: Unmet
    order: Order | None
    window: Window
    watch: Watch | None = None
    split: Split | None = None
    sticky: Sticky | None = None
    stop_dearer_bp: int | None = None
    max_attempts: int = MAX_ATTEMPTS
    failover: Failover = NO_RULES
    loops: Loops = Loops.REFUSE
    loop_rounds: int = LOOP_ROUNDS
    losses: tuple[AllowedLoss, ...] = ()
    max_share: Mapping[PartnerId, int] = field(default_factory=dict)
    tried: frozenset[str] = frozenset()
    tells: bool = True
    formulas: tuple[Condition | Order, ...] = field(init=False)
    asked: tuple[Asked, ...] = field(init=False)
    sources: frozenset[Source] = field(init=False)
    arranges: bool = field(init=False)
    asks_caller: bool = field(init=False)
    asks_volumes: bool = field(init=False)
    title: str = field(init=False)

    def __post_init__(self) -> None:
        by = self.split.by if self.split is not None else None
        formulas = tuple([one for one in (self.only, self.keep, self.order, by) if one is not None])
        object.__setattr__(self, "formulas", formulas)
        asked = tuple(dict.fromkeys(self.windowed(one) for formula in formulas for one in formula.asked))
        object.__setattr__(self, "asked", asked)
        sources = frozenset(FIGURES[one.name].source for one in asked)
        object.__setattr__(self, "sources", sources)
        object.__setattr__(self, "arranges", bool(formulas))
        of_the_call = Source.CAPACITY in sources or any(one.name in CALLER_FIGURES for one in asked)
        object.__setattr__(self, "asks_caller", of_the_call)
        object.__setattr__(self, "asks_volumes", Source.VOLUME in sources)
        object.__setattr__(self, "title", _title(self.policies, self.tried))

    def windowed(self, asked: Asked) -> Asked:
        """Return a figure with the window that it is meant over."""
        if asked.window is None and FIGURES[asked.name].windowed:
            return Asked(asked.name, self.window)
        return asked


@lru_cache(maxsize=4096)
def rules_of(policies: tuple[Policy, ...], tried: frozenset[str] = frozenset()) -> Rules:
    """Lay policies one over the other, the last on top; `tried`: the names of those that are canaries.

    Raises InputError for one that was not checked.
    """
    vendors = _said([one.vendors for one in policies], ())
    window = _said([one.window for one in policies], "")
    max_routes = _said([one.max_routes for one in policies], None)
    only, keep, order, split, sticky, failover, max_share = (
        _said([getattr(one, name) for one in policies], "")
        for name in ("only", "keep", "order", "split", "sticky", "failover", "max_share")
    )
    return Rules(
        policies=policies,
        vendors=frozenset() if ANY_VENDOR in vendors else frozenset(vendors),
        min_margin_bp=_said([one.min_margin_bp for one in policies], None) or 0,
        min_margin=_said([one.min_margin for one in policies], None) or 0,
        max_routes=MAX_ROUTES if max_routes is None else max_routes,
        only=condition_of(only) if only else None,
        keep=condition_of(keep) if keep else None,
        unmet=_said([one.unmet for one in policies], None) or Unmet.BEST,
        order=order_of(order) if order else None,
        window=(window_of(window) if window else None) or WINDOW,
        watch=watch_of(policies),
        split=split_of(split) if split else None,
        sticky=sticky_of(sticky) if sticky else None,
        max_share=shares_of(max_share) if max_share else {},
        stop_dearer_bp=_said([one.stop_dearer_bp for one in policies], None),
        max_attempts=_said([one.max_attempts for one in policies], None) or MAX_ATTEMPTS,
        failover=failover_of(failover) if failover else NO_RULES,
        loops=_said([one.loops for one in policies], None) or Loops.REFUSE,
        loop_rounds=_said([one.loop_rounds for one in policies], None) or LOOP_ROUNDS,
        tried=tried,
    )


@lru_cache(maxsize=4096)
def allowing(rules: Rules, losses: tuple[AllowedLoss, ...]) -> Rules:
    """Return the rules for calls that may lose money by these allowances: the same ones give the same object."""
    return replace(rules, losses=losses)


@lru_cache(maxsize=4096)
def untold(rules: Rules) -> Rules:
    """Return the same rules for calls of which no record is written."""
    return replace(rules, tells=False)


def _title(policies: Sequence[Policy], tried: frozenset[str]) -> str:
    """Name the policies, shortened: it stands in the record of every call."""
    text = " + ".join(f"{one.name} v{one.version}{CANARY if one.name in tried else ''}" for one in policies)
    return text if len(text) <= LONGEST_TITLE else f"{text[: LONGEST_TITLE - 1]}…"


def check(policy: Policy) -> None:
    """Raise InputError for a policy that cannot be: which field, what is wrong, in which column, how to mend it."""
    where = f"policy {policy.name}"
    if policy.order:
        order_of(policy.order, f"{where}, order")
    for name in ("only", "keep"):
        text = getattr(policy, name)
        if text:
            condition_of(text, f"{where}, {name}")
    if policy.window and window_of(policy.window) is None:
        mend = f"Take one of {', '.join(SPANS)}, or a number of calls: 100 calls."
        raise InputError(f"{policy.window!r} is no window", where=where, mend=mend)
    check_watch(policy, where)
    check_promise(policy, where)
    if policy.split:
        split_of(policy.split, f"{where}, split")
    if policy.sticky:
        sticky_of(policy.sticky, f"{where}, sticky")
    if policy.max_share:
        shares_of(policy.max_share, f"{where}, max_share")
    if policy.max_routes is not None and not 1 <= policy.max_routes <= MOST_ROUTES:
        raise InputError(f"{policy.max_routes} routes", where=where, mend=f"Give 1 to {MOST_ROUTES}.")
    check_least_margin(policy.min_margin_bp or 0, policy.min_margin or 0, where)
    if policy.failover:
        failover_of(policy.failover, f"{where}, failover")
    for name, most in (
        ("stop_dearer_bp", MOST_DEARER_BP),
        ("max_attempts", MOST_ATTEMPTS),
        ("loop_rounds", MOST_ROUNDS),
    ):
        given, least = getattr(policy, name), 0 if name == "stop_dearer_bp" else 1
        if given is not None and not least <= given <= most:
            raise InputError(f"{name} of {given}", where=where, mend=f"Give {least} to {most:,}.")


def check_least_margin(least_bp: int, least: int, where: str) -> None:
    """Raise InputError for a least margin that no call could have: as a share of revenue, or for a real minute."""
    if not 0 <= least_bp < 10_000:
        mend = "Give 0 to 9,999 basis points."
        raise InputError(f"a least margin of {least_bp} basis points", where=where, mend=mend)
    if least < 0:
        raise InputError("a least margin below zero", where=where, mend="Give 0 or more: no call is made at a loss.")


def _said(values: Sequence[T], nothing: T) -> T:
    """Return the last value that says something."""
    return next((value for value in reversed(values) if value != nothing), nothing)


GENERIC = rules_of(())
"""What holds where no policy says anything: every vendor, at the least real cost, without loss over the whole call."""
