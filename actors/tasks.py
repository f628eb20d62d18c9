"""What live actors may ask of batch workers: a seam, filled by cluster.tasks with Ray tasks (DESIGN §4.7, §4.8).

Live processes import neither Polars nor the readers of files; what needs them is asked for here and runs elsewhere.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from actors.look_work import Compared, CompareLook, Earned, MarginLook, Offered, VendorsLook
from actors.notice_work import AnswerOrder, DueSum, ExportOrder, WrittenAnswer, WrittenSheet
from actors.ported_work import PortedWork
from actors.quality_work import QualityWork
from actors.rerate_work import Booked, CountOrder, ListedPage, ListedQuery, TableQuery
from actors.route_work import RouteWork
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
from domain.backtests import Backtest, BacktestOrder
from domain.calls import Leg, Parked, Side
from domain.ids import DestinationId, EndUserId, PartnerId
from domain.invoicing import CallRow, Invoice
from domain.ledger import Transfer
from domain.money import Currency
from domain.parking import Retried
from domain.rates import Service, Unit
from domain.reratings import Counted
from domain.sheets.rate_mail import RateMail
from domain.short_calls import CallCount
from domain.user_bills import UserUsage
from store.book_bulk import SegmentDraft, Sums
from store.book_reader import Balance, Underway
from store.catalog.codes import CodeSeed

_BEHIND: ContextVar[bool] = ContextVar("behind", default=False)


@contextmanager
def behind() -> Iterator[None]:
    """What is asked for while this lasts goes on behind the work for people: nobody waits for it."""
    was = _BEHIND.set(True)
    try:
        yield
    finally:
        _BEHIND.reset(was)


def is_behind() -> bool:
    """Return whether what is asked for goes on behind the work for people."""
    return _BEHIND.get()


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A CDR file read, attributed and rated: staging files by book, and what was refused, row by row.

    Of an exchange's file also what its trailer says of it, its switch, and when the newest call in it ended (UTC ms).
    """

    rows: int
    stages: tuple[tuple[int, str], ...]
    rejects: tuple[tuple[int, str, str], ...]
    sha256: str
    sealed_duplicates: int = 0
    notes: tuple[str, ...] = ()
    switch: str = ""
    newest_ms: int = 0


@dataclass(frozen=True, slots=True)
class LegQuery:
    """Which legs to list. Times are half-open, by the moment that dates the leg; empty texts match all.

    `end_user`: of the partner; `call_keys`: of one of these calls. `id_from`, `id_to`: the leg's id or its call key
    lies between them, both included. `ends`: unanswered ones with such a Q.850 cause that did, or did
    not, ring; None: however they ended.
    """

    partner: str = ""
    side: str = ""
    number: str = ""
    from_ms: int = 0
    to_ms: int = 2**62
    call_keys: tuple[bytes, ...] = ()
    leg_id: bytes = b""
    id_from: bytes = b""
    id_to: bytes = b""
    answered_only: bool = False
    open_only: bool = False
    partial_only: bool = False
    end_user: str = ""
    destination: int = 0
    trunk: str = ""
    ends: frozenset[tuple[int, bool]] | None = None
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class FoundLeg:
    """A leg, and the segment that it is sealed in ("" while it is not).

    `alive_ms`: when one that is open was last heard of, when we closed one, or when the real end of such a one came.
    """

    leg: Leg
    segment: str
    alive_ms: int | None = None


@dataclass(frozen=True, slots=True)
class TrafficRow:
    """Legs of one partner, side, service, destination and price, added up; charges in units.

    `volume`: octets or messages; `billed_volume`: kilobytes or events where the unit is not SECOND.
    """

    partner: PartnerId
    side: Side
    destination: DestinationId
    price: int
    rate_type: str
    currency: Currency
    attempts: int
    answered: int
    talk_ms: int
    billed_s: int
    charge: int
    base_charge: int
    service: Service = Service.VOICE
    unit: Unit = Unit.SECOND
    volume: int = 0
    billed_volume: int = 0


