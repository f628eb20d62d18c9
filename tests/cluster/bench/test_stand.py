"""The benchmarks' own switchboard: its settings are valid, its numbers are sold and bought with a margin."""

import tomllib

import pytest

from cluster.bench.stand import AT_MS, BUY_PRICE, SELL_PRICE, VENDORS, free_ports, furniture, numbers, settings_text
from domain.calls import Side
from domain.money import units_of
from domain.settings import Settings


def test_its_settings_name_free_ports_and_stop_neither_clock_nor_seal_books() -> None:
    settings = Settings.model_validate(tomllib.loads(settings_text(free_ports(6))))
    assert settings.clock.origin_ms() == AT_MS and settings.clock.speed == 1
    assert settings.store.seal_every_s == 86_400
    assert len(set(settings.node[0].sockets())) == 7


@pytest.mark.parametrize("number", numbers(400)[::37])
def test_every_number_is_sold_and_bought_from_each_vendor_at_a_margin(number: str) -> None:
    plans = furniture().plans
    for plan in plans:
        found = max(
            (price for price in plan.prices if number.startswith(price.code)), key=lambda price: len(price.code)
        )
        least = units_of(SELL_PRICE) if plan.side is Side.CLIENT else units_of(BUY_PRICE)
        assert least <= units_of(found.price) <= units_of(SELL_PRICE)
    assert len(plans) == 1 + len(VENDORS)


def test_vendors_differ_in_price_and_numbers_in_length_never() -> None:
    bought = [plan.prices[0].price for plan in furniture().plans if plan.side is Side.VENDOR]
    assert bought == sorted(bought) and len(set(bought)) == len(VENDORS)
    assert {len(number) for number in numbers(1_000)} == {12} and len(set(numbers(1_000))) == 1_000
