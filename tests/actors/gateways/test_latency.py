from hypothesis import given
from hypothesis import strategies as st

from actors.gateways.latency import SPAN_S, Latency


@given(st.lists(st.floats(0.0001, 30), min_size=1, max_size=200))
def test_percentiles_are_those_of_the_times_to_a_quarter(times_s: list[float]) -> None:
    its = Latency()
    for took_s in times_s:
        its.add(took_s, 100.0)
    ordered = sorted(times_s)
    for told_ms, share in zip(its.percentiles(100.0), (0.5, 0.99), strict=True):
        true_ms = 1000 * ordered[max(0, -int(-len(ordered) * share // 1) - 1)]
        assert true_ms * 0.99 <= told_ms <= true_ms * 1.26


def test_answers_of_more_than_a_minute_ago_are_forgotten() -> None:
    its = Latency()
    its.add(1.0, 100.0)
    its.add(0.001, 100.0 + SPAN_S)
    assert its.percentiles(100.0 + SPAN_S)[1] >= 1000
    assert its.percentiles(100.0 + 2 * SPAN_S)[1] < 2
    assert its.percentiles(100.0 + 9 * SPAN_S) == (0.0, 0.0)
    its.add(0.002, 100.0 + 9 * SPAN_S)
    assert 2 <= its.percentiles(100.0 + 9 * SPAN_S)[0] <= 2.5


def test_without_answers_there_is_nothing_to_tell() -> None:
    assert Latency().percentiles(5.0) == (0.0, 0.0)
