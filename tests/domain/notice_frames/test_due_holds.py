"""What is due holds for as long as it says."""

from datetime import timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from domain.days import local_day, midnight_ms
from domain.notice_frames.marks import Due, codes_of, due, marked
from domain.sheets.terms import NoticeDays
from tests.domain.notice_frames.plans import AT, book, plans_and_told, telling


def _due(both: tuple[pl.DataFrame, pl.DataFrame | None], counted: NoticeDays, zone: str, at_ms: int) -> Due:
    by = telling(counted=counted, zone=zone, at_ms=at_ms)
    return due(marked(*both, by, book(*codes_of(*both))), by)


@given(
    plans_and_told(),
    st.sampled_from(NoticeDays),
    st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata"]),
    st.floats(0, 1),
)
def test_what_is_due_holds_until_something_begins_or_turns_late_or_the_day_ends(
    both: tuple[pl.DataFrame, pl.DataFrame | None], counted: NoticeDays, zone: str, share: float
) -> None:
    before = _due(both, counted, zone, AT)
    tomorrow_ms = midnight_ms(local_day(AT, zone) + timedelta(days=1), zone)
    last_ms = min(tomorrow_ms - 1, tomorrow_ms if before.until_ms is None else before.until_ms)
    assert last_ms >= AT
    for at_ms in (AT + int((last_ms - AT) * share), last_ms):
        now = _due(both, counted, zone, at_ms)
        assert (now.first_ms, now.late, now.at_once) == (before.first_ms, before.late, before.at_once)
        assert now.tell_by_ms == (at_ms if before.at_once else before.tell_by_ms)
