"""Calls spread over vendors by weights: exact at any moment by turns, or the same caller always to the same vendor.

With weights w of the total W, after n calls each has had less than one call more or less than n x w / W (Tijdeman's
chairman assignment; Baruah's proportionate fairness): the next call of each has a first and a last place that it may
take, and of those whose first place has come the one with the earliest last place goes. Whole numbers only.

The first call of each count goes to whom the turns of all its counts together name, so that where many destinations
have a call each the calls are split, too. Whoever it is, the others keep to their places: of the first n calls they
must have less than n, since the one that had the first wants some part of them.

Parts by a formula move as its figures do. Turns that began anew with each move would go to the largest ones again and
again, and the small ones would have less than their part, so they go on: what was due to each stays due.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial
from hashlib import blake2b
from math import log

from domain.errors import InputError
from domain.formulas.program import Order, proportion_of
from domain.formulas.reading import LARGEST
from domain.ids import DestinationId, PartnerId
from domain.taken import Taken

MOST_WEIGHT, MOST_VENDORS = 10_000, 64
NOTHING_SAID = "none"
"""Written where an earlier policy's split, or what its calls stick to, shall not hold."""
_EVEN, _BY = "even", "by "
WHOLE = 10**9
"""What parts that move have together, in counts of turns: larger than any weights, so that each has some of it."""
WHOLE_PARTS = 100
"""Parts by a formula are whole per cent: a figure that moves a little leaves the turns as they go round."""

Contest = tuple[tuple[str, int], ...]
"""Those among whom turns go round, with their weights, by their names."""
_Among = Contest | frozenset[str]


class Sticky(StrEnum):
    """By what calls stay with a vendor."""

    CALLER = "caller"
    NUMBER = "number"


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """How the calls of a policy are split; `weights` empty: over all routes that are listed, evenly or in proportion to
    what `by` is of each."""

    weights: dict[PartnerId, int]
    by: Order | None = None

    def weight_of(self, vendor: PartnerId) -> int:
        """Return a vendor's weight; 0 where others are named and it is not."""
        return self.weights.get(vendor, 0) if self.weights else 1


@lru_cache(maxsize=4096)
def split_of(text: str, where: str = "split") -> Split | None:
    """Read a split: `kestrel:60, savanna:40`, `even`, `by asr * acd`, or `none`. Raises InputError."""
    if text == NOTHING_SAID:
        return None
    if text.startswith(_BY):
        return Split({}, proportion_of(by_of(text), where))
    if text == _EVEN:
        return Split({})
    mend = "Write vendors with whole weights, kestrel:60, savanna:40, or even, or by and a formula, or none."
    weights: dict[PartnerId, int] = {}
    column = 1
    for part in text.split(","):
        name, colon, weight = (word.strip() for word in part.partition(":"))
        at = f"{part.strip()!r} in column {column + len(part) - len(part.lstrip())}"
        if not (name and colon and weight.isascii() and weight.isdigit()):
            raise InputError(f"{at} is no vendor with its weight", where=where, mend=mend)
        if not 1 <= int(weight) <= MOST_WEIGHT:
            raise InputError(f"{at}: the weight is {weight}", where=where, mend=f"Give 1 to {MOST_WEIGHT:,}.")
        if name in weights:
            raise InputError(f"{at}: {name} is named before", where=where, mend="Name each vendor once.")
        weights[PartnerId(name)] = int(weight)
        column += len(part) + 1
    if len(weights) > MOST_VENDORS:
        raise InputError(f"{len(weights)} vendors", where=where, mend=f"Name {MOST_VENDORS} at most.")
    return Split(weights)


def by_of(text: str) -> str:
    """Return the formula of a split, `by asr * acd`; columns in it are those of the text."""
    return " " * len(_BY) + text.removeprefix(_BY) if text.startswith(_BY) else text


def parts_of(worth: Mapping[PartnerId, float]) -> Contest:
    """Return weights in proportion to what each is worth, whole per cent: who is worth anything has one at least, who
    is worth nothing none. What is boundless, from LARGEST on, shares all alike."""
    boundless = {vendor: 1.0 for vendor, value in worth.items() if value >= LARGEST}
    positive = boundless or {vendor: value for vendor, value in worth.items() if value > 0}  # NaN is neither
    whole = sum(positive.values())
    return tuple((vendor, max(1, round(WHOLE_PARTS * (value / whole)))) for vendor, value in sorted(positive.items()))


