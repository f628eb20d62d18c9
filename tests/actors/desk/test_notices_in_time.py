"""What waits says what is due now, against what its client knows; nothing else is sent."""

from dataclasses import replace
from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.sheet_digests import Digests
from actors.desk.sheets import SheetsService
from domain.clock import Clock
from domain.errors import ConflictError, InputError
from domain.ids import PartnerId, PlanId
from domain.notices.states import ContactState, NoticesMode
from protos import notices_pb2 as pb
from protos import sheets_pb2
from tests.actors.desk.noticing import ANN, BOB, DAY_MS, NOBODY, Teller
from tests.actors.desk.test_notice_rounds import SOLD, sent
from tests.cluster.tasks.places import BY, NOW
from tests.domain.builders import row


@pytest.fixture
async def teller(desk: Desk) -> Teller:
    """A desk that makes notices since a minute ago."""
    teller = Teller(desk)
    await desk.write(lambda catalog: catalog.rate_clients.since(NOW + 60_000))
    later(desk, 120_000)
    return teller


def later(desk: Desk, ms: int) -> None:
    desk.clock = Clock(NOW + ms, 0, 0.0)


def plan_with(desk: Desk, name: str, price: str) -> PlanId:
    """Add a plan that sells Kenya, and had done so before notices were made."""
    plan = desk.catalog.plans.get(PlanId("sell"))
    desk.catalog.plans.add(replace(plan.rules, plan=PlanId(name)), "sell", **BY)
    rates = [row("254", price, valid_from_ms=NOW - DAY_MS)]
    desk.catalog.plans.add_rates(PlanId(name), rates, who="ada", at_ms=NOW)
    return PlanId(name)


def states(teller: Teller) -> list[tuple[str, str]]:
    return [(one.plan, one.state.value) for one in teller.notices()]


async def test_what_was_undone_before_anybody_approved_it_is_never_sent(desk: Desk, teller: Teller) -> None:
    sheets = SheetsService(desk, Digests(desk))
    teller.contacts("orbita", ANN)
    await teller.told()
    sheet = await sent(sheets, "sell", SOLD)
    await desk.at_rest(20)
    await teller.rounds.round()
    raise_ = teller.notices()[-1]
    await sheets.Undo(sheets_pb2.SheetUndo(id=sheet.id), NOBODY)
    with pytest.raises(ConflictError, match="plan sell has changed since"):
        await teller.approved(raise_.id, late_seen=raise_.late)
    assert await teller.approved(late_seen=0) == "no notice waits for approval"
    await teller.rounds.round()
    assert states(teller) == [("sell", "approved"), ("sell", "superseded")]
    assert len(desk.catalog.mail.list()) == 1


