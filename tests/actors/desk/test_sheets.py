"""Rate sheets at the desk: kept, read, corrected, approved by a second person, applied in one piece, taken back."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from typing import Any

import pytest

from actors.desk import sheet_learning
from actors.desk.core import Desk
from actors.desk.rate_terms import RateTermsService
from actors.desk.sheet_apply import Applying
from actors.desk.sheet_digests import Digests
from actors.desk.sheet_templates import SheetTemplatesService
from actors.desk.sheets import SheetsService, chosen, column_of
from actors.sheet_work import (
    Asked,
    BookNews,
    BookQuery,
    Digest,
    DigestOrder,
    DigestStep,
    PlanFileOrder,
    RowsPage,
    RowsQuery,
)
from cluster.tasks.plan_file import plan_file
from cluster.tasks.sheet_book import sheet_book
from cluster.tasks.sheet_pages import sheet_rows
from cluster.tasks.sheets import sheet_files
from domain.errors import BrokenWorldError, ConflictError, InputError, NotFoundError
from domain.ids import PartnerId, PlanId
from domain.sheets.steps import SheetState
from protos import operators_pb2 as op
from protos import sheets_pb2 as pb
from store import publication
from store.sheets.change_file import packed, unpacked
from store.sheets.folder import CHANGE
from store.snapshots import MappedPlan
from tests.actors.desk.conftest import Here
from tests.actors.desk.digested import digested
from tests.cluster.tasks.places import BY, NOW
from tests.domain.builders import ms, row

NOBODY: Any = None
PLAN = PlanId("buy-kestrel")
SHEET = (
    "Code,Destination,Rate,Effective date,Billing\n447,UK Mobile,0.03,2026-11-20,1/1\n255,Tanzania,0.2,2026-11-20,1/1\n"
)
SHORT = SHEET.replace("447,UK Mobile,0.03,2026-11-20", "447,UK Mobile,0.03,2026-11-03")


class Digesting(Here):
    """Digestion without Ray, which waits at its first step until it may go on."""

    held: threading.Event | None = None

    async def digest_sheet(self, order: DigestOrder, steps: "asyncio.Queue[DigestStep]") -> Digest:
        loop, told = asyncio.get_running_loop(), list[Digest]()

        def work() -> None:
            for step in digested(self.home, order):
                if self.held is not None:
                    self.held.wait(20)
                if isinstance(step, Digest):
                    told.append(step)
                else:
                    loop.call_soon_threadsafe(steps.put_nowait, step)

        await asyncio.to_thread(work)
        return told[0]

    async def sheet_files(self, name: str, data: bytes) -> list[tuple[str, bytes]]:
        return sheet_files(self.home, name, data)

    async def sheet_rows(self, query: RowsQuery) -> RowsPage:
        return sheet_rows(self.home, query)

    async def plan_file(self, order: PlanFileOrder) -> None:
        plan_file(self.home, order)

    async def sheet_book(self, query: BookQuery) -> BookNews:
        return sheet_book(self.home, query)


@pytest.fixture
def tasks(desk: Desk) -> Digesting:
    (desk.home.data / "snapshots").mkdir(exist_ok=True)
    desk.tasks = tasks = Digesting(desk.home)
    return tasks


@pytest.fixture
def service(desk: Desk, tasks: Digesting) -> SheetsService:
    return SheetsService(desk, Digests(desk))


async def sent(service: SheetsService, text: str = SHEET, plan: str = PLAN, **head: Any) -> int:
    async def chunks() -> AsyncIterator[pb.SheetChunk]:
        yield pb.SheetChunk(plan=plan, file_name="kestrel.csv", received_ms=NOW, **head)
        yield pb.SheetChunk(data=text.encode())

    (sheet,) = (await service.Send(chunks(), NOBODY)).sheets
    return int(sheet.id)


async def rested(service: SheetsService, sheet: int) -> pb.Sheet:
    return [told async for told in service.Watch(pb.SheetRef(id=sheet), NOBODY)][-1]


async def checked(service: SheetsService, text: str = SHEET, **head: Any) -> pb.Sheet:
    return await rested(service, await sent(service, text, **head))


def approval(sheet: pb.Sheet, *, apply: bool = False) -> pb.SheetApproval:
    """Return the approval of who has seen all warnings of a sheet."""
    return pb.SheetApproval(id=sheet.id, apply=apply, warnings_seen=sheet.warnings)


def price(desk: Desk, code: str, at_ms: int, plan: PlanId = PLAN) -> int | None:
    known = [one for one in desk.catalog.plans.rates_known(plan) if one.code == code and one.valid_at(at_ms)]
    return known[0].terms.next_price if known else None


async def what(answer: Awaitable[op.Changed]) -> str:
    return (await answer).what


async def test_a_sheet_is_kept_checked_approved_applied_and_taken_back(desk: Desk, service: SheetsService) -> None:
    sheet = await checked(service, sender="rates@kestrel.example")
    assert (sheet.state, sheet.blocking, dict(sheet.kinds)) == ("checked", 0, {"increase": 1, "new": 1})
    steps = ["receive", "detect", "map", "parse", "normalise", "compare", "check", "impact"]
    assert [one.step for one in sheet.steps] == steps
    assert service._digests.folder.raw(sheet.id) == SHEET.encode()
    after = ms(2026, 11, 21)
    assert price(desk, "447", after) == 2_460_000, "nothing of it is live before it is applied"
    ref = pb.SheetRef(id=sheet.id)
    with pytest.raises(ConflictError, match="it is checked, not approved"):
        await service.Apply(ref, NOBODY)
    await service.Approve(approval(sheet), NOBODY)
    told = await what(service.Apply(ref, NOBODY))
    assert told.startswith(f"sheet {sheet.id} is applied: buy-kestrel version") and "template buy-kestrel" in told
    assert (price(desk, "447", after), price(desk, "255", after)) == (3_000_000, 20_000_000)
    assert price(desk, "447", NOW) == 2_460_000
    assert "is applied already" in await what(service.Apply(ref, NOBODY))
    shown = await service.Show(ref, NOBODY)
    assert [one.step for one in shown.steps] == [*steps, "approve", "apply", "notify"]
    manifest = desk.home.manifest()
    assert manifest is not None and manifest.plans[PLAN].version == shown.version, "it was published"
    before = desk.catalog.plans.get(PLAN).version
    assert "is taken back" in await what(service.Undo(pb.SheetUndo(id=sheet.id), NOBODY))
    assert (price(desk, "447", after), price(desk, "255", after)) == (2_460_000, None)
    assert "already" in await what(service.Undo(pb.SheetUndo(id=sheet.id), NOBODY))
    assert desk.catalog.plans.get(PLAN).version == before + 1


async def test_a_short_increase_blocks_until_it_is_moved_dropped_or_accepted(service: SheetsService) -> None:
    sheet = await checked(service, SHORT)
    assert sheet.blocking == 1
    (finding,) = (await service.Findings(pb.SheetRowsQuery(id=sheet.id, check="R28"), NOBODY)).findings
    assert (finding.code, finding.row, finding.standing) == ("447", 2, "open")
    with pytest.raises(ConflictError, match="1 findings that block it are open"):
        await service.Approve(approval(sheet), NOBODY)
    with pytest.raises(InputError, match="no finding has the key"):
        await service.Decide(pb.SheetVerdict(id=sheet.id, what="accept", keys=["x"]), NOBODY)
    await service.Decide(pb.SheetVerdict(id=sheet.id, what="move", keys=[finding.key]), NOBODY)
    moved = await rested(service, sheet.id)
    assert (moved.state, moved.blocking, moved.corrections) == ("checked", 0, 1)
    (change,) = (await service.Changes(pb.SheetRowsQuery(id=sheet.id, code="447"), NOBODY)).changes
    assert change.from_ms == ms(2026, 11, 8) > change.said_ms == ms(2026, 11, 3)
    other = await checked(service, SHORT.replace("0.03", "0.031"))
    await service.Decide(pb.SheetVerdict(id=other.id, what="accept", check="R28", comment="agreed"), NOBODY)
    accepted = await rested(service, other.id)
    assert accepted.blocking == 0
    assert [(one.check, one.count, one.open) for one in accepted.checks if one.check == "R28"] == [("R28", 1, 0)]


async def test_where_the_terms_ask_for_it_a_second_person_approves(
    desk: Desk, service: SheetsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await RateTermsService(desk).Set(op.FieldChanges(id=PLAN, values={"second_person": "true"}), NOBODY)
    sheet = await checked(service)
    with pytest.raises(ConflictError, match="desk sent it, decided about it"):
        await service.Approve(approval(sheet), NOBODY)
    monkeypatch.setattr("actors.desk.sheet_apply.caller", lambda: "bea")
    assert "is approved" in await what(service.Approve(approval(sheet), NOBODY))


async def test_a_plan_that_changed_meanwhile_has_the_sheet_checked_again(desk: Desk, service: SheetsService) -> None:
    sheet = await checked(service)
    await service.Approve(approval(sheet), NOBODY)
    desk.catalog.plans.add_rates(PLAN, [row("256", "0.5")], **BY)
    told = await what(service.Apply(pb.SheetRef(id=sheet.id), NOBODY))
    assert "has changed since" in told
    again = await rested(service, sheet.id)
    assert (again.state, again.approved_by) == ("checked", "")
    done = await what(service.Approve(approval(again, apply=True), NOBODY))
    assert "is applied" in done
    assert price(desk, "256", ms(2026, 11, 21)) == 50_000_000


@pytest.mark.parametrize("of", ["nothing", "another plan version", "another moment"])
async def test_a_sheet_whose_change_is_not_of_its_check_is_checked_again(
    desk: Desk, service: SheetsService, of: str
) -> None:
    sheet = await checked(service)
    await service.Approve(approval(sheet), NOBODY)
    file = service._digests.folder.part(sheet.id, CHANGE)
    change = unpacked(file.read_bytes())
    version, at_ms = change.compared
    other = (version + 1, at_ms) if of == "another plan version" else (version, at_ms + 1)
    file.write_bytes(packed(replace(change, compared=other)))
    if of == "nothing":  # as older releases left it
        file.unlink()
    words = "an older release has checked it" if of == "nothing" else "what is kept of it is of another check"
    assert f"{words}; it is checked again" in await what(service.Apply(pb.SheetRef(id=sheet.id), NOBODY))
    again = await rested(service, sheet.id)
    assert "is applied" in await what(service.Approve(approval(again, apply=True), NOBODY))


async def test_a_wrong_cell_is_mended_and_its_row_goes_in(service: SheetsService) -> None:
    sheet = await checked(service, SHEET.replace("0.2,", "O.2,"))
    (reject,) = (await service.Rejects(pb.SheetRowsQuery(id=sheet.id), NOBODY)).rejects
    assert (reject.row, reject.column, reject.value) == (3, "Rate", "O.2")
    order = pb.SheetMend(id=sheet.id, tab=reject.tab, row=reject.row, column=reject.column, value="0.2")
    assert "reads '0.2' from now on" in await what(service.Mend(order, NOBODY))
    mended = await rested(service, sheet.id)
    assert (mended.rejects, mended.lines) == (0, 2)


async def test_work_that_is_cancelled_ends_and_leaves_nothing_live(
    desk: Desk, service: SheetsService, tasks: Digesting
) -> None:
    tasks.held = threading.Event()
    sheet = await sent(service)
    await asyncio.sleep(0.2)
    assert service._digests.at_work(sheet) is not None
    cancelling = asyncio.create_task(what(service.Cancel(pb.SheetRef(id=sheet), NOBODY)))
    await asyncio.sleep(0.3)
    tasks.held.set()
    assert "nothing of it is live" in await cancelling
    assert desk.catalog.sheets.get(sheet).state is SheetState.CANCELLED
    assert [job.state.value for job in desk.catalog.jobs.list(limit=5)] == ["cancelled"]
    with pytest.raises(ConflictError, match="it is cancelled"):
        await service.Retry(pb.SheetRef(id=sheet), NOBODY)


async def test_a_desk_that_ended_says_so_of_its_sheets_and_they_are_read_again(
    desk: Desk, service: SheetsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service._digests, "begin", lambda sheet: None)
    sheet = await sent(service)
    monkeypatch.undo()
    await Digests(desk).interrupted()
    refused = await service.Show(pb.SheetRef(id=sheet), NOBODY)
    assert refused.state == "refused" and f"switchboard sheets retry {sheet}" in refused.words
    await service.Retry(pb.SheetRef(id=sheet), NOBODY)
    assert (await rested(service, sheet)).state == "checked"


async def test_a_template_is_saved_with_the_sheet_and_the_next_one_is_read_by_it(
    desk: Desk, service: SheetsService
) -> None:
    first = await checked(service)
    await service.Approve(approval(first, apply=True), NOBODY)
    templates = SheetTemplatesService(desk)
    (saved,) = (await templates.List(pb.TemplateQuery(), NOBODY)).templates
    assert (saved.owner, saved.name, saved.version) == ("kestrel", "buy-kestrel", 1)
    second = await checked(service, SHEET.replace("2026-11-20", "2026-12-20").replace("0.03", "0.029"))
    assert (second.template, second.template_version) == ("buy-kestrel", 1)
    listed = (await service.List(pb.SheetQuery(), NOBODY)).sheets
    assert [one.side for one in listed] == ["buy", "buy"]
    shown = await templates.Show(pb.TemplateQuery(owner="kestrel", name="buy-kestrel"), NOBODY)
    assert any("'Rate': price" in line for line in shown.columns)
    await templates.Remove(pb.TemplateQuery(owner="kestrel", name="buy-kestrel"), NOBODY)
    assert not (await templates.List(pb.TemplateQuery(), NOBODY)).templates


async def test_files_that_are_empty_or_for_no_plan_are_refused_before_they_are_kept(
    desk: Desk, service: SheetsService
) -> None:
    with pytest.raises(InputError, match="the file is empty"):
        await sent(service, "")
    with pytest.raises(NotFoundError):
        await service.Show(pb.SheetRef(id=77), NOBODY)
    assert desk.catalog.sheets.count() == 0


async def test_terms_are_shown_and_changed_by_name(desk: Desk) -> None:
    service = RateTermsService(desk)
    assert "increase_days 9" in await what(service.Set(op.FieldChanges(id=PLAN, values={"increase_days": "9"}), NOBODY))
    shown = await service.Show(op.Named(name=PLAN), NOBODY)
    assert shown.values["increase_days"] == "9" and list(shown.differing) == ["increase_days"]


def test_questions_and_choices_may_be_given_by_number() -> None:
    asked = [
        Asked("A: price", "A", "price", "Which?", ("C", "D")),
        Asked("dates", "", "dates", "Order?", ("dmy", "mdy")),
    ]
    assert chosen(asked, {"1": "2", "dates": "DMY"}, "sheet 1") == {"A: price": "D", "dates": "dmy"}
    for wrong in ({}, {"3": "1"}, {"1": "E"}):
        with pytest.raises(InputError):
            chosen(asked, wrong, "sheet 1")


async def test_a_column_is_named_by_heading_letter_or_number(service: SheetsService, desk: Desk) -> None:
    sheet = desk.catalog.sheets.get((await checked(service)).id)
    assert [column_of(text, sheet, "kestrel") for text in ("rate", "C", "3", "AA")] == [2, 2, 2, 26]
    with pytest.raises(InputError, match="there is no column"):
        column_of("§", sheet, "kestrel")


@pytest.mark.parametrize("broken", [False, True])
async def test_the_file_of_a_plan_without_rates_is_made_while_they_are_written(
    desk: Desk, service: SheetsService, tasks: Digesting, monkeypatch: pytest.MonkeyPatch, broken: bool
) -> None:
    monkeypatch.setattr(publication, "LARGE", 2)
    made: list[PlanFileOrder] = []

    async def watched(order: PlanFileOrder) -> None:
        made.append(order)
        if broken:
            raise BrokenWorldError("no room")
        plan_file(desk.home, order)

    monkeypatch.setattr(tasks, "plan_file", watched)
    plan = PlanId("buy-new")
    desk.catalog.plans.add(replace(desk.catalog.plans.get(PLAN).rules, plan=plan), "buy", **BY)
    number = await sent(service, SHEET.replace("2026-11-20", "2026-11-10"), plan=plan)
    sheet = await rested(service, number)
    for check in {one.check for one in sheet.checks if one.severity == "B"}:
        await service.Decide(pb.SheetVerdict(id=number, what="accept", check=check), NOBODY)
        sheet = await rested(service, number)
    await service.Approve(approval(sheet), NOBODY)
    await service.Apply(pb.SheetRef(id=number), NOBODY)
    await desk.at_rest(20)
    assert [one.version for one in made] == [desk.catalog.plans.get(plan).version]
    assert not made[0].path.exists()
    manifest = desk.home.manifest()
    assert manifest is not None
    opened = MappedPlan.open(desk.home.snapshots / manifest.plans[plan].name)
    found = opened.rates_at("447", ms(2026, 11, 11))
    assert found is not None
    assert (opened.version, found.rows[0].terms.next_price) == (made[0].version, 3_000_000)


@pytest.mark.parametrize("at_once", [sheet_learning.AT_ONCE, 1])
async def test_an_applied_sheet_leaves_drafts_of_codes_and_the_names_that_are_clear(
    desk: Desk, service: SheetsService, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(sheet_learning, "AT_ONCE", at_once)
    text = SHEET + "447001,UK Mobile New,0.03,2026-11-20,1/1\n254,Kenya-Proper,0.07,2026-11-20,60/60\n"
    before = [desk.catalog.codes.book(NOW).destination_of(number) for number in ("447001", "4479", "255")]
    sheet = await checked(service, text)
    ref = pb.SheetRef(id=sheet.id)
    found = (await service.Findings(pb.SheetRowsQuery(id=sheet.id, open=True), NOBODY)).findings
    keys = [one.key for one in found if one.severity == "B"]
    await service.Decide(pb.SheetVerdict(id=sheet.id, what="accept", keys=keys, comment="so be it"), NOBODY)
    accepted = await rested(service, sheet.id)
    await service.Approve(approval(accepted), NOBODY)
    await service.Apply(ref, NOBODY)
    await desk.at_rest(20)
    told = (await service.Show(ref, NOBODY)).steps[-1].words
    assert told == "published and announced; new drafts of the reference book: 2; names remembered: 1"
    drafts, _ = desk.catalog.code_changes.drafts()
    assert [(one.code, one.name, one.partner, one.sheet) for one in drafts] == [
        ("255", "Tanzania", "kestrel", sheet.id),
        ("447001", "UK Mobile New", "kestrel", sheet.id),
    ]
    assert desk.catalog.name_maps.of(PartnerId("kestrel")) == {"Kenya-Proper": "Kenya"}
    assert [desk.catalog.codes.book(NOW).destination_of(number) for number in ("447001", "4479", "255")] == before
    assert "drafts of the reference book withdrawn: 2" in await what(service.Undo(pb.SheetUndo(id=sheet.id), NOBODY))


async def test_what_was_not_learned_when_the_desk_died_is_learned_at_its_start(
    desk: Desk, service: SheetsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = await checked(service)

    async def dies(*_: object) -> str:
        return ""

    with monkeypatch.context() as dying:
        dying.setattr(Applying, "_learn", dies)
        dying.setattr(Applying, "_save_template", dies)
        await service.Approve(approval(sheet, apply=True), NOBODY)
        await desk.at_rest(20)
    assert not desk.catalog.code_changes.drafts()[0] and not desk.catalog.templates.of("kestrel")
    for _ in range(2):
        await Applying(desk, Digests(desk)).make_up()
        await desk.at_rest(20)
        assert [one.code for one in desk.catalog.code_changes.drafts()[0]] == ["255"]
        assert len(desk.catalog.templates.of("kestrel")) == 1
    await service.Undo(pb.SheetUndo(id=sheet.id), NOBODY)
    await Applying(desk, Digests(desk)).make_up()
    await desk.at_rest(20)
    assert not desk.catalog.code_changes.drafts()[0], "one that was taken back teaches nothing"