@dataclass(frozen=True, slots=True)
class CallCountQuery:
    """Which answered calls to count, of one partner and side: [from, to) UTC ms; short ones last `within_s` seconds or
    less. `codes`: only calls to numbers that begin with one of these digits, told apart by the longest; (): all.
    """

    partner: PartnerId
    side: Side
    from_ms: int
    to_ms: int
    within_s: int
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InvoiceQuery:
    """What an invoice is to be of: a client's legs dated in [from, to), UTC ms. `short`: which calls to count as short.

    `csv`: where its charged calls are listed, with times of `zone`; None: nowhere.
    """

    partner: PartnerId
    from_ms: int
    to_ms: int
    zone: str
    short: CallCountQuery | None = None
    csv: Path | None = None


@dataclass(frozen=True, slots=True)
class InvoiceUsage:
    """What an invoice is of. Invariant: both count the legs that its list of calls has, as they were at one moment."""

    traffic: list[TrafficRow]
    counts: list[CallCount]


@dataclass(frozen=True, slots=True)
class BooksProof:
    """What must agree, of all books at one moment.

    charged: the charges of all legs ever recorded, sealed or not. underway: postings that left one book and have not
    come to the other. holds: (partner, units) of each.
    """

    charged: Sums
    transfers: tuple[Transfer, ...]
    balances: tuple[Balance, ...]
    holds: tuple[tuple[str, int], ...]
    underway: tuple[Underway, ...]
    parked: int


@dataclass(frozen=True, slots=True)
class InvoiceJob:
    """What an invoice's document is made from, and where it goes."""

    invoice: Invoice
    pdf: Path


@dataclass(frozen=True, slots=True)
class UserBillQuery:
    """Which legs of a client to add up: those of an end user ("": of nobody) in [from, to) UTC ms. `listed`: return the
    calls that were answered or cost something too; `file`: write them there.
    """

    partner: PartnerId
    from_ms: int
    to_ms: int
    user: EndUserId
    listed: bool = False
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class UserCut:
    """What an end user used, and the calls that are counted, in order of time, as far as they are asked for."""

    usages: list[UserUsage]
    calls: list[CallRow]


