"""`bench import`: the second sheet of a carrier from its file to live, on a switchboard of its own, under calls.

The first sheet makes the plan, by the same way. The second one has 1 % other prices, half of them from today on. While
it is read, approved and applied, calls are asked for at an even rate; their times stand beside those of a quiet time.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Event
from typing import TYPE_CHECKING

from cluster.bench import rate_sheets
from cluster.bench.processes import PeakMemory
from cluster.bench.rate_sheets import Row
from cluster.bench.redirect import Load, loading
from cluster.bench.report import Floor, Report, Value, percentile
from cluster.bench.stand import AT_MS, USD, VENDOR_PORT, Stand, stand
from cluster.demo.stage import Operator
from domain.errors import BrokenWorldError
from domain.sheets.findings import Severity
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services
from protos import sheets_pb2 as sheets
from protos.sheets_pb2_grpc import SheetsServiceStub

if TYPE_CHECKING:
    from protos.sheets_pb2_grpc import SheetsServiceAsyncStub

ROWS, MOST_ROWS = 100_000, 2_000_000
CALLS_PER_S = 100.0
QUIET_S = 5
PLAN, CARRIER = "carrier-buy", "carrier"
WORKER = "_do_digest"
"""By this Ray calls the process that digests a sheet while it does."""
DAY_MS = 86_400_000
_TODAY_MS = AT_MS // DAY_MS * DAY_MS
_CHUNK_BYTES = 2**20
Token = list[tuple[str, str]]
_PAGE = 200


class Form(StrEnum):
    """The form of the second sheet; the first is CSV."""

    XLSX = "xlsx"
    CSV = "csv"


@dataclass(slots=True)
class Imported:
    """What became of a sheet: its steps in ms, from file to live in seconds, and the checks that had to be accepted."""

    sheet: sheets.Sheet
    live_s: float
    accepted: list[str] = field(default_factory=list)

    def steps_ms(self) -> dict[str, float]:
        """Return the time of each step."""
        return steps_ms(self.sheet)


def steps_ms(sheet: sheets.Sheet) -> dict[str, float]:
    """Return the time of each step of a sheet."""
    return {step.step: step.ended_ms - step.began_ms for step in sheet.steps}


def run(say: Callable[[str], None], rows: int = ROWS, form: Form = Form.XLSX) -> Report:
    """Measure. Raises BrokenWorldError when the switchboard does not come up or a sheet is not taken as it is."""
    load_before = os.getloadavg()[0]
    with stand(say) as its, loading(its.sip, 1.0) as load:
        first = rate_sheets.first_sheet(asyncio.run(furnished(its)), rows, _TODAY_MS)
        second, changed = rate_sheets.second_sheet(first, _TODAY_MS, _TODAY_MS + 8 * DAY_MS)
        made = _imported(its, "first.csv", rate_sheets.as_csv(first), say)
        data = _written(second, form)
        load(CALLS_PER_S)
        quiet = [one for _ in range(QUIET_S) for one in load(CALLS_PER_S).times_ms]
        with calling(load) as meanwhile, PeakMemory(os.getpid(), WORKER) as peak:
            again = _imported(its, f"second.{form}", data, say)
    _check(again, changed, rows)
    figures: dict[str, Value] = {
        "live_s": round(again.live_s, 2),
        **{f"{step}_ms": ms for step, ms in again.steps_ms().items()},
        "rows_per_s": round(rows / again.live_s),
        "worker_rss_mb_peak": round(peak.most_mb, 1),
        "call_ms_p50_quiet": round(percentile(quiet, 50), 2),
        "call_ms_p99_quiet": round(percentile(quiet, 99), 2),
        "call_ms_p50": round(percentile(meanwhile, 50), 2),
        "call_ms_p99": round(percentile(meanwhile, 99), 2),
        "call_ms_most": round(max(meanwhile), 2),
        "first_sheet_live_s": round(made.live_s, 2),
        **{f"first_sheet_{step}_ms": ms for step, ms in made.steps_ms().items()},
    }
    workload: dict[str, Value] = {
        "rows": rows,
        "form": form.value,
        "bytes": len(data),
        "changed_rows": changed,
        "accepted_checks": ", ".join(again.accepted),
        "calls_per_s": CALLS_PER_S,
        "door": "SIP over UDP, 302, a hold for each call",
        "live": "from the first byte sent to the desk until the plan is announced to every node",
    }
    return Report("import", workload, figures, _floors(rows), load_before)


def _floors(rows: int) -> tuple[Floor, ...]:
    """Return what 100,000 rows may take, and 1,000,000 (issue: 10 s, 30 s); both below 1 GiB."""
    return (
        Floor("live_s", at_most=10 if rows <= ROWS else 30),
        Floor("worker_rss_mb_peak", at_most=1024),
        Floor("call_ms_p99", at_most=25),
    )


async def furnished(its: Stand) -> list[tuple[str, str]]:
    """Enter the carrier and its empty plan; return the codes of the reference book with their destinations."""
    operator = Operator(its.folder)
    try:
        entry = pb.Plan(id=PLAN, side="buy", currency=USD)
        await services.PlansServiceStub(operator.channel).Add(entry, metadata=operator.token)
        partner = pb.Partner(id=CARRIER, name="Carrier", currency=USD, buy_plan=PLAN)
        await services.PartnersServiceStub(operator.channel).Add(partner, metadata=operator.token)
        trunk = pb.Trunk(id=f"{CARRIER}-out", partner=CARRIER, direction="out", host="127.0.1.99", port=VENDOR_PORT)
        await services.TrunksServiceStub(operator.channel).Add(trunk, metadata=operator.token)
        return [(code.code, code.destination) async for code in _codes(operator)]
    finally:
        await operator.close()


async def _codes(operator: Operator) -> AsyncIterator[pb.Code]:
    stub, offset = services.CodesServiceStub(operator.channel), 0
    while True:
        page = await stub.List(pb.PageRequest(limit=_PAGE, offset=offset), metadata=operator.token)
        for code in page.codes:
            yield code
        offset += len(page.codes)
        if offset >= page.total or not page.codes:
            return


def _written(rows: list[Row], form: Form) -> bytes:
    return rate_sheets.as_xlsx(rows) if form is Form.XLSX else rate_sheets.as_csv(rows)


def _imported(its: Stand, name: str, data: bytes, say: Callable[[str], None]) -> Imported:
    say(f"{name}, {len(data):,} bytes, from its file to live")
    done = asyncio.run(_import(its, name, data))
    steps = ", ".join(f"{step} {ms:,.0f}" for step, ms in done.steps_ms().items())
    say(f"live after {done.live_s:.2f} s; ms: {steps}")
    return done


async def _import(its: Stand, name: str, data: bytes) -> Imported:
    """Send a sheet, accept what blocks, approve and apply it. Raises BrokenWorldError where it is not applied."""
    began = time.perf_counter()
    ready = await checked(its, name, data)
    await approve(its, ready)
    live_s = time.perf_counter() - began
    return Imported(await shown(its, ready.sheet.id), live_s, ready.accepted)


@dataclass(frozen=True, slots=True)
class Checked:
    """A sheet that only waits for its approval, and the checks whose findings had to be accepted."""

    sheet: sheets.Sheet
    accepted: list[str]


async def checked(its: Stand, name: str, data: bytes) -> Checked:
    """Send a sheet and accept what blocks. Raises BrokenWorldError where it cannot be approved."""
    operator, accepted = Operator(its.folder), list[str]()
    stub: SheetsServiceAsyncStub = SheetsServiceStub(operator.channel)
    token = operator.token
    try:
        sent = await stub.Send(_chunks(name, data), metadata=token)
        number = sent.sheets[0].id
        found = await _at_rest(stub, number, token)
        while found.state == "checked" and found.blocking:
            check = next(one.check for one in found.checks if one.open and one.severity == Severity.BLOCK.value)
            accepted.append(check)
            await stub.Decide(sheets.SheetVerdict(id=number, what="accept", check=check), metadata=token)
            found = await _at_rest(stub, number, token)
        if found.state != "checked":
            raise BrokenWorldError(f"{name} is {found.state}: {found.words}")
        return Checked(found, accepted)
    finally:
        await operator.close()


async def approve(its: Stand, ready: Checked) -> float:
    """Approve and apply a sheet; return the seconds until it is announced to every node."""
    operator = Operator(its.folder)
    approval = sheets.SheetApproval(id=ready.sheet.id, apply=True, warnings_seen=ready.sheet.warnings)
    try:
        began = time.perf_counter()
        await SheetsServiceStub(operator.channel).Approve(approval, metadata=operator.token)
        return time.perf_counter() - began
    finally:
        await operator.close()


async def shown(its: Stand, number: int) -> sheets.Sheet:
    """Return a sheet that was put into force. Raises BrokenWorldError for one that was not."""
    operator = Operator(its.folder)
    try:
        stub: SheetsServiceAsyncStub = SheetsServiceStub(operator.channel)
        found = await stub.Show(sheets.SheetRef(id=number), metadata=operator.token)
    finally:
        await operator.close()
    if found.state != "applied":
        raise BrokenWorldError(f"sheet {number} is {found.state}: {found.words}")
    return found


async def _chunks(name: str, data: bytes) -> AsyncIterator[sheets.SheetChunk]:
    yield sheets.SheetChunk(plan=PLAN, file_name=name)
    for at in range(0, len(data), _CHUNK_BYTES):
        yield sheets.SheetChunk(data=data[at : at + _CHUNK_BYTES])


async def _at_rest(stub: "SheetsServiceAsyncStub", number: int, token: Token) -> sheets.Sheet:
    last = sheets.Sheet()
    async for last in stub.Watch(sheets.SheetRef(id=number), metadata=token):  # noqa: B007  # the last one tells
        pass
    return last


@contextmanager
def calling(load: Load) -> Iterator[list[float]]:
    """Ask for calls, a second's worth at a time, until the end; the list is filled with the times of answers in ms."""
    over, times = Event(), list[float]()

    def ask() -> None:
        while not over.is_set():
            outcome = load(CALLS_PER_S)
            times.extend(outcome.times_ms)
            if not outcome.in_time:
                raise BrokenWorldError(f"no call was answered meanwhile: {dict(outcome.statuses)}")

    with ThreadPoolExecutor(1) as pool:
        asking: Future[None] = pool.submit(ask)
        try:
            yield times
        finally:
            over.set()
            asking.result()


def _check(done: Imported, changed: int, rows: int) -> None:
    """Raise BrokenWorldError where the comparison counts otherwise than the sheet was made."""
    kinds = dict(done.sheet.kinds)
    moved = kinds.get("increase", 0) + kinds.get("decrease", 0)
    if moved != changed or kinds.get("unchanged", 0) != rows - changed or done.sheet.rejects:
        raise BrokenWorldError(f"of {rows} rows {changed} were changed, the comparison says {kinds}")
