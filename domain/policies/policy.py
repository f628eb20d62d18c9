"""Policies as operators write them, and where they are attached.

A policy says as much as it wants to. For a call all that apply are laid one over the other, and what a later one says
replaces what an earlier one said: first `default`, then the client's own, then what is attached to the client, to the
product of its trunk, to the destination, to the time.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from hashlib import blake2b

from domain.ids import DestinationId, PartnerId
from domain.rates import Window
from domain.route_watch import Action

DEFAULT = "default"
"""The policy under all others; it is there from the start."""
ANY_VENDOR = PartnerId("*")
"""Written among `vendors`: all of them, whatever an earlier policy said."""


class Unmet(StrEnum):
    """What becomes of a call for which no vendor keeps what is promised. BEST: the others go, and it is reported."""

    BEST = "best"
    REFUSE = "refuse"


class Loops(StrEnum):
    """What becomes of a call that comes back to us. ALLOW: it goes, even to the partner that it comes from."""

    REFUSE = "refuse"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a policy; None, "" and (): as said before it, and where nothing is, as in `domain.policies.rules`.

    `vendors`: who may carry calls at all. `only` (a condition): who may carry this one. `keep` (a condition): what is
    promised to the client, with `unmet` for when nobody keeps it. `order`: the formula that routes are sorted by.
    `window`: over which calls figures are counted where the formula names none. `min_margin_bp` (share of revenue,
    basis points) and `min_margin` (units of the base currency a real minute): the least margin, both to be kept; below
    zero no margin ever goes. `max_routes`: as many vendors are listed at most. `watch_*`: how routes are watched, the
    fields of domain.route_watch.Watch; a bound of 0 takes an earlier one away. `split`: which part of the calls goes
    to whom first, `sticky`: by what a call stays with its vendor, `max_share`: the part of the calls that vendors get
    at most, as domain.policies.spread reads them.
    `stop_dearer_bp`: the list ends before the first route whose real cost is so much above that of the first one, basis
    points. `max_attempts`: as many times a call may be asked about; `failover`: what follows from a vendor's failure
    (domain.failover), both where its switch asks for each attempt. `loops`: what becomes of calls that come back,
    `loop_rounds`: the round, of those that only look so, at which it does (domain.loops). `sla_*`: what is promised in
    the client's own terms, reported and alarmed, as domain.sla.promise reads it.
    """

    name: str
    vendors: tuple[PartnerId, ...] = ()
    min_margin_bp: int | None = None
    max_routes: int | None = None
    min_margin: int | None = None
    only: str = ""
    keep: str = ""
    unmet: Unmet | None = None
    order: str = ""
    window: str = ""
    split: str = ""
    sticky: str = ""
    watch_asr: float | None = None
    watch_asr_warn: float | None = None
    watch_ner: float | None = None
    watch_ner_warn: float | None = None
    watch_acd: float | None = None
    watch_acd_warn: float | None = None
    watch_pdd: float | None = None
    watch_pdd_warn: float | None = None
    watch_short: float | None = None
    watch_short_warn: float | None = None
    watch_action: Action | None = None
    watch_window_calls: int | None = None
    watch_least_calls: int | None = None
    watch_rest_s: int | None = None
    watch_probe_calls: int | None = None
    watch_probe_share_bp: int | None = None
    watch_probe_units: int | None = None
    watch_batch_s: int | None = None
    watch_trial_calls: int | None = None
    watch_trial_share_bp: int | None = None
    stop_dearer_bp: int | None = None
    max_attempts: int | None = None
    failover: str = ""
    loops: Loops | None = None
    loop_rounds: int | None = None
    sla_asr: float | None = None
    sla_ner: float | None = None
    sla_acd: float | None = None
    sla_pdd: float | None = None
    sla_bucket: str = ""
    sla_least_calls: int | None = None
    max_share: str = ""
    watch_new: int | None = None
    version: int = 1

    @property
    def formulas(self) -> tuple[str, ...]:
        """All texts of it in which figures may be asked for."""
        by = self.split if self.split.startswith("by ") else ""
        return tuple([text for text in (self.only, self.keep, self.order, by) if text])


@dataclass(frozen=True, slots=True)
class Canary:
    """A version that takes a part of the calls for which the policy of its name holds, from `begun_ms` (UTC ms) on.

    Which calls is a pure function of their keys, so that every node, retry and later reader agrees, and nothing is
    kept of any call. A canary never changes: another share is another canary, which draws anew. `until_ms`: from then
    on it takes none (None: as long as it stands).
    """

    policy: Policy
    begun_ms: int
    share_bp: int
    until_ms: int | None = None

    @property
    def salt(self) -> bytes:
        """What draws the lots of this one, and of no other."""
        return f"{self.policy.name} {self.begun_ms} ".encode()

    def takes(self, key: bytes, at_ms: int) -> bool:
        """Say whether it takes a call: by its key, or its number where it has none."""
        return (self.until_ms is None or at_ms < self.until_ms) and drawn(self.salt, key) < self.share_bp


def drawn(salt: bytes, key: bytes) -> int:
    """Return which of 10,000 lots a call has."""
    return int.from_bytes(blake2b(salt + key, digest_size=8).digest(), "big") * 10_000 >> 64


@dataclass(frozen=True, slots=True)
class TimeProfile:
    """A part of the week, or of holidays, in a zone: of `windows` only when they are, not how they are named."""

    name: str
    zone: str = "UTC"
    windows: tuple[Window, ...] = ()
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A policy for the calls to which all that is named applies; None and "": any."""

    policy: str
    client: PartnerId | None = None
    product: str = ""
    destination: DestinationId | None = None
    profile: str = ""

    @property
    def weight(self) -> tuple[bool, bool, bool, bool]:
        """What is attached to the time lies over what is to the destination, that over the product, over the client."""
        return bool(self.profile), self.destination is not None, bool(self.product), self.client is not None

    def applies(self, client: PartnerId, product: str, destination: DestinationId) -> bool:
        """Say whether a call is one of those that are named, whenever it is."""
        return (
            self.client in (None, client) and self.product in ("", product) and self.destination in (None, destination)
        )


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies of a directory by name, where they are attached, the time profiles by name, and what is tried:
    one version of a policy at most."""

    named: dict[str, Policy] = field(default_factory=dict)
    attached: tuple[Attachment, ...] = ()
    profiles: dict[str, TimeProfile] = field(default_factory=dict)
    canaries: tuple[Canary, ...] = ()

    def layers(self, own: str, attached: Iterable[Attachment]) -> tuple[Policy, ...]:
        """Return the policies that are laid one over the other, each once, where it lies last."""
        names = [DEFAULT, own, *(one.policy for one in sorted(attached, key=lambda one: (one.weight, one.policy)))]
        last = {name: place for place, name in enumerate(names) if name in self.named}
        return tuple(self.named[name] for name in sorted(last, key=last.__getitem__))

    def every(self) -> Iterable[Policy]:
        """Yield all policies as they are in force, and as they are tried."""
        yield from self.named.values()
        yield from (one.policy for one in self.canaries)

    def trying(self, names: Collection[str]) -> "Policies":
        """Return the policies as they are for calls that the canaries of these names take."""
        tried = {one.policy.name: one.policy for one in self.canaries if one.policy.name in names}
        return replace(self, named=self.named | tried)
