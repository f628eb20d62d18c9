"""What shards are told (imperative) and what they answer. Commands repeat safely: each carries an id of its own."""

from dataclasses import dataclass, field

from domain.calls import Leg, Parked, Side
from domain.causes import Cause, ParkCause
from domain.credit import Standing
from domain.holds import Hold, HoldMode
from domain.ids import NO_USER, CallKey, DestinationId, EndUserId, HoldId, LegId, PartnerId, SwitchId, TrunkId
from domain.ledger import Transfer
from domain.limits import LimitId
from domain.losses import LossUseId
from domain.money import Currency
from domain.quick import quick
from domain.rates import Terms, Unit
from domain.travel import travels


@travels
@quick
@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Reserve money for a call of a client and grant it time, at most `max_s`; at `at_ms` of business time.

    Where the `unit` is MEGABYTE, a quota of at most `max_kb` kilobytes is granted with the time. `asked_s`: how long it
    waits for the call to begin (0: as the settings say). `trunk_out`: by which it is tried first. `end_user`: of the
    partner, "" nobody.
    """

    hold_id: HoldId
    call_key: CallKey
    partner: PartnerId
    trunk: TrunkId
    switch: SwitchId
    currency: Currency
    terms: Terms
    mode: HoldMode
    max_s: int
    at_ms: int
    a: str
    b: str
    destination: DestinationId
    trunk_max_calls: int | None = None
    trunk_max_cps: int | None = None
    unit: Unit = Unit.SECOND
    call_id: bytes = b""
    interim_s: int = 0
    max_kb: int = 0
    asked_s: int = 0
    trunk_out: TrunkId | None = None
    end_user: EndUserId = NO_USER


@travels
@quick
@dataclass(frozen=True, slots=True)
class RecordLeg:
    """Record what a report says of a leg: OPEN legs start or keep holds alive, ended ones post and release.

    `fingerprint` tells whether two reports of one leg agree; `raw` is the report as JSON, for the parked queue.
    `checked`: the leg was looked up in the sealed segments and is not there. `unpark`: the id of the parked record that
    this settles, which goes in the same transaction; where it is gone already, so is the need for this. `session_id`:
    the switch's id of the leg, by which it can be told to end the call. `alive_ms`: when a leg that we close (PARTIAL)
    was last heard of.
    """

    leg: Leg
    fingerprint: int
    raw: bytes
    received_ms: int
    checked: bool = False
    unpark: bytes = b""
    session_id: bytes = b""
    alive_ms: int = 0


@dataclass(frozen=True, slots=True)
class Park:
    """Keep a record that cannot be attributed or rated; `unpark`: the parked record whose place it takes."""

    parked: Parked
    unpark: bytes = b""


@dataclass(frozen=True, slots=True)
class Unpark:
    """Forget a parked record: a sealed leg says the same."""

    call_key: CallKey
    park_id: bytes


@dataclass(frozen=True, slots=True)
class FindCall:
    """Tell what is known of a call's legs, so that an end which says nothing else can be charged from its start."""

    call_key: CallKey
    legs: tuple[LegId, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """Post transfers that no call makes: payments, openings, adjustments, roundings; all or none."""

    transfers: tuple[Transfer, ...]


@dataclass(frozen=True, slots=True)
class ReleaseSwitch:
    """Release the holds that a switch was given up to `at_ms`: by its word its calls are over (Accounting-On, -Off)."""

    switch: SwitchId
    at_ms: int


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """Release the hold of one attempt of a call that will not run (its switch said so); of one that has begun it stays.

    Later attempts of the same call have holds of their own, and keep them.
    """

    hold_id: HoldId
    partner: PartnerId


@dataclass(frozen=True, slots=True)
class OpenLoss:
    """Set aside what a call may lose that was routed by an allowance, at the book at home for the call's records.

    `ways`: each trunk by which it may lose money, with the allowance's use id, the beginning of its period, and the
    expected loss (units of the base currency). `asked_s`: how long it waits for the call to begin; 0: it does not go
    after all.
    """

    call_key: CallKey
    ways: tuple[tuple[TrunkId, LossUseId, int, int], ...]
    at_ms: int
    asked_s: int


@dataclass(frozen=True, slots=True)
class FindLoss:
    """Tell what is set aside at a moment for a call that may lose money."""

    call_key: CallKey
    at_ms: int


@dataclass(frozen=True, slots=True)
class Expire:
    """Release holds that lapsed before `at_ms`; those of calls that could not be heard get time to be heard of: calls
    that have begun since all nodes listen (`heard_since_ms`), others since the shard does (`up_since_ms`).
    """

    at_ms: int
    heard_since_ms: int = 0
    up_since_ms: int = 0


@travels
@quick
@dataclass(frozen=True, slots=True)
class Posting:
    """What a leg does to its partner, at the partner's own book: an amount and a phase of the call.

    amount: units added to what is owed (client) or payable (vendor). phase: "start", "alive", "end", "lost" (an end
    that we made: the call may show itself again) or "" (no hold).
    ran_s: how long the call has run by what its switch says, so that a report that comes again grows no hold.
    session_id: the switch's id of the client's leg. trunk, end_user, destination, b, seconds (billed) and began_ms
    (connect, else setup) say against which limits a leg's end counts. more: what belongs to it follows, and how the
    partner stands is judged after that (domain.together).
    """

    partner: PartnerId
    side: Side
    currency: Currency
    amount: int
    call_key: CallKey
    phase: str
    at_ms: int
    ran_s: int = 0
    session_id: bytes = b""
    trunk: TrunkId | None = None
    destination: DestinationId | None = None
    b: str = ""
    seconds: int = 0
    began_ms: int = 0
    end_user: EndUserId = NO_USER
    more: bool = False


@dataclass(frozen=True, slots=True)
class MovePartner:
    """Let a partner, with all that is open and owed, live in another book from now on."""

    partner: PartnerId
    to_book: int


@dataclass(frozen=True, slots=True)
class Entity:
    """A partner on its way from one book to another: what is posted, its holds, how it stands, what its limits used.

    `uses` are (limit, period, seconds, units). Calls per second begin anew, as after a restart; so do wishes to end a
    call, with its next sign of life. `lapsed`: holds of calls that may show themselves again.
    """

    partner: PartnerId
    posted: tuple[tuple[Side, Currency, int], ...]
    holds: tuple[Hold, ...]
    standing: Standing
    uses: tuple[tuple[LimitId, int, int, int], ...] = ()
    lapsed: tuple[Hold, ...] = ()


Parcel = Posting | Entity
"""What goes from one book to another."""
Command = (
    MovePartner
    | PlaceHold
    | FindCall
    | RecordLeg
    | Park
    | Unpark
    | Post
    | ReleaseSwitch
    | ReleaseHold
    | OpenLoss
    | FindLoss
    | Expire
)


@travels
@quick
@dataclass(frozen=True, slots=True)
class Granted:
    """The call may go for `seconds`, a session sold by volume for `kilobytes`; `amount` units are held.

    `left`: what the client may still spend, this call's part included, units of its contract's currency: news of the
    moment, and no part of what is granted. `first`: where the question was answered before, perhaps to another node,
    the trunk that the call was told to try first then.
    """

    seconds: int
    amount: int
    kilobytes: int = 0
    left: int = field(default=0, compare=False)
    first: TrunkId | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """The call may not go; `detail` says which limit is in the way, or how much money there is, where that is why."""

    cause: Cause
    detail: str = field(default="", compare=False)


@travels
@dataclass(frozen=True, slots=True)
class Recorded:
    """The record is durable. `outcome`: new, opened, closed, alive, duplicate or parked, and then why."""

    outcome: str
    charge: int = 0
    currency: str = ""
    cause: ParkCause | None = field(default=None, compare=False)
    detail: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class FoundCall:
    """The legs of a call that are not sealed yet, which of those asked for are, and ends parked without their start."""

    legs: tuple[Leg, ...]
    sealed: tuple[LegId, ...]
    parked: tuple[Parked, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The command took effect now or before; `count` things changed."""

    count: int


@dataclass(frozen=True, slots=True)
class LossAside:
    """What was set aside for a call before the command: allowances by their use ids, the beginnings of their periods,
    and units of the base currency."""

    aside: tuple[tuple[LossUseId, int, int], ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The command did nothing: the partner lives in another book, or is on its way there. Ask that one."""

    book: int


Reply = Elsewhere | Granted | Refused | Recorded | Done | FoundCall | LossAside
