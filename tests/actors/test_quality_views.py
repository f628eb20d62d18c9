"""What consoles ask of the shard of destinations each second, without Ray."""

from pathlib import Path

import pytest

from actors import quality_views
from actors.home import Home
from actors.quality_actor import QualityActor
from actors.quality_views import MOST_KEPT, Dear
from domain.calls import Side
from domain.ids import DestinationId, PartnerId
from domain.quality_counts import route_key
from domain.quality_order import Sort
from domain.quality_rows import RowsAsked
from domain.quality_windows import SPANS
from domain.route_states import Standing
from domain.settings import Settings
from tests.domain.test_quality import KENYA, KESTREL, UK, failed, seen

SAVANNA = PartnerId("savanna")
HOUR = SPANS["1h"]


@pytest.fixture
def actor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> QualityActor:
    made = QualityActor("quality-0", Home(tmp_path, Settings()))
    monkeypatch.setattr(made, "_now_ms", lambda: seen().setup_ms)
    monkeypatch.setattr(made, "_business_ms", lambda: seen().setup_ms)
    return made


async def put_out(actor: QualityActor, vendor: PartnerId, destination: DestinationId) -> None:
    await actor.order_route((vendor, destination), Standing.LOCKED_OUT, "ticket 7", None, "ada")


async def test_a_route_that_is_out_has_a_row_though_nobody_calls_by_it(actor: QualityActor) -> None:
    await actor.count([seen()])
    await put_out(actor, SAVANNA, KENYA)
    rows, total = await actor.rows(RowsAsked(sort=Sort.STATE))
    assert total == 2 and rows[0].attempts == 0
    assert [row.state.why if row.state else "" for row in rows] == ["ticket 7", ""]


async def test_words_of_a_filter_are_parts_of_names_and_standings(actor: QualityActor) -> None:
    await actor.count([seen(), seen(destination=KENYA, partner=SAVANNA)])
    await put_out(actor, SAVANNA, KENYA)
    for text, found in (
        ("kest", [KESTREL]),
        ("locked-out", [SAVANNA]),
        ("savanna active", []),
        ("country:ke", []),
        ("", [KESTREL, SAVANNA]),
    ):
        rows, total = await actor.rows(RowsAsked(text=text))
        assert ([row.partner for row in rows], total) == (found, len(found)), text


async def test_what_stands_as_international_is_found_by_that_word(
    actor: QualityActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actor, "_country_of", lambda destination: "001" if destination == KENYA else "GB")
    await actor.count([seen(), seen(destination=KENYA, partner=SAVANNA)])
    rows, total = await actor.rows(RowsAsked(text="international"))
    assert ([row.partner for row in rows], total) == ([SAVANNA], 1)


async def test_sums_of_destinations_tell_who_carries_and_who_is_away(actor: QualityActor) -> None:
    await actor.count([seen(), failed(34, partner=SAVANNA), seen(side=Side.CLIENT, partner=PartnerId("orbita"))])
    await put_out(actor, SAVANNA, UK)
    await put_out(actor, SAVANNA, KENYA)
    sums = await actor.destination_sums(None, HOUR)
    assert [(one.destination, one.attempts, one.answered, one.vendors, one.away) for one in sums] == [
        (UK, 2, 1, (KESTREL,), (SAVANNA,)),
        (KENYA, 0, 0, (), (SAVANNA,)),
    ]
    own = await actor.destination_sums(PartnerId("orbita"), HOUR)
    assert [(one.destination, one.attempts, one.vendors) for one in own] == [(UK, 1, (KESTREL,))]


async def test_courses_are_told_for_many_at_once(actor: QualityActor) -> None:
    await actor.count([seen(), failed(34)])
    told = await actor.courses([route_key(KESTREL, UK), route_key(SAVANNA, UK)], HOUR)
    assert [sum(one.attempts for one in its) for its in told] == [2, 0]


def test_what_was_dear_to_make_is_kept_for_a_while_and_what_was_cheap_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    now_ms = 1_000
    monkeypatch.setattr("actors.quality_views.machine_ms", lambda: now_ms)
    dear = Dear()
    dear.keep("cheap", 995, "at once")
    dear.keep("dear", 900, "slowly")
    assert (dear.get("cheap"), dear.get("dear")) == (None, "slowly")
    now_ms = 1_999
    assert dear.get("dear") == "slowly"
    now_ms = 2_000
    assert dear.get("dear") is None
    for one in range(20):
        dear.keep(one, 0, one)
    assert sum(dear.get(one) is not None for one in range(20)) == MOST_KEPT


async def test_of_very_many_rows_those_with_the_latest_calls_are_worked_out(
    actor: QualityActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality_views, "MOST_LOOKED", 3)
    vendors = [PartnerId(f"v{at}") for at in range(6)]
    for at, vendor in enumerate(vendors):
        ended_ms = seen().setup_ms - 30_000 * at
        await actor.count([failed(34, partner=vendor, destination=KENYA, setup_ms=ended_ms, end_ms=ended_ms)])
    await put_out(actor, vendors[5], KENYA)
    rows, total = await actor.rows(RowsAsked(sort=Sort.NAME, limit=10))
    assert ([row.partner for row in rows], total) == (["v0", "v1", "v5"], 3)
    rows, total = await actor.rows(RowsAsked(partner=vendors[4]))
    assert ([row.partner for row in rows], total) == (["v4"], 1)
    assert (await actor.rows(RowsAsked(partner=vendors[4], window=SPANS["5m"])))[1] == 1
    assert (await actor.rows(RowsAsked(partner=PartnerId("v9"))))[1] == 0
