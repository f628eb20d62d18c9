"""The shard of destinations without Ray: what it hears, tells, and how it is filled anew."""

from pathlib import Path

import pytest

from actors.home import Home
from actors.quality_actor import QualityActor
from domain.calls import Side
from domain.ids import LegId, PartnerId
from domain.quality import LegBegun
from domain.quality_order import Sort
from domain.quality_refill import Refill
from domain.quality_rows import RowsAsked
from domain.settings import Settings
from tests.domain.test_quality import KENYA, KESTREL, UK, failed, seen

SAVANNA = PartnerId("savanna")


@pytest.fixture
def actor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> QualityActor:
    made = QualityActor("quality-0", Home(tmp_path, Settings()))
    monkeypatch.setattr(made, "_now_ms", lambda: seen().setup_ms)
    return made


def begun(name: bytes) -> LegBegun:
    return LegBegun(LegId(name), UK, Side.VENDOR, KESTREL, seen().setup_ms, answered=True)


async def test_rows_come_in_pages_in_their_order(actor: QualityActor) -> None:
    legs = [seen(), seen(), failed(34), seen(destination=KENYA, partner=SAVANNA), seen(side=Side.CLIENT)]
    await actor.count(legs, [begun(b"open")])
    rows, total = await actor.rows(RowsAsked(limit=1))
    assert total == 2
    assert [(row.partner, row.destination, row.attempts, row.answered, row.open_calls) for row in rows] == [
        (KESTREL, UK, 4, 3, 1)
    ]
    rest, _ = await actor.rows(RowsAsked(offset=1, sort=Sort.NAME))
    assert [row.partner for row in rest] == [SAVANNA]
    only, total = await actor.rows(RowsAsked(partner=SAVANNA, destinations=frozenset({UK})))
    assert (only, total) == ([], 0)


async def test_a_refill_takes_the_place_of_what_was_counted_and_loses_nothing_heard_meanwhile(
    actor: QualityActor,
) -> None:
    await actor.count([seen(leg_id=LegId(b"old")), seen(leg_id=LegId(b"lost by a task that died"))])
    await actor.begin_filling()
    await actor.count([seen(leg_id=LegId(b"new"))], [begun(b"open")])
    assert await _attempts(actor) == 4
    await actor.fill(Refill(begun=(begun(b"open"),)))
    await actor.end_filling()
    assert await _attempts(actor) == 2
    totals = await actor.totals(3_600_000)
    assert totals[Side.VENDOR].attempts == 1


async def test_pieces_without_a_beginning_are_let_go(actor: QualityActor) -> None:
    await actor.count([seen()])
    await actor.fill(Refill(begun=(begun(b"open"),)))
    await actor.end_filling()
    assert await _attempts(actor) == 1


async def _attempts(actor: QualityActor) -> int:
    rows, _ = await actor.rows(RowsAsked())
    return sum(row.attempts for row in rows)
