"""Operators' service of rate sheets: received, watched, read, corrected, approved, applied, taken back."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import Any

import grpc

from actors.desk import sheet_rows
from actors.desk.core import Desk
from actors.desk.reratings import words_of
from actors.desk.sheet_apply import Applying
from actors.desk.sheet_decisions import check_tab
from actors.desk.sheet_digests import Digests
from actors.desk.sheet_leaks import leak_page
from actors.desk.sheet_messages import listed_message, sheet_message, whole_message
from actors.desk.sheet_pointing import Pointing
from actors.desk.sheet_selling import Selling
from actors.desk.sheet_told import told_of
from actors.desk.sheet_verdicts import Verdicts
from actors.desk.uploads import receive
from actors.home import machine_ms
from actors.sheet_work import CHANGES, FINDINGS, IMPLICIT, LEAKS, LINES, MOVES, REJECTS, Asked, RowsPage, RowsQuery
from actors.tokens import caller
from domain.errors import ConflictError, InputError
from domain.ids import PlanId
from domain.sheets.corrections import Corrected, Correction
from domain.sheets.findings import Check
from domain.sheets.steps import SheetState, Step, StepDone
from protos import sheets_pb2 as pb
from protos import sheets_pb2_grpc as services
from protos.operators_pb2 import Changed
from store.catalog.plans import Plan
from store.catalog.sheet_values import Facts, NewSheet, Sheet, Wanted
from store.plan_owners import owners_of

Context = grpc.aio.ServicerContext[Any, Any]
LOOK_S = 1.0
IDLE, IDLE_S = 100, 0.05
"""So often, and each time so long, who watches waits for work that does not begin."""


class SheetsService(services.SheetsServiceServicer):
    """Takes sheets, shows them and what is in them, and does with them what analysts decide."""

    def __init__(self, desk: Desk, digests: Digests) -> None:
        self._desk, self._digests = desk, digests
        self._applying = Applying(desk, digests)
        self._pointing = Pointing(desk, digests)
        self._selling = Selling(desk, digests)
        self._verdicts = Verdicts(desk, digests)

    async def Send(self, request_iterator: AsyncIterator[pb.SheetChunk], context: Context) -> pb.SheetsSent:
        """Keep a file as it came, enter a sheet for each rate file in it, and begin to read them."""
        began_ms = machine_ms()
        head, data = await receive(request_iterator, self._desk.home.settings.limits.sheet_mb)
        if not data:
            raise InputError("the file is empty", where=head.file_name, mend="Send it again.")
        plan = await self._plan(head.plan)
        files = await self._desk.tasks.sheet_files(head.file_name, data)
        if not files:
            mend = "Send a workbook, a CSV file, or a zip with some."
            raise InputError("there is no rate file in it", where=head.file_name, mend=mend)
        numbers = [await self._desk.whole(self._receive(head, plan, name, its, began_ms)) for name, its in files]
        sheets = [await self._sheet(number) for number in numbers]
        return pb.SheetsSent(sheets=[sheet_message(sheet) for sheet in sheets])

    async def _receive(self, head: pb.SheetChunk, plan: Plan, name: str, data: bytes, began_ms: int) -> int:
        owners = await self._desk.read(lambda catalog: owners_of(catalog.directory(), plan.id))
        new = NewSheet(
            plan=plan.id,
            partner=owners[0] if owners else "",
            name=name,
            sha256=sha256(data).hexdigest(),
            size=len(data),
            sender=head.sender,
            subject=head.subject,
            received_ms=head.received_ms if head.HasField("received_ms") else None,
            effective_ms=head.effective_ms if head.HasField("effective_ms") else None,
        )
        who, now_ms, folder = caller(), self._desk.now_ms(), self._digests.folder

        def keep(number: int) -> None:
            folder.receive(number, data)

        number = await self._desk.write(lambda catalog: catalog.sheets.receive(new, keep, who=who, at_ms=now_ms))
        done = StepDone(Step.RECEIVE, began_ms, machine_ms(), len(data), f"{len(data):,} bytes")
        await self._desk.write(lambda catalog: catalog.sheets.step(number, done))
        if head.template:
            told = replace(told_of(await self._sheet(number)), wanted=head.template)
            await self._desk.write(lambda catalog: catalog.sheets.enter(number, Facts(told=told.plain())))
        self._digests.begin(number)
        return number

    async def Watch(self, request: pb.SheetRef, context: Context) -> AsyncIterator[pb.Sheet]:
        """Tell how a sheet goes on until it rests."""
        idle = 0
        while idle < IDLE:
            message = await self._whole(request.id)
            yield message
            if message.state != SheetState.WORKING:
                return
            work = self._digests.at_work(request.id)
            if work is None:  # it begins, or has just ended
                idle += 1
                await asyncio.sleep(IDLE_S)
                continue
            idle = 0
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await work.changed.wait()

    async def List(self, request: pb.SheetQuery, context: Context) -> pb.SheetPage:
        """List sheets, newest first."""
        wanted, most = Wanted(state=request.state, plan=request.plan), self._desk.page(request.limit)
        sheets = await self._desk.read(lambda catalog: catalog.sheets.list(wanted, limit=most, offset=request.offset))
        total = await self._desk.read(lambda catalog: catalog.sheets.count(wanted))
        plans = await self._desk.read(lambda catalog: catalog.plans.list())
        sides = {plan.id: plan.side for plan in plans}
        currencies = {plan.id: plan.rules.currency for plan in plans}
        listed = [
            listed_message(one, sides.get(one.plan, ""), currencies.get(one.plan), self._running(one.id))
            for one in sheets
        ]
        return pb.SheetPage(sheets=listed, total=total)

    def _running(self, sheet: int) -> Sequence[StepDone]:
        work = self._digests.at_work(sheet)
        return () if work is None else work.steps

    async def Show(self, request: pb.SheetRef, context: Context) -> pb.Sheet:
        """Show a sheet with its steps, checks and questions."""
        return await self._whole(request.id)

    async def Answer(self, request: pb.SheetAnswers, context: Context) -> Changed:
        """Answer questions about a sheet; it is read on with them."""
        sheet = await self._sheet(request.id)
        told = told_of(sheet)
        if sheet.state is not SheetState.ASKING:
            raise ConflictError(f"it is {sheet.state.value} and asks nothing", where=f"sheet {sheet.id}")
        answers = chosen(told.questions, request.answers, f"sheet {sheet.id}")
        await self._digests.again(sheet.id, replace(told, answers={**told.answers, **answers}).said_by(caller()))
        return Changed(what=f"sheet {sheet.id}: {len(request.answers)} answered; it is read on")

    async def Findings(self, request: pb.SheetRowsQuery, context: Context) -> pb.FindingPage:
        """Show what the checks say."""
        plan = await self._plan((await self._sheet(request.id)).plan)
        page = sheet_rows.finding_page(await self._rows(FINDINGS, request), plan.rules.currency)
        rerating = await self._desk.read(lambda catalog: catalog.reratings.of_sheet(request.id))
        if rerating is not None:
            for one in (each for each in page.findings if each.check == Check.IN_THE_PAST):
                one.words += f"; {words_of(rerating)}"
        return page

    async def Changes(self, request: pb.SheetRowsQuery, context: Context) -> pb.ChangePage:
        """Show the comparison."""
        return sheet_rows.change_page(await self._rows(CHANGES, request, behind=MOVES))

    async def Implicit(self, request: pb.SheetRowsQuery, context: Context) -> pb.ImplicitPage:
        """Show implicit changes."""
        return sheet_rows.implicit_page(await self._rows(IMPLICIT, request))

    async def Impact(self, request: pb.SheetRowsQuery, context: Context) -> pb.LeakPage:
        """Show what would leak money."""
        plan = await self._plan((await self._sheet(request.id)).plan)
        page = await self._rows(LEAKS, request)
        return await self._desk.read(leak_page(page, plan.rules.currency, self._desk.now_ms()))

    async def Reprice(self, request: pb.SheetSale, context: Context) -> Changed:
        """Sell codes at what they cost and a margin."""
        return Changed(what=await self._selling.change(request.id, request, block=False))

    async def Block(self, request: pb.SheetSale, context: Context) -> Changed:
        """Sell codes no more."""
        return Changed(what=await self._selling.change(request.id, request, block=True))

    async def Lines(self, request: pb.SheetRowsQuery, context: Context) -> pb.LinePage:
        """Show what a sheet says."""
        return sheet_rows.line_page(await self._rows(LINES, request))

    async def Rejects(self, request: pb.SheetRowsQuery, context: Context) -> pb.RejectPage:
        """Show what does not go in."""
        return sheet_rows.reject_page(await self._rows(REJECTS, request))

    async def Preview(self, request: pb.SheetRef, context: Context) -> pb.SheetPreview:
        """Show how a sheet begins, and what its columns are taken for."""
        return await self._pointing.look(await self._sheet(request.id))

    async def Point(self, request: pb.SheetPointing, context: Context) -> Changed:
        """Save what the columns of a sheet are as a template, and read it anew by that."""
        sheet = await self._sheet(request.id)
        return Changed(what=await self._pointing.point(sheet, request.name, request.template))

    async def Mend(self, request: pb.SheetMend, context: Context) -> Changed:
        """Give a cell another text; the sheet is read anew."""
        sheet = await self._sheet(request.id)
        check_tab(request.tab, told_of(sheet).template, f"sheet {sheet.id}")
        place = column_of(request.column, sheet, request.tab)
        mended = Corrected(
            Correction.MEND,
            tab=request.tab,
            row=request.row,
            column=place,
            value=request.value,
            comment=request.comment,
        )
        await self._correct(sheet, [mended])
        where = f"{request.tab} row {request.row}".strip()
        what = f"{where}, {request.column} reads {request.value!r} from now on"
        return Changed(what=f"sheet {sheet.id}: {what}")

    async def Decide(self, request: pb.SheetVerdict, context: Context) -> Changed:
        """Accept, move or drop findings; the sheet is read anew."""
        sheet = await self._sheet(request.id)
        decided, what = await self._verdicts.decided(sheet, request)
        if decided:
            await self._correct(sheet, decided)
        return Changed(what=f"sheet {sheet.id}: {what}")

    async def Approve(self, request: pb.SheetApproval, context: Context) -> Changed:
        """Approve a sheet, and apply it if that is asked."""
        found = await self._sheet(request.id)
        sheet = await self._applying.approve(found, request.comment, request.warnings_seen)
        if request.apply:
            return Changed(what=await self._desk.whole(self._applying.apply(sheet)))
        return Changed(what=f"sheet {sheet.id} is approved by {sheet.approved_by}; it is not live yet")

    async def Apply(self, request: pb.SheetRef, context: Context) -> Changed:
        """Put an approved sheet into its plan."""
        return Changed(what=await self._desk.whole(self._applying.apply(await self._sheet(request.id))))

    async def Cancel(self, request: pb.SheetRef, context: Context) -> Changed:
        """Give a sheet up that is not applied."""
        await self._digests.cancel(request.id)
        return Changed(what=f"sheet {request.id} is cancelled; nothing of it is live")

    async def Retry(self, request: pb.SheetRef, context: Context) -> Changed:
        """Read a sheet anew."""
        sheet = await self._sheet(request.id)
        if sheet.state is not SheetState.WORKING:
            await self._digests.again(sheet.id)
        elif not self._digests.has_begun(sheet.id):
            self._digests.begin(sheet.id)
        return Changed(what=f"sheet {sheet.id} is read anew")

    async def Undo(self, request: pb.SheetUndo, context: Context) -> Changed:
        """Take an applied sheet back whole."""
        return Changed(what=await self._desk.whole(self._applying.undo(await self._sheet(request.id))))

    async def _correct(self, sheet: Sheet, decided: list[Corrected]) -> None:
        """Keep decisions, and read the sheet anew with them."""
        await self._desk.whole(self._corrected(sheet.id, decided))

    async def _corrected(self, sheet: int, decided: list[Corrected]) -> None:
        who, now_ms = caller(), self._desk.now_ms()
        await self._desk.write(lambda catalog: catalog.sheets.correct(sheet, decided, who=who, at_ms=now_ms))
        self._digests.begin(sheet)

    async def _rows(self, part: str, request: pb.SheetRowsQuery, *, behind: str = "") -> RowsPage:
        sheet, folder = await self._sheet(request.id), self._digests.folder
        query = RowsQuery(
            folder.part(sheet.id, part),
            behind=folder.part(sheet.id, behind) if behind in folder.parts(sheet.id) else None,
            check=request.check,
            kind=request.kind,
            code=request.code,
            open=request.open,
            limit=self._desk.page(request.limit),
            offset=request.offset,
        )
        return await self._desk.tasks.sheet_rows(query)

    async def _sheet(self, number: int) -> Sheet:
        return await self._desk.read(lambda catalog: catalog.sheets.get(number))

    async def _plan(self, plan: str) -> Plan:
        return await self._desk.read(lambda catalog: catalog.plans.get(PlanId(plan)))

    async def _whole(self, number: int) -> pb.Sheet:
        sheet = await self._sheet(number)
        plan = await self._plan(sheet.plan)
        work = self._digests.at_work(number)
        steps = await self._desk.read(lambda catalog: catalog.sheets.steps(number))
        if work is not None:
            steps = (*(one for one in steps if one.step is Step.RECEIVE), *work.steps)
        corrections = await self._desk.read(lambda catalog: catalog.sheets.corrections(number))
        message = whole_message(sheet, plan.side, plan.rules.currency, steps, len(corrections))
        rerating = await self._desk.read(lambda catalog: catalog.reratings.of_sheet(number))
        if rerating is not None:
            message.notes.append(f"{words_of(rerating)}; see `switchboard rerating show {rerating.id}`")
        return message


def chosen(questions: Sequence[Asked], given: Mapping[str, str], where: str) -> dict[str, str]:
    """Return answers by the keys of their questions; both question and choice may be given by number, from 1.

    Raises InputError for a question or choice that is not there.
    """
    known = {str(number): one for number, one in enumerate(questions, 1)} | {one.key: one for one in questions}
    asks = f"It asks: {'; '.join(one.key for one in questions)}."
    if not given:
        raise InputError("no answer is given", where=where, mend=asks)
    answers = {}
    for key, answer in given.items():
        if key not in known:
            raise InputError(f"there is no question {key!r}", where=where, mend=asks)
        choices = dict(enumerate(known[key].choices, 1))
        found = [
            text for number, text in choices.items() if answer.strip().casefold() in (text.casefold(), f"{number}")
        ]
        if not found:
            mend = f"Choose {'; '.join(f'{number}: {text}' for number, text in choices.items())}."
            raise InputError(f"{answer!r} is no answer to {known[key].key}", where=where, mend=mend)
        answers[known[key].key] = found[0]
    return answers


def column_of(text: str, sheet: Sheet, tab: str) -> int:
    """Return the 0-based place of a column: by its heading, else its letters as in a spreadsheet, else its number."""
    template = told_of(sheet).template
    layouts = [] if template is None else template.tabs
    for layout in layouts:
        if layout.name and layout.name.casefold() != tab.casefold():
            continue
        for column in layout.columns:
            if column.heading and column.heading.casefold() == text.strip().casefold():
                return column.place
    if text.isascii() and text.isalpha() and len(text) <= 3:
        place = 0
        for letter in text.upper():
            place = place * 26 + ord(letter) - ord("A") + 1
        return place - 1
    if text.isascii() and text.isdigit() and 0 < int(text) <= 16_384:
        return int(text) - 1
    mend = "Give its heading, its letter as in a spreadsheet, or its number from 1."
    raise InputError(f"there is no column {text!r}", where=f"sheet {sheet.id}, {tab}", mend=mend)