def sticky_of(text: str, where: str = "sticky") -> Sticky | None:
    """Read by what calls stay with a vendor: `caller`, `number` or `none`. Raises InputError."""
    if text == NOTHING_SAID:
        return None
    try:
        return Sticky(text)
    except ValueError:
        mend = "Write caller, number or none."
        raise InputError(f"calls cannot stick to {text!r}", where=where, mend=mend) from None


@lru_cache(maxsize=4096)
def shares_of(text: str, where: str = "max_share") -> dict[PartnerId, int]:
    """Read the most that vendors may have, per cent with up to two decimals, in ten-thousandths: `kestrel:40,
    savanna:12.5`; `none`: nothing. Raises InputError.
    """
    if text == NOTHING_SAID:
        return {}
    mend = "Write vendors with per cent, kestrel:40, savanna:12.5, or none."
    found: dict[PartnerId, int] = {}
    for part in text.split(","):
        name, colon, share = (word.strip() for word in part.partition(":"))
        whole, _, decimals = share.removesuffix("%").strip().partition(".")
        if not (name and colon and whole.isascii() and whole.isdigit() and _is_decimals(decimals)):
            raise InputError(f"{part.strip()!r} is no vendor with its share", where=where, mend=mend)
        most_bp = 100 * int(whole) + int(decimals.ljust(2, "0"))
        if not 1 <= most_bp < 10_000:
            raise InputError(f"at most {share} % for {name}", where=where, mend="Give 0.01 to 99.99.")
        if name in found:
            raise InputError(f"{name} is named twice", where=where, mend="Name each vendor once.")
        found[PartnerId(name)] = most_bp
    if len(found) > MOST_VENDORS:
        raise InputError(f"{len(found)} vendors", where=where, mend=f"Name {MOST_VENDORS} at most.")
    return found


def _is_decimals(text: str) -> bool:
    return len(text) <= 2 and (not text or (text.isascii() and text.isdigit()))


