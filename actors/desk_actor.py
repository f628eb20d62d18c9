"""The Ray face of the desk: opens the catalog, serves operators, watches the others, seals on time."""

import asyncio
import os
from collections.abc import Coroutine
from functools import partial
from typing import Any

from grpc.aio import Server
from prometheus_client import CollectorRegistry, start_http_server

from actors.decision_carrier import take_piece
from actors.desk import canary_rounds
from actors.desk.backups import Backups
from actors.desk.core import Desk
from actors.desk.leaving import leave
from actors.desk.loss_rounds import EVERY_S as LOSSES_S
from actors.desk.loss_rounds import LossRounds
from actors.desk.lost_ends import Sweeps, keep_closing
from actors.desk.mailing import Mailing
from actors.desk.metrics import StatusCollector
from actors.desk.notice_rounds import NoticeRounds
from actors.desk.notices import Hearing
from actors.desk.pins import settle_all
from actors.desk.placing import restore
from actors.desk.ported_rounds import EVERY_S as PORTED_S
from actors.desk.ported_rounds import PortedRounds
from actors.desk.promises import EVERY_S as PROMISES_S
from actors.desk.quantity_rounds import QUANTITIES_S, QuantityRounds
from actors.desk.repeating import repeat
from actors.desk.retry import retry_late
from actors.desk.route_rounds import EVERY_S
from actors.desk.server import serve
from actors.desk.tables import Tables
from actors.desk.watch import CHECK_S, FIRST_CHECK_S, Watch
from actors.home import Home, machine_ms
from actors.logs import open_log
from actors.mirror import News, Published
from actors.pulse import Pulse, fatal, rss_mb
from actors.refs import Books
from actors.stages import Stage, Staged
from actors.starting import Starting
from actors.tasks import Tasks
from domain.settings import host_port
from store.away import away
from store.catalog import Catalog
from store.figures_file import read_figures, write_figures

FILL_PAUSE_S = 3.0
FILL_PAUSES = 20
"""A month comes as many files: quality is counted anew once they are in, or a minute later, not after each."""
LATE_S = LOST_S = 30.0
TELL_AGAIN_S = 2.0
PUBLISH_S = 300.0
"""Dated rates come into the files days before their day, at any speed of the clock that is in use."""
TIDY_S = 3600.0
CATCH_UP_S = 300.0
PINS_S = 5.0
TABLES_S = 2.0
BACKUP_S = 15.0
"""So often we look whether a backup is due, by what is in its place."""
KEEP_S = 60.0
NOTICES_S = 0.5
MAIL_S = 1.0
REST_S = 2.0
"""What was begun may still end when the desk is stopped."""