async def test_what_was_only_changes_is_due_again_once_the_notice_before_it_bounced(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", ANN)
    await teller.told()
    changes: dict[str, Any] = {"partner": "orbita", "plan": "sell", "values": {"file": "csv", "scope": "changes"}}
    teller.raised("0.2")
    first = await teller.told(**changes)
    teller.rate(row("49", "0.5", valid_from_ms=NOW + 10 * DAY_MS))
    await teller.told(**changes)
    (due,) = await teller.due(partner="orbita", plan="sell", all=True)
    assert set(due.kinds) == {"unchanged"}
    desk.catalog.rate_notices.hear(first.id, ANN, ContactState.BOUNCED, **BY)
    (due,) = await teller.due(partner="orbita", plan="sell")
    assert (due.kinds["increase"], due.kinds["new"]) == (1, 1)


@pytest.mark.parametrize("mode", [NoticesMode.ASK, NoticesMode.AUTO])
async def test_the_first_change_of_a_client_that_was_never_told_is_no_new_rate(
    desk: Desk, teller: Teller, mode: NoticesMode
) -> None:
    teller.contacts("orbita", ANN, mode=mode)
    teller.raised("5.0", days=1)
    await teller.rounds.round()
    (notice,) = teller.notices()
    assert (notice.state, notice.late, notice.counts["increase"], notice.form.scope) == ("queued", 1, 1, "full")
    assert "new" not in notice.counts and "change from 2026-11-02" in notice.subject
    assert desk.catalog.mail.list() == [], "by itself nothing goes to a client that was told nothing before"


async def test_a_client_given_another_plan_is_told_what_that_changes(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", ANN, mode=NoticesMode.AUTO)
    dear = plan_with(desk, "dear", "0.9")
    first = await teller.told()
    teller.contacts("orbita", ANN)
    teller.raised("0.11")
    await teller.rounds.round()
    waits = teller.notices()[-1]
    desk.catalog.plans.assign(dear, PartnerId("orbita"), **BY)
    with pytest.raises(ConflictError, match="orbita is not sold plan sell any more"):
        await teller.approved(waits.id)
    teller.contacts("orbita", ANN, mode=NoticesMode.AUTO)
    await teller.rounds.round()
    assert states(teller) == [("sell", "approved"), ("sell", "superseded"), ("dear", "queued")]
    moved = teller.notices()[-1]
    assert moved.counts["increase"] == 1 and moved.counts.get("new", 0) == 0 and moved.late > 0
    desk.catalog.plans.assign(PlanId("sell"), PartnerId("orbita"), **BY)
    later(desk, 180_000)
    await teller.rounds.round()
    assert states(teller)[2:] == [("dear", "superseded"), ("sell", "queued")], "back: against what it knew, by notice 1"
    back = teller.notices()[-1]
    assert back.counts["increase"] == 1 and back.based_on is None and first.id == 1


async def test_what_goes_out_by_itself_does_so_though_the_desk_ended_before_it_was_sent(
    desk: Desk, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    teller.contacts("orbita", ANN, mode=NoticesMode.AUTO)
    await teller.told()
    teller.raised()

    async def away(*_: Any) -> Any:
        raise InputError("the worker is away")

    monkeypatch.setattr(teller.rounds._making, "late", away)
    await teller.rounds.round()
    assert states(teller)[-1] == ("sell", "queued") and "the worker is away" in teller.alarms["notices not made"]
    teller.begin()
    await teller.rounds.round()
    assert states(teller)[-1] == ("sell", "approved") and teller.alarms["notices not made"] == ""


async def test_what_somebody_made_waits_for_approval_though_the_contract_says_auto(teller: Teller) -> None:
    teller.contacts("orbita", ANN, mode=NoticesMode.AUTO)
    await teller.told()
    teller.raised()
    await teller.made(partner="orbita", plan="sell", comment="As we said on the phone.")
    await teller.rounds.round()
    assert states(teller)[-1] == ("sell", "queued")


async def test_a_notice_goes_to_the_contacts_of_now(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", ANN)
    await teller.told()
    teller.raised()
    await teller.rounds.round()
    teller.contacts("orbita", BOB)
    await teller.approved()
    assert desk.catalog.mail.list()[0].address == BOB
    teller.raised("0.3")
    await teller.rounds.round()
    teller.contacts("orbita")
    with pytest.raises(InputError, match="no contact for rates"):
        await teller.approved()


async def test_a_notice_is_made_anew_when_the_contract_says_otherwise(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", ANN)
    await teller.told()
    teller.raised()
    await teller.rounds.round()
    assert teller.notices()[-1].late == 0
    terms = desk.catalog.partners.terms(PartnerId("orbita"))
    contract = replace(terms.contract, increase_notice_days=30)
    desk.catalog.partners.change(terms.partner, contract, [], None, [ANN], **BY)
    with pytest.raises(ConflictError, match="days of notice"):
        await teller.approved(teller.notices()[-1].id)
    await teller.rounds.round()
    assert [one.state for one in teller.notices()] == ["approved", "superseded", "queued"]
    assert teller.notices()[-1].late == 1


async def test_a_change_does_not_turn_early_by_waiting(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", ANN)
    await teller.told()
    teller.rate(row("49", "0.5", valid_from_ms=NOW + DAY_MS // 2))
    await teller.rounds.round()
    assert teller.notices()[-1].late == 1
    teller.rate(row("49", "0.5", valid_from_ms=NOW + 3 * DAY_MS))
    await teller.rounds.round()
    assert teller.notices()[-1].late == 1, "the one of today stays"
    later(desk, 20 * DAY_MS)
    (due,) = await teller.due(partner="orbita", plan="sell")
    assert due.late == 1
    with pytest.raises(ConflictError, match="told too late"):
        await teller.approved()


async def test_new_codes_that_begin_while_their_notice_waits_are_late(desk: Desk, teller: Teller) -> None:
    teller.contacts("orbita", ANN)
    await teller.told()
    teller.rate(row("49", "0.5", valid_from_ms=NOW + 3 * DAY_MS))
    await teller.rounds.round()
    assert teller.notices()[-1].late == 0
    later(desk, 20 * DAY_MS)
    with pytest.raises(ConflictError, match="1 change is told too late"):
        await teller.approved()


async def test_what_a_client_knows_otherwise_is_the_plan_that_was_looked_at(
    desk: Desk, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = desk.tasks.write_sheet

    async def after_a_change(order: Any) -> Any:
        teller.raised("0.7")
        return await write(order)

    monkeypatch.setattr(desk.tasks, "write_sheet", after_a_change)
    with pytest.raises(ConflictError, match="the plan has just changed"):
        await teller.service.Told(pb.ToldOtherwise(partner="orbita", plan="sell"), NOBODY)
    assert teller.notices() == []
