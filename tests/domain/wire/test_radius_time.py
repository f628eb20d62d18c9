from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import WireError
from domain.wire.radius_time import WireTime, format_time, parse_any_time, parse_time


def utc_ms(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 1000  # type: ignore[arg-type,misc]  # year to second


MOMENT = utc_ms(2002, 12, 11, 16, 46, 2)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("16:46:02.356 UTC Wed Dec 11 2002", "Asia/Tokyo", WireTime(MOMENT + 356, False)),
        ("*16:46:02.356 UTC Wed Dec 11 2002", "UTC", WireTime(MOMENT + 356, True)),
        (".16:46:02 GMT Wed Dec 11 2002", "UTC", WireTime(MOMENT, True)),
        ("16:46:02.5 Wed Dec 11 2002", "UTC", WireTime(MOMENT + 500, False)),
        ("16:46:02 Dec 11 2002", "UTC", WireTime(MOMENT, False)),
        ("16:46:02 UTC Dec 11 2002", "Asia/Tokyo", WireTime(MOMENT, False)),
        ("20:46:02.000 GMT+4 Wed Dec 11 2002", "UTC", WireTime(MOMENT, False)),
        ("13:16:02.000 UTC-03:30 Wed Dec 11 2002", "UTC", WireTime(MOMENT, False)),
        ("18:46:02.000 EET Wed Dec 11 2002", "Europe/Kyiv", WireTime(MOMENT, False)),
        ("11:46:02.000 EST Wed Dec 11 2002", "America/New_York", WireTime(MOMENT, False)),
        ("09:05:00.000 UTC Thu Jan  2 2003", "UTC", WireTime(utc_ms(2003, 1, 2, 9, 5), False)),
        ("02:30:00.000 CET Sun Oct 26 2025", "Europe/Berlin", WireTime(utc_ms(2025, 10, 26, 0, 30), True)),
        ("02:30:00.000 CET Sun Mar 30 2025", "Europe/Berlin", WireTime(utc_ms(2025, 3, 30, 1, 30), True)),
        ("03:30:00.000 CET Sun Oct 26 2025", "Europe/Berlin", WireTime(utc_ms(2025, 10, 26, 2, 30), False)),
    ],
)
def test_a_time_is_read_in_its_zone_or_the_switch_s(text: str, zone: str, expected: WireTime) -> None:
    assert parse_time(text, zone) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "16:46 UTC Wed Dec 11 2002",
        "24:00:00 UTC Wed Dec 11 2002",
        "16:61:02 UTC Wed Dec 11 2002",
        "16:46:02 UTC Wed Dez 11 2002",
        "16:46:02 UTC Wed Feb 30 2002",
        "00:00:00 UTC Sat Jan 1 0000",
    ],
)
def test_what_is_no_time_says_so(text: str) -> None:
    with pytest.raises(WireError, match="bad-time"):
        parse_time(text, "UTC")


@given(st.integers(0, 4_000_000_000_000), st.sampled_from(["UTC", "Africa/Nairobi", "Asia/Kolkata", "Europe/Kyiv"]))
@settings(max_examples=200)
def test_a_written_time_reads_back(ms: int, zone: str) -> None:
    read = parse_time(format_time(ms, zone), zone)
    assert read.ms == ms or (read.doubtful and abs(read.ms - ms) == 3_600_000)


@given(
    st.text(max_size=50) | st.from_regex(r"[*.]?\d\d:\d\d:\d\d [A-Z]{3} [A-Z][a-z]{2} \d{1,2} \d{4}", fullmatch=True)
)
@settings(max_examples=200)
def test_no_text_raises_anything_but_a_wire_error(text: str) -> None:
    def read() -> int | None:
        try:
            return parse_time(text, "Europe/Kyiv").ms
        except WireError:
            return None

    assert read() is None or isinstance(read(), int)


@pytest.mark.parametrize(
    ("text", "zone", "ms"),
    [
        ("1761998400", "UTC", 1_761_998_400_000),
        ("1761998400123", "UTC", 1_761_998_400_123),
        ("1761998400123456", "UTC", 1_761_998_400_123),
        ("20251101120000", "UTC", 1_761_998_400_000),
        ("20251101150000", "Africa/Nairobi", 1_761_998_400_000),
        ("2025-11-01 12:00:00", "UTC", 1_761_998_400_000),
        ("2025-11-01T12:00:00.250Z", "UTC", 1_761_998_400_250),
        ("2025-11-01 15:00:00", "Africa/Nairobi", 1_761_998_400_000),
        ("2025-11-01 14:00:00 +0200", "Africa/Nairobi", 1_761_998_400_000),
        ("2025-11-01T05:30:00.000001-06:30", "UTC", 1_761_998_400_000),
        ("12:00:00.000 UTC Sat Nov 01 2025", "Africa/Nairobi", 1_761_998_400_000),
    ],
)
def test_a_time_is_read_in_whatever_form_it_has(text: str, zone: str, ms: int) -> None:
    assert parse_any_time(text, zone).ms == ms


def test_a_local_hour_that_comes_twice_is_doubtful_in_iso_too() -> None:
    assert parse_any_time("2025-10-26 02:30:00", "Europe/Berlin").doubtful
    assert not parse_any_time("2025-10-26 02:30:00 +0100", "Europe/Berlin").doubtful


@given(
    st.text(max_size=30)
    | st.from_regex(r"\d{1,20}", fullmatch=True)
    | st.from_regex(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d.*")
)
def test_no_time_raises_anything_but_a_wire_error(text: str) -> None:
    with suppress(WireError):
        assert isinstance(parse_any_time(text, "Europe/Berlin").ms, int)
