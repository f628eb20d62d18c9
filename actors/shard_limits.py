"""The limits of one book: those of its clients, the soft ones, and what is written down of both."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from domain.attempts import NOBODY, Attempts, Client
from domain.calls import Leg, Side
from domain.commands import Posting
from domain.directory import Directory
from domain.ids import CallKey, PartnerId, SwitchId, TrunkId
from domain.limit_book import LimitBook
from domain.limit_index import LimitIndex, Scope, scope_of
from domain.limits import ALL_TIMES_MS, OF_USER, Changed, LimitId, LimitUse, Used, Uses
from domain.partner import Partner
from domain.profiles import boundaries
from domain.quality import DAY_MS
from domain.sweep import KnownLimits, Sweep, over
from domain.together import together
from store import limit_rows
from store.book import Book, Writes
from store.limit_rows import Grouping, StagedUse

Use = tuple[LimitId, int, int, int]
"""(limit, period, seconds, units) that were used."""


class ShardLimits:
    """Invariants: what ended calls used is what the book says after every turn; the limits are those of the directory
    that was entered last.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self._index, self._known = NOBODY, KnownLimits(NOBODY.directory)
        self._sweep: Sweep[tuple[PartnerId | None, LimitId]] = Sweep()
        self._used: Uses = {}
        self._periods: dict[LimitId, set[int]] = {}
        self._pending: dict[tuple[LimitId, int], Used | None] = {}
        self.attempts = Attempts(self._used, self._client_of)

    def load(self, used: Uses, directory: Directory) -> None:
        """Begin with what the book says was used; books of an older version know limits by their ids alone."""
        self._index, self._known = LimitIndex(directory), KnownLimits(directory)
        for (limit, period_ms), its in used.items():
            key = self._known.use_id(limit), period_ms
            self._used[key] = its
            self._periods.setdefault(key[0], set()).add(period_ms)
            if key[0] != limit:
                self._pending |= {(limit, period_ms): None, key: its}

    def book_of(self, partner: PartnerId) -> LimitBook:
        """Return the limits of a partner that has no holds yet."""
        return LimitBook(self._used, self._index.of_client.get(partner, ()), self._index.users_of(partner))

    def enter(self, directory: Directory, partners: Mapping[PartnerId, Partner], *, anew: bool = False) -> None:
        """Keep the limits of another directory from now on; `anew`: count anew by those of this one."""
        if directory is self._index.directory and not anew:
            return
        if directory is not self._index.directory:
            self._forget_all_but(directory)
            self._known = KnownLimits(directory)
        self._index = LimitIndex(directory)
        for partner in partners.values():
            its, users = self._index.of_client.get(partner.id, ()), self._index.users_of(partner.id)
            partner.limits.enter(its, partner.holds.values(), users)
        holds = (hold for partner in partners.values() for hold in partner.holds.values())
        self.attempts.enter(self._index, holds, self._open_legs)

    def _forget_all_but(self, directory: Directory) -> None:
        """Forget what was used of limits that are gone, or count other calls by now."""
        kept = {limit.use_id for limit in directory.limits}
        for limit in [one for one in self._periods if one not in kept and not one.startswith(OF_USER)]:
            for period_ms in self._periods.pop(limit):
                self._used.pop((limit, period_ms), None)
                self._pending[limit, period_ms] = None

    def sweep(self, partners: Mapping[PartnerId, Partner], at_ms: int, writes: Writes) -> None:
        """Forget some of what need be known no more at a moment."""
        if not self._index.directory.partners:
            return  # nothing is published: who is gone cannot be told
        for owner, limit in self._sweep.some(at_ms, lambda: self._all(partners)):
            if owner is None:
                self._forget(limit, over(self._known.used(limit), self._periods.get(limit, ()), at_ms), writes)
            elif owner in partners:
                partners[owner].limits.forget(limit, self._known.named(limit), at_ms)

    def _all(self, partners: Mapping[PartnerId, Partner]) -> list[tuple[PartnerId | None, LimitId]]:
        books = [(name, partner.limits) for name, partner in partners.items()]
        counted = [(name, limit) for name, its in books for limit in its.buckets.keys() | its.refused.keys()]
        return [*((None, limit) for limit in self._periods), *counted]

    def _forget(self, limit: LimitId, periods: Sequence[int], writes: Writes) -> None:
        if periods:
            self._write_pending(writes)
        for period_ms in periods:
            self._periods[limit].remove(period_ms)
            self._used.pop((limit, period_ms), None)
            writes.limit_use[limit, period_ms] = None
        if not self._periods.get(limit, True):
            del self._periods[limit]

    def of_client(self, client: PartnerId) -> set[LimitId]:
        """Return the limits that are kept by a client's entity, by their use_id; those too that are disabled."""
        trunks = self._index.directory.trunks
        found = set()
        for limit in self._index.directory.limits:
            trunk = trunks.get(limit.trunk) if limit.trunk else None
            owner = limit.client or (trunk.partner if trunk else None)
            if owner == client and scope_of(limit, trunks) is Scope.CLIENT:
                found.add(limit.use_id)
        return found

    def _open_legs(self) -> list[tuple[Leg, int]]:
        return limit_rows.open_legs(self._book.driver)

    def _client_of(self, key: CallKey) -> Client | None:
        return limit_rows.client_of(self._book.driver, key)

    def recorded(self, leg: Leg, postings: Sequence[Posting | None], at_ms: int, writes: Writes) -> None:
        """Count a leg as it is written down, and what its report posts that came at a moment."""
        self._write(self.attempts.heard(leg, postings, at_ms), writes)

    def released(self, switch: SwitchId, at_ms: int, writes: Writes) -> None:
        """Count no more what a switch had open when it began anew, after a restart of ours neither."""
        self.attempts.released(switch, at_ms)
        writes.anew[switch] = at_ms

    def posted(self, posting: Posting, writes: Writes) -> None:
        """Count what a client's leg posts against the limits of all clients together."""
        if posting.side is Side.CLIENT and self.attempts.counting:
            self._write(self.attempts.used(posting), writes)

    def wrote(self, changed: Changed, writes: Writes) -> None:
        """Write down what is used of a client's limit."""
        self._write([changed], writes)

    def left(self, uses: Iterable[Use], writes: Writes) -> None:
        """Forget what the limits of a client used that went to another book, and what was still to be written of it."""
        self._write_pending(writes)
        for limit, period_ms, _, _ in uses:
            self._used.pop((limit, period_ms), None)
            self._periods.get(limit, set()).discard(period_ms)
            writes.limit_use[limit, period_ms] = None

    def came(self, uses: Iterable[Use], writes: Writes) -> None:
        """Take over what the limits of a client used that came from another book."""
        for its, period_ms, seconds, units in uses:
            limit = self._known.use_id(its)
            self._used[limit, period_ms] = self._used.get((limit, period_ms), Used()).plus(seconds, units)
            self._write([(limit, period_ms, 0)], writes)

    def _write(self, changes: Sequence[Changed], writes: Writes) -> None:
        """Write down uses that have changed, and forget those of periods that are over.

        Over is what began before the period before this one, by the arrival of what changed it: periods that began
        later than this one may be of a clock that is ahead, and say nothing of it. What is of all times never is.
        """
        if changes:
            self._write_pending(writes)
        for limit, period_ms, _ in changes:
            writes.limit_use[limit, period_ms] = self._used[limit, period_ms]
            self._periods.setdefault(limit, set()).add(period_ms)
        for limit, _, before_ms in changes:
            periods = self._periods[limit]
            for over_ms in [known_ms for known_ms in periods if ALL_TIMES_MS < known_ms < before_ms]:
                periods.remove(over_ms)
                self._used.pop((limit, over_ms), None)
                writes.limit_use[limit, over_ms] = None

    def _write_pending(self, writes: Writes) -> None:
        if self._pending:
            writes.limit_use |= self._pending
            self._pending.clear()

    def uses(self, partners: Mapping[PartnerId, Partner], at_ms: int, *, soft_only: bool) -> list[LimitUse]:
        """Return what this book counts of each limit at a moment."""
        uses = self.attempts.uses(at_ms)
        if not soft_only:
            for name in self._index.counted():
                if name in partners:
                    uses += partners[name].limits.uses(at_ms)
        return uses

    # ---- blocks of legs

    def grouping(self, at_ms: int) -> Grouping | None:
        """Return how the legs of a block are summed up so that the limits can count them; None: nothing is metered."""
        metered = self._index.metered
        if not metered:
            return None
        cuts = {limit.period_ms(at_ms) for limit in metered} | {limit.before_ms(at_ms) for limit in metered}
        for limit in metered:
            if limit.part is not None:
                cuts.update(boundaries(limit.part, limit.before_ms(at_ms), at_ms + DAY_MS))
        return Grouping(
            tuple(sorted(cuts)),
            max(len(limit.code) for limit in metered),
            self._index.needs_client,
            self._index.by_user,
        )

    def imported(
        self, uses: Sequence[StagedUse], at_ms: int, writes: Writes, deliver: Callable[[Posting], None]
    ) -> None:
        """Post what the legs of a block cost, in sums that the limits can count."""
        postings = []
        for use in uses:
            posting = Posting(
                use.partner, use.side, use.currency, use.charge, CallKey(b""), "", at_ms,
                trunk=use.trunk, destination=use.destination, b=use.b, seconds=use.seconds, began_ms=use.began_ms,
                end_user=use.end_user,
            )  # fmt: skip
            if use.side is Side.VENDOR:
                client = (use.client, TrunkId(use.client_trunk or "")) if use.client else None
                self._write(self.attempts.imported(posting, client), writes)
            if use.charge or use.seconds:
                postings.append(posting)
        for posting in together(postings):
            deliver(posting)
