"""Time profiles of plans as text and back."""

import pytest

from actors.desk.plan_windows import read_profile, read_window, read_windows, window_text
from domain.errors import InputError
from domain.profiles import windows_of

WEEK = range(7)


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("peak mon-fri 08:00-18:00", windows_of("peak", range(5), 480, 1080)),
        ("off sat 00:00-24:00", windows_of("off", [5], 0, 1440)),
        ("off fri-mon 10:00-11:00", windows_of("off", [4, 5, 6, 0], 600, 660)),
        ("night 22:00-06:00", windows_of("night", WEEK, 1320, 360)),
        ("x mon,wed-fri 10:00-11:00", windows_of("x", [0, 2, 3, 4], 600, 660)),
        ("holiday 00:00-24:00 holidays", windows_of("holiday", WEEK, 0, 1440, on_holidays=True)),
        ("holiday holidays 00:00-24:00", windows_of("holiday", WEEK, 0, 1440, on_holidays=True)),
    ],
)
def test_windows_are_read_as_they_are_written(text: str, windows: tuple[object, ...]) -> None:
    assert read_window(text) == windows
    assert read_windows("; ".join(map(window_text, read_window(text)))) == windows


@pytest.mark.parametrize(
    "text", ["peak", "peak mon-xyz 08:00-18:00", "peak abc 08:00-18:00", "peak mon 8-18", "08:00-18:00"]
)
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="window"):
        read_windows(text)


@pytest.mark.parametrize(
    "text", ["mon-fri 08:00-18:00", "Sat,sun 00:00-24:00", "fri 08:00-18:00 holidays", "holidays 00:00-24:00",
             "peak sat 00:00-24:00; mon-fri 08:00-18:00"]
)  # fmt: skip
def test_days_are_no_rate_type(text: str) -> None:
    with pytest.raises(InputError, match="has no rate type") as refused:
        read_windows(text)
    assert "like: peak " in refused.value.mend


def test_only_windows_and_holidays_can_be_set() -> None:
    with pytest.raises(InputError, match="no field 'zone'"):
        read_profile({"zone": "UTC"}, "plan p")
    with pytest.raises(InputError, match="holidays"):
        read_profile({"holidays": "Christmas"}, "plan p")
    assert read_profile({"holidays": ""}, "plan p") == (None, frozenset())
