"""What a benchmark says: the JSON object, percentiles, floors, and what processes cost."""

import json
import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.bench.processes import cpu_s, memory
from cluster.bench.report import Floor, Report, percentile


def report(figure: float, *floors: Floor) -> Report:
    return Report("route", {"calls": 10}, {"lookup_us_p99": figure}, floors or (Floor("lookup_us_p99", at_most=1000),))


def test_a_report_is_one_json_object_with_machine_workload_figures_and_floor() -> None:
    said = json.loads(report(12.5).as_json())
    assert list(said) == ["bench", "machine", "workload", "figures", "floor", "meets_floor"]
    assert set(said["machine"]) == {"cpus", "model", "python", "platform", "memory_gb"}
    assert said["machine"]["cpus"] >= 1 and said["machine"]["memory_gb"] > 0
    assert said["workload"]["calls"] == 10 and said["workload"]["load_average_1m"] >= 0
    assert said["figures"] == {"lookup_us_p99": 12.5}
    assert said["floor"] == {"lookup_us_p99": {"at_most": 1000}} and said["meets_floor"] is True


@pytest.mark.parametrize(
    ("figure", "floor", "met"),
    [
        (1000, Floor("lookup_us_p99", at_most=1000), True),
        (1001, Floor("lookup_us_p99", at_most=1000), False),
        (2000, Floor("lookup_us_p99", at_least=2000), True),
        (1999, Floor("lookup_us_p99", at_least=2000), False),
    ],
)
def test_a_floor_is_met_at_its_very_value_and_missed_beyond_it(figure: float, floor: Floor, met: bool) -> None:
    assert report(figure, floor).meets_floor is met


def test_one_missed_floor_is_enough() -> None:
    floors = (Floor("lookup_us_p99", at_most=1000), Floor("lookup_us_p99", at_least=900))
    assert not report(5, *floors).meets_floor


@pytest.mark.parametrize(("share", "expected"), [(50, 50), (99, 99), (99.9, 100), (100, 100), (1, 1), (0.1, 1)])
def test_percentiles_of_one_to_a_hundred_are_their_nearest_ranks(share: float, expected: float) -> None:
    assert percentile(list(range(100, 0, -1)), share) == expected


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.integers(1, 100))
def test_a_percentile_is_the_smallest_sample_that_covers_its_share(samples: list[float], share: int) -> None:
    found = percentile(samples, share)
    assert 100 * sum(sample <= found for sample in samples) >= share * len(samples)
    assert 100 * sum(sample < found for sample in samples) < share * len(samples)


@pytest.mark.parametrize(("samples", "share"), [([], 50), ([1.0], 0), ([1.0], 101)])
def test_a_percentile_of_nothing_is_refused(samples: list[float], share: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(samples, share)


def test_processor_time_and_memory_are_those_of_the_process() -> None:
    before = cpu_s(os.getpid())
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    assert 0.03 <= cpu_s(os.getpid()) - before < 5
    used = memory(os.getpid())
    assert 0 < used.own_mb < used.rss_mb


def test_a_process_that_is_gone_costs_nothing_and_is_refused() -> None:
    with pytest.raises(OSError, match="No such file"):
        cpu_s(2**22 + 1)
