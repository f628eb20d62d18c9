"""What can happen to a partner: what its decisions say, and the only things that change it."""

from dataclasses import dataclass

from domain.calls import Side
from domain.credit import Notice, Standing
from domain.cuts import Cut
from domain.holds import Hold
from domain.ids import CallKey, HoldId, TrunkId
from domain.limit_book import LimitEvent
from domain.money import Currency
from domain.rate_bucket import RateBucket


@dataclass(frozen=True, slots=True)
class HoldPut:
    """A hold was placed or changed; `hold` is how it is now."""

    hold: Hold


@dataclass(frozen=True, slots=True)
class HoldReleased:
    """A hold is gone and its own amount is free again."""

    hold: Hold


@dataclass(frozen=True, slots=True)
class HoldLapsed:
    """A hold is gone as if released, but its call may show itself again: it is kept aside."""

    hold: Hold


@dataclass(frozen=True, slots=True)
class LapseOver:
    """What was kept aside of a call is forgotten: it has ended or a hold, or was silent for too long."""

    call_key: CallKey


@dataclass(frozen=True, slots=True)
class Posted:
    """`amount` units were added to what a side of the partner has posted."""

    side: Side
    currency: Currency
    amount: int


@dataclass(frozen=True, slots=True)
class TokenTaken:
    """A call was counted against the calls per second of the partner (`trunk` None) or of one of its trunks.

    Buckets are not durable: a restart fills them.
    """

    trunk: TrunkId | None
    bucket: RateBucket


@dataclass(frozen=True, slots=True)
class CutWanted:
    """A call is to end, since its hold may not grow. Not durable: its next sign of life wants it anew."""

    cut: Cut


@dataclass(frozen=True, slots=True)
class CutDropped:
    """A call that was to end may go on: there is money again."""

    hold_id: HoldId


@dataclass(frozen=True, slots=True)
class Stood:
    """How the partner stands by its balance has changed; `notices` are to be told."""

    standing: Standing
    notices: tuple[Notice, ...]


Event = (
    HoldPut | HoldReleased | HoldLapsed | LapseOver | Posted | TokenTaken | CutWanted | CutDropped | Stood | LimitEvent
)
