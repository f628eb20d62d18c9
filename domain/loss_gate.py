"""A node's view of allowed losses: which calls may lose money now, and how much is left of their budgets."""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from domain.decisions import LeftOut, Route
from domain.directory import Directory
from domain.ids import CallKey, DestinationId, PartnerId, TrunkId
from domain.loss_book import Period
from domain.losses import AllowedLoss, LossId, LossUse, LossUseId
from domain.money import decimal_text
from domain.ranking import Ranked

NOTHING: tuple[AllowedLoss, ...] = ()
NO_CALL = CallKey(b"")
OWN_MS = 180_000
"""For so long a call that is asked about again has what is set aside for it: shorter than its book keeps that."""
MOST_OWN = 20_000
Ways = tuple[tuple[TrunkId, LossUseId, int, int], ...]
"""Of the routes of a call by which it may lose: (trunk, allowance, period, expected)."""


@dataclass(slots=True)
class Aside:
    """What a call may lose, on its way to its book. `durable`: the book has it; `before`: what it had of the call
    then, None: as far as is known here."""

    durable: bool = False
    before: Counter[Period] | None = None


class LossGate:
    """Allowed losses as one node keeps to them.

    Invariants: without a board of every book no call may lose money; what is set aside here counts until a board that
    was asked for after it has come. So a budget is passed by no more than what open calls really lose beyond what was
    expected of them, and what other nodes set aside since their last boards. What is set aside for a call does not
    stand in its own way when it is asked about again, here or at another node: `in_doubt` says whose book is to be
    asked. At most MOST_OWN calls are known, the oldest is forgotten first.
    """

    def __init__(self) -> None:
        self._directory: Directory | None = None
        self._of_client: dict[PartnerId, tuple[AllowedLoss, ...]] = {}
        self._named: dict[LossId, AllowedLoss] = {}
        self._taken: Mapping[Period, int] | None = None
        self._aside: Mapping[Period, int] = {}
        """What of it is set aside."""
        self._doubted = NO_CALL
        self._asking, self._fresh, self._older = Counter[Period](), Counter[Period](), Counter[Period]()
        self._own: OrderedDict[CallKey, tuple[int, Counter[Period]]] = OrderedDict()

    @property
    def needed(self) -> bool:
        """Say whether any loss is allowed."""
        return bool(self._named)

    def enter(self, directory: Directory) -> None:
        """Keep to the allowances of a directory."""
        if directory is self._directory:
            return
        self._directory = directory
        self._named = {loss.id: loss for loss in directory.losses}
        of_client: dict[PartnerId, list[AllowedLoss]] = {}
        for loss in directory.losses:
            of_client.setdefault(loss.client, []).append(loss)
        self._of_client = {client: tuple(losses) for client, losses in of_client.items()}

    def asks(self) -> None:
        """Note that all books are asked for their boards: those will hold what was set aside until now."""
        self._older.update(self._fresh)
        self._fresh.clear()

    def learn(self, boards: Mapping[int, Iterable[LossUse]] | None) -> None:
        """Take the boards of all books; None: one of them did not answer, and no call may lose money until it does."""
        if boards is None:
            self._taken = None
            return
        taken, aside = Counter[Period](), Counter[Period]()
        for uses in boards.values():
            for use in uses:
                taken[use.use_id, use.period_ms] += use.taken
                aside[use.use_id, use.period_ms] += use.aside
        self._taken, self._aside = taken, aside
        self._older.clear()

    def open_to(
        self, client: PartnerId, number: str, destination: DestinationId, at_ms: int
    ) -> tuple[AllowedLoss, ...]:
        """Return the allowances that cover a call, whether or not money is left of them."""
        known = self._of_client.get(client)
        if known is None:
            return NOTHING
        return tuple([one for one in known if one.covers(number, destination, at_ms)])

    def left(self, loss: AllowedLoss, at_ms: int, call: CallKey = NO_CALL) -> int | None:
        """Return what is left of a budget for a call in the moment's period, units; None where that is not known."""
        if self._taken is None:
            return None
        period = loss.use_id, loss.period_ms(at_ms)
        here = self._asking[period] + self._fresh[period] + self._older[period]
        return loss.budget - self._taken.get(period, 0) - here + self._its(call, at_ms)[period]

    def _its(self, call: CallKey, at_ms: int) -> Counter[Period]:
        """Return what is set aside for a call already."""
        known = self._own.get(call)
        return known[1] if known is not None and at_ms < known[0] else Counter()

    def full(self, bids: Iterable[Ranked], at_ms: int, call: CallKey = NO_CALL) -> tuple[LeftOut, ...]:
        """Return the bids that are expected to lose more than is left of any allowance, and why they are not used."""
        found = []
        for bid in bids:
            if bid.allowed and self._open(bid, at_ms, call) is None:
                reason = "; ".join(self._reason(loss, bid.loss, at_ms, call) for loss in bid.allowed)
                found.append(LeftOut(bid.vendor.id, bid.trunk.id, reason))
            if bid.allowed and call and self._is_doubtful(bid, at_ms, call):
                self._doubted = call
        return tuple(found)

    def _is_doubtful(self, bid: Ranked, at_ms: int, call: CallKey) -> bool:
        """Say whether a bid is `full` or not by what is set aside for the very call, which its book alone knows: at
        another node it may have been asked about before, and after an attempt that failed nothing is set aside."""
        its, found = self._its(call, at_ms), False
        for loss in bid.allowed:
            left, period = self.left(loss, at_ms), (loss.use_id, loss.period_ms(at_ms))
            if left is None or 0 < left >= bid.loss:
                return False
            most = left + max(self._aside.get(period, 0), its[period])
            found = found or 0 < most >= bid.loss
        return found

    def in_doubt(self, call: CallKey) -> bool:
        """Say whether what was just decided of a call depends on what its book knows (`hears`)."""
        return bool(call) and call == self._doubted

    def hears(self, call: CallKey, aside: Mapping[Period, int], at_ms: int) -> None:
        """Take what its book says is set aside for a call."""
        self.goes_not(call)
        if aside:
            self._keep(call, Counter(aside), at_ms)

    def paid(self, bid: Ranked, at_ms: int, call: CallKey = NO_CALL) -> Ranked:
        """Return a bid that is not `full` with the one allowance by which its call goes: the first with enough left."""
        loss = self._open(bid, at_ms, call) if len(bid.allowed) > 1 else None
        return bid if loss is None else replace(bid, allowed=(loss,))

    def _open(self, bid: Ranked, at_ms: int, call: CallKey) -> AllowedLoss | None:
        return next((loss for loss in bid.allowed if not self._reason(loss, bid.loss, at_ms, call)), None)

    def _reason(self, loss: AllowedLoss, expected: int, at_ms: int, call: CallKey) -> str:
        left = self.left(loss, at_ms, call)
        if left is None:
            return f"allowed loss {loss.id}: what is used of it is not known now"
        if left > 0 and expected <= left:
            return ""
        used = f"{decimal_text(max(0, left), 2)} of {decimal_text(loss.budget, 2)}{loss.words} are left"
        return f"allowed loss {loss.id}: {used}, a call is expected to lose {decimal_text(expected)}"

    def ways(self, routes: Sequence[Route], at_ms: int) -> Ways:
        """Return what a book has to know of routes that may lose money."""
        found = []
        for route in routes:
            loss = self._named.get(LossId(route.allowed)) if route.allowed else None
            if loss is not None:
                found.append((route.trunk, loss.use_id, loss.period_ms(at_ms), route.loss))
        return tuple(found)

    @contextmanager
    def setting_aside(self, ways: Ways, call: CallKey = NO_CALL, at_ms: int = 0) -> Iterator[Aside]:
        """Count what a call is expected to lose while its book is told so; and then, where it has it, until a board
        holds it. Of a call that is asked about again what is more than before counts."""
        aside, its, most = Aside(), self._its(call, at_ms), Counter[Period]()
        for _, use_id, period_ms, units in ways:
            most[use_id, period_ms] = max(units, most[use_id, period_ms])
        more = most - its  # where it is more
        self._asking.update(more)
        try:
            yield aside
        finally:
            self._asking.subtract(more)
            if aside.durable:
                before = its if aside.before is None else aside.before
                self._fresh.update(most - before)
                self._keep(call, most | before, at_ms)

    def _keep(self, call: CallKey, most: Counter[Period], at_ms: int) -> None:
        if not call:
            return
        self._own[call] = at_ms + OWN_MS, most
        self._own.move_to_end(call)
        if len(self._own) > MOST_OWN:
            self._own.popitem(last=False)

    def goes_not(self, call: CallKey) -> None:
        """Nothing is set aside any more for a call that does not go."""
        self._own.pop(call, None)
