"""Why a call was refused or a record parked: a value, its words, its Q.850 cause and its SIP and RADIUS forms."""

from enum import StrEnum


class Cause(StrEnum):
    """Cause of a refusal. The value is what logs, CDRs and `--why` show."""

    UNKNOWN_TRUNK = "unknown-trunk"
    TRUNK_CLOSED = "trunk-closed"
    SUSPENDED = "partner-suspended"
    BAD_NUMBER = "bad-number"
    BARRED = "barred-code"
    NO_RATE = "no-rate"
    NO_CREDIT = "no-credit"
    NO_ROUTE = "no-route"
    NO_MARGIN = "no-profitable-route"
    OVER_CPS = "over-cps"
    OVER_CALLS = "over-open-calls"
    OVER_MINUTES = "over-minutes"
    OVER_MONEY = "over-money"
    USER_SUSPENDED = "end-user-suspended"
    UNKNOWN_USER = "unknown-end-user"
    FROZEN = "frozen-by-operator"
    NOT_READY = "not-ready"
    BALANCE_UNAVAILABLE = "balance-unavailable"
    OVERLOAD = "overload"
    DIFFERS = "differs-from-first-question"
    BAD_CREDENTIALS = "bad-credentials"
    STIR_MISSING = "stir-identity-missing"
    STIR_NO_CERTIFICATE = "stir-certificate-not-found"
    STIR_UNSUPPORTED = "stir-credential-unsupported"
    STIR_INVALID = "stir-identity-invalid"
    STIR_STALE = "stir-identity-stale"
    STIR_TOO_LOW = "stir-attestation-too-low"
    STOPPED = "failover-stopped"
    OVER_ATTEMPTS = "over-attempts"
    LOOP = "loop"
    NOT_LOOKED_UP = "number-not-looked-up"


class ParkCause(StrEnum):
    """Why a record was parked: it is durable, answered, alarmed and replayable, never guessed, never at zero."""

    NO_SWITCH = "unknown-switch"
    NO_TRUNK = "unknown-trunk"
    NO_VENDOR = "vendor-not-identified"
    NO_PLAN = "no-plan-assigned"
    NO_RATE = "no-rate"
    BAD_NUMBER = "bad-number"
    BAD_TIME = "bad-time"
    BAD_VOLUME = "bad-volume"
    NO_FX = "no-exchange-rate"
    DIFFERS = "differs-from-first-report"
    UNREADABLE = "unreadable"
    LATE = "late-report"
    NO_START = "stop-without-start"
    NOT_LOOKED_UP = "number-not-looked-up"


FOR_A_PERSON = frozenset((ParkCause.DIFFERS, ParkCause.UNREADABLE))
"""Records that no mending of the catalog makes chargeable: somebody has to look at them."""

SIP_STATUS: dict[Cause, tuple[int, str, int]] = {
    # cause: (SIP status, reason phrase, Q.850 cause); facts: RFC 3261 §21, RFC 3398 §8.2.6.1
    Cause.UNKNOWN_TRUNK: (403, "Forbidden", 21),
    Cause.TRUNK_CLOSED: (403, "Trunk closed", 21),
    Cause.SUSPENDED: (403, "Partner suspended", 21),
    Cause.BAD_NUMBER: (484, "Address Incomplete", 28),
    Cause.BARRED: (403, "Destination barred", 21),
    Cause.NO_RATE: (404, "No rate", 1),
    Cause.NO_CREDIT: (402, "Payment Required", 21),
    Cause.NO_ROUTE: (480, "No route", 3),
    Cause.NO_MARGIN: (480, "No profitable route", 3),
    Cause.OVER_CPS: (503, "CPS limit", 42),
    Cause.OVER_CALLS: (503, "Call limit", 42),
    Cause.OVER_MINUTES: (403, "Minutes used up", 21),
    Cause.OVER_MONEY: (403, "Spending limit", 21),
    Cause.USER_SUSPENDED: (403, "User suspended", 21),
    Cause.UNKNOWN_USER: (403, "Unknown user", 21),
    Cause.FROZEN: (403, "Frozen", 21),
    Cause.NOT_READY: (503, "Starting", 41),
    Cause.BALANCE_UNAVAILABLE: (503, "Balance unavailable", 41),
    Cause.OVERLOAD: (503, "Overload", 42),
    Cause.DIFFERS: (403, "Another call has this id", 21),
    Cause.BAD_CREDENTIALS: (403, "Forbidden", 21),
    Cause.STIR_MISSING: (428, "Use Identity Header", 21),  # the five of RFC 8224 §6.2.2
    Cause.STIR_NO_CERTIFICATE: (436, "Bad Identity Info", 21),
    Cause.STIR_UNSUPPORTED: (437, "Unsupported Credential", 21),
    Cause.STIR_INVALID: (438, "Invalid Identity Header", 21),
    Cause.STIR_STALE: (403, "Stale Date", 21),
    Cause.STIR_TOO_LOW: (403, "Attestation too low", 21),
    Cause.STOPPED: (480, "Not tried again", 31),
    Cause.OVER_ATTEMPTS: (503, "Attempts used up", 34),
    Cause.LOOP: (482, "Loop Detected", 25),
    Cause.NOT_LOOKED_UP: (503, "Number not looked up", 41),
}
"""The default table of cause -> SIP answer."""

RETURN_CODE: dict[Cause, int] = {
    # h323-return-code (Cisco VSA 103): 1 invalid account, 6 credit limit, 7 denied, 9 number blocked, ...
    Cause.UNKNOWN_TRUNK: 1,
    Cause.TRUNK_CLOSED: 7,
    Cause.SUSPENDED: 7,
    Cause.BAD_NUMBER: 11,
    Cause.BARRED: 9,
    Cause.NO_RATE: 8,
    Cause.NO_CREDIT: 12,
    Cause.NO_ROUTE: 8,
    Cause.NO_MARGIN: 8,
    Cause.OVER_CPS: 3,
    Cause.OVER_CALLS: 3,
    Cause.OVER_MINUTES: 12,
    Cause.OVER_MONEY: 12,
    Cause.USER_SUSPENDED: 7,
    Cause.UNKNOWN_USER: 1,
    Cause.FROZEN: 7,
    Cause.NOT_READY: 8,
    Cause.BALANCE_UNAVAILABLE: 8,
    Cause.OVERLOAD: 8,
    Cause.DIFFERS: 11,
    Cause.BAD_CREDENTIALS: 2,
    Cause.STIR_MISSING: 7,
    Cause.STIR_NO_CERTIFICATE: 7,
    Cause.STIR_UNSUPPORTED: 7,
    Cause.STIR_INVALID: 7,
    Cause.STIR_STALE: 7,
    Cause.STIR_TOO_LOW: 7,
    Cause.STOPPED: 8,
    Cause.OVER_ATTEMPTS: 8,
    Cause.LOOP: 8,
    Cause.NOT_LOOKED_UP: 8,
}
"""The default table of cause -> h323-return-code in an Access-Reject."""
