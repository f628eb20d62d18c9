"""The benchmarks that need no cluster, run small: they finish, check themselves, and notice what is wrong."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from cluster.bench import backtest, quality, rating, route
from cluster.bench.backtest_calls import Calls, made
from cluster.bench.decks import COUNTRIES, deck, pool, traffic
from domain.calls import CallSetup, Door
from domain.columnar import BatchPlan, rate_calls
from domain.errors import BrokenWorldError
from domain.ids import PlanId
from domain.money import Currency
from domain.rates import PlanRules
from domain.routing import decide

SMALL = route.Size(vendors=3, codes=1_000, sell_codes=900, calls=400)


def test_decks_and_traffic_are_the_same_in_every_run_and_price_every_number() -> None:
    codes = pool(1_500)
    assert codes == pool(1_500) == sorted(set(codes)) and len(codes) == 1_500
    rows = list(deck(codes, 1_000, seed=1))
    assert len(rows) == 1_000 and {row.code for row in rows} >= set(COUNTRIES)
    assert rows == list(deck(codes, 1_000, seed=1)) != list(deck(codes, 1_000, seed=2))
    numbers = traffic(codes, 500).numbers
    assert numbers == traffic(codes, 500).numbers
    assert {len(number) for number in numbers} == {12} and {number[:3] for number in numbers} <= set(COUNTRIES)


def test_traffic_is_skewed_to_few_codes() -> None:
    codes = pool(1_500)
    begins = [number[:3] for number in traffic(codes, 2_000).numbers]
    busiest = sorted((begins.count(code) for code in set(begins)), reverse=True)
    assert sum(busiest[:80]) > len(begins) // 3  # a tenth of the countries


def test_the_route_bench_decides_from_mapped_plans_and_says_so() -> None:
    said = json.loads(route.run(lambda _: None, SMALL).as_json())
    assert said["bench"] == "route"
    assert said["workload"]["vendors"] == 3 and said["workload"]["decisions"] == 400
    figures = said["figures"]
    assert 0 < figures["lookup_us_p50"] <= figures["lookup_us_p99"] <= figures["lookup_us_p999"]
    assert 1 <= figures["routes_mean"] <= 3
    assert figures["rss_mb"] > figures["rss_own_mb"] > 0
    assert 0 < figures["formula_us_p50"] <= figures["formula_us_p99"]
    assert set(said["floor"]) == {"lookup_us_p99", "rss_mb"}


def test_the_route_bench_notices_a_route_by_another_code(tmp_path: Path) -> None:
    route.build(tmp_path, SMALL)
    world = route.world_of(tmp_path, SMALL)
    number = traffic(pool(1_250), 1).numbers[0]
    decision = decide(CallSetup(Door.SIP, route.SWITCH, b"1", route.SOURCE, "1", number, route.AT_MS), world)
    route.check(decision, world)
    wrong = replace(decision, routes=(replace(decision.routes[0], code="999"),))
    with pytest.raises(BrokenWorldError, match="by code 999"):
        route.check(wrong, world)


def test_the_rating_bench_rates_every_call_both_ways() -> None:
    report = rating.run(lambda _: None, 0.05, rating.Size(cdrs=3_000, codes=1_000, repeats=2, compared=400))
    said = json.loads(report.as_json())
    assert said["bench"] == "rating"
    assert said["workload"]["cdrs"] == said["workload"]["rated_without_fault"] == 3_000
    assert said["figures"]["cdrs_per_s"] > 0 and said["figures"]["calls_one_by_one_per_s"] > 0
    assert said["figures"]["compared"] == 400


def test_the_rating_bench_notices_a_charge_that_differs() -> None:
    codes = pool(1_250)
    plan = BatchPlan.of(PlanRules(PlanId("p"), Currency("USD")), deck(codes, 1_000, 7))
    rated = rate_calls(rating.cdrs(codes, 50), plan)
    rating.compare(rated, plan.scalar)
    with pytest.raises(BrokenWorldError, match="in the frame"):
        rating.compare(rated.with_columns(pl.col("charge") + 1), plan.scalar)


def test_the_quality_bench_fills_every_pair_and_says_what_it_weighs() -> None:
    size = quality.Size(pairs=400, destinations=20, heard=100, figures=50)
    said = json.loads(quality.run(lambda _: None, size).as_json())
    figures = said["figures"]
    assert figures["pairs"] >= 400
    assert figures["calls"] >= 4 * 400
    assert figures["count_us"] > 0 and figures["figures_us"] > 0
    assert set(said["floor"]) == {"memory_mb", "count_us", "figures_us"}


def test_the_backtest_bench_finds_all_calls_in_any_number_of_parts(tmp_path: Path) -> None:
    size = Calls(calls=600, days=1, codes=900)
    said = json.loads(backtest.run(lambda _: None, size, tmp_path, (1, 2), cores=1).as_json())
    figures = said["figures"]
    assert said["workload"]["calls"] == 600 and figures["parts"] == 1
    assert {f"cpu_us_per_call_{way}{parts}_parts" for parts in (1, 2) for way in ("", "quality_then_")} < figures.keys()
    assert set(said["floor"]) == {"calls_per_s", "cpu_2_parts_to_1"} and backtest.PARTS == (1, 2, 4, 8)
    again: list[str] = []
    made(tmp_path, size, again.append)
    assert "as they were made before" in again[0], "calls are made once"
