"""What is known from other calls is what the plans say of this one, whatever its number and moment."""

import gc
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calls import CallSetup
from domain.directory import PartnerStatus
from domain.durations import Histogram
from domain.extent import Extent
from domain.ids import DestinationId, PartnerId, PlanId
from domain.intervals import PlanIntervals
from domain.money import Currency, units_of
from domain.origins import OriginCode
from domain.profiles import rate_type_at, same_type
from domain.quality_board import QualityBoard
from domain.rates import CodeRates, PlanRules, RateRow, Unit
from domain.routing import RankCache, decide
from domain.world import NO_DESTINATION, World
from tests.domain.builders import NOON, any_rows, any_rules, dice, moment, number_of, rules, terms
from tests.domain.callers import EEA, by_origin, origin_codes, some_caller
from tests.domain.worlds import EUR, UK_MOBILE, USD, Codes, client, fx, row, setup, vendor, world

HOUR_MS = 3_600_000
CODES = Codes({"01": (UK_MOBILE, "UK Mobile"), "0110": (8, "Kenya"), "1": (9, "Nowhere")})
SHORT, LONG = Histogram.of((6,) * 100), Histogram.of((600, 1200) * 50)
BOARDS = (QualityBoard(), QualityBoard(2, {UK_MOBILE: SHORT}), QualityBoard(3, {UK_MOBILE: LONG}))
PLANS = ("sell", "buy-bluewire", "buy-kestrel", "buy-tessera")


class Asked(PlanIntervals):
    """A plan that counts how often it is asked."""

    __slots__ = ("times",)

    def __init__(self, rules: PlanRules, rows: Sequence[RateRow], origin_codes: Sequence[OriginCode] = ()) -> None:
        super().__init__(rules, rows, origin_codes=origin_codes)
        self.times = 0

    def rates_at(self, number: str, at_ms: int, within: Extent | None = None, origin: str = "") -> CodeRates | None:
        """Count, and answer."""
        self.times += 1
        return super().rates_at(number, at_ms, within, origin)


def some_number(rows: list[RateRow], dice: Random) -> str:
    """A number that trunks take, often with the same first digits as others."""
    return (number_of(rows, dice)[:6] + dice.choice(["00000", "1010101", "0"])).ljust(5, "0")


def a_world(plans: list[tuple[PlanRules, list[RateRow]]], dice: Random, callers: tuple[str, ...] = ()) -> World:
    """A client and three vendors with plans in two currencies, whose rate changes; `callers`: who tell them apart."""
    tables: dict[str, PlanIntervals] = {}
    for name, (its, rows) in zip(PLANS, plans, strict=True):
        worth = units_of("1000") if name == "sell" else units_of("0.01")  # else nearly no call would have a margin
        priced = [replace(each, terms=terms("0.01", "60/60", first_price=worth)) for each in rows]
        if name in callers:
            priced = by_origin(priced, dice)
        currency = Currency(dice.choice([USD, EUR]))
        rules = replace(its, plan=PlanId(name), currency=currency, unit=Unit.SECOND)
        tables[name] = PlanIntervals(rules, priced, origin_codes=origin_codes(dice))
    buys = {name.removeprefix("buy-"): table for name, table in tables.items() if name != "sell"}
    changes = [fx("EUR", rate, moment(dice)) for rate in ("0.9", "1.1")]
    return replace(world(tables["sell"], buys, rates=[fx("EUR", "1.0"), *changes]), codes=CODES)


a_plan = st.tuples(any_rules(), any_rows())


@settings(deadline=None)
@given(st.lists(a_plan, min_size=len(PLANS), max_size=len(PLANS)), st.sampled_from([3, 1000]), dice)
def test_what_is_known_from_other_calls_is_what_the_plans_say(
    plans: list[tuple[PlanRules, list[RateRow]]], limit: int, dice: Random
) -> None:
    free = a_world(plans, dice)
    rows = [each for _, rows in plans for each in rows]
    cache = RankCache(limit)
    at_ms = moment(dice)
    for _ in range(30):
        at_ms = dice.choice([at_ms, at_ms + 1, at_ms + HOUR_MS, moment(dice)])
        seen = replace(free, quality=dice.choice(BOARDS))
        call = setup(some_number(rows, dice), at_ms=at_ms)
        assert decide(call, seen, cache) == decide(call, seen)


