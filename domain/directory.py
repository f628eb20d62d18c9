"""The directory: partners, switches, trunks, policies and exchange rates as one immutable, versioned value.

Nodes and tasks decide from it; the desk publishes a new version after each change of the catalog.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.causes import Cause
from domain.credit import PartnerOptions
from domain.ids import PartnerId, PlanId, SwitchId, TrunkId
from domain.limits import Limit
from domain.losses import AllowedLoss
from domain.money import Currency
from domain.policies.policy import Policies
from domain.policies.policy import Policy as Policy
from domain.policies.statics import Static
from domain.portability import PortedSource
from domain.quantities.volumes import Commitment, Swap, Volume
from domain.rates import Service
from domain.recipe import Recipe as Recipe

if TYPE_CHECKING:
    from domain.end_users import EndUsers


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
    options: PartnerOptions = field(default_factory=PartnerOptions)


@dataclass(frozen=True, slots=True)
class Switch:
    """A machine that asks us or reports to us; found by the source address of its packets (one address each).

    `address` "": it has no fixed one, and proves itself by the credentials of one of its trunks.
    """

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


class CallerFrom(StrEnum):
    """Where an INVITE may name the caller; the value is the header's lower-case name."""

    ASSERTED = "p-asserted-identity"
    REMOTE_PARTY = "remote-party-id"
    FROM = "from"
    DIVERSION = "diversion"
    HISTORY = "history-info"


class StirPolicy(StrEnum):
    """What a trunk asks of a call's STIR Identity (RFC 8224, RFC 8588). It is verified wherever there is one."""

    IGNORE = "ignore"
    REQUIRE = "require"
    REQUIRE_AB = "require-ab"
    REQUIRE_A = "require-a"


class Portability(StrEnum):
    """What is done with number portability (RFC 4694). ROUTE: the partner's routing number is believed, so that the
    call is routed and rated by it. LOOK_UP: it is not, each number is looked up (domain.portability). ROUTE_OR_LOOK_UP:
    what the partner has not looked up is. Outgoing HAND_ON: what is known goes in the user part."""

    IGNORE = "ignore"
    ROUTE = "route"
    LOOK_UP = "look-up"
    ROUTE_OR_LOOK_UP = "route-or-look-up"
    HAND_ON = "hand-on"


BELIEVING = frozenset((Portability.ROUTE, Portability.ROUTE_OR_LOOK_UP, Portability.HAND_ON))
LOOKING_UP = frozenset((Portability.LOOK_UP, Portability.ROUTE_OR_LOOK_UP))


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """How a trunk's refusals of one cause are answered in SIP. `phrase` "" and `q850` 0: as the default table says."""

    cause: Cause
    status: int
    phrase: str = ""
    q850: int = 0


@dataclass(frozen=True, slots=True)
class TrunkOptions:
    """What not every trunk needs; each by its name in `trunks set`.

    IN: where the caller's number is read, in this order; what is asked of STIR; the refusals' own answers; the
    credentials of a partner without a fixed address (SIP digest, CHAP, PAP); the `service` that it carries and the
    `service_code` by which what has no number is rated; the `product` that is sold by it, to which policies may be
    attached. OUT: transport of its host ("" as the switch likes), and the trunk-context (RFC 4904) that makes the
    trunk's name a tgrp; `enum_zone`, the zone of the vendor's own ENUM server: over ENUM its record then sends the
    asker there for the URI, instead of giving one.
    """

    caller_from: tuple[CallerFrom, ...] = (CallerFrom.ASSERTED, CallerFrom.REMOTE_PARTY, CallerFrom.FROM)
    stir: StirPolicy = StirPolicy.IGNORE
    portability: Portability = Portability.IGNORE
    answers: tuple[AnswerRule, ...] = ()
    auth_user: str = ""
    auth_password: str = ""
    service: Service = Service.VOICE
    service_code: str = "00000"
    transport: str = ""
    context: str = ""
    enum_zone: str = ""
    product: str = ""


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
    options: TrunkOptions = field(default_factory=TrunkOptions)


@dataclass(frozen=True, slots=True)
class FxRate:
    """From `from_ms` one unit of `currency` is worth `rate` units (10^-8) of the base currency."""

    currency: Currency
    from_ms: int
    rate: int
    source: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """All of it, as one version. Look-ups by address and trunk are built by domain.attribution.

    `end_users`: of the partners that have any; they have a file and a version of their own.
    """

    version: int
    base_currency: Currency
    partners: dict[PartnerId, Partner]
    switches: dict[SwitchId, Switch]
    trunks: dict[TrunkId, Trunk]
    policies: Policies
    fx: tuple[FxRate, ...] = ()
    limits: tuple[Limit, ...] = ()
    statics: tuple[Static, ...] = ()
    losses: tuple[AllowedLoss, ...] = ()
    end_users: "Mapping[PartnerId, EndUsers]" = field(default_factory=dict)
    commitments: tuple[Commitment, ...] = ()
    swaps: tuple[Swap, ...] = ()
    ported: tuple[PortedSource, ...] = ()

    @property
    def volumes(self) -> tuple[Volume, ...]:
        """Commitments and swaps together."""
        return (*self.commitments, *self.swaps)

    def fx_at(self, currency: Currency, at_ms: int) -> int | None:
        """Return the rate to the base currency in force at the moment, in units; None when none is known."""
        if currency == self.base_currency:
            return 100_000_000
        known = [fx for fx in self.fx if fx.currency == currency and fx.from_ms <= at_ms]
        return max(known, key=lambda fx: fx.from_ms).rate if known else None
