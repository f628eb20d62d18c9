"""Exchange rates."""

from domain.fx import FxTable, to_base
from domain.money import units_of
from domain.points import OPEN_MS
from tests.domain.worlds import EUR, USD, directory, fx


def test_the_rate_in_force_is_the_last_that_began() -> None:
    table = FxTable(USD, [fx("EUR", "1.12", 2000), fx("EUR", "1.10", 1000), fx("GBP", "1.30", 1500)])
    assert table.rate_at(EUR, 999) is None
    assert table.rate_at(EUR, 1000) == table.rate_at(EUR, 1999) == units_of("1.10")
    assert table.rate_at(EUR, 2000) == units_of("1.12")


def test_the_base_currency_is_worth_itself() -> None:
    assert FxTable(USD, []).rate_at(USD, 0) == units_of(1)


def test_the_table_agrees_with_the_directory() -> None:
    rates = [fx("EUR", "1.10", 1000), fx("EUR", "1.12", 2000)]
    book, table = directory([], [], rates=rates), FxTable(USD, rates)
    assert [table.rate_at(EUR, at) for at in range(900, 2100, 50)] == [
        book.fx_at(EUR, at) for at in range(900, 2100, 50)
    ]


def test_rates_stay_as_they_are_until_exactly_one_of_them_changes() -> None:
    table = FxTable(USD, [fx("EUR", "1.10", 1000), fx("GBP", "1.30", 1500)])
    assert [table.same_rates(at) for at in (0, 999, 1000, 1499, 1500, 9000)] == [
        (-OPEN_MS, 1000),
        (-OPEN_MS, 1000),
        (1000, 1500),
        (1000, 1500),
        (1500, OPEN_MS),
        (1500, OPEN_MS),
    ]


def test_a_conversion_rounds_once_half_away_from_zero() -> None:
    assert to_base(units_of("7440"), units_of("1.10")) == units_of("8184")
    assert (to_base(1, 50_000_000), to_base(-1, 50_000_000)) == (1, -1)
