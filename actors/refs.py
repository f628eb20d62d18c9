"""Typed references to live actors. Outside this module, the desk and cluster, nobody says `.remote` (DESIGN §4.1).

AnyBooks is the seam: Books reaches shards over Ray, LocalBooks is its twin for shards in this process (tests, bench).
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import ray
from ray.exceptions import RayError

from domain.commands import Command, Elsewhere, Reply
from domain.cuts import WantedCut
from domain.ids import CallKey, PartnerId
from domain.limits import LimitUse
from domain.losses import LossUse
from domain.placement import Placement
from domain.quality import LegBegun, LegSeen
from domain.travel import Batch, pack, unpack

NAMESPACE = "switchboard"
RETRY_S = 0.1
FOLLOW_S = 0.02
DESK_WAIT_S = 10.0
QUALITY = "quality-0"
DESK = "desk"


class UnavailableError(Exception):
    """No answer in time, or too much is waiting already: nothing is known of the command's fate. Repeat it."""


class Asked(Protocol):
    """Who answers commands: one book, or whichever has a partner."""

    async def ask(self, command: Command, wait_s: float) -> Reply:
        """Return the reply, durable by then. Raises UnavailableError after `wait_s` seconds or when too many wait."""
        ...


class AnyBook(Asked, Protocol):
    """One book, wherever it lives."""

    async def take_cuts(self, most: int) -> list[WantedCut]:
        """Take up to `most` calls that are to be ended now; none where the book is out of reach."""
        ...

    async def limit_use(self) -> list[LimitUse] | None:
        """Return what the book counts of each soft limit; None where it is out of reach."""
        ...

    async def loss_use(self) -> list[LossUse] | None:
        """Return what the book counts of each allowed loss; None where it is out of reach."""
        ...


class AnyBooks(Protocol):
    """All books, found by partner or by call."""

    def of_partner(self, partner: PartnerId) -> Asked:
        """Return the book of a partner's money."""
        ...

    def at_home(self, partner: PartnerId) -> AnyBook:
        """Return the book of a partner's transfers, by its name alone: a repeated order finds the first there."""
        ...

    def of_call(self, key: CallKey) -> AnyBook:
        """Return the book at home for a call's records."""
        ...

    @property
    def all(self) -> Sequence[AnyBook]:
        """Return every book."""
        ...

    @property
    def waiting(self) -> int:
        """Return how many commands wait in all."""
        ...


def handle(name: str) -> Any:
    """Return the handle of a named actor. Raises ValueError where there is none."""
    return ray.get_actor(name, namespace=NAMESPACE)


@dataclass(slots=True)
class _Waiting:
    command: Command
    future: asyncio.Future[Reply]


