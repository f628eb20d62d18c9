"""Work for batch workers as Ray tasks. Live actors hold this class: what needs Polars is imported by the tasks only."""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import ray
import structlog
from ray.exceptions import RayError, RayTaskError

from actors.home import Home
from actors.look_work import Compared, CompareLook, Earned, MarginLook, Offered, VendorsLook
from actors.notice_work import AnswerOrder, DueSum, ExportOrder, WrittenAnswer, WrittenSheet
from actors.rerate_work import Booked, CountOrder, ListedPage, ListedQuery, TableQuery
from actors.sheet_work import (
    BookNews,
    BookQuery,
    Digest,
    DigestOrder,
    DigestStep,
    PlanFileOrder,
    PreviewQuery,
    RowsPage,
    RowsQuery,
    SheetLook,
)
from actors.tasks import (
    BooksProof,
    CallCountQuery,
    FoundLeg,
    InvoiceJob,
    InvoiceQuery,
    InvoiceUsage,
    LegQuery,
    StagedFile,
    TrafficRow,
    UserBillQuery,
    UserCut,
    is_behind,
)
from cluster.tasks import doing
from cluster.tasks.backtest_parts import in_parts
from cluster.tasks.ported_tasks import PortedTasks
from cluster.tasks.quality_tasks import QualityTasks
from cluster.tasks.route_tasks import RouteTasks
from cluster.tasks.slots import Slots, Turn
from domain.backtests import Backtest, BacktestOrder
from domain.calls import Leg, Parked
from domain.errors import SwitchboardError
from domain.parking import Retried
from domain.reratings import Counted
from domain.sheets.rate_mail import RateMail
from domain.short_calls import CallCount
from domain.user_bills import UserUsage
from store.book_bulk import SegmentDraft
from store.catalog.codes import CodeSeed
from store.sheets.kinds import may_be_archive

LET_GO_S = 30.0
"""So long work that was cancelled is given to leave its place as it found it."""
ALWAYS_BEHIND = frozenset(
    {"count_rerating", "booked_since", "sheet_book", "count_part", "backtest_part", "overflow_part"}
)
"""Work that goes on behind what people wait for, whoever has it done: it may take minutes, or nobody asked for it."""
CHANGES_NOTHING = ALWAYS_BEHIND | {"due_sum", "write_sheet", "sheet_answer"}
"""Work that can be broken off at any moment and begun anew: all that it makes is what it returns, or a list aside."""
SHORT = frozenset({"sheet_rows"})
"""Work of a moment and of little memory that a person waits for: it needs no place, so that work behind is not broken
off for it, and a process begun that has everything to load again. One at a time."""
GIVEN_MOST = 3
"""So often work behind gives its place to who waits; then it goes through to its end."""


