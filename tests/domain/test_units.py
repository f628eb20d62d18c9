"""Rating by megabyte and by event: the same sums as by hand."""

import pytest

from domain.causes import ParkCause
from domain.intervals import PlanIntervals
from domain.money import decimal_text
from domain.profiles import windows_of
from domain.rates import Charge, Crossing, SecondsRounding, Service, Unit
from domain.rating import explain, rate
from domain.units import measured
from tests.domain.builders import NOON, ms, row, rules, table

CODE = "00000"
MB = 1_048_576


def charged(plan: PlanIntervals, volume: int) -> Charge:
    charge = rate(plan, CODE, NOON, NOON, 0, volume)
    assert isinstance(charge, Charge)
    return charge


def data(price: str = "0.01", increments: str = "1/1", **fields: object) -> PlanIntervals:
    return table(row("0", price, increments, **fields), unit=Unit.MEGABYTE)


def events(price: str = "0.01", increments: str = "1/1", **fields: object) -> PlanIntervals:
    return table(row("0", price, increments, **fields), unit=Unit.EVENT)


@pytest.mark.parametrize(
    ("plan", "octets", "kilobytes", "amount"),
    [
        (data("1.00"), MB, 1024, "1.00"),
        (data("1.00"), 1, 1, "0.00097656"),  # 1/1024 = 0.0009765625
        (data("0.01"), 7_761 + 5_382, 13, "0.00012695"),  # 13 x 0.01 / 1024
        (data("1.024", "100/10"), 1024, 100, "0.10"),
        (data("1.024", "100/10"), 101 * 1024, 110, "0.11"),
        (data("1.024", "100/10", first_price="2.048"), 101 * 1024, 110, "0.21"),
        (data("1.024", connect_fee="0.5", attempt_fee="0.1"), 1024, 1, "0.601"),
        (data("1.024", minimum_charge="0.05"), 1024, 1, "0.05"),
        (data("1.024", free_s=10), 11 * 1024, 1, "0.001"),
        (data("1.024", grace_s=10), 10 * 1024, 0, "0.00"),
        (data("1.00"), 4_294_967_301, 4_194_305, "4096.00097656"),  # 1 gigaword and 5 octets
        (data("1.00"), 0, 0, "0.00"),
    ],
)
def test_a_megabyte_is_1024_kilobytes_of_1024_octets(
    plan: PlanIntervals, octets: int, kilobytes: int, amount: str
) -> None:
    charge = charged(plan, octets)
    assert (charge.billed_s, charge.billed_volume, decimal_text(charge.units)) == (0, kilobytes, amount)


@pytest.mark.parametrize(
    ("plan", "count", "billed", "amount"),
    [
        (events("0.05"), 1, 1, "0.05"),
        (events("0.05"), 3, 3, "0.15"),
        (events("0.02", first_price="0.05"), 3, 3, "0.09"),
        (events("0.02", "1/2"), 2, 3, "0.06"),
        (events("0.02", connect_fee="0.001"), 2, 2, "0.041"),
        (events("0.02"), 0, 0, "0.00"),
    ],
)
def test_an_event_costs_its_price(plan: PlanIntervals, count: int, billed: int, amount: str) -> None:
    charge = charged(plan, count)
    assert (charge.billed_volume, decimal_text(charge.units)) == (billed, amount)


@pytest.mark.parametrize(("rounding", "kilobytes"), [("ceil", 2), ("half_up", 2), ("floor", 1)])
def test_octets_become_kilobytes_by_the_plans_rule(rounding: str, kilobytes: int) -> None:
    plan = PlanIntervals(rules(unit=Unit.MEGABYTE, seconds=SecondsRounding(rounding)), [row("0")])
    assert charged(plan, 1024 + 512).billed_volume == kilobytes


def test_a_session_whose_octets_nobody_told_is_parked_never_zero() -> None:
    assert rate(data(), CODE, NOON, NOON, 60_000) is ParkCause.BAD_VOLUME
    assert rate(data(), "1", NOON, NOON, 60_000) is ParkCause.NO_RATE


def test_volume_has_the_rate_of_its_start() -> None:
    six_pm = ms(2025, 10, 31, 18)
    rows = row("0", "0.06", rate_type="peak"), row("0", "0.03")
    windows = windows_of("peak", range(7), 8 * 60, 18 * 60)
    plan = table(*rows, windows=windows, crossing=Crossing.SPLIT, unit=Unit.MEGABYTE)
    charge = rate(plan, CODE, six_pm - 1000, six_pm - 1000, 7_200_000, MB)
    assert isinstance(charge, Charge)
    assert decimal_text(charge.units) == "0.06"


def test_a_billing_officer_can_read_what_was_moved() -> None:
    lines = explain(charged(data(), 13_143), (7_761, 5_382))
    assert lines == [
        "code 0, rate type any, plan p version 1",
        "increments 1/1 kB, billed 13 kB",
        "7,761 + 5,382 octets = 13 kB at 0.01 per MB, any = 0.0001269531…",
        "rounding: -0.0000000031…",
        "charge 0.00012695 USD",
    ]
    assert explain(charged(data(), 13_143))[2].startswith("13,143 octets = 13 kB at")
    assert explain(charged(data(first_price="0.02"), 13_143))[2:4] == [
        "13,143 octets: billed 13 kB",
        "1 kB at 0.02 per MB, any = 0.0000195312…",
    ]
    assert explain(charged(events("0.05"), 2))[1:3] == [
        "increments 1/1 events, billed 2 events",
        "2 events at 0.05 per event, any = 0.10",
    ]


@pytest.mark.parametrize(
    ("unit", "service", "volume", "expected"),
    [
        (Unit.MEGABYTE, Service.DATA, 5, 5),
        (Unit.MEGABYTE, Service.DATA, None, None),
        (Unit.MEGABYTE, Service.VOICE, 5, None),
        (Unit.EVENT, Service.MESSAGE, 5, 5),
        (Unit.EVENT, Service.DATA, 5, 1),
        (Unit.EVENT, Service.VOICE, None, 1),
    ],
)
def test_messages_are_counted_and_a_call_or_session_is_one_event(
    unit: Unit, service: Service, volume: int | None, expected: int | None
) -> None:
    assert measured(unit, service, volume) == expected
