"""Clients are told rates: what is due and by when, a file each, to their contacts only, and what becomes of it."""

from collections.abc import Awaitable

import pytest

from actors.desk.core import Desk
from domain.clock import Clock
from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import PlanId
from domain.notices.form import FileKind, SheetForm
from domain.notices.states import ContactState, NoticesMode, NoticeState
from protos import notices_pb2 as pb
from protos import operators_pb2 as op
from store.sheets.folder import NOTICES, SheetFolder
from tests.actors.desk.noticing import ANN, BOB, DAY_MS, NOBODY, Teller, whole
from tests.cluster.tasks.places import BY, NOW
from tests.domain.builders import row


@pytest.fixture
def teller(desk: Desk) -> Teller:
    return Teller(desk)


async def what(answer: Awaitable[op.Changed]) -> str:
    return (await answer).what


async def test_a_client_is_told_a_change_and_nothing_is_due_any_more(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", ANN, BOB)
    first = await teller.told()
    assert (first.form.scope, first.state) == ("full", NoticeState.APPROVED)
    teller.raised()
    (due,) = await teller.due(plan="sell")
    assert (due.partner, dict(due.kinds), due.notice, due.queued) == ("orbita", {"increase": 1, "unchanged": 3}, 1, 0)
    assert due.first_ms == NOW + 10 * DAY_MS and due.tell_by_ms == NOW + 4 * DAY_MS - 1 and due.late == 0
    (notice,) = await teller.made(plan="sell", values={"scope": "changes", "file": "csv"}, comment="Call us.")
    assert (notice.state, notice.rows, notice.made_by) == ("queued", 1, "desk")
    assert {contact.address for contact in notice.contacts} == {ANN, BOB}
    shown = await teller.service.Show(pb.NoticeRef(id=notice.id), NOBODY)
    assert "Call us." in shown.body and [event.what for event in shown.events] == ["made"]
    head, data = await whole(teller.service.File(pb.NoticeRef(id=notice.id), NOBODY))
    assert head.file_name == notice.file_name and b"254" in data and b"447" not in data
    page = await teller.service.Changes(pb.NoticeRowsQuery(id=notice.id, kind="increase"), NOBODY)
    assert [(one.code, one.terms.next_price_units) for one in page.changes] == [("254", 20_000_000)]
    teller.posted()
    said = await teller.approved()
    assert said.startswith(f"approved: {notice.id} to orbita; 2 mails are on the way")
    mails = {mail.address: mail for mail in desk.catalog.mail.list()}
    assert set(mails) == {ANN, BOB}
    assert (desk.home.data / mails[ANN].files[0][1]).read_bytes() == data
    assert await teller.due(plan="sell") == []
    assert await teller.made(plan="sell") == [] and await teller.approved() == "no notice waits for approval"


async def test_who_was_never_told_anything_gets_all_of_it(teller: Teller) -> None:
    teller.contacts("orbita", billing=["pay@orbita.example"])
    (due,) = await teller.due(plan="sell")
    assert (dict(due.kinds), due.notice, due.words) == ({"new": 3}, 0, "")
    (notice,) = await teller.made(plan="sell", values={"scope": "changes"})
    assert (notice.scope, [one.address for one in notice.contacts]) == ("full", ["pay@orbita.example"])


async def test_a_client_without_a_contact_is_named_and_how_to_mend_it(teller: Teller) -> None:
    (due,) = await teller.due(partner="pampas")
    assert due.words == "pampas has no contact for rates: `switchboard partners set pampas rates_emails=...`"
    with pytest.raises(InputError, match="pampas has no contact"):
        await teller.made(partner="pampas")
    assert await teller.made() == [], "the others are not kept from it"
    with pytest.raises(InputError, match="naked has no sell plan"):
        await teller.due(partner="naked")
    with pytest.raises(NotFoundError, match="gone"):
        await teller.due(partner="gone")


async def test_a_contract_may_ask_for_no_notices(teller: Teller) -> None:
    teller.contacts("pampas", ANN, mode=NoticesMode.OFF)
    assert await teller.due(partner="pampas") == [] and await teller.made() == []
    (due,) = await teller.due(partner="pampas", all=True)
    assert "rates_notices=off" in due.words


async def test_late_changes_are_counted_by_who_approves(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", ANN)
    await teller.told()
    teller.raised(days=8)
    (notice,) = await teller.made(plan="sell")
    assert notice.late == 0
    desk.clock = Clock(NOW + 3 * DAY_MS, 0, 0.0)  # it was made in time, and waited
    with pytest.raises(ConflictError, match="1 change is told too late and must be acknowledged"):
        await teller.approved(notice.id)
    with pytest.raises(ConflictError, match="1 change is told too late and 2 seen"):
        await teller.approved(late_seen=2)
    assert "approved" in await teller.approved(late_seen=1)
    with pytest.raises(ConflictError, match="it is approved"):
        await teller.approved(notice.id)


async def test_a_client_that_was_not_reached_is_still_to_be_told(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", ANN)
    await teller.told()
    teller.raised()
    notice = await teller.told(even=False)
    assert await teller.due(plan="sell") == []
    bounced = pb.NoticeAnswer(id=notice.id, address=ANN, state="bounced", comment="550 unknown")
    assert await what(teller.service.Answer(bounced, NOBODY)) == f"notice {notice.id}: {ANN} bounced"
    (due,) = await teller.due(plan="sell")
    assert dict(due.kinds)["increase"] == 1 and due.notice == 1
    said = await what(teller.service.Resend(pb.NoticeResend(id=notice.id), NOBODY))
    assert said.startswith(f"notice {notice.id} goes again to {ANN}")
    assert await teller.due(plan="sell") == []
    with pytest.raises(ConflictError, match="all of its contacts were reached"):
        await teller.service.Resend(pb.NoticeResend(id=notice.id), NOBODY)
    await teller.service.Resend(pb.NoticeResend(id=notice.id, address=BOB), NOBODY)
    assert [one.address for one in desk.catalog.rate_notices.get(notice.id).contacts] == [ANN, BOB]
    await teller.service.Answer(pb.NoticeAnswer(id=notice.id, address=BOB, state="accepted"), NOBODY)
    less = pb.NoticeAnswer(id=notice.id, address=BOB, state="delivered")
    assert await what(teller.service.Answer(less, NOBODY)) == f"notice {notice.id}: {BOB} delivered"
    with pytest.raises(InputError, match="no state"):
        await teller.service.Answer(pb.NoticeAnswer(id=notice.id, address=BOB), NOBODY)
    states = [one.state for one in desk.catalog.rate_notices.get(notice.id).contacts]
    assert states == [ContactState.WAITING, ContactState.DELIVERED], "what people say may take an answer back"


async def test_what_a_client_knows_otherwise_is_written_down(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", ANN)
    said = await what(teller.service.Told(pb.ToldOtherwise(partner="orbita", comment="by phone"), NOBODY))
    assert said.startswith("orbita knows sell version")
    assert await teller.due(partner="orbita", plan="sell") == [] and desk.catalog.mail.list() == []
    teller.raised()
    (due,) = await teller.due(partner="orbita", plan="sell")
    assert dict(due.kinds) == {"increase": 1, "unchanged": 3}
    for at_ms, why in ((NOW + 1, "is to come"), (NOW - DAY_MS, "no such plan then")):
        with pytest.raises(InputError, match=why):
            await teller.service.Told(pb.ToldOtherwise(partner="orbita", plan="sell", at_ms=at_ms), NOBODY)


async def test_who_knows_the_rates_of_an_earlier_moment_is_told_what_changed_after_it(
    desk: Desk, teller: Teller
) -> None:
    teller.contacts("orbita", ANN)
    for minutes, price in ((1, "0.3"), (2, "0.4"), (3, "0.5")):
        desk.clock = Clock(NOW + minutes * 60_000, 0, 0.0)
        teller.raised(price)
    newest = desk.catalog.plans.get(PlanId("sell")).version
    order = pb.ToldOtherwise(partner="orbita", plan="sell", at_ms=NOW + 150_000, comment="by phone")
    said = await what(teller.service.Told(order, NOBODY))
    assert said.startswith(f"orbita knows sell version {newest - 1} ")
    (due,) = await teller.due(partner="orbita", plan="sell")
    assert dict(due.kinds)["increase"] == 1, "from 0.4 to 0.5"
    (notice,) = await teller.made(partner="orbita", plan="sell")
    page = await teller.service.Changes(pb.NoticeRowsQuery(id=notice.id, kind="increase"), NOBODY)
    assert [one.old.next_price_units for one in page.changes] == [40_000_000]
    order.ClearField("at_ms")
    assert f"version {newest} " in await what(teller.service.Told(order, NOBODY))
    assert await teller.due(partner="orbita", plan="sell") == []


async def test_a_sheet_is_exported_and_nobody_is_told(desk: Desk, teller: Teller) -> None:
    desk.catalog.sheet_forms.set("short", SheetForm(file=FileKind.CSV, separator=";"), **BY)
    query = pb.ExportQuery(plan="sell", form="short", values={"lead": "+"})
    head, data = await whole(teller.service.Export(query, NOBODY))
    assert head.file_name == "sell-2026-11-01.csv" and head.rows == 3 and b"+254;" in data
    assert teller.notices() == [] and desk.catalog.mail.list() == []
    with pytest.raises(NotFoundError, match="there is no form of sheets 'none'"):
        await whole(teller.service.Export(pb.ExportQuery(plan="sell", form="none"), NOBODY))
    with pytest.raises(InputError, match="no lead"):
        await whole(teller.service.Export(pb.ExportQuery(plan="sell", values={"lead": "x"}), NOBODY))


async def test_what_is_due_is_counted_once_while_nothing_changes(desk: Desk, teller: Teller) -> None:
    counted = list[str]()
    count = desk.tasks.due_sum

    async def due_sum(order: object) -> object:
        counted.append(str(order.plan))  # type: ignore[attr-defined]
        return await count(order)  # type: ignore[arg-type]

    desk.tasks.due_sum = due_sum  # type: ignore[method-assign, assignment]
    for _ in range(2):
        await teller.due(plan="sell")
    assert counted == ["sell"]
    teller.rate(row("255", "0.3", valid_from_ms=NOW + 5 * DAY_MS))
    await teller.due(plan="sell")
    desk.clock = Clock(NOW + DAY_MS, 0, 0.0)
    await teller.due(plan="sell")
    assert counted == ["sell"] * 3


async def test_notices_are_listed_and_cancelled(teller: Teller) -> None:
    teller.contacts("orbita", ANN)
    (notice,) = await teller.made(partner="orbita", plan="sell")
    page = await teller.service.List(pb.NoticeQuery(state="queued"), NOBODY)
    assert ([one.id for one in page.notices], page.total) == ([notice.id], 1)
    with pytest.raises(InputError, match="there is no state 'lost'"):
        await teller.service.List(pb.NoticeQuery(state="lost"), NOBODY)
    assert "is cancelled" in await what(teller.service.Cancel(pb.NoticeRef(id=notice.id), NOBODY))
    assert await teller.approved() == "no notice waits for approval"


async def test_all_that_wait_are_those_that_were_seen(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", ANN, BOB)
    teller.contacts("pampas", BOB)
    (seen,) = await teller.made(partner="orbita", plan="sell", even=True)
    (since,) = await teller.made(partner="pampas", even=True)
    with pytest.raises(InputError, match="no notice is named"):
        await teller.service.Approve(pb.NoticeApproval(), NOBODY)
    told = await teller.approved(up_to=seen.id)
    assert told.startswith(f"approved: {seen.id} to orbita; 2 mails")
    assert told.endswith(f"made since, and left: {since.id} to pampas")
    assert [one.state for one in teller.notices()] == ["approved", "queued"]
    assert "made since" not in await teller.approved(up_to=since.id)
    (again,) = await teller.made(partner="orbita", plan="sell", even=True)
    (later,) = await teller.made(partner="pampas", even=True)
    assert f"made since, and left: {later.id} to pampas" in await teller.approved(again.id, up_to=again.id)


async def test_files_of_notices_that_were_given_up_go_after_some_days(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", ANN)
    numbers = [(await teller.told()).id]
    for _ in range(3):
        numbers += [one.id for one in await teller.made(partner="orbita", plan="sell", even=True)]
    told, superseded, _, cancelled = numbers
    await teller.service.Cancel(pb.NoticeRef(id=cancelled), NOBODY)
    waits = (await teller.made(partner="orbita", plan="sell", even=True))[0].id
    folder = SheetFolder(desk.home.data, folder=NOTICES)
    days = desk.home.settings.limits.notices_days
    desk.clock = Clock(NOW + (days - 1) * DAY_MS, 0, 0.0)
    await desk.tidy()
    assert set(folder.sheets()) == {*numbers, waits}
    desk.clock = Clock(NOW + (days + 1) * DAY_MS, 0, 0.0)
    await desk.tidy()
    assert folder.sheets() == [told, waits], "what the client knows, and what it is to know"
    assert {superseded, cancelled} <= {one.id for one in teller.notices()} and desk.catalog.rate_notices.events(
        superseded
    )
