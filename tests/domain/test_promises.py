"""What is promised and held for the money there is, whatever the unit of sale."""

from typing import Any

import pytest

from domain.commands import PlaceHold
from domain.holds import HoldMode, HoldTimes
from domain.money import units_of
from domain.promises import Promise, promise
from domain.rates import Unit
from tests.domain.builders import terms
from tests.domain.call_builders import ask

MB_KB = 1024


def asked(unit: Unit, price: str, increments: str = "1/1", **fields: Any) -> PlaceHold:
    return ask(unit=unit, terms=terms(price, increments), max_kb=100 * MB_KB, **fields)


def promised(command: PlaceHold, available: str) -> Promise | None:
    return promise(command, units_of(available), HoldTimes())


def test_a_quota_is_as_large_as_the_money_and_held_whole() -> None:
    assert promised(asked(Unit.MEGABYTE, "0.10"), "2.00") == Promise(3600, units_of("2.00"), 20 * MB_KB)


def test_a_quota_has_a_bound_of_its_own() -> None:
    assert promised(asked(Unit.MEGABYTE, "0.01"), "1000") == Promise(3600, units_of("1.00"), 100 * MB_KB)


@pytest.mark.parametrize("mode", HoldMode)
def test_no_part_of_a_quota_is_left_unheld(mode: HoldMode) -> None:
    assert promised(asked(Unit.MEGABYTE, "0.10", mode=mode), "2.00") == Promise(3600, units_of("2.00"), 20 * MB_KB)


def test_an_event_is_held_at_its_price() -> None:
    assert promised(asked(Unit.EVENT, "0.05"), "10") == Promise(3600, units_of("0.05"))


@pytest.mark.parametrize(("unit", "available"), [(Unit.MEGABYTE, "0.0009"), (Unit.EVENT, "0.04"), (Unit.SECOND, "0")])
def test_without_money_for_the_first_interval_nothing_is_promised(unit: Unit, available: str) -> None:
    price = {Unit.MEGABYTE: "1.024", Unit.EVENT: "0.05", Unit.SECOND: "0.01"}[unit]
    assert promised(asked(unit, price), available) is None


def test_time_is_held_whole_or_by_the_piece() -> None:
    assert promised(asked(Unit.SECOND, "0.06"), "100") == Promise(3600, units_of("3.60"))
    assert promised(asked(Unit.SECOND, "0.06", mode=HoldMode.PIECES), "100") == Promise(3600, units_of("0.60"))
