"""What clients have yet to be told: one whose file is damaged keeps no other from its own."""

import pytest

from actors.desk.core import Desk
from domain.clock import Clock
from protos import notices_pb2 as pb
from tests.actors.desk.noticing import ANN, DAY_MS, NOBODY, Teller
from tests.cluster.tasks.places import NOW
from tests.domain.builders import row

PAM = "pam@pampas.example"


@pytest.fixture
async def teller(desk: Desk) -> Teller:
    """A desk with two clients that were told all of their plans."""
    teller = Teller(desk)
    await desk.write(lambda catalog: catalog.rate_clients.since(NOW + 60_000))
    desk.clock = Clock(NOW + 120_000, 0, 0.0)
    teller.contacts("orbita", ANN)
    teller.contacts("pampas", PAM)
    await teller.told()
    await teller.told(partner="pampas", plan="sell-eu")
    return teller


def damage(teller: Teller, notice: int) -> None:
    """Cut what a client was told short."""
    file = teller.rounds._making.dues.folder.part(notice, "rates")
    file.write_bytes(file.read_bytes()[:100])


async def test_a_damaged_file_keeps_no_other_from_its_notice_and_alarm(desk: Desk, teller: Teller) -> None:
    damage(teller, 1)
    teller.raised()
    teller.rate(row("254", "0.5", valid_from_ms=NOW + 2 * DAY_MS), plan="sell-eu")
    await teller.rounds.look()
    assert [one.partner for one in teller.notices()] == ["orbita", "pampas", "pampas"]
    assert "what orbita was told of sell cannot be read" in teller.alarms["notices not made"]
    assert teller.alarms["rates"].startswith("rates: 1 client must be told by") and "pampas" in teller.alarms["rates"]
    said = {one.partner: one.words for one in await teller.due()}
    assert "what orbita was told of sell cannot be read" in said["orbita"] and not said["pampas"]


async def test_what_fails_otherwise_keeps_no_other_from_its_notice_either(
    desk: Desk, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    teller.raised()
    teller.rate(row("254", "0.5", valid_from_ms=NOW + 2 * DAY_MS), plan="sell-eu")
    work = desk.tasks.due_sum

    async def dying(order: object) -> object:
        if getattr(order, "partner", "") == "orbita":
            raise MemoryError("the worker was ended")
        return await work(order)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.tasks, "due_sum", dying)
    await teller.rounds.look()
    assert [one.partner for one in teller.notices()] == ["orbita", "pampas", "pampas"]
    assert "MemoryError: the worker was ended" in teller.alarms["notices not made"]
    assert "pampas" in teller.alarms["rates"]
    said = {one.partner: one.words for one in await teller.due()}
    assert "MemoryError: the worker was ended" in said["orbita"] and not said["pampas"]


async def test_told_otherwise_mends_a_damaged_file(desk: Desk, teller: Teller) -> None:
    damage(teller, 1)
    teller.raised()
    await teller.service.Told(pb.ToldOtherwise(partner="orbita", plan="sell"), NOBODY)
    teller.raised("0.3")
    await teller.rounds.look()
    assert teller.alarms["notices not made"] == "" and teller.notices()[-1].partner == "orbita"