class _Patience:
    """Those who wait equally long for a book, in the order in which they began: one timer for all of them.

    Invariant: the timer runs while somebody waits; who has been answered is forgotten when the next one begins.
    """

    def __init__(self, whose: str, wait_s: float) -> None:
        self.loop = asyncio.get_running_loop()
        self._whose, self._wait_s = whose, wait_s
        self._waits: deque[tuple[float, asyncio.Future[Reply]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, future: asyncio.Future[Reply]) -> None:
        """Let it go with UnavailableError if it is not answered in time."""
        waits = self._waits
        while waits and waits[0][1].done():
            waits.popleft()
        waits.append((self.loop.time() + self._wait_s, future))
        if self._timer is None:
            self._timer = self.loop.call_later(self._wait_s, self._ring)

    def _ring(self) -> None:
        waits, now_s = self._waits, self.loop.time()
        while waits and (waits[0][1].done() or waits[0][0] <= now_s):
            future = waits.popleft()[1]
            if not future.done():
                future.set_exception(UnavailableError(f"{self._whose} did not answer within {self._wait_s} s"))
        self._timer = self.loop.call_at(waits[0][0], self._ring) if waits else None


class BookRef:
    """One book, wherever it lives. Commands that gather while a batch is in flight go with the next (DESIGN §4.2).

    Invariants: one batch in flight; a batch is repeated until it is answered, which commands allow by their ids;
    at most `queue` commands wait.
    """

    def __init__(self, shard: str, book: int, *, batch: int, queue: int, who: str = "") -> None:
        self._shard, self._book, self._who = shard, book, who
        self._batch, self._queue = batch, queue
        self._waiting: deque[_Waiting] = deque()
        self._patience: dict[float, _Patience] = {}
        self._flight: asyncio.Task[None] | None = None
        self._handle: Any = None

    async def ask(self, command: Command, wait_s: float) -> Reply:
        """Return the reply, durable by then. Raises UnavailableError after `wait_s` seconds or when too many wait."""
        if len(self._waiting) >= self._queue:
            raise UnavailableError(f"{len(self._waiting)} commands wait for book {self._book}")
        patience = self._patience.get(wait_s)
        if patience is None:
            patience = self._patience[wait_s] = _Patience(f"book {self._book}", wait_s)
        future: asyncio.Future[Reply] = patience.loop.create_future()
        patience.begin(future)
        self._waiting.append(_Waiting(command, future))
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._fly())
        return await future

    async def take_cuts(self, most: int) -> list[WantedCut]:
        """Take up to `most` calls that are to be ended now; none where the book is out of reach."""
        try:
            cuts: list[WantedCut] = await handle(self._shard).take_cuts.remote(self._book, most, self._who)
        except (RayError, ValueError):  # what was taken and did not come is offered again
            return []
        return cuts

    async def limit_use(self) -> list[LimitUse] | None:
        """Return what the book counts of each soft limit; None where it is out of reach."""
        try:
            uses: list[LimitUse] = await handle(self._shard).limit_use.remote(self._book, soft_only=True)
        except (RayError, ValueError):  # who asks goes by what it heard last
            return None
        return uses

    async def loss_use(self) -> list[LossUse] | None:
        """Return what the book counts of each allowed loss; None where it is out of reach."""
        try:
            uses: list[LossUse] = await handle(self._shard).loss_use.remote(self._book)
        except (RayError, ValueError):  # no call loses money until it is heard of
            return None
        return uses

    @property
    def waiting(self) -> int:
        """Return how many commands wait."""
        return len(self._waiting)

    async def _fly(self) -> None:
        while self._waiting:
            batch: list[_Waiting] = []
            while self._waiting and len(batch) < self._batch:
                waiting = self._waiting.popleft()
                if not waiting.future.done():
                    batch.append(waiting)
            if batch:
                await self._send(batch)

    async def _send(self, batch: list[_Waiting]) -> None:
        while batch:
            try:
                if self._handle is None:
                    self._handle = handle(self._shard)
                asked = pack((self._book, [waiting.command for waiting in batch]))
                replies: list[Reply] = unpack(await self._handle.turn.remote(asked))
            except (RayError, ValueError):
                # the shard is between two incarnations, or in trouble; those who still wait are asked for again
                self._handle = None
                await asyncio.sleep(RETRY_S)
                batch = [waiting for waiting in batch if not waiting.future.done()]
                continue
            for waiting, reply in zip(batch, replies, strict=True):
                if not waiting.future.done():
                    waiting.future.set_result(reply)
            return


class Books:
    """All books, found by partner or by call; `who` asks them."""

    def __init__(self, placement: Placement, *, batch: int, queue: int, who: str = "") -> None:
        self.placement = placement
        self._refs = [
            BookRef(placement.shard_of_book(book), book, batch=batch, queue=queue, who=who)
            for book in range(placement.books)
        ]

    def of_partner(self, partner: PartnerId) -> Asked:
        """Return the book of a partner's money; it is followed while it moves."""
        first = self._refs[self.placement.book_of_partner(partner)]
        return first if len(self._refs) == 1 else Followed(first, self._refs)

    def at_home(self, partner: PartnerId) -> BookRef:
        """Return the book of a partner's transfers."""
        return self._refs[self.placement.home_of_partner(partner)]

    def of_call(self, key: CallKey) -> BookRef:
        """Return the book at home for a call's records."""
        return self._refs[self.placement.book_of_call(key)]

    @property
    def all(self) -> Sequence[BookRef]:
        """Return every book."""
        return self._refs

    @property
    def waiting(self) -> int:
        """Return how many commands wait in all."""
        return sum(ref.waiting for ref in self._refs)


class Followed:
    """The book of a partner that may have moved: who is asked and has it not, says who to ask."""

    def __init__(self, first: BookRef, refs: Sequence[BookRef]) -> None:
        self._first, self._refs = first, refs

    async def ask(self, command: Command, wait_s: float) -> Reply:
        """Return the reply of the book where the partner lives, within `wait_s` seconds in all."""
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + wait_s
        ref, steps, left_s = self._first, 0, wait_s
        while True:
            reply = await ref.ask(command, left_s)
            if not isinstance(reply, Elsewhere):
                return reply
            ref, steps = self._refs[reply.book], steps + 1
            if steps > 1:  # it is on its way
                await asyncio.sleep(FOLLOW_S)
            left_s = deadline_s - loop.time()
            if left_s <= 0:
                raise UnavailableError(f"the partner is on its way to book {reply.book}")


