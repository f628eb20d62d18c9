"""Rate sheets that come by themselves are taken in: each file once, as a sheet of its plan or to wait for one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

from actors.desk.core import Desk
from actors.desk.sheet_digests import INTERRUPTED, Digests
from actors.home import machine_ms
from actors.tokens import caller
from domain.ids import PlanId
from domain.sheets.expected import expecting, why_no_plan
from domain.sheets.steps import SheetState, Step, StepDone
from store.catalog import Catalog
from store.catalog.sheet_items import Arrival, Item, ItemState
from store.catalog.sheet_values import Wanted
from store.plan_owners import owners_of
from store.sheets.inbox import InboxFolder

WAITING_MOST = 1_000
"""More files than that do not wait: what comes stays where it is until some were taken or dismissed."""
SHOWN = 3
LATELY_MS = 86_400_000
FOLDER, MAIL = "folder", "mail"


@dataclass(frozen=True, slots=True)
class Came:
    """A file as it was found, with its bytes; without: its `arrival` says in words what there is instead."""

    arrival: Arrival
    data: bytes = b""


class SheetIntake:
    """Enters what came, and begins to read what has its plan.

    Invariant: who is told that a file is in may forget it: its bytes and its entry are durable.
    """

    def __init__(self, desk: Desk, digests: Digests, alarm: Callable[[str, str, str], None]) -> None:
        """`alarm` is given (key, text, severity), an empty text ends it."""
        self._desk, self._digests, self._alarm = desk, digests, alarm
        self._inbox = InboxFolder(desk.home.data)
        self._idle: set[int] = set()
        """Sheets that nobody worked on at the last look, though they are WORKING."""

    async def enter(self, came: Sequence[Came], what: str) -> list[Item]:
        """Take in what came together, all or nothing; return what was not known. `what` it is: mail, files."""
        return await self._desk.whole(self._enter(came, what))

    async def take(self, number: int, plan: PlanId) -> int:
        """Make a sheet of a file that waits; return its number. Raises NotFoundError, ConflictError."""
        return await self._desk.whole(self._take(number, plan))

    async def dismiss(self, number: int) -> None:
        """Let a file wait no more, and delete it. Raises NotFoundError, ConflictError."""
        who, now_ms = caller(), self._desk.now_ms()
        await self._desk.write(lambda catalog: catalog.sheet_items.dismiss(number, who=who, at_ms=now_ms))
        await self._desk.read(lambda _: self._inbox.remove(number))
        await self.tell()

    async def has_room(self) -> bool:
        """Say whether more may wait."""
        waiting = await self._desk.read(lambda catalog: catalog.sheet_items.count(ItemState.WAITING))
        return waiting < WAITING_MOST

    async def resume(self) -> None:
        """Read on what was being read when the desk ended (nobody who could see it has sent it), or the store went."""
        refused = await self._desk.read(lambda catalog: catalog.sheets.list(Wanted(SheetState.REFUSED)))
        for sheet in refused:
            if sheet.source in (FOLDER, MAIL) and sheet.error == INTERRUPTED.format(sheet.id):
                await self._digests.again(sheet.id)
        await self._begin_idle()
        await self.tell()

    async def _begin_idle(self) -> None:
        """Begin sheets that are WORKING and nobody works on, when they were so at the last look too: one that has just
        come is begun by who took it in, with all that he was told."""
        wanted = Wanted(SheetState.WORKING)
        working = await self._desk.read(lambda catalog: catalog.sheets.list(wanted, limit=WAITING_MOST))
        idle = {sheet.id for sheet in working if not self._digests.has_begun(sheet.id)}
        for sheet in sorted(idle & self._idle):
            self._digests.begin(sheet)
        self._idle = idle

    async def tell(self) -> None:
        """Keep an alarm for files that wait for a plan, and one for those of the last day that were refused."""
        for state, what in ((ItemState.WAITING, "wait for a plan"), (ItemState.REFUSED, "gave no sheet")):
            items = await self._desk.read(partial(_in_state, state))
            if state is ItemState.REFUSED:
                items = [one for one in items if one.came_ms > self._desk.now_ms() - LATELY_MS]
            self._alarm(f"sheets {state}", _told(items, what), "warning")

    async def _enter(self, came: Sequence[Came], what: str) -> list[Item]:
        began_ms, who, now_ms = machine_ms(), caller(), self._desk.now_ms()
        data = {one.arrival.key: one.data for one in came}
        arrivals = await self._desk.read(lambda catalog: [_with_plan(catalog, one.arrival, what) for one in came])

        def keep(key: str, item: int, sheet: int | None) -> None:
            if sheet is None:
                self._inbox.keep(item, data[key])
            else:
                self._digests.folder.receive(sheet, data[key])

        items = await self._desk.write(lambda catalog: catalog.sheet_items.enter(arrivals, keep, who=who, at_ms=now_ms))
        for item in items:
            if item.sheet is not None:
                await self._begin(item.sheet, item.size, began_ms)
        await self.tell()
        return items

    async def _take(self, number: int, plan: PlanId) -> int:
        began_ms, who, now_ms = machine_ms(), caller(), self._desk.now_ms()
        await self._desk.read(lambda catalog: catalog.plans.get(plan))
        item = await self._desk.read(lambda catalog: catalog.sheet_items.get(number))

        def order(catalog: Catalog) -> int:
            def keep(key: str, its: int, sheet: int | None) -> None:
                assert sheet is not None, "what is taken becomes a sheet"
                self._digests.folder.receive(sheet, self._inbox.raw(number))

            owner = _owner(catalog, plan)
            return catalog.sheet_items.take(number, plan, owner, keep, who=who, at_ms=now_ms)

        sheet = await self._desk.write(order)
        await self._desk.read(lambda _: self._inbox.remove(number))
        await self._begin(sheet, item.size, began_ms)
        await self.tell()
        return sheet

    async def _begin(self, sheet: int, size: int, began_ms: int) -> None:
        done = StepDone(Step.RECEIVE, began_ms, machine_ms(), size, f"{size:,} bytes")
        await self._desk.write(lambda catalog: catalog.sheets.step(sheet, done))
        self._digests.begin(sheet)


def digest_of(*parts: str | bytes) -> str:
    """Return what tells an arrival from all others: a digest of what it is known by, which is the same when it is
    found again."""
    digest = sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def _with_plan(catalog: Catalog, arrival: Arrival, what: str) -> Arrival:
    """Return an arrival with the plan that it is for: the one it names, else the only one that expects it."""
    if not arrival.sha256:
        return arrival
    terms = catalog.rate_terms.list()
    if arrival.plan is not None:
        if arrival.plan in terms:
            return replace(arrival, partner=_owner(catalog, arrival.plan))
        why = f"there is no plan {arrival.plan}; mend: `switchboard plans add`, or `switchboard sheets take`"
        return replace(arrival, plan=None, words=why)
    plans = expecting(terms, arrival.sender, arrival.subject)
    if len(plans) == 1:
        return replace(arrival, plan=plans[0], partner=_owner(catalog, plans[0]))
    return replace(arrival, words=why_no_plan(terms, arrival.sender, arrival.subject, what))


def _in_state(state: ItemState, catalog: Catalog) -> list[Item]:
    return catalog.sheet_items.list(state)


def _owner(catalog: Catalog, plan: PlanId) -> str:
    owners = owners_of(catalog.directory(), plan)
    return owners[0] if owners else ""


def _told(items: Sequence[Item], what: str) -> str:
    """Return the text of an alarm about files, "" for none."""
    if not items:
        return ""
    some = "; ".join(dict.fromkeys(f"{one.name or one.subject or 'a mail'}: {one.words}" for one in items[:SHOWN]))
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return f"{len(items)} of what came {what}: {some}{more}; see `switchboard sheets inbox`"[:1_000]
