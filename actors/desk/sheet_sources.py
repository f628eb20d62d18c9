"""All sources of sheets that come by themselves, and operators' service of them."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.mailbox import MailboxError
from actors.desk.repeating import repeat
from actors.desk.sheet_folders import FolderSource
from actors.desk.sheet_intake import FOLDER, MAIL, SheetIntake
from actors.desk.sheet_mailbox import MailboxSource
from actors.desk.sheet_messages import sheet_message
from actors.desk.source_state import SourceError, SourceState, looked
from domain.errors import InputError
from domain.ids import PlanId
from domain.settings import Settings
from protos import operators_pb2 as op
from protos import sheets_pb2 as pb
from protos import sheets_pb2_grpc as services
from store.catalog.sheet_items import Item, ItemState, SourceSums

Context = grpc.aio.ServicerContext[Any, Any]
Alarm = Callable[[str, str, str], None]
NO_SUMS = SourceSums({}, 0)
TELL_S = 60.0


class SheetSources:
    """The sources that the settings name."""

    def __init__(self, desk: Desk, intake: SheetIntake, alarm: Alarm) -> None:
        self._desk, self._alarm, self.intake = desk, alarm, intake
        self.all: list[FolderSource | MailboxSource] = _made(desk, intake, desk.home.settings)

    def repeated(self) -> list[Coroutine[Any, Any, None]]:
        """Return the work that is repeated: a look into each source, and what is told of all."""
        looks = [
            repeat(f"look into {one.state.name}", partial(self.look, one), self._alarm, every_s=one.state.every_s)
            for one in self.all
        ]
        return [repeat("tell of sheets", self.intake.resume, self._alarm, every_s=TELL_S), *looks]

    async def look(self, source: FolderSource | MailboxSource) -> None:
        """Look into one source, and tell how that went."""
        await looked(self._desk, source.state, source.look, self._alarm, (SourceError, MailboxError))


def _made(desk: Desk, intake: SheetIntake, settings: Settings) -> list[FolderSource | MailboxSource]:
    folders: list[FolderSource | MailboxSource] = [
        FolderSource(desk, intake, its, SourceState(f"folder {its.path}", FOLDER, its.plan, its.every_s))
        for its in settings.sheets.folder
    ]
    box = settings.sheets.mailbox
    if not box.host:
        return folders
    whose = f"{box.user}@{box.host}" if "@" not in box.user else f"{box.user} at {box.host}"
    return [*folders, MailboxSource(desk, intake, box, SourceState(f"mailbox {whose}", MAIL, "", box.every_s))]


class SheetSourcesService(services.SheetSourcesServiceServicer):
    """Shows sources and what came of them; sends on what waits."""

    def __init__(self, desk: Desk, sources: SheetSources) -> None:
        self._desk, self._sources = desk, sources

    async def List(self, request: op.PageRequest, context: Context) -> pb.SheetSources:
        """List sources: those of the settings, then former ones of which something came."""
        sums = await self._desk.read(lambda catalog: catalog.sheet_items.sums())
        states = [one.state for one in self._sources.all]
        known = {state.name for state in states}
        states += [SourceState(name, "former", "", 0) for name in sorted(sums) if name not in known]
        return pb.SheetSources(sources=[_source(state, sums.get(state.name, NO_SUMS)) for state in states])

    async def Inbox(self, request: pb.SheetItemQuery, context: Context) -> pb.SheetItemPage:
        """List what came, newest first."""
        if request.state and request.state not in list(ItemState):
            raise InputError(f"there is no state {request.state!r}", mend=f"States are {', '.join(ItemState)}.")
        state, limit, offset = request.state, self._desk.page(request.limit), request.offset
        items = await self._desk.read(lambda catalog: catalog.sheet_items.list(state, limit=limit, offset=offset))
        total = await self._desk.read(lambda catalog: catalog.sheet_items.count(state))
        return pb.SheetItemPage(items=[_item(item) for item in items], total=total)

    async def Take(self, request: pb.SheetTake, context: Context) -> pb.Sheet:
        """Make a sheet of a file that waits; it is read at once."""
        number = await self._sources.intake.take(request.id, PlanId(request.plan))
        return sheet_message(await self._desk.read(lambda catalog: catalog.sheets.get(number)))

    async def Dismiss(self, request: pb.SheetItemRef, context: Context) -> op.Changed:
        """Let a file wait no more."""
        await self._sources.intake.dismiss(request.id)
        return op.Changed(what=f"item {request.id} is dismissed; what waited of it is deleted")


def _source(state: SourceState, sums: SourceSums) -> pb.SheetSource:
    return pb.SheetSource(
        name=state.name,
        kind=state.kind,
        plan=state.plan,
        every_s=state.every_s,
        last_look_ms=state.last_ms,
        taken=sums.counts.get(ItemState.TAKEN, 0),
        waiting=sums.counts.get(ItemState.WAITING, 0),
        refused=sums.counts.get(ItemState.REFUSED, 0),
        dismissed=sums.counts.get(ItemState.DISMISSED, 0),
        last_file_ms=sums.last_ms,
        error=state.error,
    )


def _item(item: Item) -> pb.SheetItem:
    return pb.SheetItem(
        id=item.id,
        source=item.source,
        file_name=item.name,
        sender=item.sender,
        subject=item.subject,
        sha256=item.sha256,
        size=item.size,
        received_ms=item.received_ms,
        came_ms=item.came_ms,
        state=item.state.value,
        words=item.words,
        plan=item.plan,
        sheet=item.sheet or 0,
    )