class Tasks(QualityWork, RouteWork, PortedWork, Protocol):
    """Work for batch workers. Each method returns when the work is done; inputs and outputs are values."""

    async def sheet_files(self, name: str, data: bytes) -> list[tuple[str, bytes]]:
        """Return the rate files of a zip by name, else the file itself."""
        ...

    async def mail_files(self, raw: bytes) -> RateMail:
        """Read a mail with rate sheets, or only the head of one. Never raises for what is in it."""
        ...

    async def digest_sheet(self, order: DigestOrder, steps: "asyncio.Queue[DigestStep]") -> Digest:
        """Read a rate sheet, compare it with its plan and check it; its steps go into `steps`. Changes nothing."""
        ...

    async def sheet_rows(self, query: RowsQuery) -> RowsPage:
        """Return a page of a part of a digested sheet."""
        ...

    async def sheet_look(self, query: PreviewQuery) -> SheetLook:
        """Read the first rows of a sheet, and say by which template it is read or would be. Raises InputError."""
        ...

    async def plan_file(self, order: PlanFileOrder) -> None:
        """Write the columns that publication would of a plan that has these rates and no others."""
        ...

    async def sheet_book(self, query: BookQuery) -> BookNews:
        """Read from an applied sheet what the reference book learns from it."""
        ...

    async def write_sheet(self, order: ExportOrder) -> WrittenSheet:
        """Write a sheet of a plan as a client gets it. Raises NotFoundError, InputError where it has too many rows."""
        ...

    async def due_sum(self, order: ExportOrder) -> DueSum:
        """Add up what a client has yet to be told of a plan; its form does not matter. Raises NotFoundError."""
        ...

    async def notice_changes(self, path: Path, kind: str, code: str, limit: int, offset: int) -> RowsPage:
        """Return a page of the changes of a written sheet; `kind` "": all, changed: without unchanged ones;
        `code`: first digits."""
        ...

    async def sheet_answer(self, order: AnswerOrder) -> WrittenAnswer:
        """Write what is told to whom a sheet came from: what went in, what did not and why."""
        ...

    async def compare_plans(self, look: CompareLook) -> Compared:
        """Return what differs between two plans."""
        ...

    async def compare_vendors(self, look: VendorsLook) -> Offered:
        """Return what all vendors take for a destination, a code or a number."""
        ...

    async def plan_margin(self, look: MarginLook) -> Earned:
        """Return what a sell plan earns by code."""
        ...

    async def stage_cdrs(self, path: Path, now_ms: int, switch: str = "") -> StagedFile:
        """Read a CDR file into staging files, one per book and block. `switch`: whose, where that is not plain."""
        ...

    async def replay(self, parked: list[Parked], now_ms: int) -> list[Retried]:
        """Charge parked records by the catalog as it is now, and look their legs up in the segments.

        Returns for each what its home book is to do with it; that holds while books forget no ids.
        """
        ...

    async def charge_lost(self, legs: list[tuple[Leg, int]], now_ms: int) -> list[Leg | str]:
        """Charge legs without an end, each with when it was last heard of, by the catalog with all its history."""
        ...

    async def draft_segments(self, book: int) -> list[SegmentDraft]:
        """Write the segments of a book's ended legs."""
        ...

    async def find_legs(self, query: LegQuery) -> tuple[list[FoundLeg], int]:
        """Return a page of legs, newest first, and how many there are."""
        ...

    async def sealed_legs(self, column: str, value: str) -> int:
        """Count the sealed legs that have a value in a column: trunk, switch, plan."""
        ...

    async def traffic(self, from_ms: int, to_ms: int, partner: str = "") -> list[TrafficRow]:
        """Add up the legs of a period."""
        ...

    async def count_calls(self, query: CallCountQuery) -> list[CallCount]:
        """Count answered calls, and the short ones among them."""
        ...

    async def user_traffic(self, partner: str, from_ms: int, to_ms: int, user: str | None = None) -> list[UserUsage]:
        """Add up the legs of a client in a period by its end users, or of one of them ("": of nobody)."""
        ...

    async def user_bill(self, query: UserBillQuery) -> UserCut:
        """Add up an end user's legs of a period, and list just those that are counted: of one moment."""
        ...

    async def count_rerating(self, order: CountOrder) -> Counted:
        """Count and list the calls that a version of a plan would charge otherwise.

        Raises NotFoundError, InputError where a charge would be beyond all bounds.
        """
        ...

    async def booked_since(self, seqs: Mapping[int, int]) -> Booked:
        """Say which versions of plans charged the legs that ended beyond some seqs of the books."""
        ...

    async def rerating_calls(self, query: ListedQuery) -> ListedPage:
        """Return a page of a list of such calls. Raises NotFoundError where it is there no longer."""
        ...

    async def rerating_table(self, query: TableQuery) -> bytes:
        """Return a part of it as CSV, none behind its end. Raises NotFoundError where it is there no longer."""
        ...

    async def backtest(self, order: BacktestOrder, steps: "asyncio.Queue[tuple[int, int, str]]") -> Backtest:
        """Try a policy on calls of the past; parts done, and how many there are, go into `steps`.

        Raises InputError where a charge would be beyond all bounds.
        """
        ...

    async def proof(self) -> BooksProof:
        """Gather what must agree, of all books at one moment."""
        ...

    async def seed_codes(self, steps: "asyncio.Queue[tuple[int, int, str]]") -> list[CodeSeed]:
        """Make the reference book from the phone number metadata; progress (done, total, what) goes into `steps`."""
        ...

    async def back_up(self, place: Path, keep: int, steps: "asyncio.Queue[tuple[int, int, str]]") -> list[str]:
        """Take a backup into a place and keep so many there; return the files of the one before that are damaged.

        Progress goes into `steps`.
        """
        ...

    async def invoice_usage(self, query: InvoiceQuery) -> InvoiceUsage:
        """Add up what an invoice is of, and list its calls in a file: all of one moment."""
        ...

    async def make_invoice(self, job: InvoiceJob) -> None:
        """Write an invoice's PDF."""
        ...
