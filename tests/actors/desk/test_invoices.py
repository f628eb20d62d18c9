"""Invoices are for whole days of the contract's zone, and for days that are over."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.invoices import InvoicesService
from actors.tasks import InvoiceQuery, InvoiceUsage, TrafficRow
from domain.calls import Side
from domain.days import midnight_ms
from domain.errors import InputError
from domain.ids import DestinationId, PartnerId
from domain.money import Currency
from protos import operators_pb2 as pb
from tests.cluster.tasks.places import BY, NOW, a_place
from tests.domain.call_builders import lost, start, stop

NOBODY: Any = None
KYIV = "Europe/Kyiv"
DAY_MS = 86_400_000


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
