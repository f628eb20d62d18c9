"""What is promised and held for the money there is, whatever the unit of sale."""

from typing import Any

import pytest

from domain.commands import PlaceHold
from domain.holds import HoldMode, HoldTimes
from domain.money import units_of
from domain.promises import Promise, lacking, promise
from domain.rates import Unit
from tests.domain.builders import terms
from tests.domain.call_builders import ask, client

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


def test_what_is_lacking_is_said_in_figures() -> None:
    owed, available = units_of("12"), units_of("-2.60")
    assert lacking(asked(Unit.SECOND, "0.42", "60/1"), client(limit="10"), owed, available) == (
        "no money: balance -12.00 USD, credit limit 10.00, held for open calls 0.60: -2.60 is left, "
        "and the first 60 s of this call needs 0.42"
    )
    prepaid = client(limit="10", prepaid=True)
    said = lacking(asked(Unit.MEGABYTE, "1.024", "100/1"), prepaid, units_of("-0.05"), units_of("0.05"))
    assert said.startswith("no money: balance 0.05 USD, credit limit 0.00, held for open calls 0.00: 0.05 is left")
    assert said.endswith("the first 100 kB of this call needs 0.10")
    assert "first event of this call needs 0.05" in lacking(asked(Unit.EVENT, "0.05"), prepaid, 0, 0)
