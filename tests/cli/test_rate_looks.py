"""`switchboard rates show | history | at | compare | vendors | margin`."""

import json

from protos.looking_pb2 import (
    CallerPrice,
    CodeMargin,
    DestinationDifference,
    KnownRate,
    KnownRates,
    MarginPage,
    PlanDifference,
    PlanDifferences,
    VendorCodes,
    VendorOffer,
    VendorPage,
    VendorSum,
)
from protos.operators_pb2 import Plan, Rate
from tests.cli.far_desk import FarDesk

NOON = 1_793_534_400_000
RATE = Rate(
    code="2547", destination="Kenya Mobile", rate_type="any", first_price_units=8_000_000, next_price_units=8_000_000,
    first_s=60, next_s=1, valid_from_ms=NOON, known_from_ms=NOON,
)  # fmt: skip
PLAN = Plan(id="k", currency="EUR", unit="second")
FOUND = KnownRate(rate=RATE, previous_price_units=7_000_000, sheet=12, sheet_file="nov.xlsx", standing="to come")


def test_rates_of_a_number_say_what_was_before_and_which_sheet_brought_them(desk: FarDesk) -> None:
    desk.says("Looking.Show", KnownRates(plan=PLAN, rates=[FOUND], total=1))
    told = desk.run("rates", "show", "k", "254712000111")
    assert "prices in EUR per minute" in told.stdout or "prices in EUR" in told.stdout
    assert "Kenya Mobile" in told.stdout and "12 nov.xlsx  to come" in told.stdout and "0.07" in told.stdout
    assert desk.asked("Looking.Show").number == "254712000111"


def test_the_history_tells_when_each_row_was_known(desk: FarDesk) -> None:
    known = KnownRate(rate=RATE, known_until_ms=NOON + 1000, undoes=3)
    desk.says("Looking.History", KnownRates(plan=PLAN, rates=[known], total=7))
    told = desk.run("rates", "history", "k", "2547", "--limit", "1")
    assert "2026-11-01 12:00:01  undo of 3" in told.stdout and "1 to 1 of 7" in told.stderr


def test_a_moment_and_when_it_was_known_go_with_the_question(desk: FarDesk) -> None:
    desk.says("Looking.Find", KnownRates(plan=PLAN, rates=[FOUND], total=1))
    told = desk.run("rates", "at", "k", "2026-11-01T12:00", "254", "--known-at", "2026-10-01")
    assert "k at 2026-11-01 12:00:00 UTC, as known at 2026-10-01 00:00:00 UTC" in told.stdout
    asked = desk.asked("Looking.Find")
    assert (asked.valid_at_ms, asked.text, asked.known_at_ms) == (NOON, "254", 1_790_812_800_000)
    assert json.loads(desk.run("rates", "at", "k", "2026-11-01", "--json").stdout)["rates"][0]["sheet"] == 12


def test_without_a_time_rates_are_those_of_now(desk: FarDesk) -> None:
    desk.says("Looking.Find", KnownRates(plan=PLAN, rates=[FOUND], total=1, now_ms=NOON))
    for words in ((), ("now",), ("now", "254")):
        assert "k at 2026-11-01 12:00:00 UTC, as known now" in desk.run("rates", "at", "k", *words).stdout
        asked = desk.requests["Looking.Find"][-1]
        assert asked.in_force and not asked.HasField("valid_at_ms")
    assert asked.text == "254"
    wrong = desk.run("rates", "at", "k", "2547")
    assert wrong.exit_code == 2 and "rates at k now 2547" in " ".join(wrong.stderr.replace("│", "").split())


