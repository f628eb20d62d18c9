"""The desk's core: the one writer of the catalog, who publishes what changed and tells everybody."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar

import structlog
from ray.exceptions import RayError

from actors.desk.jobs import Jobs
from actors.desk.reratings import Reratings
from actors.desk.retention import tidy
from actors.desk.sources import Sources
from actors.home import Home, machine_ms
from actors.notice_work import DueSum
from actors.refs import QUALITY, Books, QualityRef, UnavailableError, handle
from actors.tasks import Tasks
from actors.tokens import caller
from actors.world_files import load_world
from domain.clock import Clock
from domain.file_layouts import equipment_of
from domain.ids import DestinationId, SwitchId
from domain.money import Currency
from domain.panic import NOTHING, Panic
from domain.quality_board import QualityBoard
from domain.sla.products import products_of
from domain.world import World
from store.book_bulk import SegmentDraft
from store.book_reader import BookReader
from store.catalog import Catalog
from store.clock_file import write_clock
from store.manifest import Manifest
from store.publication import Prepared, publish

T = TypeVar("T")
_Made = Callable[[], Awaitable[Prepared | None]]
ASK_WAIT_S = 10.0
GATHER_S = 1.0
"""So long after a publication of changes that are published together the next one waits for more of them."""
PAGE_ROWS = 50
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class Desk:
    """Changes the catalog under one lock, publishes, announces. Services of operators use it.

    Invariants: what an operator was told is done is in the catalog, published and announced; what was begun goes to its
    end, though who asked goes away meanwhile, so that two publications never run at once.
    """

    def __init__(self, home: Home, catalog: Catalog, tasks: Tasks, books: Books) -> None:
        self.home, self.catalog, self.tasks, self.books = home, catalog, tasks, books
        self.quality = QualityRef()
        self._writing = asyncio.Lock()  # one long transaction makes others wait here, not until they are refused
        self.jobs = Jobs(catalog, self.now_ms, self._writing)
        self.reratings = Reratings(self)
        self._announced: Manifest | None = None
        self.versions: dict[str, int] = {}
        self._unheard: set[str] = set()
        """The version that each node said, when it was last told of one, that it decides from."""
        self._running: set[asyncio.Task[Any]] = set()
        self.absent: set[str] = set()
        """Actors whose machine is away: nobody waits for them; they read what is published when they start."""
        self.silent: dict[str, int] = {}
        """Actors that did not answer their last ping, and since when, business time (actors.desk.watch)."""
        self.sources = Sources()
        self._changing = asyncio.Lock()
        self._gathering: asyncio.Task[None] | None = None
        self._gathered_s = float("-inf")
        self._sealing = asyncio.Lock()
        self._lookups = 0
        self._gate = asyncio.Lock()
        self.retrying = asyncio.Lock()
        self.placing = asyncio.Lock()
        self.quality_stale = asyncio.Event()
        self.telling = asyncio.Lock()
        """One notice is made at a time: what is made by itself and what somebody asks for are not made both."""
        self.dues: dict[tuple[str, int, Hashable], tuple[int, int, DueSum]] = {}
        """What clients have yet to be told, by plan, version and more, from when to when (actors.desk.notice_due)."""
        self.counting = asyncio.Lock()
        """What is due is counted for one client at a time: such a count reads a whole plan."""
        self.world: World | None = None
        self.panic = NOTHING
        self.away = ""
        """What of the store does not answer, in a sentence; "" when all does (actors.desk.store_watch)."""
        self.clock: Clock = home.clock()
        self.reader = BookReader(home.settings.store.full_url(), home.books, home.settings.store.books)

    def now_ms(self) -> int:
        """Return business time, UTC ms."""
        return self.clock.business_ms(machine_ms())

    async def read(self, question: Callable[[Catalog], T]) -> T:
        """Ask the catalog, in a thread."""
        return await asyncio.to_thread(question, self.catalog)

    async def change(self, order: Callable[[Catalog, int], T], file: _Made | None = None) -> T:
        """Change the catalog, publish, and announce; `order` gets the catalog and the moment (UTC ms).

        `file`: waits for that of a plan that is changed, which is made meanwhile.
        """
        return await self.whole(self._change(order, file))

    async def _change(self, order: Callable[[Catalog, int], T], file: _Made | None) -> T:
        async with self._changing:
            async with self._writing:
                result = await asyncio.to_thread(order, self.catalog, self.now_ms())
            await self._publish(prepared=await file() if file else None)
        self.reratings.wake()
        return result

    async def change_together(self, order: Callable[[Catalog, int], T]) -> T:
        """Change the catalog as `change`, with one publication for all that comes within GATHER_S of the last one.

        For what costs much to publish and comes one by one: an end user among 100,000.
        """
        return await self.whole(self._change_together(order))

    async def _change_together(self, order: Callable[[Catalog, int], T]) -> T:
        async with self._writing:
            result = await asyncio.to_thread(order, self.catalog, self.now_ms())
        if self._gathering is None:
            self._gathering = self.begin(self._publish_gathered())
        await self._gathering
        return result

    async def _publish_gathered(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._gathered_s + GATHER_S - loop.time())
        async with self._changing:
            self._gathering = None  # what is written from here on may be too late for this one
            try:
                await self._publish()
            finally:
                self._gathered_s = loop.time()

    async def write(self, order: Callable[[Catalog], T]) -> T:
        """Write into the catalog what changes nothing that is published."""
        async with self._writing:
            return await asyncio.to_thread(order, self.catalog)

    async def note(self, action: str, noun: str, key: str, after: object = None) -> None:
        """Enter into the audit trail what the caller changed outside the catalog: in a book, a file, a process."""
        async with self._writing:
            who, now_ms = caller(), self.now_ms()
            await asyncio.to_thread(self.catalog.audit.note, action, noun, key, who=who, at_ms=now_ms, after=after)

    async def whole(self, work: Coroutine[Any, Any, T]) -> T:
        """Do work to its end, though who asked goes away: gRPC cancels the handler of a client that is gone."""
        return await asyncio.shield(self.begin(work))

    def begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin work that ends by itself."""
        task = asyncio.create_task(work)
        self._running.add(task)  # the loop itself keeps weak references only
        task.add_done_callback(self._running.discard)
        return task

    async def at_rest(self, wait_s: float) -> None:
        """Wait until nothing that was begun is unfinished, for some seconds at most."""
        if self._running:
            await asyncio.wait(self._running, timeout=wait_s)

    @property
    def base_currency(self) -> Currency:
        """The currency of profit and loss."""
        return Currency(self.home.settings.money.base_currency)

    def page(self, asked: int) -> int:
        """Return how many rows a list shows: what is asked for, PAGE_ROWS by default, page_rows at most."""
        return min(asked or PAGE_ROWS, self.home.settings.limits.page_rows)

    def destination_name(self, number: str) -> str:
        """Return the name of the destination of a number or code, "" where the book knows none."""
        if self.world is None:
            return ""
        destination = self.world.codes.destination_of(number)
        return self.world.codes.name_of(destination) if destination else ""

    def name_of(self, destination: DestinationId) -> str:
        """Return the name of a destination."""
        return self.world.codes.name_of(destination) if self.world else ""

    async def publish(self) -> None:
        """Publish what the catalog says now, and what comes into force as time goes by."""
        await self.whole(self._renew())

    async def _renew(self) -> None:
        async with self._changing:
            await self._publish(renew=True)

    async def open(self) -> None:
        """Begin with what is published; a large plan takes seconds, and who waits for the desk's start kills it."""
        await self.jobs.interrupted()
        if self.home.manifest() is None:
            await self.publish()
        else:
            await self.load_world()

    async def _publish(self, *, renew: bool = False, prepared: Prepared | None = None) -> None:
        limits = self.home.settings.limits
        manifest = await asyncio.to_thread(
            publish,
            self.catalog,
            self.home.snapshots,
            who="desk",
            at_ms=self.now_ms(),
            before_ms=limits.snapshot_back_h * HOUR_MS,
            ahead_ms=limits.snapshot_ahead_days * 24 * HOUR_MS,
            renew=renew,
            prepared=prepared,
        )
        if renew and manifest == self._announced:
            return
        await self.load_world()
        await self.announce()
        self._announced = manifest

    async def tidy(self) -> None:
        """Delete files that are not needed any more."""
        await self.whole(self._tidy())

    async def _tidy(self) -> None:
        async with self._changing:
            await asyncio.to_thread(tidy, self.home, self.catalog, self.now_ms())

    async def fresh_world(self) -> World | None:
        """Return the world with the quality of now."""
        if self.world is not None:
            before = self.world.quality
            change = await self.quality.board(before.version)
            if change is not None and self.world.quality is before:
                self.world = replace(self.world, quality=before.changed(change))
        return self.world

    def equipment(self, switch: str) -> str:
        """Return what kind of equipment a switch's files come from; "" where it delivers none of their own form."""
        return equipment_of(self.world.index.directory.switches.get(SwitchId(switch))) if self.world else ""

    def overdue_ms(self) -> int:
        """Return the moment before which no leg that is still open can have begun: its end never came."""
        limits = self.home.settings.limits
        return self.now_ms() - (limits.max_call_s + limits.hold_grace_s) * 1000

    def oldest_ms(self) -> int:
        """Return the moment from which on the world at hand has all rates."""
        return self.now_ms() - self.home.settings.limits.snapshot_back_h * HOUR_MS

    async def load_world(self) -> None:
        """Read what is published, for quotes and explanations."""
        manifest = self.home.manifest()
        if manifest is not None:
            board = self.world.quality if self.world else QualityBoard()
            world = await asyncio.to_thread(load_world, self.home.snapshots, manifest, board)
            if self.world and products_of(self.world.index.directory) != products_of(world.index.directory):
                self.quality_stale.set()  # a call is of the product that its trunk has now: all are counted anew
            self.world = replace(world, panic=self.panic)

    def obey(self, panic: Panic) -> None:
        """Explain routes by these panic orders from now on."""
        self.panic = panic
        if self.world is not None:
            self.world = replace(self.world, panic=panic)

    async def announce(self) -> None:
        """Tell shards and nodes to read what is published. Who is down reads it when it starts."""
        names = self.home.placement.shard_names
        names += [node.name for node in self.home.settings.node]
        await asyncio.gather(*(self._tell(name) for name in dict.fromkeys(names) if name not in self.absent))

    async def _tell(self, name: str) -> None:
        try:
            async with asyncio.timeout(ASK_WAIT_S):
                version = await handle(name).announce.remote()
            if isinstance(version, int):
                self.versions[name] = version
            self._unheard.discard(name)
        except (RayError, ValueError, TimeoutError) as error:
            if name not in self._unheard:  # what was changed is done; who did not hear of it is told again
                structlog.get_logger().warning("not announced", to=name, error=str(error))
            self._unheard.add(name)

    async def tell_again(self) -> None:
        """Announce to those who did not hear of it: they must not go on with what was, for one lost message."""
        await asyncio.gather(*(self._tell(name) for name in sorted(self._unheard)))

    async def set_clock(self, origin_ms: int, speed: float) -> Clock:
        """Set business time for all processes."""
        return await self.whole(self._set_clock(origin_ms, speed))

    async def _set_clock(self, origin_ms: int, speed: float) -> Clock:
        async with self._changing:
            self.clock = self.clock.set_to(origin_ms, machine_ms(), speed)
            await asyncio.to_thread(write_clock, self.home.data, self.clock)
            await self._publish()
        return self.clock

    @property
    def importing(self) -> bool:
        """Say whether files are being taken or records tried again."""
        return self._lookups > 0

    async def refill_quality(self) -> int:
        """Have the quality counts made anew from the books; return how many counts that were."""
        quality: Any = handle(QUALITY)
        await quality.begin_filling.remote()
        refill = await self.tasks.quality_refill(self.now_ms())
        for piece in refill.pieces():
            await quality.fill.remote(piece)
        await quality.end_filling.remote()
        return len(refill.series)

    async def seal(self) -> int:
        """Seal every book's ended legs into segments; return how many legs that were."""
        return await self.whole(self._seal())

    async def seal_now(self) -> int:
        """Seal because an operator asks: that is a job; the sealing that repeats itself is none."""
        async with self.jobs.running("seal", "all books"):
            return await self.seal()

    async def shard_of(self, book: int) -> Any:
        """Return the handle of a book's shard, which answers now: work that is given to one between two incarnations
        would wait for as long as that takes, and be done when nobody wants it any more. Raises UnavailableError.
        """
        name = self.home.placement.shard_of_book(book)
        if name in self.absent:
            raise UnavailableError(f"the machine of {name} is away")
        try:
            shard = handle(name)
            async with asyncio.timeout(ASK_WAIT_S):
                await shard.ping.remote()
        except (RayError, TimeoutError) as error:
            raise UnavailableError(f"{name} does not answer") from error
        return shard

    async def _seal(self) -> int:
        """Seal what can be sealed; a book whose shard is away keeps no other from it."""
        sealed = 0
        away: UnavailableError | None = None
        async with self._sealing:
            for book in range(self.home.placement.books):
                try:
                    sealed += await self._seal_book(book)
                except UnavailableError as error:
                    away = error
        if away is not None:
            raise away
        return sealed

    async def _seal_book(self, book: int) -> int:
        sealed = 0
        await self.shard_of(book)
        await self._stop_waiting(book)
        while drafts := await self.tasks.draft_segments(book):
            for draft in drafts:  # one transaction each: live calls go between them
                await self._seal_one(book, draft)
                sealed += draft.legs
        await self._forget(book)
        return sealed

    async def _stop_waiting(self, book: int) -> None:
        """Seal what we closed partial_days ago as it is: its real end has not come."""
        before_ms = self.now_ms() - self.home.settings.store.partial_days * DAY_MS
        shard = handle(self.home.placement.shard_of_book(book))
        while await shard.stop_waiting.remote(book, before_ms):
            pass

    async def _seal_one(self, book: int, draft: SegmentDraft) -> None:
        """Seal one segment; ids of days that are late already need not be kept, unless somebody is looking them up."""
        shard = await self.shard_of(book)
        async with self._gate:
            seen_from_day = 0 if self._lookups else self._late_day()
            await shard.seal.remote(book, [draft], self.now_ms(), seen_from_day)

    def _late_day(self) -> int:
        """Return the first day whose legs a book itself still knows after sealing."""
        return self.now_ms() // DAY_MS - self.home.settings.store.seen_days

    async def _forget(self, book: int) -> None:
        """Let a book forget ids of sealed legs that are older than seen_days, a bounded transaction at a time."""
        before_day = self._late_day()
        shard = handle(self.home.placement.shard_of_book(book))
        while not self._lookups and await shard.forget.remote(book, before_day):
            pass

    @asynccontextmanager
    async def looking_up(self) -> AsyncIterator[None]:
        """While this lasts, books forget no ids: a leg that was not in the segments when somebody looked, and has been
        sealed since, is one that its book knows. It begins between two segments."""
        async with self._gate:
            self._lookups += 1
        try:
            yield
        finally:
            self._lookups -= 1