@settings(deadline=None, max_examples=50)
@given(st.lists(a_plan, min_size=len(PLANS), max_size=len(PLANS)), st.sampled_from([3, 1000]), dice)
def test_what_is_known_from_other_callers_is_what_the_plans_say(
    plans: list[tuple[PlanRules, list[RateRow]]], limit: int, dice: Random
) -> None:
    free = a_world(plans, dice, tuple(dice.sample(PLANS, k=dice.randrange(1, 4))))
    rows = [each for _, rows in plans for each in rows]
    cache, at_ms = RankCache(limit), moment(dice)
    for _ in range(40):
        at_ms = dice.choice([at_ms, at_ms + 1, at_ms + HOUR_MS, moment(dice)])
        call = setup(some_number(rows, dice), caller=some_caller(dice), at_ms=at_ms)
        seen = replace(free, quality=dice.choice(BOARDS))
        assert decide(call, seen, cache) == decide(call, seen)


@settings(deadline=None)
@given(any_rows(), dice)
def test_every_number_and_moment_of_an_extent_gets_the_same_rates(rows: list[RateRow], dice: Random) -> None:
    plan = PlanIntervals(rules(), rows)
    number, at_ms, within = number_of(rows, dice), moment(dice), Extent()
    rates = plan.rates_at(number, at_ms, within)
    assert rates == plan.rates_at(number, at_ms)
    assert within.since_ms <= at_ms < within.until_ms
    digits = within.beginning(number)
    if digits is None:
        assert len(number) < 4, "codes have four digits at most"
        return
    assert number.startswith(digits)
    moments = [within.since_ms, within.until_ms - 1, at_ms, *(moment(dice) for _ in range(10))]
    for other_ms in [at for at in moments if within.since_ms <= at < within.until_ms]:
        tail = "".join(dice.choices("0123456789", k=dice.randrange(18)))
        assert plan.rates_at(digits + tail, other_ms) == rates


@settings(deadline=None)
@given(any_rules(), dice)
def test_the_rate_type_stays_as_it_is_within_its_interval(its: PlanRules, dice: Random) -> None:
    at_ms = moment(dice)
    since_ms, until_ms = same_type(its, at_ms)
    assert since_ms <= at_ms < until_ms
    for other_ms in (since_ms, until_ms - 1, dice.randrange(since_ms, until_ms)):
        assert rate_type_at(its, other_ms) == rate_type_at(its, at_ms)


def asked_world() -> tuple[World, list[Asked]]:
    """The UK scene with plans that count."""
    plans = [Asked(rules(), [row(*rate)]) for rate in (("44", "0.0294"), ("447", "0.0240", "30/6"), ("447", "0.0246"))]
    sell, bluewire, kestrel = plans
    return world(sell, {"bluewire": bluewire, "kestrel": kestrel}), plans


def asked(plans: list[Asked], call: CallSetup, its: World, cache: RankCache) -> list[int]:
    """Decide, and return how often each plan was asked."""
    before = [plan.times for plan in plans]
    assert decide(call, its, cache).routes
    return [plan.times - then for plan, then in zip(plans, before, strict=True)]


def test_plans_are_asked_once_for_all_numbers_of_the_same_codes() -> None:
    its, plans = asked_world()
    cache = RankCache()
    assert asked(plans, setup("447911123456"), its, cache) == [1, 1, 1]
    assert asked(plans, setup("447100000000"), its, cache) == [0, 0, 0]


def test_callers_of_one_group_share_what_is_known_and_others_do_not() -> None:
    sell = Asked(rules(), [row("44", "0.0294")])
    buy = Asked(rules(), [row("44", "0.02"), row("44", "0.01", origin=EEA)], [OriginCode(EEA, "33")])
    its, cache, plans = world(sell, {"kestrel": buy}), RankCache(), [sell, buy]
    times = [
        asked(plans, setup(caller=caller), its, cache)
        for caller in ("33612345678", "33712345678", "12025550100", "anonymous", "33612345678")
    ]
    assert times == [[1, 1], [0, 0], [1, 1], [0, 0], [0, 0]]