def test_plans_are_compared_by_code_and_by_destination(desk: FarDesk) -> None:
    row = PlanDifference(
        code="2547", destination="Kenya Mobile", rate_type="any", kind="dearer", price_units=7_000_000,
        other_price_units=8_000_000, first_s=1, next_s=1, other_first_s=60, other_next_s=1,
    )  # fmt: skip
    gone = PlanDifference(code="33", kind="missing", price_units=1_000_000, first_s=1, next_s=1)
    kinds = {"dearer": 1, "missing": 1}
    desk.says(
        "Looking.Compare", PlanDifferences(differences=[row, gone], total=2, kinds=kinds, codes=9, currency="EUR")
    )
    told = desk.run("rates", "compare", "k", "b", "--kind", "dearer").stdout
    assert "of 9 codes 1 dearer, 0 cheaper, 0 by other terms, 1 not in b" in told
    assert "0.0700  0.0800      0.0100  1/1 → 60/1  dearer" in told and "missing" in told
    assert desk.asked("Looking.Compare").kind == "dearer"
    sums = DestinationDifference(destination="Kenya Mobile", dearer=3, rise_units=1_000_000)
    desk.says("Looking.Compare", PlanDifferences(destinations=[sums], total=1, kinds=kinds, currency="EUR"))
    assert "Kenya Mobile       3" in desk.run("rates", "compare", "k", "b", "--by-destination").stdout
    assert desk.run("rates", "compare", "k", "b", "--kind", "worse").exit_code == 2


def test_vendors_stand_side_by_side(desk: FarDesk) -> None:
    def offer(vendor: str, units: int) -> VendorOffer:
        return VendorOffer(
            vendor=vendor,
            own_code="254",
            base_price_units=units,
            price_units=units,
            currency="USD",
            first_s=1,
            next_s=1,
        )

    offers = [offer("a", 7_000_000), offer("b", 8_000_000)]
    offers[0].real_cost_units = 7_100_000
    page = VendorPage(
        codes=[VendorCodes(codes=["2547", "2541"], destination="Kenya Mobile", offers=offers)],
        vendors=[VendorSum(vendor="b", plan="bb", codes=2, dearer_than={"a": 2}), VendorSum(vendor="z", plan="zz")],
        total=1, all_codes=2, base_currency="USD", without=["plan q: KES has no exchange rate then"],
    )  # fmt: skip
    desk.says("Looking.Vendors", page)
    told = desk.run("rates", "vendors", "Kenya Mobile").stdout
    assert "a 2" in told and "no route" in told and "left out: plan q" in told
    assert "2547 2541  Kenya Mobile  1  a       0.0700" in told and "0.0100" in told and "0.071" in told


def test_who_calls_goes_with_the_question_of_vendors_and_groups_are_told(desk: FarDesk) -> None:
    prices = [
        CallerPrice(origin="EEA", codes=2, lowest_units=600_000, highest_units=600_000),
        CallerPrice(origin="RoW", codes=2, lowest_units=4_500_000, highest_units=5_000_000),
    ]
    page = VendorPage(vendors=[VendorSum(vendor="z", plan="zz", by_caller=prices)], base_currency="USD")
    desk.says("Looking.Vendors", page)
    told = desk.run("rates", "vendors", "91").stdout
    assert "by caller: EEA 0.006, RoW 0.045–0.05" in told and "--caller NUMBER" in told and "no route" not in told
    assert not desk.requests["Looking.Vendors"][0].HasField("caller")
    told = desk.run("rates", "vendors", "91", "--caller", "33612345678").stdout
    assert desk.requests["Looking.Vendors"][1].caller == "33612345678" and "91 from 33612345678 at" in told


def test_what_is_under_water_is_said(desk: FarDesk) -> None:
    row = CodeMargin(
        code="2547", price_units=7_000_000, cost_units=8_000_000, margin_units=-1_000_000, margin_bp=-1429, vendor="b"
    )
    page = MarginPage(margins=[row, CodeMargin(code="7", price_units=1)], total=2, codes=2, under=1, unserved=1)
    desk.says("Looking.Margin", page)
    told = desk.run("rates", "margin", "s", "--code", "2", "--under-water").stdout
    assert "2 codes sold, 1 under water, 1 without a vendor" in told
    assert "-14.29" in told and "under water" in told and "no vendor" in told
    assert desk.asked("Looking.Margin").code == "2" and desk.asked("Looking.Margin").under_water
