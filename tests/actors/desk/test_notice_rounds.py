"""Notices come by themselves: for clients whose rates changed and only them, once, whatever ends in between."""

from collections.abc import Sequence
from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.sheet_digests import Digests
from actors.desk.sheets import SheetsService
from domain.clock import Clock
from domain.errors import InputError
from domain.ids import PartnerId, PlanId
from domain.notices.states import ContactState, NoticesMode
from domain.rates import Window
from domain.sheets.steps import Step
from protos import notices_pb2 as pb
from protos import sheets_pb2
from store.catalog.rate_clients import QUIET, RateClient
from tests.actors.desk.noticing import ANN, BOB, DAY_MS, NOBODY, Teller
from tests.actors.desk.test_sheets import approval, checked
from tests.cluster.tasks.places import BY, NOW
from tests.domain.builders import row, rules

PAM = "pam@pampas.example"
SENDER = "rates@kestrel.example"
SOLD = "Code,Destination,Rate,Effective date,Billing\n254,Kenya,0.2,2026-11-20,1/1\n44,UK,0.03,2026-11-20,1/1\n"


@pytest.fixture
async def teller(desk: Desk) -> Teller:
    """A desk that makes notices since a minute ago: what its catalog begins with is no news."""
    teller = Teller(desk)
    await desk.write(lambda catalog: catalog.rate_clients.since(NOW + 60_000))
    desk.clock = Clock(NOW + 120_000, 0, 0.0)
    return teller


@pytest.fixture
def sheets(desk: Desk, teller: Teller) -> SheetsService:
    return SheetsService(desk, Digests(desk))


async def sent(sheets: SheetsService, plan: str, text: str, **head: Any) -> sheets_pb2.Sheet:
    """Send a sheet of a plan; it is checked and applied."""

    async def chunks() -> Any:
        yield sheets_pb2.SheetChunk(plan=plan, file_name="new.csv", **head)
        yield sheets_pb2.SheetChunk(data=text.encode())

    (sheet,) = (await sheets.Send(chunks(), NOBODY)).sheets
    rested = [told async for told in sheets.Watch(sheets_pb2.SheetRef(id=sheet.id), NOBODY)][-1]
    assert rested.state == "checked" and not rested.blocking, rested
    await sheets.Approve(approval(rested, apply=True), NOBODY)
    return rested


def last_step(desk: Desk, sheet: int) -> str:
    (step,) = (one for one in desk.catalog.sheets.steps(sheet) if one.step is Step.NOTIFY)
    return step.words


