"""A back-test of the demo's October: what moves, what that saves, and that parts add up whichever way they are cut."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from operator import add

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.demo.world import BLUEWIRE, CALLWELL, KENYA, KESTREL, NORDLINK, ORBITA, SAVANNA, UK, VENDOR_HOSTS
from cluster.tasks.backtest import backtest_part
from cluster.tasks.backtest_quality import count_part
from domain.backtest_quality import PeriodQuality
from domain.backtest_views import by_client, by_vendor, moves
from domain.backtests import Backtest, BacktestOrder, Sums
from domain.causes import Cause
from domain.ids import PartnerId
from domain.money import units_of
from domain.policies.policy import Policy
from store.catalog import Catalog
from tests.cluster.tasks.octobers import enter_demo, load
from tests.cluster.tasks.places import DAY_MS, NOW, Place, a_place
from tests.domain.builders import ms

DAYS = ("2026-10-01", "2026-10-31")
SEALED, HELD = (ms(2026, 10, 1), ms(2026, 10, 31))
ORDER = BacktestOrder(Policy("real", order="real_cost"), SEALED, ms(2026, 11, 1), NOW)
PRICE = Policy("cheapest", order="price")


@dataclass(frozen=True, slots=True)
class October:
    place: Place
    rows: pl.DataFrame
    known: PeriodQuality

    def part(self, order: BacktestOrder, from_ms: int, until_ms: int) -> Backtest:
        return backtest_part(self.place.home, order, self.known, from_ms, until_ms)

    def whole(self, order: BacktestOrder) -> Backtest:
        return self.part(order, order.from_ms, order.until_ms)

    def answered(self, vendor: PartnerId, code: str) -> int:
        return self._of(vendor, code).filter(pl.col("connect").is_not_null()).height

    def _of(self, vendor: PartnerId, code: str) -> pl.DataFrame:
        return self.rows.filter(pl.col("remote") == VENDOR_HOSTS[vendor], pl.col("b").str.starts_with(code))


@pytest.fixture(scope="module")
def october(tmp_path_factory: pytest.TempPathFactory) -> Iterator[October]:
    """The first day of October in segments, the last in the book itself."""
    folder = tmp_path_factory.mktemp("october")
    catalog = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
    enter_demo(catalog)
    with a_place(folder, directory=catalog.directory()) as place:
        first = load(place, DAYS[:1])
        place.seal()
        rows = pl.concat([first, load(place, DAYS[1:])])
        yield October(place, rows, count_part(place.home, ORDER, ORDER.from_ms, ORDER.until_ms))
    catalog.close()


def test_october_under_real_cost_instead_of_price_would_have_cost_18_90_less(october: October) -> None:
    """By 45,000 calls that Bluewire answered, and that Kestrel takes: so much less for each as here."""
    found = october.whole(replace(ORDER, against=PRICE))
    answered = october.answered(BLUEWIRE, UK)
    assert answered and answered % 10 == 0
    total = found.total
    assert total.cost - total.cost_now == answered // 10 * units_of("0.0042")
    assert 45_000 // 10 * units_of("0.0042") == units_of("18.90")
    assert total.revenue == total.revenue_now
    assert {(move.then, move.now) for move in moves(found)} == {(BLUEWIRE, KESTREL)}
    assert sum(move.sums.answered for move in moves(found)) == answered
    assert [(side.client, side.refused) for side in by_client(found) if side.moved] == [(CALLWELL, 0)]


def test_what_happened_is_compared_with_where_no_other_policy_is(october: October) -> None:
    """Calls of which Savanna was the first choice move, too; those that Nordlink had failed do not."""
    found = october.whole(ORDER)
    assert {(move.then, move.now) for move in moves(found)} == {(BLUEWIRE, KESTREL), (SAVANNA, NORDLINK)}
    moved = sum((move.sums for move in moves(found) if move.now == NORDLINK), Sums())
    kenya = october.rows.filter(pl.col("b").str.starts_with(KENYA), pl.col("side") == "vendor")
    alone = kenya.filter(pl.len().over("call_id") == 1, pl.col("remote") == VENDOR_HOSTS[SAVANNA])
    assert moved.calls == alone.height
    talked_s = alone["duration_ms"].sum() // 1000
    assert moved.cost - moved.cost_now == talked_s * units_of("0.0060") // 60


def test_minutes_cost_and_answers_are_told_by_vendor(october: October) -> None:
    found = october.whole(replace(ORDER, against=PRICE))
    sides = {side.vendor: side for side in by_vendor(found)}
    assert sides[NORDLINK].talk_ms == sides[NORDLINK].talk_now_ms and sides[NORDLINK].calls == sides[NORDLINK].calls_now
    assert sides[KESTREL].talk_now_ms - sides[KESTREL].talk_ms == sides[BLUEWIRE].talk_ms - sides[BLUEWIRE].talk_now_ms
    assert sum(side.cost for side in sides.values()) == found.total.cost
    assert sum(side.cost_now for side in sides.values()) == found.total.cost_now
    uk = next(place for vendor, place in found.tried if vendor == KESTREL and (BLUEWIRE, place) in found.tried)
    attempts, answered = found.tried[KESTREL, uk]
    moved = next(move for move in moves(found))
    assert moved.expected == pytest.approx(moved.sums.calls * answered / attempts)


@pytest.mark.parametrize("against", [None, PRICE])
def test_calls_that_one_vendor_may_have_stay_where_they_were(october: October, against: Policy | None) -> None:
    found = october.whole(replace(ORDER, policy=Policy("x", order="price"), against=against, client="pampas"))
    total = found.total
    assert total.calls and not moves(found) and not found.unknown
    assert (total.revenue, total.cost) == (total.revenue_now, total.cost_now)


def test_the_same_policy_moves_nothing(october: October) -> None:
    assert not moves(october.whole(replace(ORDER, policy=PRICE, against=PRICE)))


def test_a_policy_that_lets_nobody_carry_calls_refuses_them(october: October) -> None:
    only = Policy("narrow", vendors=(SAVANNA,))
    found = october.whole(replace(ORDER, policy=only))
    uk = next(side for side in by_client(found) if side.client == CALLWELL)
    assert uk.refused == uk.sums.calls and (uk.sums.revenue_now, uk.sums.cost_now) == (0, 0)
    assert {group.refused for group in found.groups if group.client == CALLWELL} == {Cause.NO_ROUTE.value}
    kenya = next(side for side in by_client(found) if side.client == ORBITA)
    assert kenya.moved and not kenya.refused, "as each call that Nordlink had may be Savanna's"


@settings(max_examples=6, deadline=None)
@given(
    st.lists(st.integers(0, 31 * 86_400).map(lambda at_s: SEALED + 1000 * at_s), max_size=3),
    st.sampled_from([2_500, 10_000]),
)
def test_parts_add_up_to_the_whole_wherever_they_are_cut(october: October, cuts: list[int], sample_bp: int) -> None:
    order = replace(ORDER, sample_bp=sample_bp)
    edges = [order.from_ms, *sorted(cuts), order.until_ms]
    parts = [october.part(order, since, until) for since, until in pairwise(edges)]
    summed, whole = reduce(add, parts, Backtest()), october.whole(order)
    assert (summed.groups, summed.tried, summed.unknown) == (whole.groups, whole.tried, whole.unknown)
    assert summed.uses == whole.uses and bool(whole.uses) == order.whole
    assert summed.total.calls > 0


def test_the_hour_and_who_calls_may_decide(october: October) -> None:
    by_hour = Policy("hours", order="if hour < 12 then price else real_cost")
    found = october.whole(replace(ORDER, policy=by_hour, client=CALLWELL))
    moved = {(move.then, move.now) for move in moves(found)}
    assert moved == {(BLUEWIRE, KESTREL), (KESTREL, BLUEWIRE)}
    calls = sum(move.sums.calls for move in moves(found) if move.now == KESTREL)
    blue = october.rows.filter(pl.col("remote") == VENDOR_HOSTS[BLUEWIRE])
    assert 0 < calls < blue.height