class DeskActor:
    """One process behind operators. `start` is repeated by the first ping after each restart (DESIGN §4.5)."""

    def __init__(self, name: str, home: Home, tasks: Tasks) -> None:
        self._name, self._home, self._tasks = name, home, tasks
        self._started_ms = 0
        self._filled = False
        self._published = Published(home)
        self._starting = Starting(self._start, home.truth)

    async def ping(self) -> Pulse:
        """Start if need be, and tell how it goes."""
        await self._starting.ensure()
        return Pulse(self._name, "desk", os.getpid(), self._started_ms, rss_mb())

    async def published(self, stamp: str) -> News | None:
        """Tell another machine what is published, where that is not what it knows by the stamp."""
        news = await self._published.news(stamp)
        if self._started_ms:
            some = ", ".join(f"{path}" for path in self._published.left_out[:3])
            text = f"{len(self._published.left_out)} files are too large or too many for machines that joined: {some}"
            self._watch.alarm("not carried", text if some else "", "error")
        return news

    async def published_piece(self, name: str, offset: int) -> bytes:
        """Give another machine a piece of a published file."""
        return await self._published.piece(name, offset)

    async def stage(self, name: str) -> Stage:
        """Tell a shard on another machine what a staging file is."""
        return await Staged(self._home).stage(name)

    async def stage_piece(self, name: str, offset: int) -> bytes:
        """Give a shard on another machine a piece of a staging file."""
        return await Staged(self._home).stage_piece(name, offset)

    async def take_decisions(self, name: str, offset: int, piece: bytes) -> int:
        """Append decisions of a node on another machine to their file here, if that is as long as the node thinks."""
        return await asyncio.to_thread(take_piece, self._home.decisions, name, offset, piece)

    async def leave(self, machine: str) -> str:
        """Empty a machine that is about to leave; return what became of its actors."""
        await self._starting.ensure()
        return await self._desk.whole(leave(self._desk, machine))

    async def stop(self) -> None:
        """Serve no more; close the catalog."""
        for task in self._background:
            task.cancel()
        await self._server.stop(grace=1)
        await self._desk.at_rest(REST_S)
        await self._keep_figures()
        self._desk.catalog.close()

    async def _start(self) -> None:
        """Open and serve; what is away for now is told to who asked, and tried again by a later ping."""
        opened: list[Catalog] = []
        try:
            await self._open(opened)
        except Exception as error:
            if not away(error):
                fatal("the start of the desk", error)
            for catalog in opened:
                await asyncio.to_thread(catalog.close)
            raise

    async def _open(self, opened: list[Catalog]) -> None:
        home, settings = self._home, self._home.settings
        log = open_log(home, self._name)
        catalog = await asyncio.to_thread(
            Catalog.open, home.catalog_url(), base_currency=settings.money.base_currency, may_migrate=False
        )
        opened.append(catalog)
        books = Books(home.placement, batch=settings.limits.batch, queue=settings.limits.queue)
        self._desk = Desk(home, catalog, self._tasks, books)
        await restore(self._desk)
        await self._desk.open()
        self._watch = Watch(self._desk)
        self._sweeps: Sweeps = {}
        self._watch.board.restore(await asyncio.to_thread(read_figures, home.data))
        self._tables_kept, self._backups = Tables(self._desk), Backups(self._desk, self._watch.alarm)
        self._mailing, self._hearing = Mailing(self._desk), Hearing(self._desk, self._watch.alarm)
        served = await serve(self._desk, self._watch, self._tables_kept, self._mailing)
        self._server: Server = served[0]
        self._sources = served[1]
        if settings.desk.metrics:
            host, port = host_port(settings.desk.metrics)
            registry = CollectorRegistry()
            registry.register(StatusCollector(self._watch))
            self._metrics, _ = start_http_server(port, addr=host, registry=registry)
        self._background = [asyncio.create_task(job) for job in (self._watch.run(), *self._repeated())]
        for task in self._background:
            task.add_done_callback(_died)
        log.info("started", pid=os.getpid(), listen=settings.desk.listen)
        self._started_ms = machine_ms()

    def _repeated(self) -> list[Coroutine[Any, Any, None]]:
        """Return the work that is repeated, in machine time."""
        alarm, seal_s = self._watch.alarm, self._home.settings.store.seal_every_s
        return [
            repeat("count quality", self._fill, alarm, every_s=0, urgent=True),
            repeat("publish", self._desk.publish, alarm, every_s=PUBLISH_S),
            repeat("announce again", self._desk.tell_again, alarm, every_s=TELL_AGAIN_S),
            repeat("settle pins", partial(settle_all, self._desk), alarm, every_s=PINS_S, first_s=PINS_S),
            repeat("propose reratings", self._desk.reratings.keep, alarm, every_s=0),
            repeat("look at late calls", self._desk.reratings.catch_up, alarm, every_s=CATCH_UP_S),
            repeat("tidy", self._desk.tidy, alarm, every_s=TIDY_S),
            repeat("watch routes", self._watch.routes.keep, alarm, every_s=EVERY_S),
            repeat("look at losses", LossRounds(self._desk, alarm).look, alarm, every_s=LOSSES_S),
            repeat("watch servers", PortedRounds(self._desk, self._watch.pulse, alarm).look, alarm, every_s=PORTED_S),
            repeat("look at quantities", QuantityRounds(self._desk, alarm).look, alarm, every_s=QUANTITIES_S),
            repeat("watch canaries", self._watch.canaries.keep, alarm, every_s=canary_rounds.EVERY_S),
            repeat("watch promises", self._watch.promises.keep, alarm, every_s=PROMISES_S),
            repeat("hear of credit", self._hearing.take, alarm, every_s=NOTICES_S),
            repeat("send mail", self._send_mail, alarm, every_s=MAIL_S),
            *self._sources.repeated(),
            NoticeRounds(self._desk, alarm).repeated(),
            repeat("forget mail", self._mailing.tidy, alarm, every_s=TIDY_S, first_s=TIDY_S),
            repeat("seal", self._seal, alarm, every_s=seal_s, first_s=seal_s),
            repeat("keep figures", self._keep_figures, alarm, every_s=KEEP_S, first_s=KEEP_S),
            repeat("late reports", self._retry_late, alarm, every_s=LATE_S, first_s=LATE_S),
            repeat("lost ends", self._close_lost, alarm, every_s=LOST_S, first_s=LOST_S),
            repeat("routing tables", self._tables_kept.keep, alarm, every_s=TABLES_S, first_s=TABLES_S),
            repeat("back up", self._backups.keep, alarm, every_s=BACKUP_S, first_s=BACKUP_S),
            repeat("prove the books", self._watch.prove, alarm, every_s=CHECK_S, first_s=FIRST_CHECK_S),
        ]

    async def _fill(self) -> None:
        """Count quality from the books at the start, after imports and when its actor was started anew.

        Live legs the shards tell themselves.
        """
        stale = self._desk.quality_stale
        if self._filled:
            await stale.wait()
            for _ in range(FILL_PAUSES):
                await asyncio.sleep(FILL_PAUSE_S)
                if not self._desk.importing:
                    break
        self._filled = False
        stale.clear()
        await self._desk.refill_quality()
        self._filled = True

    async def _seal(self) -> None:
        await self._desk.seal()

    async def _keep_figures(self) -> None:
        """Keep what came of the switches, so that a restart does not forget it."""
        await asyncio.to_thread(write_figures, self._home.data, self._watch.board.kept())

    async def _send_mail(self) -> None:
        """Send the mail that waits, and say what was given up."""
        waiting = await asyncio.to_thread(self._mailing.notices_waiting)
        text = f"mails with rates wait for an hour or more: {waiting}; see `switchboard mail list --filter waiting`"
        self._watch.alarm("notices wait", text if waiting else "", "error")
        await self._mailing.send()
        count = await asyncio.to_thread(self._mailing.given_up)
        text = f"{count} mails of the last day were given up: see `switchboard mail list --filter failed`"
        self._watch.alarm("mail", text if count else "", "warning")

    async def _close_lost(self) -> None:
        """Close legs whose end never came."""
        await keep_closing(self._desk, self._watch.alarm, self._watch.listening_since_ms(), self._sweeps)

    async def _retry_late(self) -> None:
        """Look late reports up in the segments."""
        await retry_late(self._desk)


def _died(task: "asyncio.Task[None]") -> None:
    if not task.cancelled():
        fatal("a background task of the desk", task.exception() or RuntimeError("ended"))
