"""Policies as operators write them, and where they are attached.

A policy says as much as it wants to. For a call all that apply are laid one over the other, and what a later one says
replaces what an earlier one said: first `default`, then the client's own, then what is attached to the client, to the
product of its trunk, to the destination, to the time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a policy; None, "" and (): as said before it, and where nothing is, as in `domain.policies.rules`.

    `vendors`: who may carry calls at all. `only` (a condition): who may carry this one. `keep` (a condition): what is
    promised to the client, with `unmet` for when nobody keeps it. `order`: the formula that routes are sorted by.
    `window`: over which calls figures are counted where the formula names none. `min_margin_bp` (share of revenue,
    basis points) and `min_margin` (units of the base currency a real minute): the least margin, both to be kept; below
    zero no margin ever goes. `max_routes`: as many vendors are listed at most. `watch_*`: how routes are watched, the
    fields of domain.route_watch.Watch; a bound of 0 takes an earlier one away. `split`: which part of the calls goes
    to whom first, `sticky`: by what a call stays with its vendor, as domain.policies.spread reads them.
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
    version: int = 1


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
    """All policies of a directory by name, where they are attached, and the time profiles by name."""

    named: dict[str, Policy] = field(default_factory=dict)
    attached: tuple[Attachment, ...] = ()
    profiles: dict[str, TimeProfile] = field(default_factory=dict)

    def layers(self, own: str, attached: Iterable[Attachment]) -> tuple[Policy, ...]:
        """Return the policies that are laid one over the other, each once, where it lies last."""
        names = [DEFAULT, own, *(one.policy for one in sorted(attached, key=lambda one: (one.weight, one.policy)))]
        last = {name: place for place, name in enumerate(names) if name in self.named}
        return tuple(self.named[name] for name in sorted(last, key=last.__getitem__))
