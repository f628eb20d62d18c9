"""Calls as they travel: what a switch asks, what it reports, and a leg in normal form (the CDR)."""

from dataclasses import dataclass
from enum import StrEnum

from domain.causes import ParkCause
from domain.ids import NO_USER, CallKey, DestinationId, EndUserId, LegId, PartnerId, PlanId, SwitchId, TrunkId
from domain.money import Currency
from domain.quick import quick
from domain.rates import Service, Unit
from domain.travel import travels


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


class Verdict(StrEnum):
    """What was found of a PASSporT's signature (RFC 8224 §6.2); whose numbers it names is another question."""

    VALID = "valid"
    NO_CERTIFICATE = "no-certificate"
    UNSUPPORTED = "unsupported"
    INVALID = "invalid"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Passport:
    """One SHAKEN PASSporT of a call (RFC 8225, RFC 8588). Numbers are canonical: digits only."""

    verdict: Verdict
    attest: str = ""
    orig: str = ""
    dest: tuple[str, ...] = ()
    iat_s: int = 0
    origid: str = ""
    x5u: str = ""


@quick
@dataclass(frozen=True, slots=True)
class CallSetup:
    """May this call go? Numbers are as received; `call_id` is normalised wire bytes; times UTC ms, business time.

    `callers`: all that names the caller, as (header, number) in the message's order; the trunk says which counts, and
    `caller` is what counts without it. `user`: whose credentials were proved ("": none were asked for).
    `user_name`: what the switch calls who asks, proved or not: only end users are found by it.
    `routing_number`, `dipped`, `carrier`: rn, npdi and cic of RFC 4694. `service`: what is asked for, if it is said.
    `tried`: by whom the call has failed already, in order, the last one by `last_cause` (Q.850) or `last_status` (SIP);
    `asked`: how often it was asked about, this time too; 0 and nothing where that is not known.
    `max_forwards`: hops that are left; `mark`: one in the address that is asked for. `looked_up`: rn, npdi and cic that
    a source elsewhere gave us (None: none was asked).
    """

    door: Door
    switch: SwitchId
    call_id: bytes
    source: str
    caller: str
    called: str
    at_ms: int
    attempt: int = 1
    trunk_hint: str = ""
    callers: tuple[tuple[str, str], ...] = ()
    user: str = ""
    routing_number: str = ""
    dipped: bool = False
    carrier: str = ""
    passports: tuple[Passport, ...] = ()
    service: Service | None = None
    user_name: str = ""
    last_cause: int = 0
    last_status: int = 0
    tried: tuple[TrunkId, ...] = ()
    asked: int = 0
    max_forwards: int | None = None
    mark: str = ""
    looked_up: tuple[str, bool, str] | None = None


@quick
@dataclass(frozen=True, slots=True)
class CallReport:
    """What a switch reports of one leg. Times are UTC ms or None where the switch does not say; cause is Q.850.

    `octets_in`, `octets_out`, `events`: what a data session moved (as seen by the switch), and how many messages a
    report stands for; None where the switch does not say. `branch` tells legs of one session id apart (the dialog's
    tags); `user` is User-Name. `service`: what it says that this was, if it does.
    `line`: the line of an exchange's file that it was read from, as it came. `event_ms`: when an interim was made that
    does not say how long its leg has lasted. `looked_up`: the routing number that we were given for its number by a
    source elsewhere ("": it stayed); None where none was asked, or said nothing.
    """

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
    user: str = ""
    branch: str = ""
    routing_number: str = ""
    octets_in: int | None = None
    octets_out: int | None = None
    events: int | None = None
    service: Service | None = None
    line: str = ""
    event_ms: int | None = None
    looked_up: str | None = None


@travels
@quick
@dataclass(frozen=True, slots=True)
class Leg:
    """A leg in normal form with its charge: one row of the CDR, one line of the ledger's subledger.

    `charge` is units (10^-8) of `currency`, `base_charge` the same in the base currency at `fx` (units per one),
    fixed when the leg was charged. `setup_ms` is always known (the earliest time the records give). PDD is
    alert - setup. An unanswered leg has connect_ms None, duration 0, charge 0 but for attempt fees.
    `volume` is octets of a data session or events of a message. What is billed: `billed_s` seconds where the `unit` is
    SECOND, else `billed_volume` kilobytes or events. `routing_number` is the number by which a ported one was rated.
    `end_user`: whose call it is among the users of its client; "" where nobody's.
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
    service: Service = Service.VOICE
    unit: Unit = Unit.SECOND
    volume: int = 0
    billed_volume: int = 0
    routing_number: str = ""
    end_user: EndUserId = NO_USER

    @property
    def answered(self) -> bool:
        """A leg is answered when a connect time is known."""
        return self.connect_ms is not None

    @property
    def day_ms(self) -> int:
        """The moment that dates the leg: connect, else setup (UTC ms)."""
        return self.connect_ms if self.connect_ms is not None else self.setup_ms


@travels
@quick
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