class RayTasks(RouteTasks, QualityTasks, PortedTasks):
    """Runs each piece of work as one task of one core, in its turn (slots). An error of ours comes out as itself.

    Picklable: the desk is given it when it is made. `home`: the data folder and settings, the same for all.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._slots: Slots | None = None
        self._short = asyncio.Semaphore(1)

    def __reduce__(self) -> tuple[type["RayTasks"], tuple[Home]]:
        """Travel without the places, which belong to one process."""
        return type(self), (self._home,)

    @property
    def _places(self) -> Slots:
        if self._slots is None:
            self._slots = Slots(self._home.settings.ray.workers_on(os.cpu_count() or 1))
        return self._slots

    async def sheet_files(self, name: str, data: bytes) -> list[tuple[str, bytes]]:
        """Return the rate files of a zip, else the file itself, which needs no turn."""
        if not may_be_archive(data):
            return [(name, data)]
        files: list[tuple[str, bytes]] = await self._run("sheets", "sheet_files", name, data)
        return files

    async def mail_files(self, raw: bytes) -> RateMail:
        """Read a mail with rate sheets."""
        mail: RateMail = await self._run("sheets", "mail_files", raw)
        return mail

    async def digest_sheet(self, order: DigestOrder, steps: "asyncio.Queue[DigestStep]") -> Digest:
        """Read a rate sheet, compare and check it; one that is given up is cancelled."""
        found: list[Digest] = []

        def tell(told: DigestStep) -> None:
            if isinstance(told, Digest):
                found.append(told)
            else:
                steps.put_nowait(told)

        async with self._places.place():
            await _hear(doing.digest.remote(self._home, order), tell)
        return found[0]

    async def sheet_rows(self, query: RowsQuery) -> RowsPage:
        """Return a page of a part of a digested sheet."""
        page: RowsPage = await self._run("sheet_pages", "sheet_rows", query)
        return page

    async def sheet_look(self, query: PreviewQuery) -> SheetLook:
        """Read the first rows of a sheet."""
        look: SheetLook = await self._run("sheet_look", "sheet_look", query)
        return look

    async def plan_file(self, order: PlanFileOrder) -> None:
        """Write the file of a plan's first rates."""
        await self._run("plan_file", "plan_file", order)

    async def sheet_book(self, query: BookQuery) -> BookNews:
        """Read what the reference book learns from a sheet."""
        news: BookNews = await self._run("sheet_book", "sheet_book", query)
        return news

    async def write_sheet(self, order: ExportOrder) -> WrittenSheet:
        """Write a sheet of a plan as a client gets it."""
        written: WrittenSheet = await self._run("notice_sheet", "write_sheet", order)
        return written

    async def due_sum(self, order: ExportOrder) -> DueSum:
        """Add up what a client has yet to be told of a plan."""
        due: DueSum = await self._run("notice_sheet", "due_sum", order)
        return due

    async def notice_changes(self, path: Path, kind: str, code: str, limit: int, offset: int) -> RowsPage:
        """Return a page of the changes of a written sheet."""
        query = RowsQuery(path, kind=kind, code=code, limit=limit, offset=offset)
        page: RowsPage = await self._run("sheet_pages", "sheet_rows", query)
        return page

    async def sheet_answer(self, order: AnswerOrder) -> WrittenAnswer:
        """Write what is told to whom a sheet came from."""
        answer: WrittenAnswer = await self._run("sheet_answer", "sheet_answer", order)
        return answer

    async def compare_plans(self, look: CompareLook) -> Compared:
        """Return what differs between two plans."""
        compared: Compared = await self._run("looks", "compare_plans", look)
        return compared

    async def compare_vendors(self, look: VendorsLook) -> Offered:
        """Return what all vendors take."""
        offered: Offered = await self._run("looks", "compare_vendors", look)
        return offered

    async def plan_margin(self, look: MarginLook) -> Earned:
        """Return what a sell plan earns by code."""
        earned: Earned = await self._run("looks", "plan_margin", look)
        return earned

    async def stage_cdrs(self, path: Path, now_ms: int, switch: str = "") -> StagedFile:
        """Read a CDR file into staging files, one per book and block."""
        staged: StagedFile = await self._run("cdr_staging", "stage_cdrs", path, now_ms, switch)
        return staged

    async def replay(self, parked: list[Parked], now_ms: int) -> list[Retried]:
        """Try parked records again."""
        retried: list[Retried] = await self._run("replay", "replay", parked, now_ms)
        return retried

    async def charge_lost(self, legs: list[tuple[Leg, int]], now_ms: int) -> list[Leg | str]:
        """Charge legs without an end."""
        charged: list[Leg | str] = await self._run("replay", "charge_all_lost", legs, now_ms)
        return charged

    async def draft_segments(self, book: int) -> list[SegmentDraft]:
        """Write the segments of a book's ended legs."""
        drafts: list[SegmentDraft] = await self._run("segments", "draft_segments", book)
        return drafts

    async def find_legs(self, query: LegQuery) -> tuple[list[FoundLeg], int]:
        """Return a page of legs, newest first, and how many there are."""
        found: tuple[list[FoundLeg], int] = await self._run("leg_search", "find_legs", query)
        return found

    async def sealed_legs(self, column: str, value: str) -> int:
        """Count the sealed legs that have a value in a column."""
        count: int = await self._run("segments", "sealed_legs", column, value)
        return count

    async def traffic(self, from_ms: int, to_ms: int, partner: str = "") -> list[TrafficRow]:
        """Add up the legs of a period."""
        rows: list[TrafficRow] = await self._run("leg_sums", "traffic", from_ms, to_ms, partner)
        return rows

    async def count_calls(self, query: CallCountQuery) -> list[CallCount]:
        """Count answered calls, and the short ones among them."""
        counts: list[CallCount] = await self._run("short_calls", "count_calls", query)
        return counts

    async def user_traffic(self, partner: str, from_ms: int, to_ms: int, user: str | None = None) -> list[UserUsage]:
        """Add up the legs of a client by its end users."""
        found: list[UserUsage] = await self._run("end_users", "user_traffic", partner, from_ms, to_ms, user)
        return found

    async def user_bill(self, query: UserBillQuery) -> UserCut:
        """Add up an end user's legs of a period, and list them."""
        cut: UserCut = await self._run("end_users", "user_bill", query)
        return cut

    async def count_rerating(self, order: CountOrder) -> Counted:
        """Count and list the calls that a version of a plan would charge otherwise."""
        counted: Counted = await self._run("rerating", "count_rerating", order)
        return counted

    async def booked_since(self, seqs: Mapping[int, int]) -> Booked:
        """Say which versions of plans charged the legs that ended beyond some seqs of the books."""
        booked: Booked = await self._run("rerating_late", "booked_since", seqs)
        return booked

    async def rerating_calls(self, query: ListedQuery) -> ListedPage:
        """Return a page of a list of such calls."""
        page: ListedPage = await self._run("rerating_list", "rerating_calls", query)
        return page

    async def rerating_table(self, query: TableQuery) -> bytes:
        """Return a part of it as CSV."""
        table: bytes = await self._run("rerating_list", "rerating_table", query)
        return table

    async def backtest(self, order: BacktestOrder, steps: "asyncio.Queue[tuple[int, int, str]]") -> Backtest:
        """Try a policy on calls of the past, in parts."""
        return await in_parts(self._run, order, steps)

    async def proof(self) -> BooksProof:
        """Gather what must agree, of all books at one moment."""
        proof: BooksProof = await self._run("leg_sums", "proof")
        return proof

    async def seed_codes(self, steps: "asyncio.Queue[tuple[int, int, str]]") -> list[CodeSeed]:
        """Make the reference book from the phone number metadata; progress (done, total, what) goes into `steps`."""
        codes: list[CodeSeed] = []

        def tell(told: Any) -> None:
            if isinstance(told, tuple):
                steps.put_nowait(told)
            else:
                codes.extend(told)

        async with self._places.place():
            await _hear(doing.seed.remote(), tell)
        return codes

    async def back_up(self, place: Path, keep: int, steps: "asyncio.Queue[tuple[int, int, str]]") -> list[str]:
        """Take a backup; one that is given up is cancelled and leaves nothing. It copies files, which takes long and no
        memory: nobody waits behind it."""
        damaged: list[str] = []

        def tell(told: object) -> None:
            if isinstance(told, tuple):
                steps.put_nowait(told)
            else:
                assert isinstance(told, list)
                damaged.extend(told)

        await _hear(doing.backup.remote(self._home, place, keep), tell)
        return damaged

    async def invoice_usage(self, query: InvoiceQuery) -> InvoiceUsage:
        """Add up what an invoice is of, and list its calls."""
        usage: InvoiceUsage = await self._run("invoices", "invoice_usage", query)
        return usage

    async def make_invoice(self, job: InvoiceJob) -> None:
        """Write an invoice's PDF."""
        await self._run("documents", "make_invoice", job)

    async def _run(self, module: str, function: str, *args: object) -> Any:
        """Do work in its turn. What gave its place to who waits begins anew, behind; a few times at most."""
        if function in SHORT:
            async with self._short:
                moment = doing.moment.remote(module, function, self._home, *args)
                return await _told(asyncio.wrap_future(moment.future()))
        behind = is_behind() or function in ALWAYS_BEHIND
        for given in range(GIVEN_MOST + 1):
            yields = behind and function in CHANGES_NOTHING and given < GIVEN_MOST
            turn = await self._places.take(behind=behind, yields=yields)
            try:
                running = doing.work.remote(module, function, self._home, *args)
            except BaseException:
                self._places.leave(turn)
                raise
            ended = asyncio.wrap_future(running.future())
            ended.add_done_callback(partial(self._ended, turn))  # though nobody waits any more: it runs on till then
            if not yields or await _done_or_wanted(ended, turn):
                break
            structlog.get_logger().info("batch work gives way", work=function, times=given + 1)
            ray.cancel(running, force=True)
            with suppress(RayError):
                await asyncio.shield(ended)
                break  # it had just ended
        return await _told(ended)

    def _ended(self, turn: Turn, ended: "asyncio.Future[Any]") -> None:
        self._places.leave(turn)
        if not ended.cancelled():
            ended.exception()  # it is told to who waits, if anybody does


async def _told(ended: "asyncio.Future[Any]") -> Any:
    """Return what a task answers; an error of ours comes out as itself."""
    try:
        return await asyncio.shield(ended)
    except RayTaskError as error:
        raise error.cause from None


async def _done_or_wanted(ended: "asyncio.Future[Any]", turn: Turn) -> bool:
    """Wait until work has ended, or its place is wanted; return whether it has ended."""
    wanted = asyncio.ensure_future(turn.wanted.wait())
    try:
        await asyncio.wait({ended, wanted}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        wanted.cancel()
    return ended.done()


async def _hear(running: Any, tell: Callable[[Any], None]) -> None:
    """Tell what a streaming task says; one that nobody waits for any more is cancelled, and has ended when this does.

    Raises the task's own error.
    """
    try:
        async for step in running:
            tell(await step)
    except RayTaskError as error:
        raise error.cause from None
    except asyncio.CancelledError:
        ray.cancel(running)
        with suppress(RayError, SwitchboardError, TimeoutError):
            async with asyncio.timeout(LET_GO_S):  # until then nobody else can write there
                await _ended(running)
        raise


async def _ended(running: Any) -> None:
    """Wait until a task that was cancelled has ended. Raises what it raised."""
    async for step in running:
        await step
