"""Charges over histograms by groups equal those call by call."""

from hypothesis import given
from hypothesis import strategies as st

from domain.durations import Histogram
from domain.grants import real_cost_per_minute
from domain.rates import SecondsRounding, Terms
from domain.real_costs import RealCosts
from tests.domain.builders import any_terms, terms
from tests.domain.worlds import DEMO

bins = st.dictionaries(st.integers(0, 14_400), st.integers(1, 1000), min_size=1, max_size=30)


@given(any_terms, st.sampled_from(SecondsRounding), bins)
def test_groups_charge_exactly_what_single_calls_do(
    drawn: Terms, rounding: SecondsRounding, durations: dict[int, int]
) -> None:
    histogram, costs = Histogram(durations), RealCosts()
    expected = real_cost_per_minute(drawn, rounding, durations)[0]
    assert costs.over(histogram, drawn, rounding) == expected
    assert costs.over(histogram, drawn, rounding) == expected


def test_another_histogram_has_its_own_costs_and_a_full_memory_only_forgets() -> None:
    costs = RealCosts(limit=1)
    asked = [(DEMO, "30/6"), (Histogram({60: 10}), "30/6"), (DEMO, "60/60"), (DEMO, "30/6")]
    got = [costs.over(histogram, terms("0.60", increments), SecondsRounding.CEIL) for histogram, increments in asked]
    assert [units // 100_000_000 for units in got] == [154, 6, 186, 154]


def test_costs_over_histograms_that_are_gone_take_no_room() -> None:
    costs, gone = RealCosts(limit=2), Histogram({60: 10})
    its_terms = terms("0.60", "30/6")
    for _ in range(5):
        assert costs.over(gone, its_terms, SecondsRounding.CEIL) == costs.over(gone, its_terms, SecondsRounding.CEIL)
        costs.over(DEMO, its_terms, SecondsRounding.CEIL)
        assert costs._known.keys() == {gone, DEMO}
        costs.forget_all_but({DEMO})
        assert costs._known.keys() == {DEMO}