class Turns:
    """Whose turn it is. Invariant: |weight x calls / total - sent| < 1 of each, after any number of calls.

    Calls that are given back count no more; those that come next make up for what that leaves.
    """

    __slots__ = ("_total", "_weights", "calls", "sent")

    def __init__(self, weights: Sequence[int]) -> None:
        self._weights, self._total = tuple(weights), sum(weights)
        self.calls, self.sent = 0, [0] * len(weights)

    def take(self, place: int | None = None) -> int:
        """Return the place of the one whose turn it is, and count it; `place`: whose turn is known from elsewhere."""
        self.calls = calls = self.calls + 1
        if place is not None:
            self.sent[place] += 1
            return place
        total, chosen, earliest = self._total, 0, 0
        for place, weight in enumerate(self._weights):
            sent = self.sent[place]
            if weight * calls <= total * sent:
                continue  # one more would be too many for it
            last = -(-(sent + 1) * total // weight)
            if not earliest or last < earliest:
                chosen, earliest = place, last
        self.sent[chosen] += 1
        return chosen

    def give_back(self, place: int) -> None:
        """Count a call no more: it did not go."""
        self.calls -= 1
        self.sent[place] -= 1


class MovingTurns(Turns):
    """Turns whose parts move, as the figures behind them do: what was due to each of the calls so far stays due.

    Invariants: none has had a call more than its due; none lacks more calls than there are others, and less than one
    where the parts stay as they are. `_due` counts in WHOLE of a call.
    """

    __slots__ = ("_due",)

    def __init__(self, weights: Sequence[int]) -> None:
        super().__init__(())
        self._total, self.sent, self._due = WHOLE, [0] * len(weights), [0] * len(weights)
        self.weigh(weights)

    def weigh(self, weights: Sequence[int]) -> None:
        """Let these parts hold from the next call on."""
        self._weights = _of_whole(tuple(weights))

    def take(self, place: int | None = None) -> int:
        """Return the place of the one whose turn it is, and count it, as Turns does."""
        self.calls += 1
        due = self._due = [had + part for had, part in zip(self._due, self._weights, strict=True)]
        if place is None:
            waits = [
                (-(-(WHOLE * (sent + 1) - its) // part), at)
                for at, (its, sent, part) in enumerate(zip(due, self.sent, self._weights, strict=True))
                if its > WHOLE * sent
            ]
            place = min(waits)[1]  # somebody is there: all that is due together is more than all that was sent
        self.sent[place] += 1
        return place

    def give_back(self, place: int) -> None:
        """Count a call no more: it did not go."""
        super().give_back(place)
        self._due = [had - part for had, part in zip(self._due, self._weights, strict=True)]


@lru_cache(maxsize=4096)
def _of_whole(weights: tuple[int, ...]) -> tuple[int, ...]:
    """Return parts in proportion to weights, above 0 and together WHOLE: the largest has what rounding leaves."""
    total = sum(weights)
    parts = [WHOLE * weight // total for weight in weights]
    parts[weights.index(max(weights))] += WHOLE - sum(parts)
    return tuple(parts)


class AtMost:
    """How many calls there were, and how many of them one vendor had first."""

    __slots__ = ("calls", "sent")

    def __init__(self) -> None:
        self.calls = self.sent = 0

    def over(self, most_bp: int) -> bool:
        """Say whether one more would be more than so many of ten thousand."""
        return (self.sent + 1) * 10_000 > most_bp * (self.calls + 1)

    def count(self, *, first: bool) -> None:
        """Count a call."""
        self.calls += 1
        self.sent += first

    def give_back(self, *, first: bool) -> None:
        """Count a call no more: it did not go."""
        self.calls -= 1
        self.sent -= first


class Spreader:
    """What one node has sent of each split. Invariant: at most `limit` counts are kept, the latest used of them."""

    def __init__(self, limit: int = 50_000) -> None:
        self._limit = limit
        self._turns: OrderedDict[tuple[PartnerId, DestinationId | None, _Among], Turns] = OrderedDict()
        """Those without a destination say who has the first call of each of the others."""
        self._most: OrderedDict[tuple[PartnerId, DestinationId, str, PartnerId], AtMost] = OrderedDict()

    def take(
        self,
        client: PartnerId,
        destination: DestinationId,
        contest: Contest,
        taken: Taken,
        before: Taken | None = None,
        *,
        moving: bool = False,
    ) -> tuple[int, Turns]:
        """Return the place of the one whose turn it is in a client's calls to a destination, and count it.

        `before`: what the same question took when it was asked first, and gave back: it takes that turn again.
        `moving`: the weights follow figures, so that turns go on when they change.
        """
        turns = self.turns(client, destination, contest, moving=moving)
        count = client, destination, _among(contest, moving=moving)
        begins, place = not turns.calls, None
        if before is not None and before.turn is not None and before.turn[0] == count:
            place, begins = before.turn[1:]
        if begins:
            first = self.turns(client, None, contest, moving=moving)
            place = first.take(place)
            taken.add(partial(first.give_back, place))
        place = turns.take(place)
        taken.add(partial(turns.give_back, place))
        taken.turn = count, place, begins
        return place, turns

    def turns(
        self, client: PartnerId, destination: DestinationId | None, contest: Contest, *, moving: bool = False
    ) -> Turns:
        """Return the turns of a client's calls to a destination among just these: who comes back finds its old ones,
        and is not flooded to make up for its absence."""
        key = client, destination, _among(contest, moving=moving)
        weights = [weight for _, weight in contest]
        turns = self._turns.get(key)
        if turns is None:
            if len(self._turns) >= self._limit:
                self._turns.popitem(last=False)
            turns = self._turns[key] = MovingTurns(weights) if moving else Turns(weights)
        else:
            self._turns.move_to_end(key)
            if isinstance(turns, MovingTurns):
                turns.weigh(weights)
        return turns

    def at_most(self, client: PartnerId, destination: DestinationId, entry: str, vendor: PartnerId) -> AtMost:
        """Return the count of an entry that lets a vendor have no more than a part of the calls."""
        key = client, destination, entry, vendor
        count = self._most.get(key)
        if count is None:
            if len(self._most) >= self._limit:
                self._most.popitem(last=False)
            count = self._most[key] = AtMost()
        else:
            self._most.move_to_end(key)
        return count


def _among(contest: Contest, *, moving: bool) -> _Among:
    """Return by what turns are counted: those who have them, and their weights where these stay."""
    return frozenset([name for name, _ in contest]) if moving else contest


def kept_by(number: str, contest: Contest) -> int:
    """Return the place of the one that a number stays with: its part of all numbers is that of its weight.

    Rendezvous hashing: when one goes, only its numbers go elsewhere, and when it is back just those return.
    """
    best, place = -1.0, 0
    for at, (name, weight) in enumerate(contest):
        drawn = int.from_bytes(blake2b(f"{number}\0{name}".encode(), digest_size=7).digest())
        score = -weight / log((drawn + 0.5) / 2**56)
        if score > best:
            best, place = score, at
    return place
