"""Invoices are for whole days of the contract's zone, and for days that are over."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from actors.desk.all_ended import all_ended
from actors.desk.core import Desk
from actors.desk.invoices import InvoicesService
from actors.tasks import InvoiceQuery, InvoiceUsage, TrafficRow
from domain.calls import Parked, Side
from domain.causes import ParkCause
from domain.commands import Park
from domain.days import midnight_ms
from domain.end_users import EndUser
from domain.errors import ConflictError, InputError
from domain.ids import CallKey, DestinationId, EndUserId, LegId, PartnerId, SwitchId
from domain.invoicing import invoice_period
from domain.money import Currency, Money
from domain.report_json import report_to_json
from protos import operators_pb2 as pb
from tests.cluster.tasks.places import BY, NOW, Place, a_place
from tests.domain.call_builders import lost, start, stop
from tests.domain.reports import report

NOBODY: Any = None
KYIV = "Europe/Kyiv"
DAY_MS = 86_400_000


ASKED: dict[str, Any] = {"first_day": "2026-10-01", "last_day": "2026-10-30"}


class Billed:
    """Tasks that find one charged call in any period, and remember which was asked for."""

    def __init__(self) -> None:
        self.period = (0, 0)

    async def invoice_usage(self, query: InvoiceQuery) -> InvoiceUsage:
        self.period = query.from_ms, query.to_ms
        row = TrafficRow(
            query.partner, Side.CLIENT, DestinationId(0), 100, "any", Currency("USD"), 1, 1, 60_000, 60, 100, 100
        )
        return InvoiceUsage([row], [])


@pytest.fixture
def tasks(desk: Desk) -> Billed:
    desk.tasks = billed = Billed()  # type: ignore[assignment]  # its twin for sums
    known = desk.catalog.partners.get(PartnerId("orbita"))
    desk.catalog.partners.change(replace(known, zone=KYIV), **BY)
    return billed


async def issue(desk: Desk, **asked: Any) -> pb.Invoice:
    return await InvoicesService(desk).Issue(pb.InvoiceRequest(partner="orbita", dry_run=True, **asked), NOBODY)


async def test_days_are_those_of_the_contracts_zone_and_so_are_their_midnights(desk: Desk, tasks: Billed) -> None:
    made = await issue(desk, first_day="2026-10-01", last_day="2026-10-30")
    named = tasks.period
    again = await issue(desk, from_ms=made.from_ms, to_ms=made.to_ms)
    assert tasks.period == named == (again.from_ms, again.to_ms)
    assert made.from_ms % 86_400_000, "no midnight of UTC"


async def test_a_moment_that_begins_no_day_there_is_refused_and_not_rounded(desk: Desk, tasks: Billed) -> None:
    utc_midnight = NOW - NOW % 86_400_000 - 10 * 86_400_000
    with pytest.raises(InputError, match="Europe/Kyiv, no midnight"):
        await issue(desk, from_ms=utc_midnight, last_day="2026-10-30")
    with pytest.raises(InputError, match="Europe/Kyiv, no midnight"):
        await issue(desk, first_day="2026-10-01", to_ms=utc_midnight)
    with pytest.raises(InputError, match="'October' is no day"):
        await issue(desk, first_day="October", last_day="2026-10-30")


async def test_days_that_are_not_over_need_a_word(desk: Desk, tasks: Billed) -> None:
    last = pb.InvoiceRequest(partner="orbita", first_day="2026-10-01", last_day="2026-12-31")
    with pytest.raises(InputError, match="--until-now"):
        await InvoicesService(desk).Issue(last, NOBODY)
    made = await issue(desk, first_day="2026-10-01", last_day="2026-12-31", until_now=True)
    assert made.to_ms <= desk.now_ms() < made.to_ms + 86_400_000
    assert made.to_ms == midnight_ms(date(2026, 11, 1), KYIV)


async def test_days_with_calls_whose_real_end_is_to_come_are_refused_unless_one_says_so(
    desk: Desk, tasks: Billed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    day = midnight_ms(date(2026, 10, 15), KYIV)
    asked: dict[str, Any] = {"first_day": "2026-10-01", "last_day": "2026-10-30"}

    async def issued(*_: object) -> pb.Invoice:
        return pb.Invoice(number="2026-0001")

    monkeypatch.setattr(InvoicesService, "_issue", issued)
    service = InvoicesService(desk)
    with a_place(tmp_path) as place:
        place.shard.turn(
            [
                start("open", setup_ms=day, connect_ms=day),
                start("ours", setup_ms=day, connect_ms=day),
                start("later", setup_ms=day + 40 * DAY_MS, connect_ms=day + 40 * DAY_MS),
                start("vendor", Side.VENDOR, setup_ms=day, connect_ms=day),
                start("other", partner="minnow", setup_ms=day, connect_ms=day),
                stop("ended", setup_ms=day, connect_ms=day),
            ]
        )
        place.shard.turn([lost("ours", setup_ms=day, connect_ms=day)])
        with pytest.raises(InputError, match="1 calls of orbita in these days have not ended, and 1 were ended by us"):
            await service.Issue(pb.InvoiceRequest(partner="orbita", **asked), NOBODY)
        assert (await service.Issue(pb.InvoiceRequest(partner="orbita", with_open=True, **asked), NOBODY)).number
        ends = [stop(call, setup_ms=day, connect_ms=day) for call in ("open", "ours")]
        place.shard.turn([replace(end, checked=True) for end in ends])
        assert (await service.Issue(pb.InvoiceRequest(partner="orbita", **asked), NOBODY)).number


async def test_days_with_parked_records_that_may_be_the_partners_are_refused_unless_one_says_so(
    desk: Desk, tasks: Billed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def issued(*_: object) -> pb.Invoice:
        return pb.Invoice(number="2026-0001")

    monkeypatch.setattr(InvoicesService, "_issue", issued)
    service, day = InvoicesService(desk), midnight_ms(date(2026, 10, 15), KYIV)
    with a_place(tmp_path) as place:
        for number, (cause, fields) in enumerate(NOT_ITS_OWN):
            park(place, number, day, cause, **fields)
        assert (await service.Issue(pb.InvoiceRequest(partner="orbita", **ASKED), NOBODY)).number
        for number, fields in enumerate(MAY_BE_ITS_OWN, 20):
            park(place, number, day, ParkCause.NO_RATE, **fields)
        asked = pb.InvoiceRequest(partner="orbita", **ASKED)
        said = f"{len(MAY_BE_ITS_OWN)} parked records may be calls of orbita.*cdrs retry.*--with-open"
        for asked.dry_run in (False, True):
            with pytest.raises(InputError, match=said):
                await service.Issue(asked, NOBODY)
        asked.with_open = True
        for asked.dry_run in (False, True):
            assert (await service.Issue(asked, NOBODY)).number or asked.dry_run


NOT_ITS_OWN: list[tuple[ParkCause, dict[str, Any]]] = [
    (ParkCause.NO_RATE, {"later_ms": 40 * DAY_MS}),
    (ParkCause.NO_RATE, {"later_ms": -20 * DAY_MS}),
    (ParkCause.NO_RATE, {"side": Side.VENDOR}),
    (ParkCause.NO_RATE, {"switch": SwitchId("ab")}),  # which is naked's alone
    (ParkCause.DIFFERS, {}),
]
MAY_BE_ITS_OWN: list[dict[str, Any]] = [
    {},
    {"switch": SwitchId("none")},
    {"switch": SwitchId("sx"), "remote": "10.9.9.9"},
    {"connect_ms": None},
    {"connect_ms": None, "setup_ms": None, "duration_ms": None},
]
"""Its own; of a switch or trunk that nobody knows yet; without the moment of its answer."""


def park(place: Place, number: int, day: int, cause: ParkCause, **fields: Any) -> None:
    at_ms, key = day + fields.pop("later_ms", 0), CallKey(bytes([number]) * 16)
    times = {"setup_ms": at_ms, "alert_ms": None, "connect_ms": at_ms, "disconnect_ms": at_ms + 60_000}
    came = {"switch": SwitchId("gw"), "received_ms": at_ms + 61_000}
    said = report(**(times | came | fields))
    record = Parked(key, key, LegId(bytes([number]) * 16), cause, "", report_to_json(said), said.received_ms)
    place.shard.turn([Park(record)])


async def test_a_dry_run_refuses_days_that_an_invoice_covers(desk: Desk, tasks: Billed) -> None:
    made = await issue(desk, **ASKED)
    total = Money(made.total.units, Currency("USD"))
    entry = desk.catalog.invoices.open(PartnerId("orbita"), made.from_ms, made.to_ms, total, **BY)
    assert (await issue(desk, **ASKED)).total == made.total, "one that was interrupted is taken up again"
    desk.catalog.invoices.issue(entry.number, "a.pdf", "a.csv", **BY)
    for days in (ASKED, {"first_day": "2026-10-30", "last_day": "2026-11-30"}):
        with pytest.raises(ConflictError, match=f"{entry.number} covers part of that period"):
            await issue(desk, **days)


async def test_a_dry_run_of_days_that_are_not_over_shows_what_there_is_whatever_is_open(
    desk: Desk, tasks: Billed, tmp_path: Path
) -> None:
    day = midnight_ms(date(2026, 10, 30), KYIV)
    with a_place(tmp_path) as place:
        place.shard.turn([start("open", setup_ms=day, connect_ms=day)])
        assert (await issue(desk, first_day="2026-10-01", last_day="2026-12-31")).lines
        with pytest.raises(InputError, match="1 calls of orbita in these days have not ended"):
            await issue(desk, **ASKED)


async def test_a_bill_waits_for_the_parked_records_of_its_end_user_alone(
    desk: Desk, tasks: Billed, tmp_path: Path
) -> None:
    alice = EndUserId("alice")
    desk.catalog.end_users.add(PartnerId("orbita"), EndUser(alice, "", ("alice",)), **BY)
    await desk.publish()
    period, day = invoice_period(date(2026, 10, 1), date(2026, 10, 30), KYIV), midnight_ms(date(2026, 10, 15), KYIV)
    with a_place(tmp_path) as place:
        park(place, 1, day, ParkCause.NO_RATE, user="bob")
        await all_ended(desk, PartnerId("orbita"), period, alice)
        park(place, 2, day, ParkCause.NO_RATE, user="alice")
        with pytest.raises(InputError, match="1 parked records may be calls of end user alice of orbita"):
            await all_ended(desk, PartnerId("orbita"), period, alice)
