"""The Clock on disk."""

from pathlib import Path

import pytest

from domain.clock import Clock
from domain.errors import BrokenWorldError
from domain.settings import ClockSettings
from store.clock_file import NAME, open_clock, read_clock, write_clock


def test_a_new_data_folder_takes_its_clock_from_the_settings_and_keeps_it(tmp_path: Path) -> None:
    first = open_clock(tmp_path, ClockSettings(origin="2026-11-02T09:00:00Z", speed=20), machine_ms=1_000)
    assert first == Clock(1_793_610_000_000, 1_000, 20.0)
    assert open_clock(tmp_path, ClockSettings(origin="2030-01-01T00:00:00Z"), machine_ms=9_000) == first


def test_without_an_origin_business_time_is_machine_time(tmp_path: Path) -> None:
    assert open_clock(tmp_path, ClockSettings(), machine_ms=123).business_ms(456) == 456


def test_what_is_written_is_read_and_nothing_else_is_left(tmp_path: Path) -> None:
    assert read_clock(tmp_path) is None
    for clock in (Clock(1, 2, 0.0), Clock(3, 4, 1.5)):
        write_clock(tmp_path, clock)
        assert read_clock(tmp_path) == clock
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"origin_business_ms": "x"}', '"text"'])
def test_a_damaged_clock_stops_the_start(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(BrokenWorldError, match="damaged"):
        read_clock(tmp_path)
