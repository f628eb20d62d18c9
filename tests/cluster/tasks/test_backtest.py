"""A back-test of the demo's October: what moves, what that saves, and that parts add up whichever way they are cut."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from operator import add
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.demo.world import BLUEWIRE, CALLWELL, KENYA, KESTREL, NORDLINK, ORBITA, SAVANNA, UK, VENDOR_HOSTS
from cluster.tasks.backtest import backtest_part
from cluster.tasks.backtest_calls import calls_of
from cluster.tasks.backtest_quality import count_part
from cluster.tasks.backtest_room import uses_of
from cluster.tasks.backtest_steps import steps_of
from cluster.tasks.batch_world import world_of
from domain.backtest_quality import PLACES, PeriodQuality
from domain.backtest_rates import TrialPlan, TrialPrice, TrialRates
from domain.backtest_room import Room, bounds_of, rooms
from domain.backtest_views import by_client, by_vendor, moves
from domain.backtests import Backtest, BacktestOrder, Knowing, Sums
from domain.calls import Side
from domain.causes import Cause
from domain.directory import Directory
from domain.ids import PartnerId, PlanId
from domain.limits import Limit, LimitId
from domain.money import units_of
from domain.policies.policy import Policy, TimeProfile
from domain.profiles import windows_of
from domain.rates import ANY_TIME
from domain.sheet_frames.columns import TERMS
from store.catalog import Catalog
from tests.cluster.tasks.octobers import enter_demo, load
from tests.cluster.tasks.places import NOW, Place, a_place
from tests.domain.builders import ms

DAYS = ("2026-10-01", "2026-10-31")
SEALED, HELD = (ms(2026, 10, 1), ms(2026, 10, 31))
ORDER = BacktestOrder(Policy("real", order="real_cost"), SEALED, ms(2026, 11, 1), NOW)
PRICE = Policy("cheapest", order="price")
SAMPLES = (2_500, 10_000)


@dataclass(frozen=True, slots=True)
class October:
    place: Place
    rows: pl.DataFrame
    known: PeriodQuality
    wholes: dict[int, Backtest]
    """Samples (parts of 10,000) with what each comes to in one part."""

    def part(self, order: BacktestOrder, from_ms: int, until_ms: int) -> Backtest:
        return backtest_part(self.place.home, order, self.known, from_ms, until_ms)

    def whole(self, order: BacktestOrder) -> Backtest:
        return self.part(order, order.from_ms, order.until_ms)

    def answered(self, vendor: PartnerId, code: str) -> int:
        return self._of(vendor, code).filter(pl.col("connect").is_not_null()).height

    def seconds(self, vendor: PartnerId, code: str) -> int:
        return int(self._of(vendor, code)["duration_ms"].sum()) // 1000

    def sold_seconds(self, code: str) -> int:
        sold = self.rows.filter(pl.col("side") == "client", pl.col("b").str.starts_with(code))
        return int(sold["duration_ms"].sum()) // 1000

    def most_at_once(self, vendor: PartnerId) -> int:
        """Count the most calls that a vendor had at once: at each one's setup those that began and have not ended."""
        rows = self.rows.filter(pl.col("remote") == VENDOR_HOSTS[vendor])
        begun, ended = sorted(rows["setup"]), sorted(rows["disconnect"])
        return max(bisect_right(begun, at) - bisect_right(ended, at) for at in begun)

    def directory(self) -> Directory:
        return world_of(self.place.home, NOW).world.index.directory

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
        made = October(place, rows, count_part(place.home, ORDER, ORDER.from_ms, ORDER.until_ms), {})
        made.wholes.update({sample: made.whole(replace(ORDER, sample_bp=sample)) for sample in SAMPLES})
        yield made
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
    st.sampled_from(SAMPLES),
)
def test_parts_add_up_to_the_whole_wherever_they_are_cut(october: October, cuts: list[int], sample_bp: int) -> None:
    order = replace(ORDER, sample_bp=sample_bp)
    edges = [order.from_ms, *sorted(cuts), order.until_ms]
    parts = [october.part(order, since, until) for since, until in pairwise(edges)]
    summed, whole = reduce(add, parts, Backtest()), october.wholes[sample_bp]
    assert (summed.groups, summed.tried, summed.unknown) == (whole.groups, whole.tried, whole.unknown)
    assert summed.uses == whole.uses and bool(whole.uses) == order.whole
    assert summed.total.calls > 0


def test_a_part_of_many_legs_comes_to_the_same_in_steps(october: October) -> None:
    home, span = october.place.home, (ORDER.from_ms, ORDER.until_ms)
    most = october.rows.height // 100
    known = count_part(home, ORDER, *span, most=most)
    assert len(steps_of(home, *span, most)) > 10
    assert (known.histograms, known.sums) == (october.known.histograms, october.known.sums)
    found, whole = backtest_part(home, ORDER, known, *span, most=most), october.wholes[10_000]
    assert (found.groups, found.tried, found.unknown, found.parts) == (whole.groups, whole.tried, whole.unknown, 1)
    assert found.uses == whole.uses


