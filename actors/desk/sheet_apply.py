"""Checked sheets approved, put into their plans, and taken back."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from actors.desk.core import Desk
from actors.desk.first_files import first_file
from actors.desk.sheet_digests import Digests
from actors.desk.sheet_learning import forget, learn
from actors.desk.sheet_told import Told, told_of
from actors.home import machine_ms
from actors.sheet_work import ADDED
from actors.tokens import caller
from domain.errors import ConflictError
from domain.notices.states import NoticeKind, NoticeState
from domain.sheets.findings import Check
from domain.sheets.steps import SheetState, Step, StepDone
from domain.sheets.template import Template
from store.catalog import Catalog
from store.catalog.notice_values import WantedNotices
from store.catalog.plan_changes import SheetChange, Undone
from store.catalog.plan_versions import RatesChange
from store.catalog.sheet_values import Facts, Sheet, Wanted
from store.plan_owners import owners_of
from store.sheets.change_file import unpacked
from store.sheets.folder import CHANGE

LATELY, LATELY_MS = 50, 86_400_000
"""So many sheets at most, of so long before, are looked at for what was not learned of them."""


class Applying:
    """Approves, applies and undoes. Invariant: a plan has all of a sheet or nothing: it goes in in one transaction."""

    def __init__(self, desk: Desk, digests: Digests) -> None:
        self._desk, self._digests = desk, digests

    async def approve(self, sheet: Sheet, comment: str, warnings_seen: int) -> Sheet:
        """Approve a checked sheet; one that is approved already stays so.

        Raises ConflictError while a finding that blocks is open, where its open warnings are not as many as were seen,
        or where a second person must do it.
        """
        if sheet.state is SheetState.APPROVED:
            return sheet
        where, began_ms = f"sheet {sheet.id}", machine_ms()
        if sheet.state is not SheetState.CHECKED:
            mend = f"`switchboard sheets show {sheet.id}` says what it waits for."
            raise ConflictError(f"it is {sheet.state.value}, not checked", where=where, mend=mend)
        if sheet.blocking:
            mend = f"Accept, move, drop or mend them: `switchboard sheets findings {sheet.id} --open`."
            raise ConflictError(f"{sheet.blocking:,} findings that block it are open", where=where, mend=mend)
        _check_seen(sheet, warnings_seen, where)
        await self._second_person(sheet, where)
        approved = await self._digests.move(sheet.id, SheetState.APPROVED)
        words = f"by {approved.approved_by}" + (f": {comment}" if comment else "")
        await self._step(sheet.id, StepDone(Step.APPROVE, began_ms, machine_ms(), 1, words))
        return approved

    async def apply(self, sheet: Sheet) -> str:
        """Put an approved sheet into its plan; return what became of it.

        Where the plan has changed since it was compared, or the clock has overtaken what was found, it is read anew
        instead. One that is applied stays so.
        """
        if sheet.state is SheetState.APPLIED:
            return f"sheet {sheet.id} is applied already: {sheet.plan} version {sheet.version}"
        if sheet.state is not SheetState.APPROVED:
            mend = f"Approve it first: `switchboard sheets approve {sheet.id}`."
            raise ConflictError(f"it is {sheet.state.value}, not approved", where=f"sheet {sheet.id}", mend=mend)
        told = told_of(sheet)
        began_ms = machine_ms()
        change = await self._ready(sheet, told)
        if isinstance(change, str):
            return await self._again(sheet, change)
        written_ms = [began_ms]

        def order(catalog: Catalog, at_ms: int) -> RatesChange:
            if why := told.aged(at_ms):  # it was not when this began
                raise ConflictError(why, where=f"sheet {sheet.id}")
            done = catalog.plan_changes.apply(change, who=caller(), at_ms=at_ms)
            written_ms[0] = machine_ms()
            return done

        try:
            async with first_file(self._desk, sheet.plan, change, self._digests.folder.part(sheet.id, ADDED)) as file:
                done = await self._desk.change(order, file)
        except ConflictError:
            why = await self._outdated(sheet, told)
            if not why:
                raise
            return await self._again(sheet, why)
        told_ms = machine_ms()
        count = len(change.added) + len(change.ended)
        rates = "rate" if len(change.added) == 1 else "rates"
        words = f"{len(change.added):,} {rates} from now on, {len(change.ended):,} known no longer"
        await self._step(sheet.id, StepDone(Step.APPLY, began_ms, written_ms[0], count, words))
        nodes = len(self._desk.home.settings.node)
        notified = StepDone(Step.NOTIFY, written_ms[0], told_ms, nodes, "published and announced")
        await self._step(sheet.id, notified)
        saved = await self._save_template(sheet)
        self._desk.begin(self._learn(sheet, notified))  # a second for a large sheet, which is in force already
        before = await self._charged_before(sheet)
        return f"sheet {sheet.id} is applied: {sheet.plan} version {done.version}, {words}{saved}{before}"

    async def _ready(self, sheet: Sheet, told: Told) -> SheetChange | str:
        """Return what a sheet does to its plan, or why what was found of it is so no longer."""
        why = await self._outdated(sheet, told)
        return why if why else await asyncio.to_thread(self._change, sheet, told)

    def _change(self, sheet: Sheet, told: Told) -> SheetChange | str:
        """Return what a sheet does to its plan, or that this is not kept of the check that was approved; it blocks, for
        a quarter of a second where it is a million rates."""
        its = unpacked(self._digests.folder.read(sheet.id, CHANGE))
        if its.compared != (told.plan_version, told.read_ms):
            return "what is kept of it is of another check"
        return SheetChange(sheet.id, told.plan_version, its.ended, its.added, its.asked, its.origins)

    async def undo(self, sheet: Sheet) -> str:
        """Take an applied sheet back; return what followed it.

        Raises ConflictError where a second person must do it.
        """
        if sheet.state is SheetState.UNDONE:
            return f"sheet {sheet.id} is taken back already"
        terms = await self._desk.read(lambda catalog: catalog.rate_terms.get(sheet.plan))
        if terms.second_person and caller() in (sheet.received_by, sheet.approved_by):
            mend = f"Another person must, by the plan's terms: `switchboard sheets undo {sheet.id}`."
            raise ConflictError(f"{caller()} sent or approved it", where=f"sheet {sheet.id}", mend=mend)

        def order(catalog: Catalog, at_ms: int) -> Undone:
            return catalog.plan_changes.undo(sheet.id, who=caller(), at_ms=at_ms)

        done = await self._desk.change(order)
        followed = ", ".join(f"{number}" for number in done.followed)
        after = f"; sheets after it with codes of it stay in force: {followed}" if followed else ""
        if done.groups:
            mend = f"`switchboard plans origins {sheet.plan}` changes them"
            after += f"; groups of callers that were changed since stay so: {', '.join(done.groups)} ({mend})"
        elif done.regrouped:
            after += "; groups of callers are as without it"
        forgotten = await forget(self._desk, sheet.id)
        after += forgotten + await self._answered(sheet) + await self._charged_before(sheet)
        return f"sheet {sheet.id} is taken back: {sheet.plan} version {done.change.version}{after}"

    async def _answered(self, sheet: Sheet) -> str:
        """Say who was told already that a sheet is in force."""
        wanted = WantedNotices(kind=NoticeKind.ANSWER, sheet=sheet.id)
        found = await self._desk.read(lambda catalog: catalog.rate_notices.list(wanted))
        sent = [one for one in found if one.state in (NoticeState.APPROVED, NoticeState.FAILED)]
        return f"; {sent[0].partner} was told that it is in force: notice {sent[0].id}" if sent else ""

    async def _charged_before(self, sheet: Sheet) -> str:
        """Say what a sheet means for calls charged before, where it is of days before; of today that is found after."""
        past = any(one.check == Check.IN_THE_PAST for one in told_of(sheet).checks)
        return await self._desk.reratings.after(sheet.plan) if past else ""

    async def _learn(self, sheet: Sheet, notified: StepDone) -> None:
        learned = await learn(self._desk, sheet, self._digests.folder)
        if learned:
            also = replace(notified, words=learned.removeprefix("; "))
            await self._desk.write(lambda catalog: catalog.sheets.say(sheet.id, also))
        await self._desk.write(lambda catalog: _mark_learned(catalog, sheet.id))

    async def make_up(self) -> None:
        """Learn of sheets that were applied just before the desk ended. At the start; goes on behind it."""
        now_ms = self._desk.now_ms()
        for sheet in await self._desk.read(
            lambda catalog: catalog.sheets.list(Wanted(SheetState.APPLIED), limit=LATELY)
        ):
            if (sheet.applied_ms or 0) > now_ms - LATELY_MS and not told_of(sheet).learned:
                self._desk.begin(self._made_up(sheet))

    async def _made_up(self, sheet: Sheet) -> None:
        await self._save_template(sheet)
        steps = await self._desk.read(lambda catalog: catalog.sheets.steps(sheet.id))
        now_ms = machine_ms()
        published = StepDone(Step.NOTIFY, now_ms, now_ms, len(self._desk.home.settings.node), "published and announced")
        notified = next((one for one in steps if one.step is Step.NOTIFY), None)
        if notified is None:
            await self._step(sheet.id, published)
        await self._learn(sheet, notified or published)

    async def _outdated(self, sheet: Sheet, told: Told) -> str:
        """Return why what was found of a sheet is so no longer, "" where it still is."""
        plan = await self._desk.read(lambda catalog: catalog.plans.get(sheet.plan))
        if plan.version != told.plan_version:
            return f"plan {sheet.plan} has changed since it was compared"
        if CHANGE not in self._digests.folder.parts(sheet.id):
            return "an older release has checked it"
        return told.aged(self._desk.now_ms())

    async def _again(self, sheet: Sheet, why: str) -> str:
        await self._digests.again(sheet.id)
        return f"sheet {sheet.id} is not applied: {why}; it is checked again, approve it then"

    async def _second_person(self, sheet: Sheet, where: str) -> None:
        terms = await self._desk.read(lambda catalog: catalog.rate_terms.get(sheet.plan))
        if not terms.second_person:
            return
        decided = await self._desk.read(lambda catalog: catalog.sheets.corrections(sheet.id))
        first = {one.who for one in decided.values()} | {sheet.received_by, *told_of(sheet).by}
        if caller() in first:
            mend = f"A second person must, by the plan's terms: `switchboard sheets approve {sheet.id}`."
            raise ConflictError(f"{caller()} sent it, decided about it or said how it is read", where=where, mend=mend)

    async def _save_template(self, sheet: Sheet) -> str:
        """Remember how the sheet was read, unless it was read by a template as it is; return that for a sentence."""
        told = told_of(sheet)
        if told.template is None or told.known:
            return ""
        read_by, who, now_ms = told.template, caller(), self._desk.now_ms()

        def order(catalog: Catalog) -> str:
            owners = owners_of(catalog.directory(), sheet.plan)
            owner = str(owners[0] if owners else sheet.plan)
            name = name_for(read_by, str(sheet.plan), catalog.templates.of(owner))
            kept = catalog.templates.save(owner, replace(read_by, name=name), who=who, at_ms=now_ms)
            return f"; template {kept.name} version {kept.version} is saved for {owner}"

        return await self._desk.write(order)

    async def _step(self, sheet: int, done: StepDone) -> None:
        await self._desk.write(lambda catalog: catalog.sheets.step(sheet, done))


def _mark_learned(catalog: Catalog, sheet: int) -> None:
    told = replace(told_of(catalog.sheets.get(sheet)), learned=True)
    catalog.sheets.enter(sheet, Facts(told=told.plain()))


def name_for(template: Template, plan: str, known: Sequence[Template]) -> str:
    """Return a name for a template: its own, else the plan's, with a number where that is another layout's."""
    taken = {one.name for one in known if one.fingerprint != template.fingerprint}
    if template.name:
        return template.name
    numbered = (f"{plan}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (plan, *numbered) if name not in taken)


def _check_seen(sheet: Sheet, warnings_seen: int, where: str) -> None:
    """Raise ConflictError while warnings are open and it is not said that so many were seen."""
    warnings = told_of(sheet).warnings
    if not warnings or warnings_seen == warnings:
        return
    one = f"{warnings:,} warning is open" if warnings == 1 else f"{warnings:,} warnings are open"
    words = f"{one} and {warnings_seen:,} seen" if warnings_seen else f"{one} and must be acknowledged"
    mend = (
        f"Look at them, `switchboard sheets findings {sheet.id} --open`, then "
        f"`switchboard sheets approve {sheet.id} --warnings {warnings}`."
    )
    raise ConflictError(words, where=where, mend=mend)