def test_a_new_board_has_only_those_numbers_asked_anew_whose_durations_changed() -> None:
    its, plans = asked_world()
    cache = RankCache()
    asked(plans, setup(), its, cache)
    same = replace(its, quality=replace(its.quality, version=2))
    assert asked(plans, setup(), same, cache) == [0, 0, 0]
    other = replace(its, quality=QualityBoard(3, {UK_MOBILE: SHORT}))
    assert asked(plans, setup(), other, cache) == [1, 1, 1]


def test_another_directory_has_all_plans_asked_anew() -> None:
    its, plans = asked_world()
    cache = RankCache()
    decide(setup(), its, cache)
    suspended = vendor("kestrel", status=PartnerStatus.SUSPENDED)
    index = world(plans[0], {"bluewire": plans[1], "kestrel": plans[2]}, partners=[client(), suspended]).index
    changed = replace(its, index=index)
    assert [route.vendor for route in decide(setup(), changed, cache).routes] == [PartnerId("bluewire")]


def histograms() -> int:
    """How many are alive in this process."""
    gc.collect()
    return sum(isinstance(each, Histogram) for each in gc.get_objects())


def test_durations_that_no_board_has_any_more_are_forgotten_with_all_that_was_made_over_them() -> None:
    its, plans = asked_world()
    cache = RankCache()
    before = histograms()
    for version in range(2, 30):
        board = QualityBoard(version, {UK_MOBILE: Histogram.of((version, 60) * 50)})
        asked(plans, setup(), replace(its, quality=board), cache)
        assert asked(plans, setup("447100000000"), replace(its, quality=board), cache) == [0, 0, 0]
    assert histograms() <= before + 2


def test_offers_over_the_prior_stay_whatever_board_comes() -> None:
    its, plans = asked_world()
    cache = RankCache()
    asked(plans, setup(), replace(its, quality=BOARDS[0]), cache)
    for version in range(2, 5):
        other = QualityBoard(version, {DestinationId(8): Histogram.of((version,) * 100)})
        assert asked(plans, setup(), replace(its, quality=other), cache) == [0, 0, 0]


def test_an_offer_that_is_made_anew_takes_one_place_and_is_not_forgotten_for_the_one_before_it() -> None:
    sell = Asked(rules(), [row("44", "0.0294"), row("254", "0.0294")])
    buy = Asked(rules(), [row("44", "0.02"), row("44", "0.01", valid_from_ms=NOON), row("254", "0.02")])
    plans, cache = [sell, buy], RankCache(2)
    its = world(sell, {"kestrel": buy})
    for at_ms in (NOON - 1, NOON):
        assert asked(plans, setup(at_ms=at_ms), its, cache) == [1, 1]
    assert asked(plans, setup("254711223344", at_ms=NOON), its, cache) == [1, 1]
    for number in ("447911123456", "254711223344"):
        assert asked(plans, setup(number, at_ms=NOON), its, cache) == [0, 0]


def test_offers_over_durations_that_are_gone_go_one_by_one_and_make_room() -> None:
    codes = [f"44{number}" for number in range(10, 40)]
    plans = [Asked(rules(), [row(code, price) for code in codes]) for price in ("0.0294", "0.02")]
    its, cache = world(plans[0], {"kestrel": plans[1]}), RankCache(len(codes))
    before = histograms()
    for version in range(2, 6):
        board = QualityBoard(version, {NO_DESTINATION: Histogram.of((version,) * 100)})
        seen = replace(its, codes=Codes({"44": (NO_DESTINATION, "UK")}), quality=board)
        for code in codes:
            assert asked(plans, setup(f"{code}1234567"), seen, cache) == [1, 1]
            assert len(cache._kept) <= len(codes)
        for code in codes:
            assert asked(plans, setup(f"{code}1234567"), seen, cache) == [0, 0]
    assert histograms() <= before + 2
