"""Calls as they travel: what a switch asks, what it reports, and a leg in normal form (the CDR)."""

from dataclasses import dataclass
from enum import StrEnum

from domain.causes import ParkCause
from domain.ids import CallKey, DestinationId, HoldId, LegId, PartnerId, PlanId, SwitchId, TrunkId
from domain.money import Currency


class Door(StrEnum):
    """How a switch talks to us."""

    SIP = "sip"
    RADIUS = "radius"
    ENUM = "enum"
    GRPC = "grpc"
    FILE = "file"


class Side(StrEnum):
    """Which side of a call a leg is on: the client sends it to us, a vendor terminates it."""

    CLIENT = "client"
    VENDOR = "vendor"


class ReportKind(StrEnum):
    """What a report says of its leg. ATTEMPT: tried and failed, never connected (Kamailio's Failed, Sonus ATTEMPT)."""

    START = "start"
    INTERIM = "interim"
    STOP = "stop"
    ATTEMPT = "attempt"


class Release(StrEnum):
    """Who ended the call."""

    CALLER = "caller"
    CALLEE = "callee"
    SWITCH = "switch"
    UNKNOWN = "unknown"


class LegState(StrEnum):
    """OPEN: started, no end seen. CLOSED: ended and charged. PARTIAL: closed by us at its last sign of life."""

    OPEN = "open"
    CLOSED = "closed"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class CallSetup:
    """May this call go? Numbers are as received; `call_id` is normalised wire bytes; times UTC ms, business time."""

    door: Door
    switch: SwitchId
    call_id: bytes
    source: str
    caller: str
    called: str
    at_ms: int
    attempt: int = 1
    trunk_hint: str = ""


@dataclass(frozen=True, slots=True)
class CallReport:
    """What a switch reports of one leg. Times are UTC ms or None where the switch does not say; cause is Q.850."""

    door: Door
    switch: SwitchId
    kind: ReportKind
    side: Side
    call_id: bytes
    nas: bytes
    session_id: bytes
    received_ms: int
    caller: str = ""
    called: str = ""
    remote: str = ""
    remote_port: int = 0
    trunk_hint: str = ""
    mark: str = ""
    attempt: int = 1
    setup_ms: int | None = None
    alert_ms: int | None = None
    connect_ms: int | None = None
    disconnect_ms: int | None = None
    duration_ms: int | None = None
    cause: int = 0
    release: Release = Release.UNKNOWN


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg in normal form with its charge: one row of the CDR, one line of the ledger's subledger.

    `charge` is units (10^-8) of `currency`, `base_charge` the same in the base currency at `fx` (units per one),
    fixed when the leg was charged. `setup_ms` is always known (the earliest time the records give). PDD is
    alert - setup. An unanswered leg has connect_ms None, duration 0, charge 0 but for attempt fees.
    """

    leg_id: LegId
    call_key: CallKey
    side: Side
    state: LegState
    switch: SwitchId
    partner: PartnerId
    trunk: TrunkId
    attempt: int
    a: str
    b: str
    destination: DestinationId
    code: str
    setup_ms: int
    alert_ms: int | None
    connect_ms: int | None
    disconnect_ms: int | None
    duration_ms: int
    billed_s: int
    cause: int
    release: Release
    plan: PlanId
    plan_version: int
    rate_type: str
    price: int
    currency: Currency
    charge: int
    fx: int
    base_charge: int
    revision: int = 0

    @property
    def answered(self) -> bool:
        """A leg is answered when a connect time is known."""
        return self.connect_ms is not None

    @property
    def day_ms(self) -> int:
        """The moment that dates the leg: connect, else setup (UTC ms)."""
        return self.connect_ms if self.connect_ms is not None else self.setup_ms


@dataclass(frozen=True, slots=True)
class Parked:
    """A record that could not be attributed or rated: `raw` is what came, as JSON, to be replayed after mending."""

    park_id: bytes
    call_key: CallKey
    leg_id: LegId
    cause: ParkCause
    detail: str
    raw: bytes
    received_ms: int


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that may be running: the client's hold, as lists of live calls show it."""

    hold_id: HoldId
    call_key: CallKey
    client: PartnerId
    trunk: TrunkId
    a: str
    b: str
    destination: DestinationId
    started: bool
    since_ms: int
    expires_ms: int
    amount: int
    currency: Currency
