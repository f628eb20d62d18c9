"""The Ray face of a shard: opens its books, lets their writers work, tells quality. It knows nothing of money."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from ray.exceptions import RayError

from actors.delivery import Delivery, Items, Outboxes, UnreachableError
from actors.home import Home, machine_ms
from actors.logs import open_log
from actors.mirror import PATIENCE_S, Mirror
from actors.notices import News
from actors.pulse import Pulse, fatal, rss_mb
from actors.quiet import quieten
from actors.refs import DeskRef, QualityRef, handle
from actors.shard import Shard
from actors.shard_users import user_uses
from actors.stages import brought
from actors.starting import Starting
from actors.trial import would_grant
from actors.writer import Writer
from domain.commands import Expire, Granted, PlaceHold, Refused
from domain.cuts import WantedCut
from domain.directory import Directory
from domain.end_users import EndUserUse
from domain.errors import StoppedError
from domain.hearing import Hearing
from domain.ids import EndUserId, PartnerId
from domain.limits import LimitUse
from domain.losses import LossUse
from domain.money import Currency
from domain.partner_use import PartnerMoney, PartnerUse
from domain.policies.policy import Policies
from domain.quality import LegBegun, LegSeen
from domain.travel import Batch, pack, unpack
from store.away import away
from store.book import Book
from store.book_bulk import BlockTaken, SegmentDraft

EXPIRE_S = 1.0
TELL_S = 0.25
EMPTY = Directory(0, Currency("USD"), {}, {}, {}, Policies())


class ShardActor:
    """One or more books in one process. `start` is repeated after each restart of the actor (DESIGN §4.5)."""

    def __init__(self, name: str, home: Home) -> None:
        self._name, self._home = name, home.here()
        self._mirror = Mirror(self._home, DeskRef()) if self._home.joined else None
        self._writers: dict[int, Writer] = {}
        self._shards: dict[int, Shard] = {}
        self._starting = Starting(self._start, self._home.truth)
        self._started_ms = 0
        self._reading = asyncio.Lock()
        self._stopped = False
        self._hearing = Hearing(0)
        self._heard: list[LegSeen] = []
        self._background: list[asyncio.Task[None]] = []

    async def ping(self) -> Pulse:
        """Start if need be, and tell how it goes; `transaction_s` too long means that the disk hangs.

        Raises StoppedError after `stop`.
        """
        if self._stopped:
            raise StoppedError(f"{self._name} was told to stop")
        await self._started()
        # each a copy, made in one step: the writer is another thread and may add partners
        partners = [partner for shard in self._shards.values() for partner in list(shard.partners.values())]
        figures = {
            "partners": float(len(partners)),
            "open_calls": float(sum(len(partner.holds) for partner in partners)),
            "turns": float(sum(writer.turns for writer in self._writers.values())),
            "commands": float(sum(writer.commands for writer in self._writers.values())),
            "transaction_s": max(writer.hangs_for_s() for writer in self._writers.values()),
            "cuts": float(sum(len(shard.cuts) for shard in self._shards.values())),
            "cuts_given_up": float(sum(shard.cuts.given_up for shard in self._shards.values())),
            "other_program": float(self._mirror is not None and self._mirror.other_program),
            "outbox": float(sum(len(shard.outbox) for shard in self._shards.values())),
        }
        epoch = max(shard.book.epoch for shard in self._shards.values())
        return Pulse(self._name, "shard", os.getpid(), self._started_ms, rss_mb(), epoch, figures)

    async def turn(self, asked: bytes) -> bytes:
        """Run a batch: the number of a book and its commands, packed. Returned, packed: their replies, durable."""
        await self._started()
        book, commands = unpack(asked)
        return pack(await self._writers[book].turn(commands))

    async def announce(self) -> None:
        """Read the published directory anew."""
        await self._started()
        await self._copy(wait_s=None)  # who announces waits until it is in force
        async with self._reading:  # one after the other: what was read last is what is newest
            directory = await asyncio.to_thread(self._home.directory) or EMPTY
            pins = self._home.orders().pins
            for shard in self._shards.values():
                shard.places.pins = pins
                shard.directory = directory  # a reference: the writer sees the old value or the new one, each whole
        at_ms = self._home.clock().business_ms(machine_ms())
        for writer in self._writers.values():
            await writer.bulk(lambda shard: shard.judge(at_ms))

    async def take_block(self, book: int, stage: str, at_ms: int) -> BlockTaken:
        """Take a staging file of the first machine into a book."""
        await self._started()
        async with brought(self._home, DeskRef(), stage) as path:
            return await self._writers[book].bulk(lambda shard: shard.take_block(path, at_ms))

    async def seal(self, book: int, drafts: list[SegmentDraft], now_ms: int, seen_from_day: int = 0) -> int:
        """Replace ended legs by their segments."""
        await self._started()
        return await self._writers[book].bulk(lambda shard: shard.seal(drafts, now_ms, seen_from_day))

    async def stop_waiting(self, book: int, before_ms: int) -> int:
        """Let legs that we closed before a moment wait no longer for their real end; 0 when there are no more."""
        await self._started()
        return await self._writers[book].bulk(lambda shard: shard.stop_waiting(before_ms))

    async def forget(self, book: int, before_day: int) -> int:
        """Forget some ids of sealed legs of earlier days; 0 when there are no more."""
        await self._started()
        return await self._writers[book].bulk(lambda shard: shard.forget(before_day))

    async def receive(self, book: int, from_book: int, items: Items) -> list[int]:
        """Take postings of another book."""
        await self._started()
        return await self._writers[book].bulk(lambda shard: shard.receive(from_book, items))

    async def take_cuts(self, book: int, most: int, node: str) -> list[WantedCut]:
        """Return up to `most` calls whose switches are to be told to end them now; the node that asks takes them."""
        await self._started()
        self._hearing.asked(node, machine_ms())
        if not self._shards[book].cuts:
            return []
        now_ms = machine_ms()
        at_ms = self._home.clock().business_ms(now_ms)
        return await self._writers[book].bulk(lambda shard: shard.take_cuts(at_ms, now_ms, most))

    async def news(self, book: int, after: int) -> News:
        """Return the notices above a number; those up to it the desk has entered, and they are forgotten."""
        await self._started()
        shard = self._shards[book]
        if shard.notices.has_spent(after):
            await self._writers[book].bulk(lambda shard: shard.told(after))
        return shard.news(after, self._home.settings.limits.batch)

    async def limit_use(self, book: int, *, soft_only: bool) -> list[LimitUse]:
        """Return what a book counts of each limit; `soft_only`: of those that nodes keep."""
        await self._started()
        at_ms = self._home.clock().business_ms(machine_ms())
        return await self._writers[book].bulk(lambda shard: shard.limit_use(at_ms, soft_only=soft_only))

    async def loss_use(self, book: int) -> list[LossUse]:
        """Return what a book counts of each allowed loss."""
        await self._started()
        at_ms = self._home.clock().business_ms(machine_ms())
        return await self._writers[book].bulk(lambda shard: shard.loss_use(at_ms))

    async def partner_use(self, partner: PartnerId) -> PartnerUse:
        """Return what of a partner's limits is in use; ask the shard of the partner's book."""
        await self._started()
        at_ms = self._home.clock().business_ms(machine_ms())
        number = self._home.placement.book_of_partner(partner)
        return await self._writers[number].bulk(lambda shard: shard.partner_use(partner, at_ms))

    async def user_uses(self, partner: PartnerId, users: Sequence[EndUserId]) -> dict[EndUserId, EndUserUse]:
        """Return what end users of a partner use; ask the shard of the partner's book."""
        await self._started()
        at_ms = self._home.clock().business_ms(machine_ms())
        number = self._home.placement.book_of_partner(partner)
        return await self._writers[number].bulk(lambda shard: user_uses(shard, partner, users, at_ms))

    async def would_grant(self, command: PlaceHold) -> Granted | Refused:
        """Return what a hold would be answered with; ask the shard of the partner's book."""
        await self._started()
        number = self._home.placement.book_of_partner(command.partner)
        return await self._writers[number].bulk(lambda shard: would_grant(shard, command))

    async def partner_money(self, names: Sequence[PartnerId]) -> dict[PartnerId, PartnerMoney]:
        """Return the money of those of some partners that live in a book of this shard."""
        await self._started()
        result: dict[PartnerId, PartnerMoney] = {}
        for writer in self._writers.values():
            result |= await writer.bulk(lambda shard: shard.partner_money(names))
        return result

    async def stop(self) -> None:
        """Finish what waits and close the books."""
        self._stopped = True
        for task in self._background:
            task.cancel()
        for writer in self._writers.values():
            await asyncio.to_thread(writer.stop)

    async def _started(self) -> None:
        await self._starting.ensure()

    async def _start(self) -> None:
        home = self._home
        log = open_log(home, self._name)
        try:
            if self._mirror is not None:
                await self._mirror.begin()
            directory = await asyncio.to_thread(home.directory) or EMPTY
            for number in home.placement.books_of_shard(self._name):
                shard = await asyncio.to_thread(self._recovered, number, directory)
                self._shards[number] = shard
                self._writers[number] = Writer(shard, self._heard.extend)
        except Exception as error:
            if not away(error):
                fatal(f"the start of {self._name}", error)
            await self._undo()
            raise
        self._hearing = Hearing.of([node.name for node in home.settings.node], machine_ms())
        self._background = [asyncio.create_task(job()) for job in (self._expire, self._tell, self._resend)]
        for task in self._background:
            task.add_done_callback(self._died)
        quieten()
        books = sorted(self._shards)
        log.info("started", pid=os.getpid(), books=books)
        self._started_ms = machine_ms()

    def _recovered(self, number: int, directory: Directory) -> Shard:
        """Open a book and take up its live state; where that fails it is closed, for the next try. Blocks."""
        home = self._home
        book = Book.open(home.settings.store.full_url(), home.books, number)
        placement = replace(home.placement, pins={})  # where names put partners: books know who was moved
        try:
            shard = Shard(book, directory, home.hold_times(), placement, seen_days=home.settings.store.seen_days)
            shard.places.pins = home.orders().pins
            shard.recover()
            shard.judge(home.clock().business_ms(machine_ms()))  # terms may have changed meanwhile
        except BaseException:
            with suppress(Exception):
                book.close()
            raise
        return shard

    async def _undo(self) -> None:
        """Close what a start that failed had opened already: the next try opens it anew."""
        for writer in self._writers.values():
            await asyncio.to_thread(writer.stop)
        self._writers.clear()
        self._shards.clear()

    def _died(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled():
            fatal(f"a background task of {self._name}", task.exception() or RuntimeError("ended"))

    async def _copy(self, wait_s: float | None = PATIENCE_S) -> None:
        """Copy what is published to this machine, where it is not the first one."""
        if self._mirror is not None:
            await self._mirror.try_refresh(wait_s)

    async def _expire(self) -> None:
        while True:
            await asyncio.sleep(EXPIRE_S)
            await self._copy()  # the clock, above all: a node here may not be
            now_ms = machine_ms()
            clock, heard_since_ms = self._home.clock(), self._hearing.since_ms(now_ms)
            up_since_ms = clock.business_ms(self._hearing.began_ms)
            expire = Expire(clock.business_ms(now_ms), clock.business_ms(heard_since_ms), up_since_ms)
            for writer in self._writers.values():
                await writer.turn([expire])

    async def _tell(self) -> None:
        quality = QualityRef()
        while True:
            await asyncio.sleep(TELL_S)
            heard, self._heard[:] = list(self._heard), []
            begun = self._begun()  # taken after the ends: else an end could come before its beginning
            if heard or begun:
                await quality.tell(heard, begun)

    def _begun(self) -> list[LegBegun]:
        """Take the open legs that quality has yet to hear of; writers add to them meanwhile."""
        taken: list[LegBegun] = []
        for shard in self._shards.values():
            count = len(shard.begun)
            taken += shard.begun[:count]
            del shard.begun[:count]
        return taken

    async def _resend(self) -> None:
        """Deliver postings to other books."""
        most = self._home.settings.limits.batch
        await Delivery(self._outboxes, self._deliver, self._forget_sent, most=most).run()

    def _outboxes(self) -> Outboxes:
        return {number: shard.outbox for number, shard in self._shards.items()}

    async def _deliver(self, to_book: int, from_book: int, items: Items) -> list[int]:
        """Bring postings to their book; return the numbers of those that are durable there."""
        shard = self._home.placement.shard_of_book(to_book)
        if shard == self._name:
            return await self.receive(to_book, from_book, items)
        try:
            return list(await handle(shard).receive.remote(to_book, from_book, Batch(items)))
        except (RayError, ValueError) as error:
            raise UnreachableError(f"{shard} did not take postings") from error

    async def _forget_sent(self, from_book: int, numbers: list[int]) -> None:
        await self._writers[from_book].bulk(lambda shard: shard.sent(numbers))
