"""How figures are written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.money import units_of
from protos import switch_pb2
from tui import formats
from tui.widgets.caption import last_words
from tui.widgets.cells import Column, fitted, headed
from tui.widgets.trace import area, resampled, round_top
from tui.windows import MONTHS

NOVEMBER_2_MS = 1_793_612_467_000


@pytest.mark.parametrize(
    ("text", "currency", "written"),
    [
        ("1234.565", "USD", "1,234.57"),
        ("-0.005", "USD", "-0.01"),
        ("1234.5", "JPY", "1,235"),
        ("1.2345", "KWD", "1.235"),
        ("0", "USD", "0.00"),
    ],
)
def test_an_amount_is_written_to_the_minor_unit_of_its_currency(text: str, currency: str, written: str) -> None:
    assert formats.amount(switch_pb2.Money(units=units_of(text), currency=currency)) == written


def test_an_amount_that_is_not_there_is_no_zero() -> None:
    assert formats.amount(switch_pb2.Money()) == "–"
    assert formats.ratio(0, 0) == "–"


@given(units=st.integers(min_value=-(10**17), max_value=10**17))
@settings(max_examples=100)
def test_an_exact_amount_reads_back_to_the_same_units(units: int) -> None:
    written = formats.exact_amount(switch_pb2.Money(units=units, currency="USD"))
    assert units_of(written.replace(",", "")) == units


@pytest.mark.parametrize(
    ("age_s", "written"),
    [(0.0, "now"), (0.44, "0.4 s"), (12.9, "12 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 d")],
)
def test_an_age_is_short(age_s: float, written: str) -> None:
    assert formats.age(age_s) == written


def test_durations_ratios_and_prices_are_written_as_the_trade_does() -> None:
    assert formats.span(150_000) == "2:30"
    assert formats.span(3_725_000) == "1:02:05"
    assert formats.ratio(136_400, 300_000) == "45.5 %"
    assert formats.ratio(-1, 8) == "-12.5 %"
    assert formats.price(units_of("0.024768")) == "0.024768"
    assert formats.price(units_of("0.12")) == "0.1200"
    assert formats.limit(units_of("30000")) == "30,000"


@given(part=st.integers(-10, 2_000), whole=st.integers(-10, 1_000), width=st.integers(1, 40))
@settings(max_examples=100)
def test_a_bar_has_always_its_width(part: int, whole: int, width: int) -> None:
    assert len(formats.bar(part, whole, width, "·")) == width


@given(values=st.lists(st.floats(0, 1e6), max_size=300), width=st.integers(1, 90), height=st.integers(1, 12))
@settings(max_examples=60)
def test_a_trace_fills_its_room_and_no_more(values: list[float], width: int, height: int) -> None:
    lines = area(values, round_top(max(values, default=0)), width, height)
    assert [len(line) for line in lines] == [width] * height


def test_a_trace_shows_means_and_its_scale_ends_at_a_round_number() -> None:
    assert resampled([1, 3, 5, 7], 2) == [2, 6]
    assert [round_top(peak) for peak in (0, 1, 7.2, 13, 128, 496)] == [1, 1, 8, 15, 150, 500]


def test_columns_never_ask_for_more_than_the_listing_has() -> None:
    columns = (Column("a", 5), Column("b", 6, flex=1), Column("c", 7, above=60))
    assert fitted(columns, 40) == [(0, 5), (1, 33)]
    assert sum(width + 1 for _, width in fitted(columns, 61)) <= 61


def test_figures_and_states_are_whole_and_what_matters_least_gives_way() -> None:
    columns = (
        Column("file", 20, flex=1),
        Column("plan", 8, drop=1),
        Column("same", 8, drop=2),
        Column("rows", 5, right=True),
        Column("state", 6, whole=True),
    )
    longest = [40, 12, 8, 7, 10]
    assert fitted(columns, 100, longest) == [(0, 62), (1, 8), (2, 8), (3, 7), (4, 10)]
    assert fitted(columns, 48, longest) == [(0, 20), (1, 8), (3, 7), (4, 10)]
    assert fitted(columns, 48, longest, same={1}) == [(0, 20), (2, 8), (3, 7), (4, 10)]
    assert fitted(columns, 30, longest) == [(0, 11), (3, 7), (4, 10)]
    assert fitted(columns, 57, [2, 12, 4, 7, 10])[1:] == [(1, 8), (2, 8), (3, 7), (4, 10)], "nothing is empty and wide"


def test_who_has_more_room_than_its_text_takes_gives_of_it() -> None:
    columns = (Column("partner", 8, flex=1), Column("words", 8, flex=1))
    assert fitted(columns, 42, [7, 24]) == [(0, 16), (1, 24)]


def test_a_heading_that_has_too_little_room_has_a_short_form() -> None:
    assert [headed("destination", room) for room in (11, 10, 5)] == ["destination", "dest.", "dest."]
    assert headed("attempts", 4) == "attempts"


def test_how_old_a_list_is_stays_whole() -> None:
    words = "/254 · 1–100 of 412 · just now"
    assert [last_words(words, room) for room in (30, 15, 12, 8, 6, 3, 2)] == [
        words, "412 · just now", "just now", "just now", "now", "now", ""
    ]  # fmt: skip
    assert [last_words("11 · 2.4 s old", room) for room in (14, 9, 6, 4)] == [
        "11 · 2.4 s old",
        "2.4 s old",
        "2.4 s",
        "",
    ]


def test_last_month_ends_where_this_month_begins() -> None:
    this_month, last_month = MONTHS[0].bounds(NOVEMBER_2_MS), MONTHS[1].bounds(NOVEMBER_2_MS)
    assert this_month[0] == last_month[1]
    assert formats.day(last_month[0]) == "2026-10-01"
    assert formats.day(this_month[0]) == "2026-11-01"