class LocalBook:
    """One book in this process. `turn` runs a batch and returns its replies, durable; None: it is out of reach."""

    def __init__(
        self,
        turn: Callable[[Sequence[Command]], Sequence[Reply]] | None,
        cuts: Callable[[int], list[WantedCut]] | None = None,
        uses: Callable[[], list[LimitUse]] | None = None,
        losses: Callable[[], list[LossUse]] | None = None,
    ) -> None:
        self.turn, self.cuts, self.uses, self.losses = turn, cuts, uses, losses

    async def ask(self, command: Command, wait_s: float) -> Reply:
        """Return the reply at once. Raises UnavailableError where the book is out of reach."""
        if self.turn is None:
            raise UnavailableError(f"the book did not answer within {wait_s} s")
        return self.turn([command])[0]

    async def take_cuts(self, most: int) -> list[WantedCut]:
        """Take up to `most` calls that are to be ended now."""
        return self.cuts(most) if self.cuts is not None else []

    async def limit_use(self) -> list[LimitUse] | None:
        """Return what the book counts of each soft limit."""
        return self.uses() if self.uses is not None else None

    async def loss_use(self) -> list[LossUse] | None:
        """Return what the book counts of each allowed loss."""
        return self.losses() if self.losses is not None else None


class LocalBooks:
    """All books, in this process."""

    def __init__(self, placement: Placement, books: Sequence[LocalBook]) -> None:
        self.placement, self.all, self.waiting = placement, books, 0

    def of_partner(self, partner: PartnerId) -> LocalBook:
        """Return the book of a partner's money."""
        return self.all[self.placement.book_of_partner(partner)]

    def at_home(self, partner: PartnerId) -> LocalBook:
        """Return the book of a partner's transfers."""
        return self.of_partner(partner)

    def of_call(self, key: CallKey) -> LocalBook:
        """Return the book at home for a call's records."""
        return self.all[self.placement.book_of_call(key)]


class QualityRef:
    """The shard of destinations. Quality is derived: what is lost while it restarts, it rebuilds from the books.

    No method raises what became of the actor: the answer is None then.
    """

    def __init__(self) -> None:
        self._handle: Any = None

    async def _call(self, method: str, *args: object) -> Any:
        try:
            if self._handle is None:
                self._handle = handle(QUALITY)
            return await getattr(self._handle, method).remote(*args)
        except (RayError, ValueError):  # whatever its trouble is, calls are booked and decided without it
            self._handle = None
            return None

    async def tell(self, seen: list[LegSeen], begun: list[LegBegun] | None = None) -> None:
        """Let it count ended legs, and open ones."""
        await self._call("count", Batch(seen), Batch(begun or ()))

    async def board(self, version: int) -> Any:
        """Return the present board in plain form if it is newer than `version`, else None."""
        return await self._call("board", version)


class DeskRef:
    """The desk for machines that joined. Raises RayError, ValueError, TimeoutError where it is away."""

    async def news(self, stamp: str) -> Any:
        """Return what is published (actors.mirror.News); None where its stamp is still that one."""
        async with asyncio.timeout(DESK_WAIT_S):
            return await handle(DESK).published.remote(stamp)

    async def piece(self, name: str, offset: int) -> bytes:
        """Return a piece of a published file from an offset; nothing behind its end."""
        async with asyncio.timeout(DESK_WAIT_S):
            found: bytes = await handle(DESK).published_piece.remote(name, offset)
            return found

    async def stage(self, name: str) -> Any:
        """Return what a staging file is (actors.stages.Stage)."""
        async with asyncio.timeout(DESK_WAIT_S):
            return await handle(DESK).stage.remote(name)

    async def stage_piece(self, name: str, offset: int) -> bytes:
        """Return a piece of a staging file from an offset; nothing behind its end."""
        async with asyncio.timeout(DESK_WAIT_S):
            found: bytes = await handle(DESK).stage_piece.remote(name, offset)
            return found

    async def take_decisions(self, name: str, offset: int, piece: bytes) -> int:
        """Append to a file of decisions if it is that long; return how long it is now (actors.decision_carrier)."""
        async with asyncio.timeout(DESK_WAIT_S):
            size: int = await handle(DESK).take_decisions.remote(name, offset, piece)
            return size
