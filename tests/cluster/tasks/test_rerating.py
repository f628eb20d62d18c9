"""What a newer version of a plan would charge otherwise is what rating every leg by hand says, wherever legs lie."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings

from actors.rerate_work import CountOrder, ListedCall, ListedQuery, TableQuery
from cluster.tasks import rerating
from cluster.tasks.rerating import CURRENCY, count_rerating
from cluster.tasks.rerating_list import rerating_calls, rerating_table
from domain.calls import Leg, LegState, Side
from domain.columnar import BatchPlan
from domain.errors import NotFoundError
from domain.ids import PartnerId, PlanId
from domain.intervals import PlanIntervals
from domain.profiles import windows_of
from domain.rates import ANY_TIME, Charge, Crossing, RateRow
from domain.rating import rate
from domain.reratings import Counted
from store.catalog import Catalog
from store.catalog.reratings import Reratings
from tests.cluster.tasks.places import BY, DAY_MS, EUR, NOW, Place, a_catalog, a_place
from tests.cluster.tasks.test_leg_search import filled
from tests.domain.builders import NOON, dice, row, rules
from tests.domain.call_builders import a_leg
from tests.store.catalog.comparing import put_in, says

PLAN = PlanId("by-hand")
FROM = NOON - 3 * DAY_MS


class Books:
    """A place whose plan gets versions, and legs that each is charged with as live calls are: by the scalar rating."""

    def __init__(self, place: Place, catalog: Catalog, **of_plan: Any) -> None:
        self.place, self.catalog = place, catalog
        catalog.plans.add(rules(plan=PLAN, **of_plan), "buy", **BY)
        self.legs: list[Leg] = []
        self._versions: dict[int, PlanIntervals] = {}

    def version(self, *rows: RateRow) -> int:
        return self.catalog.plans.add_rates(PLAN, rows, **BY).version

    @property
    def intervals(self) -> PlanIntervals:
        plan = self.catalog.plans.get(PLAN)
        if plan.version not in self._versions:
            rates, origins = self.catalog.plans.rates_known(PLAN), self.catalog.origins.of(PLAN)
            self._versions[plan.version] = PlanIntervals(plan.rules, rates, plan.version, origins)
        return self._versions[plan.version]

    def rated(self, leg: Leg) -> Charge | None:
        number = leg.routing_number or leg.b
        found = rate(self.intervals, number, leg.connect_ms, leg.setup_ms, leg.duration_ms, caller=leg.a)
        return found if isinstance(found, Charge) else None

    def charge(self, call: str, setup_ms: int, b: str = "447911123456", **fields: Any) -> Leg | None:
        """Charge a leg by the plan as it is; None where it has no rate for it."""
        fields = {"connect_ms": setup_ms, "duration_ms": 60_000} | fields
        leg = a_leg(call, Side.VENDOR, setup_ms=setup_ms, b=b, plan=PLAN, **fields)
        found = self.rated(leg)
        if found is None:
            return None
        version = self.intervals.version
        money: dict[str, Any] = {
            "charge": found.units,
            "base_charge": found.units,
            "plan_version": version,
            "code": found.code,
        }
        leg = replace(leg, **money, billed_s=found.billed_s)
        self.legs.append(leg)
        return leg

    def count(self, from_version: int, **fields: Any) -> Counted:
        plan = self.catalog.plans.get(PLAN)
        order = CountOrder(PLAN, "buy", from_version, plan.version, FROM, NOW, f"{PLAN}.{plan.version}.1")
        return count_rerating(self.place.home, replace(order, **fields))

    def listed(self, counted: Counted) -> tuple[ListedCall, ...]:
        return rerating_calls(self.place.home, ListedQuery(counted.place, limit=1000)).calls


def any_rows(dice: Random) -> list[RateRow]:
    """Rates of nested codes, by time and caller or not, that begin in the days of the calls or before."""
    keys = {
        (dice.choice(["4", "44", "447", "4479", "254"]), dice.choice([ANY_TIME, "peak"]), dice.choice(["", "", "home"]))
        for _ in range(dice.randrange(1, 5))
    }
    return [
        row(
            code,
            dice.choice(["0.02", "0.03", "0.0246"]),
            dice.choice(["1/1", "30/6", "60/60"]),
            rate_type=kind,
            origin=origin,
            valid_from_ms=dice.choice([0, FROM, NOON - dice.randrange(3 * DAY_MS)]),
            valid_until_ms=dice.choice([None, None, NOON + DAY_MS]),
            attempt_fee=dice.choice(["0", "0", "0.001"]),
        )
        for code, kind, origin in keys
    ]


def any_calls(dice: Random, books: Books, name: str) -> None:
    for at in range(15):
        setup_ms = NOON - dice.randrange(3 * DAY_MS)
        books.charge(
            f"{name}{at}",
            setup_ms,
            b=dice.choice(["447911123456", "442071838750", "254722000111"]),
            a=dice.choice(["447000000001", "12025550100", ""]),
            connect_ms=dice.choice([None, setup_ms, setup_ms + 8_000]),
            duration_ms=dice.choice([0, 7_000, 61_000, 3_600_000]),
            partner=dice.choice(["kestrel", "bluewire"]),
            destination=dice.choice([1, 2]),
            routing_number=dice.choice(["", "", "447911999999"]),
        )


@settings(max_examples=12, deadline=None)
@given(dice)
def test_the_listed_differences_are_those_of_rating_all_calls_by_both(dice: Random) -> None:
    with a_place() as place:
        catalog = a_catalog(place.home.catalog_url())
        windows = windows_of("peak", range(7), 480, 1080)
        books = Books(place, catalog, windows=windows, crossing=dice.choice(list(Crossing)))
        catalog.origins.set(PLAN, "home", ["44"], FROM - DAY_MS, **BY)
        books.version(row("4", "0.015"))
        first = books.version(*any_rows(dice))
        any_calls(dice, books, "one")
        for name in ("two", "three")[: dice.choice([1, 2])]:
            books.version(*any_rows(dice))
            any_calls(dice, books, name)
        newest = books.version(*any_rows(dice))
        filled(place, books.legs, sealed=dice.randrange(len(books.legs) + 1))
        counted = books.count(first)
        older = [leg for leg in books.legs if leg.plan_version < newest]
        again = [(leg, books.rated(leg)) for leg in older]
        expected = {leg.leg_id: new.units - leg.charge for leg, new in again if new and new.units != leg.charge}
        listed = {one.leg_id: one for one in books.listed(counted)}
        found = {id_: one.new_charge - one.charge for id_, one in listed.items() if one.new_charge is not None}
        assert found == expected
        assert {id_ for id_, one in listed.items() if one.fault} == {leg.leg_id for leg, new in again if new is None}
        assert counted.difference == sum(expected.values()) == sum(one.after - one.before for one in counted.groups)
        assert counted.calls + counted.equal + counted.unrated == len(older)
        catalog.close()


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    with a_place(tmp_path) as place:
        catalog = a_catalog(place.home.catalog_url())
        yield Books(place, catalog)
        catalog.close()


def price(amount: str, since: int = FROM, code: str = "44") -> RateRow:
    return row(code, amount, valid_from_ms=since)


def test_a_decrease_lists_the_calls_from_its_moment_on_and_what_they_come_to(books: Books) -> None:
    first = books.version(price("0.0246"))
    for hours in range(48):
        books.charge(f"c{hours}", NOON - 2 * DAY_MS + hours * 3_600_000)
    books.version(price("0.0234", NOON - DAY_MS))
    filled(books.place, books.legs, sealed=40)
    counted = books.count(first)
    assert (counted.calls, counted.equal, counted.unrated) == (24, 24, 0)
    assert counted.difference == -24 * 120_000
    [group] = counted.groups
    assert (group.partner, group.calls, group.before, group.after) == ("kestrel", 24, 24 * 2_460_000, 24 * 2_340_000)
    one = books.listed(counted)[0]
    assert (one.number, one.at_ms, one.code, one.charge) == ("447911123456", NOON - DAY_MS, "44", 2_460_000)
    assert (one.new_code, one.new_billed_s, one.new_charge, one.fault) == ("44", 60, 2_340_000, None)


def test_calls_of_other_plans_later_calls_and_open_ones_are_left_alone(books: Books) -> None:
    first = books.version(price("0.03"))
    books.charge("now", NOON - 1)
    books.charge("old", FROM - 1)
    other = a_leg("other", Side.VENDOR, setup_ms=NOON - 1, connect_ms=NOON - 1, plan=PlanId("another"))
    going = a_leg("open", Side.VENDOR, LegState.OPEN, setup_ms=NOON - 1, connect_ms=NOON - 1, plan=PLAN)
    books.version(price("0.02"))
    books.charge("by-the-new", NOON - 1)
    filled(books.place, [*books.legs, other, going], sealed=0)
    assert [one.call_key for one in books.listed(books.count(first))] == [a_leg("now").call_key]
    assert books.count(first, until_ms=NOON - 1).is_nothing


def test_legs_that_we_closed_are_charged_and_counted(books: Books) -> None:
    first = books.version(price("0.03"))
    leg = books.charge("lost", NOON - 1)
    assert leg is not None
    books.version(price("0.02"))
    filled(books.place, [replace(leg, state=LegState.PARTIAL)], sealed=0)
    assert books.count(first).calls == 1


def test_what_was_wrong_before_is_no_part_of_the_change(books: Books) -> None:
    """A change that an operator let be stays so when another code changes."""
    books.version(price("0.03"), price("0.05", code="254"))
    books.charge("uk", NOON - 1)
    books.charge("kenya", NOON - 1, b="254722000111")
    let_be = books.version(price("0.02"))
    books.version(price("0.04", code="254"))
    filled(books.place, books.legs, sealed=1)
    [one] = books.listed(books.count(let_be))
    assert (one.number, one.new_charge) == ("254722000111", 4_000_000)


def test_a_change_that_was_taken_back_leaves_the_calls_that_it_charged(books: Books) -> None:
    first = books.version(price("0.03"))
    books.charge("before", NOON - 1)
    books.version(price("0.02"))
    books.charge("between", NOON - 1)
    books.version(price("0.03"))
    filled(books.place, books.legs, sealed=1)
    counted = books.count(first)
    assert (counted.calls, counted.equal, counted.difference) == (1, 1, 1_000_000)


def test_calls_that_the_new_version_cannot_rate_are_told_and_cost_what_they_cost(books: Books) -> None:
    first = books.version(price("0.03"))
    books.charge("c1", NOON - 1)
    put_in(books.catalog, PLAN, says("44", None, NOON - DAY_MS))
    filled(books.place, books.legs, sealed=1)
    counted = books.count(first)
    assert (counted.calls, counted.unrated, counted.difference) == (0, 1, 0)
    [one] = books.listed(counted)
    assert (one.fault, one.charge, one.new_charge, one.new_code) == ("no-rate", 3_000_000, None, None)


def test_calls_of_a_plan_of_another_currency_are_told(books: Books) -> None:
    first = books.version(price("0.03"))
    leg = books.charge("c1", NOON - 1)
    assert leg is not None
    books.version(price("0.02"))
    filled(books.place, [replace(leg, currency=EUR)], sealed=0)
    assert [one.fault for one in books.listed(books.count(first))] == [CURRENCY]


def test_a_change_of_a_group_of_callers_counts(books: Books) -> None:
    books.version(price("0.2"), replace(price("0.01"), origin="home"))
    first = books.catalog.origins.set(PLAN, "home", ["1202"], FROM, **BY)
    books.charge("c1", NOON - 1, a="33123456789")
    books.catalog.origins.set(PLAN, "home", ["1202", "33"], FROM + 1, **BY)
    filled(books.place, books.legs, sealed=0)
    assert first is not None
    assert books.count(books.legs[0].plan_version).difference == -19_000_000


def test_without_any_call_there_is_no_list(books: Books) -> None:
    first = books.version(price("0.03"))
    books.version(price("0.02"))
    counted = books.count(first)
    assert counted.is_nothing and counted.place == ""
    assert not books.place.home.reratings.exists()


def test_without_a_call_since_the_change_no_row_of_the_plan_is_read(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = books.version(price("0.03"))
    books.charge("old", NOON - 2 * DAY_MS)
    books.version(price("0.02", NOON - DAY_MS, code="447"))
    books.charge("by-the-new", NOON - 1)
    filled(books.place, books.legs, sealed=1)

    def never(*_: object) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr(Reratings, "first_change", never)
    monkeypatch.setattr(Reratings, "rates_in", never)
    counted = books.count(first, from_ms=None)
    assert counted.is_nothing and sum(counted.seqs.values()) == 2


def test_the_list_has_what_charging_anew_needs(books: Books) -> None:
    first = books.version(price("0.03"))
    leg = books.charge("c1", NOON - 1, fx=2 * 10**8)
    assert leg is not None
    books.version(price("0.02"))
    filled(books.place, books.legs, sealed=1)
    counted = books.count(first)
    [one] = pl.read_parquet(books.place.home.reratings / counted.place / "*.parquet").to_dicts()
    assert (one["leg_id"], one["revision"], one["book"], one["plan_version"]) == (leg.leg_id, 0, 0, first)
    assert one["segment"] != "" and one["day"] == leg.day_ms // DAY_MS
    assert (one["new_charge"], one["new_base_charge"]) == (2_000_000, 4_000_000)


def test_a_list_is_counted_again_into_the_same_place(books: Books) -> None:
    first = books.version(price("0.03"))
    books.charge("c1", NOON - 1)
    books.version(price("0.02"))
    filled(books.place, books.legs, sealed=1)
    assert books.count(first) == books.count(first)
    assert [path.name for path in books.place.home.reratings.iterdir()] == [books.count(first).place]


def test_a_list_is_paged_filtered_and_written_as_csv(books: Books) -> None:
    first = books.version(price("0.03"))
    for at, partner in enumerate(["kestrel", "bluewire", "kestrel"]):
        books.charge(f"c{at}", NOON - 10 + at, partner=PartnerId(partner), destination=at)
    books.version(price("0.02"))
    filled(books.place, books.legs, sealed=2)
    home, place = books.place.home, books.count(first).place
    page = rerating_calls(home, ListedQuery(place, partner="kestrel", limit=1, offset=1))
    assert ([one.destination for one in page.calls], page.total) == ([2], 2)
    assert rerating_calls(home, ListedQuery(place, destination=1)).total == 1
    text = rerating_table(home, TableQuery(place, 2, 0, {1: "UK, Mobile"})).decode().splitlines()
    assert len(text) == 3 and text[0].startswith("call_key,leg_id,partner")
    more = rerating_table(home, TableQuery(place, 2, 2)).decode().splitlines()
    assert len(more) == 1 and rerating_table(home, TableQuery(place, 2, 4)) == b""
    lines = [*text[1:], *more]
    assert any('"UK, Mobile",447911123456,' in line for line in lines)
    assert all(line.endswith(",44,60,0,0.03,44,60,0,0.02,-0.01,USD,") for line in lines)


def test_a_list_that_is_gone_says_how_to_make_it_again(books: Books) -> None:
    with pytest.raises(NotFoundError, match="rerating refresh"):
        rerating_calls(books.place.home, ListedQuery("nowhere"))


def test_many_versions_are_read_once_each_and_few_are_kept(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    first = books.version(price("0.03"))
    for day in range(8):
        books.charge(f"c{day}", NOON - (3 * 24 - 8 * day) * 3_600_000)
        books.charge(f"d{day}", NOON - (3 * 24 - 8 * day) * 3_600_000 + 1)
        books.version(price(f"0.0{day + 4}"))
    filled(books.place, books.legs, sealed=13)
    asked: list[int] = []
    kept: list[int] = []
    read = Reratings.rates_in

    def noted(self: Reratings, plan: PlanId, version: int, from_ms: int) -> tuple[RateRow, ...]:
        asked.append(version)
        return read(self, plan, version, from_ms)

    class Watched(rerating._Versions):
        def __getitem__(self, version: int) -> BatchPlan:
            found = super().__getitem__(version)
            kept.append(len(self.read))
            return found

    monkeypatch.setattr(Reratings, "rates_in", noted)
    monkeypatch.setattr(rerating, "_Versions", Watched)
    assert books.count(first).calls == 16
    assert sorted(asked) == list(range(first, first + 9)) and max(kept) <= rerating.KEPT
