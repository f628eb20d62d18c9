"""The directory: partners, switches, trunks, policies and exchange rates as one immutable, versioned value.

Nodes and tasks decide from it; the desk publishes a new version after each change of the catalog.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from domain.ids import PartnerId, PlanId, SwitchId, TrunkId
from domain.money import Currency


class PartnerStatus(StrEnum):
    """Whether a partner's calls may go."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Outage(StrEnum):
    """What to do with a partner's call when its balance cannot be reached in time."""

    REFUSE = "refuse"
    TRUST = "trust"


class Direction(StrEnum):
    """Which way a trunk carries calls, seen from us."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Partner:
    """A company and the terms of its contract that calls need. credit_limit is units of `currency` (prepaid: 0)."""

    id: PartnerId
    name: str
    currency: Currency
    zone: str = "UTC"
    status: PartnerStatus = PartnerStatus.ACTIVE
    prepaid: bool = False
    credit_limit: int = 0
    max_calls: int | None = None
    max_cps: int | None = None
    outage: Outage = Outage.REFUSE
    sell_plan: PlanId | None = None
    buy_plan: PlanId | None = None
    policy: str = "default"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a kind of switch can do and how it speaks (DESIGN §1). Recipes are data: see domain/recipes.py.

    `*_attribute` name a RADIUS attribute or Cisco-AVPair, '' for none. `*_in_leg_id` say that all records of a leg
    carry the thing, and that the session id alone does not tell legs apart. `cause_base` 10 or 16 is how causes are
    written. `start_is_answer`: a Start is sent at the answer, not at the seizure. `delay_is_alert`: Acct-Delay-Time
    holds the moment of ringing. `repeat_names`: h323 values begin with their own name. `raw_hash`: wants a bare '#'.
    """

    name: str
    reports_end: bool = True
    reports_vendor_legs: bool = True
    echoes_mark: bool = True
    setup_in_leg_id: bool = False
    remote_in_leg_id: bool = False
    attempt_in_leg_id: bool = False
    sends_interims: bool = False
    can_disconnect: bool = False
    enforces_time: bool = True
    cause_base: int = 16
    zone: str = "UTC"
    call_id_attributes: tuple[str, ...] = ("h323-conf-id",)
    mark_attribute: str = "mark"
    trunk_attribute: str = ""
    vendor_trunk_attribute: str = ""
    attempt_attribute: str = ""
    routes_attribute: str = "h323-ivr-in"
    interim_s: int = 0
    start_is_answer: bool = False
    delay_is_alert: bool = False
    repeat_names: bool = True
    raw_hash: bool = False


@dataclass(frozen=True, slots=True)
class Switch:
    """A machine that asks us or reports to us; found by the source address of its packets (one address each)."""

    id: SwitchId
    address: str
    recipe: Recipe
    secret: str = ""
    require_message_authenticator: bool = False


@dataclass(frozen=True, slots=True)
class NumberRules:
    """How a trunk's numbers become E.164 digits (and back): applied in this order by domain.numbers.normalise.

    `tech_prefix` off; `strip` digits off; `add` in front; an `international` prefix off, else, where a `country` is
    set, its `national_prefix` off and the country in front.
    """

    tech_prefix: str = ""
    international: tuple[str, ...] = ("+", "00", "011")
    country: str = ""
    national_prefix: str = ""
    strip: int = 0
    add: str = ""


@dataclass(frozen=True, slots=True)
class Trunk:
    """A point of interconnection. IN: `host` is the source address of calls ("" any) seen by `switch` (None any).

    OUT: host, port and rules.tech_prefix are where calls go; no two outgoing trunks agree in all three.
    """

    id: TrunkId
    partner: PartnerId
    direction: Direction
    host: str = ""
    port: int = 5060
    name: str = ""
    switch: SwitchId | None = None
    plan: PlanId | None = None
    rules: NumberRules = field(default_factory=NumberRules)
    max_calls: int | None = None
    max_cps: int | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Policy:
    """How routes are chosen: the vendors that may be used ((): all), the margin kept, the longest list of routes."""

    name: str
    vendors: tuple[PartnerId, ...] = ()
    min_margin_bp: int = 0
    max_routes: int = 8


@dataclass(frozen=True, slots=True)
class FxRate:
    """From `from_ms` one unit of `currency` is worth `rate` units (10^-8) of the base currency."""

    currency: Currency
    from_ms: int
    rate: int
    source: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """All of it, as one version. Look-ups by address and trunk are built by domain.attribution."""

    version: int
    base_currency: Currency
    partners: dict[PartnerId, Partner]
    switches: dict[SwitchId, Switch]
    trunks: dict[TrunkId, Trunk]
    policies: dict[str, Policy]
    fx: tuple[FxRate, ...] = ()

    def fx_at(self, currency: Currency, at_ms: int) -> int | None:
        """Return the rate to the base currency in force at the moment, in units; None when none is known."""
        if currency == self.base_currency:
            return 100_000_000
        known = [fx for fx in self.fx if fx.currency == currency and fx.from_ms <= at_ms]
        return max(known, key=lambda fx: fx.from_ms).rate if known else None