def test_what_one_part_decided_no_other_decides_again(october: October) -> None:
    """However many parts there are, in one process."""
    by_hour = Policy("hours", order="if hour < 12 then price else real_cost")
    for policy in (ORDER.policy, by_hour):
        order = replace(ORDER, policy=policy, place="apart")
        edges = range(order.from_ms, order.until_ms + 1, (order.until_ms - order.from_ms) // 4)
        apart = reduce(add, [october.part(order, *cut) for cut in pairwise(edges)])
        assert apart.decided == october.whole(replace(order, place="whole")).decided > 0


def test_the_hour_and_who_calls_may_decide(october: October) -> None:
    by_hour = Policy("hours", order="if hour < 12 then price else real_cost")
    found = october.whole(replace(ORDER, policy=by_hour, client=CALLWELL))
    moved = {(move.then, move.now) for move in moves(found)}
    assert moved == {(BLUEWIRE, KESTREL), (KESTREL, BLUEWIRE)}
    calls = sum(move.sums.calls for move in moves(found) if move.now == KESTREL)
    blue = october.rows.filter(pl.col("remote") == VENDOR_HOSTS[BLUEWIRE])
    assert 0 < calls < blue.height


@pytest.mark.parametrize("policy", [Policy("x", order="pdd_p50"), Policy("x", split="by 1 / pdd_p50")])
def test_delays_are_counted_where_an_order_or_a_split_asks_for_them(october: October, policy: Policy) -> None:
    order = replace(ORDER, policy=policy, knowing=Knowing.NOW)
    known = count_part(october.place.home, order, SEALED, SEALED + 86_400_000)
    its = october.rows.filter(pl.col("side") == Side.VENDOR.value, pl.col("setup") < SEALED + 86_400_000)
    rang = its["alert"].count()
    of_delays = [sum(sums[len(PLACES) :]) for (side, *_), sums in known.sums.items() if side is Side.VENDOR]
    assert of_delays and sum(of_delays) == rang > 0


def at_price(plan: str, code: str, price: str) -> tuple[TrialRates, ...]:
    return (TrialRates(PlanId(plan), prices=(TrialPrice(code, units_of(price)),)),)


def test_calls_cost_another_price_where_they_stay_and_move_to_who_is_cheaper_by_it(october: October) -> None:
    """By price Kestrel at 0.0234 takes all calls that Bluewire had at 0.0240, and its own cost less, by the second."""
    order = replace(ORDER, policy=PRICE, against=PRICE, rates=at_price("kestrel-buy", UK, "0.0234"))
    found = october.whole(order)
    seconds = {vendor: october.seconds(vendor, UK) for vendor in (KESTREL, BLUEWIRE)}
    kestrel = next(side for side in by_vendor(found) if side.vendor == KESTREL)
    assert {(move.then, move.now) for move in moves(found)} == {(BLUEWIRE, KESTREL)}
    was, would = seconds[KESTREL] * units_of("0.0246"), sum(seconds.values()) * units_of("0.0234")
    assert kestrel.cost_now - kestrel.cost == (would - was) // 60, "and Ecuador costs what it did"
    assert found.total.revenue == found.total.revenue_now and not found.unknown


def test_a_price_alone_is_tried_under_the_policies_that_hold(october: October) -> None:
    """By real cost Kestrel would have been first anyway: nothing moves by that, and what it had costs less."""
    found = october.whole(replace(ORDER, policy=None, rates=at_price("kestrel-buy", UK, "0.0234")))
    assert not moves(found)
    saved = october.seconds(KESTREL, UK) * (units_of("0.0246") - units_of("0.0234")) // 60
    assert found.total.cost - found.total.cost_now == saved


def test_a_client_at_another_price_earns_otherwise_and_loses_no_call(october: October) -> None:
    found = october.whole(replace(ORDER, policy=None, rates=at_price("callwell-sell", UK, "0.0300"), client=CALLWELL))
    total = found.total
    dearer = units_of("0.0300") - units_of("0.0294")
    assert total.revenue_now - total.revenue == october.sold_seconds(UK) * dearer // 60
    assert total.cost_now == total.cost and not moves(found)


def test_who_would_be_sold_at_a_loss_is_refused(october: October) -> None:
    found = october.whole(replace(ORDER, policy=None, rates=at_price("callwell-sell", UK, "0.0100")))
    assert {move.refused for move in moves(found)} == {Cause.NO_MARGIN.value}
    assert {side.client for side in by_client(found) if side.refused} == {CALLWELL}


def test_a_vendor_paid_by_another_plan_costs_what_that_says(october: October) -> None:
    plans = (TrialPlan(BLUEWIRE, Side.VENDOR, PlanId("kestrel-buy")),)
    found = october.whole(replace(ORDER, policy=None, plans=plans, client=CALLWELL))
    blue = next(side for side in by_vendor(found) if side.vendor == BLUEWIRE)
    assert blue.cost_now == blue.talk_now_ms // 1000 * units_of("0.0246") // 60


def test_a_sheet_counts_as_its_last_lines_say(october: October, tmp_path: Path) -> None:
    """A code at another price, and one that ends: its calls go elsewhere, or nowhere."""
    lines = [("447", 1, units_of("0.0100")), ("447", 2, units_of("0.0234")), (KENYA, 1, None)]
    terms = dict.fromkeys(TERMS, 0) | {"first_s": 1, "next_s": 1}
    rows = [
        {"code": code, "rate_type": ANY_TIME, "origin": "", "kind": "closed" if price is None else "decrease",
         "asked_ms": at, "until_ms": None, "blocked": False,
         **(terms | {"first_price": price, "next_price": price} if price is not None else dict.fromkeys(TERMS))}
        for code, at, price in lines
    ]  # fmt: skip
    changes = tmp_path / "changes.parquet"
    pl.DataFrame(rows, schema_overrides={**TERMS, "asked_ms": pl.Int64, "until_ms": pl.Int64}).write_parquet(changes)
    kestrel = TrialRates(PlanId("kestrel-buy"), changes=str(changes))
    found = october.whole(replace(ORDER, policy=None, rates=(kestrel,)))
    priced = october.whole(replace(ORDER, policy=None, rates=at_price("kestrel-buy", "447", "0.0234")))
    assert found.total == priced.total and found.groups == priced.groups
    gone = october.whole(replace(ORDER, policy=None, rates=(replace(kestrel, plan=PlanId("nordlink-buy")),)))
    kenya = next(move for move in moves(gone) if move.then == NORDLINK)
    assert kenya.now == SAVANNA


def test_a_limit_of_a_part_of_the_week_is_broken_in_its_hours_alone(october: October) -> None:
    """Kestrel's for one call at once: at all times, in the afternoon, and outside of it; and cut at noon or not."""
    noon = TimeProfile("afternoon", windows=windows_of("on", range(7), 12 * 60 + 5, 18 * 60))
    always = Limit(LimitId("k"), vendor=KESTREL, max_calls=1, max_cps=1)
    found = {}
    for name in ("", "afternoon", "not afternoon"):
        limit = replace(always, profile=name, part=noon if name else None)
        found[name] = _broken(october, limit, None)
        assert _broken(october, limit, SEALED + 43_200_000) == found[name]
    one, other, both = found["afternoon"], found["not afternoon"], found[""]
    assert one[0] and other[0] and (one[0] + other[0], one[1] + other[1]) == (both[0], both[1])
    assert all(12 <= hour < 18 for hour in one[2]) and not other[2] & set(range(13, 18))


def _broken(october: October, limit: Limit, cut_at_ms: int | None) -> tuple[int, int, set[int]]:
    """Return how many calls came too many, and too fast, and in which hours of the day."""
    directory = replace(october.directory(), limits=(limit,))
    calls, carried = calls_of(october.place.home, ORDER, SEALED, HELD + 86_400_000, lambda legs: legs.with_columns(
        pl.col("base_charge").alias("now_charge"), pl.lit(False).alias("unrated")))  # fmt: skip
    told = calls.with_columns(goes=False, refused=pl.lit(""), ahead=pl.lit(""), way=pl.lit(""), way_trunk=pl.lit(""))
    edges = [SEALED, *([cut_at_ms] if cut_at_ms else []), HELD + 86_400_000]
    uses = [uses_of(told, carried, directory, *cut) for cut in pairwise(edges)]
    its = [(key, use) for each in uses for key, use in each.items() if key.room is Room.LIMIT]
    hours = {key.hour_ms // 3_600_000 % 24 for key, use in its if use.over_now}
    return sum(use.over_now for _, use in its), sum(use.fast_now for _, use in its), hours


def test_what_trunks_take_is_told_by_the_hour_and_who_is_too_full(october: October) -> None:
    """By real cost all UK calls are Kestrel's: never fewer at once than before, and no vendor has two calls of one."""
    found = october.whole(replace(ORDER, against=PRICE))
    directory = october.directory()
    by_name = {one.bound.name: one for one in rooms(found.uses, bounds_of(directory))}
    trunks = {one.bound.vendor: one for one in by_name.values() if one.bound.room is Room.TRUNK}
    assert trunks[KESTREL].use.calls_now > trunks[KESTREL].use.calls
    assert trunks[BLUEWIRE].use.calls_now < trunks[BLUEWIRE].use.calls
    assert trunks[KESTREL].use.calls == october.most_at_once(KESTREL)
    full = replace(trunks[KESTREL].bound, max_calls=trunks[KESTREL].use.calls_now - 1)
    assert not any(one.use.broken for one in by_name.values()) and full.max_calls