async def test_notices_wait_for_those_whose_rates_changed_and_only_them(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", ANN)
    teller.contacts("pampas", PAM)
    await teller.rounds.look()
    assert teller.notices() == [], "nothing has changed since notices are made"
    teller.raised()
    await teller.rounds.look()
    (notice,) = teller.notices()
    assert (notice.partner, notice.plan, notice.state, notice.told_ms) == ("orbita", "sell", "queued", None)
    assert desk.catalog.mail.list() == []
    for _ in range(2):
        teller.begin()
        await teller.rounds.look()
    assert teller.notices() == [notice], "nothing is made twice, also by a desk that begins anew"
    teller.raised("0.3")
    await teller.rounds.look()
    assert [one.state for one in teller.notices()] == ["superseded", "queued"]


async def test_what_is_said_to_be_known_of_a_plan_just_given_counts(desk: Desk, teller: Teller) -> None:
    desk.catalog.plans.add(rules(plan=PlanId("other")), "sell", **BY)
    teller.rate(row("254", "0.1"), plan="other")
    await teller.rounds.look()
    desk.catalog.plans.assign(PlanId("other"), PartnerId("orbita"), **BY)
    await teller.service.Told(pb.ToldOtherwise(partner="orbita", plan="other"), NOBODY)
    desk.clock = Clock(NOW + 121_000, 0, 0.0)
    await teller.rounds.look()
    assert desk.catalog.rate_notices.last_told("orbita", "other") is not None


async def test_what_no_notice_depends_on_makes_no_round(
    desk: Desk, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    teller.contacts("orbita", ANN)
    for _ in range(3):
        await teller.rounds.look()
    rounds = list[int]()
    at_all = teller.rounds.round

    async def counted() -> bool:
        rounds.append(1)
        return await at_all()

    monkeypatch.setattr(teller.rounds, "round", counted)
    for noun in QUIET:
        desk.catalog.audit.note("change", noun, "1", who="ada", at_ms=NOW)
    desk.catalog.plans.add_rates(PlanId("buy-kestrel"), [row("254", "0.02")], **BY)
    await teller.rounds.look()
    assert rounds == []
    teller.raised()
    await teller.rounds.look()
    assert rounds and [one.partner for one in teller.notices()] == ["orbita"]


async def test_what_changes_while_a_round_is_under_way_is_for_the_next(
    desk: Desk, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    teller.contacts("orbita", ANN)
    await teller.rounds.look()
    send, changed = teller.rounds._send_all, list[int]()

    async def and_change(clients: Sequence[RateClient]) -> dict[str, str]:
        if not changed:
            changed.append(1)
            teller.raised()  # after this round looked for news
        return await send(clients)

    monkeypatch.setattr(teller.rounds, "_send_all", and_change)
    desk.catalog.audit.note("pin", "partner", "orbita", who="ada", at_ms=NOW)
    for _ in range(2):
        await teller.rounds.look()
    assert [one.state for one in teller.notices()] == ["queued"]


async def test_one_digest_is_kept_of_what_each_client_knows_of_a_plan(teller: Teller) -> None:
    teller.contacts("orbita", ANN)
    for price in ("0.2", "0.3", "0.4"):
        await teller.told()
        teller.raised(price)
        await teller.rounds.look()
    known = teller.rounds._making.dues._known
    assert list(known) == [("orbita", "sell")]


async def test_a_change_that_says_what_a_client_knows_is_no_notice(teller: Teller) -> None:
    teller.contacts("orbita", ANN)
    await teller.told()
    teller.rate(row("1", "0.5", valid_from_ms=NOW + 10 * DAY_MS))
    await teller.rounds.look()
    assert len(teller.notices()) == 2
    await teller.service.Told(pb.ToldOtherwise(partner="orbita", plan="sell"), NOBODY)
    desk = teller.desk
    night = Window("night", frozenset(range(7)), 0, 360)
    desk.catalog.plans.change_profile(PlanId("sell"), (night,), None, **BY)
    await teller.rounds.look()
    assert [one.state for one in teller.notices()] == ["approved", "superseded", "told"]


async def test_by_contract_a_notice_goes_out_by_itself_unless_it_is_late(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", ANN, mode=NoticesMode.AUTO)
    await teller.told()
    teller.posted()
    teller.raised()
    await teller.rounds.look()
    assert [one.state for one in teller.notices()] == ["approved", "approved"]
    assert [mail.address for mail in desk.catalog.mail.list()] == [ANN]
    teller.rate(row("254", "0.5", valid_from_ms=NOW + 2 * DAY_MS))
    await teller.rounds.look()
    late = teller.notices()[-1]
    assert (late.state, late.late) == ("queued", 1), "somebody must see that it comes too late"


async def test_what_goes_out_by_itself_goes_however_much_waits_for_approval(
    desk: Desk, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.catalog.plans.assign(PlanId("sell"), PartnerId("naked"), **BY)
    teller.contacts("orbita", ANN)
    teller.contacts("naked", PAM, mode=NoticesMode.AUTO)
    for partner in ("orbita", "naked"):
        await teller.told(partner=partner)
    teller.posted()
    monkeypatch.setattr("actors.desk.notice_rounds.MOST", 1)
    teller.raised()
    await teller.rounds.look()
    assert [(one.partner, one.state) for one in teller.notices()][2:] == [("naked", "approved"), ("orbita", "queued")]


async def test_by_contract_there_are_none(teller: Teller) -> None:
    teller.contacts("orbita", ANN, mode=NoticesMode.OFF)
    teller.raised()
    await teller.rounds.look()
    assert teller.notices() == []


async def test_a_notice_whose_file_cannot_be_made_is_an_alarm_and_keeps_no_other_from_its_own(
    desk: Desk, teller: Teller
) -> None:
    teller.contacts("orbita", ANN)
    teller.contacts("pampas", PAM)
    first = await teller.told()
    teller.rounds._making.dues.folder.remove(first.id)
    teller.raised()
    teller.rate(row("33", "0.5", valid_from_ms=NOW + 10 * DAY_MS), plan="sell-eu")
    await teller.rounds.look()
    assert "what it was told by notice 1 is gone" in teller.alarms["notices not made"]
    assert [one.partner for one in teller.notices()] == ["orbita", "pampas"]
    (due,) = await teller.due(partner="orbita", plan="sell")
    assert "what it was told by notice 1 is gone" in due.words
    await teller.service.Told(pb.ToldOtherwise(partner="orbita", plan="sell"), NOBODY)
    await teller.rounds.look()
    assert teller.alarms["notices not made"] == ""


async def test_an_alarm_says_who_must_be_told_soon(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", ANN)
    await teller.told()
    teller.raised()
    await teller.rounds.look()
    assert teller.alarms["rates"] == "", "there are days to tell it"
    desk.clock = Clock(NOW + 2 * DAY_MS + 120_000, 0, 0.0)
    await teller.rounds.round()
    assert teller.alarms["rates"].startswith("rates: 1 client must be told by 2026-11-04 23:59:59 UTC: orbita")
    await teller.approved()
    await teller.rounds.round()
    assert teller.alarms["rates"] == ""
    for contact in teller.notices()[-1].contacts:
        number = teller.notices()[-1].id
        desk.catalog.rate_notices.hear(number, contact.address, ContactState.BOUNCED, **BY)
    await teller.rounds.round()
    assert "orbita" in teller.alarms["rates"], "nobody has it"


async def test_an_applied_sheet_says_who_is_told_and_undone_they_are_told_again(
    desk: Desk, teller: Teller, sheets: SheetsService
) -> None:
    teller.contacts("orbita", ANN)
    first = await teller.told()
    sheet = await sent(sheets, "sell", SOLD)
    await desk.at_rest(20)
    await teller.rounds.look()
    notice = teller.notices()[-1]
    assert (notice.sheet, notice.counts["increase"], notice.state) == (sheet.id, 1, "queued")
    said = f"1 client to be told: orbita (notice {notice.id})"
    assert last_step(desk, sheet.id) == f"published and announced; {said}"
    teller.begin()
    await teller.rounds.look()
    assert last_step(desk, sheet.id).count("to be told") == 1
    await teller.approved()
    await sheets.Undo(sheets_pb2.SheetUndo(id=sheet.id), NOBODY)
    await teller.rounds.look()
    back = teller.notices()[-1]
    assert (back.sheet, back.counts["decrease"], back.state) == (None, 1, "queued")
    assert first.id < notice.id < back.id


async def test_a_sheet_that_went_in_when_the_desk_ended_is_made_up_for(
    desk: Desk, teller: Teller, sheets: SheetsService
) -> None:
    teller.contacts("orbita", ANN)
    await teller.told()
    sheet = await sent(sheets, "sell", SOLD)
    await desk.at_rest(20)
    teller.begin()
    await teller.rounds.look()
    assert [one.sheet for one in teller.notices()] == [None, sheet.id]
    assert "to be told" in last_step(desk, sheet.id)


async def test_whom_a_sheet_came_from_is_answered_once(desk: Desk, teller: Teller, sheets: SheetsService) -> None:
    sheet = await checked(sheets, sender=SENDER)
    await sheets.Approve(approval(sheet, apply=True), NOBODY)
    await desk.at_rest(20)
    for _ in range(2):
        teller.begin()
        await teller.rounds.look()
    (answer,) = teller.notices()
    assert (answer.kind, answer.partner, answer.sheet, answer.state) == ("answer", "kestrel", sheet.id, "queued")
    assert [one.address for one in answer.contacts] == [SENDER]
    assert last_step(desk, sheet.id).endswith(f"to be told what went in: {SENDER} (notice {answer.id})")
    assert "buy-kestrel" in answer.subject + answer.body
    await teller.approved(answer.id)
    (mail,) = desk.catalog.mail.list()
    assert (mail.address, mail.kind, mail.files) == (SENDER, "answer", ())
    page = await teller.service.List(pb.NoticeQuery(kind="answer"), NOBODY)
    assert page.total == 1
    with pytest.raises(InputError, match="an answer changes nothing"):
        await teller.service.Changes(pb.NoticeRowsQuery(id=answer.id), NOBODY)


@pytest.mark.parametrize(
    ("sent_before", "state", "said"),
    [(False, "superseded", ""), (True, "approved", "kestrel was told that it is in force")],
)
async def test_no_answer_says_that_a_sheet_is_in_force_which_is_taken_back(
    desk: Desk, teller: Teller, sheets: SheetsService, sent_before: bool, state: str, said: str
) -> None:
    sheet = await checked(sheets, sender=SENDER)
    await sheets.Approve(approval(sheet, apply=True), NOBODY)
    await desk.at_rest(20)
    teller.begin()
    await teller.rounds.look()
    (answer,) = teller.notices()
    if sent_before:
        await teller.approved(answer.id)
    undone = await sheets.Undo(sheets_pb2.SheetUndo(id=sheet.id), NOBODY)
    assert said in undone.what and ("in force" in undone.what) == sent_before
    (after,) = teller.notices()
    assert (after.id, after.state) == (answer.id, state)


@pytest.mark.parametrize(
    ("mode", "contact", "state"), [(NoticesMode.AUTO, BOB, "approved"), (NoticesMode.OFF, BOB, ""), ("", "", "")]
)
async def test_answers_go_as_the_vendors_contract_says(
    desk: Desk, teller: Teller, sheets: SheetsService, mode: NoticesMode, contact: str, state: str
) -> None:
    if contact:
        teller.contacts("kestrel", contact, mode=mode)
    sheet = await checked(sheets)
    await sheets.Approve(approval(sheet, apply=True), NOBODY)
    await desk.at_rest(20)
    await teller.rounds.look()
    found = [(one.state, one.contacts[0].address) for one in teller.notices()]
    assert found == ([(state, contact)] if state else [])
    assert ("nobody is to be told" in last_step(desk, sheet.id)) == (not state)


@pytest.mark.parametrize(
    ("billing", "address", "state"), [([BOB], BOB, "approved"), ([], SENDER, "queued")], ids=["billing", "nobody"]
)
async def test_an_answer_to_a_sender_that_nobody_named_waits(
    desk: Desk, teller: Teller, sheets: SheetsService, billing: list[str], address: str, state: str
) -> None:
    teller.contacts("kestrel", mode=NoticesMode.AUTO, billing=billing)
    sheet = await checked(sheets, sender=SENDER)
    await sheets.Approve(approval(sheet, apply=True), NOBODY)
    await desk.at_rest(20)
    await teller.rounds.look()
    (answer,) = teller.notices()
    assert (answer.state, [one.address for one in answer.contacts]) == (state, [address])


async def test_a_new_plan_without_rates_is_nothing_to_tell(desk: Desk, teller: Teller) -> None:
    teller.contacts("naked", ANN)
    desk.catalog.plans.add(rules(plan=PlanId("empty")), "sell", who="ada", at_ms=desk.now_ms())
    desk.catalog.plans.assign(PlanId("empty"), PartnerId("naked"), **BY)
    await teller.rounds.look()
    assert teller.notices() == []
    teller.rate(row("1", "0.5"), plan="empty")
    await teller.rounds.look()
    assert [(one.partner, one.form.scope) for one in teller.notices()] == [("naked", "full")]


async def test_what_came_back_is_an_alarm_until_somebody_dealt_with_it(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", ANN, BOB)
    notice = await teller.told()

    async def say(address: str, state: str) -> str:
        await teller.service.Answer(pb.NoticeAnswer(id=notice.id, address=address, state=state), NOBODY)
        await teller.rounds.round()
        return teller.alarms["notices answered"]

    assert f"orbita refused notice {notice.id}" in await say(ANN, "refused")
    assert f"orbita bounced notice {notice.id}" in await say(BOB, "bounced")
    assert "refused" not in await say(ANN, "accepted")
    assert await say(BOB, "delivered") == ""


async def test_a_client_that_is_to_be_told_and_has_no_contact_is_an_alarm(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", mode=NoticesMode.AUTO)
    await teller.rounds.round()
    assert "nobody can be told for orbita" in teller.alarms["rates without contact"]
    teller.contacts("orbita", mode=NoticesMode.ASK)
    await teller.rounds.round()
    assert teller.alarms["rates without contact"] == "", "nothing has changed since notices are made"
    teller.raised()
    await teller.rounds.round()
    assert "nobody can be told for orbita" in teller.alarms["rates without contact"], "though it was never told"
    teller.contacts("orbita", mode=NoticesMode.OFF)
    await teller.rounds.round()
    assert teller.alarms["rates without contact"] == ""
    teller.contacts("orbita", ANN)
    await teller.told()
    teller.contacts("orbita")
    teller.raised("0.3")
    await teller.rounds.round()
    assert "nobody can be told for orbita" in teller.alarms["rates without contact"]
