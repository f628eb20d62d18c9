"""Reports of days that a book no longer remembers wait in the parked queue until they were looked up; then they count
once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from actors.shard import Shard
from domain.calls import Parked, Side
from domain.causes import ParkCause
from domain.commands import Done, Park, Recorded, RecordLeg, Unpark
from domain.grants import cost_of
from domain.ids import CallKey, LegId
from store import book_rows, book_schema
from store.book_bulk import forget_seen
from tests.actors.builders import assert_true, disk, money, one, open_shard, outcomes, restarted
from tests.domain.builders import NOON
from tests.domain.call_builders import TERMS, interim, start, stop
from tests.store.books import draft

DAY_MS = 86_400_000
MINUTE = cost_of(TERMS, 60)


@pytest.fixture
def shard(book_url: str, tmp_path: Path) -> Iterator[Shard]:
    shard = with_a_sealed_day(open_shard(book_url, tmp_path))
    yield shard
    assert_true(shard)
    shard.book.close()


def with_a_sealed_day(shard: Shard) -> Shard:
    """Of the day of all these calls there is a segment already, of one that nobody answered."""
    outcomes(shard, stop("of the day", seconds=0, connect_ms=None, cause=19))
    shard.seal([draft(shard.book, "s0")], NOON)
    return shard


def after(days: int, command: RecordLeg) -> RecordLeg:
    """The same report, come so many days later."""
    return replace(command, received_ms=command.received_ms + days * DAY_MS)


def parked(shard: Shard) -> list[Parked]:
    columns = ", ".join(book_schema.PARKED_COLUMNS)
    return [book_rows.parked_of(row) for row in shard.book.driver.query(f"SELECT {columns} FROM parked ORDER BY 7, 1")]


def looked_up(shard: Shard, command: RecordLeg) -> RecordLeg:
    """The only parked record as it comes back from the segments, in which its leg is not."""
    (record,) = parked(shard)
    return replace(command, checked=True, unpark=record.park_id)


def sealed_and_forgotten(shard: Shard, *commands: RecordLeg) -> None:
    outcomes(shard, *commands)
    shard.seal([draft(shard.book)], NOON)
    while shard.forget(NOON // DAY_MS + 1):
        pass


@pytest.mark.parametrize("command", [stop(), start(), interim(), stop(side=Side.VENDOR)])
def test_a_report_of_an_unknown_leg_is_late_more_than_three_days_after_it(shard: Shard, command: RecordLeg) -> None:
    assert outcomes(shard, after(4, command), after(4, command)) == ["parked", "parked"]
    (record,) = parked(shard)
    assert (record.cause, record.leg_id, record.raw) == (ParkCause.LATE, command.leg.leg_id, command.raw)
    assert outcomes(shard, after(3, command))[0] in ("new", "opened")


@pytest.mark.parametrize("days", [4, 400, 7_000])
def test_a_report_of_a_day_of_which_nothing_is_sealed_is_charged_at_once_however_old(
    book_url: str, tmp_path: Path, days: int
) -> None:
    shard = open_shard(book_url, tmp_path)
    assert outcomes(shard, after(days, stop()), after(days, stop())) == ["new", "duplicate"]
    shard.seal([draft(shard.book)], NOON, seen_from_day=NOON // DAY_MS + 1)
    assert outcomes(shard, after(days, stop())) == ["parked"]
    shard = restarted(shard, book_url, tmp_path)
    assert outcomes(shard, after(days, stop("c2"))) == ["parked"]
    assert_true(shard)
    shard.book.close()


def test_a_start_and_an_end_that_are_late_are_two_records(shard: Shard) -> None:
    unanswered = stop(seconds=0, connect_ms=None, cause=0)
    begun = start(connect_ms=None, cause=0)
    assert unanswered.fingerprint == begun.fingerprint
    outcomes(shard, after(4, begun), after(4, unanswered))
    assert [record.cause for record in parked(shard)] == [ParkCause.LATE] * 2


def test_a_late_end_of_a_call_that_is_open_is_no_late_report(shard: Shard) -> None:
    assert outcomes(shard, start(), after(9, stop())) == ["opened", "closed"]


def test_a_late_report_is_charged_once_when_it_was_looked_up(shard: Shard) -> None:
    outcomes(shard, after(4, stop()))
    command = looked_up(shard, after(4, stop()))
    assert shard.turn([command, command])[0] == [Recorded("new", MINUTE, "USD"), Recorded("duplicate", MINUTE, "USD")]
    assert (parked(shard), money(shard)[0]) == ([], MINUTE)


def test_a_look_up_that_is_told_again_after_its_leg_is_forgotten_charges_nothing(shard: Shard) -> None:
    outcomes(shard, after(4, stop()))
    command = looked_up(shard, after(4, stop()))
    sealed_and_forgotten(shard, command)
    before = disk(shard)
    assert outcomes(shard, command) == ["duplicate"]
    assert (disk(shard), parked(shard)) == (before, [])


def test_a_crash_before_the_commit_leaves_the_record_parked_and_one_after_it_charged(
    book_url: str, tmp_path: Path
) -> None:
    shard = with_a_sealed_day(open_shard(book_url, tmp_path))
    outcomes(shard, after(4, stop()))
    command = looked_up(shard, after(4, stop()))
    shard._commit = lambda turn: None  # type: ignore[method-assign]  # the process ends before it writes
    shard.turn([command])
    shard = restarted(shard, book_url, tmp_path)
    assert (len(parked(shard)), shard.partners) == (1, {})
    shard.turn([command])
    shard = restarted(shard, book_url, tmp_path)
    shard.turn([command])
    assert (parked(shard), money(shard)[0]) == ([], MINUTE)
    assert_true(shard)
    shard.book.close()


def test_a_record_that_differs_from_the_book_stays_parked_as_that(shard: Shard) -> None:
    outcomes(shard, after(4, stop()))
    command = looked_up(shard, after(4, stop()))
    outcomes(shard, stop(seconds=90))
    assert outcomes(shard, command) == ["parked"]
    assert [record.cause for record in parked(shard)] == [ParkCause.DIFFERS]
    assert money(shard)[0] == cost_of(TERMS, 90)


def test_a_record_is_let_go_or_replaced_once(shard: Shard) -> None:
    first = Parked(b"1", CallKey(b"k"), LegId(b"l"), ParkCause.LATE, "", b"{}", NOON)
    again = replace(first, cause=ParkCause.NO_RATE, detail="plan p has no rates")
    other = replace(first, park_id=b"2", cause=ParkCause.DIFFERS)
    one(shard, Park(first))
    one(shard, Park(again, unpark=b"1"))
    assert parked(shard) == [again]
    shard.turn([Park(other, unpark=b"1"), Park(other, unpark=b"1")])
    assert parked(shard) == [other]
    assert shard.turn([Unpark(CallKey(b"k"), b"2"), Unpark(CallKey(b"k"), b"2")])[0] == [Done(1), Done(0)]
    one(shard, Park(first, unpark=b"2"))
    assert parked(shard) == []


def test_ids_of_sealed_legs_are_forgotten_a_few_at_a_time_and_reports_of_them_are_late_whatever_the_clock_says(
    book_url: str, tmp_path: Path
) -> None:
    shard = open_shard(book_url, tmp_path)
    outcomes(shard, stop("c1"), stop("c2"), stop("c3"))
    shard.seal([draft(shard.book)], NOON)
    today = NOON // DAY_MS
    assert shard.forget(today) == 0
    assert outcomes(shard, stop("c4")) == ["new"]  # nothing was forgotten, so it cannot be one of those
    assert [forget_seen(shard.book, today + 1, most=2) for _ in range(3)] == [2, 1, 0]
    shard = restarted(shard, book_url, tmp_path)
    assert outcomes(shard, stop("c1"), stop("c4")) == ["parked", "duplicate"]
    assert shard.forget(today - 1) == 0
    assert outcomes(shard, stop("c2")) == ["parked"]
    assert_true(shard)
    shard.book.close()


def test_a_day_that_is_late_when_it_is_sealed_leaves_no_ids_and_its_reports_wait(shard: Shard) -> None:
    today = NOON // DAY_MS
    outcomes(shard, stop("old"))
    shard.seal([draft(shard.book)], NOON, seen_from_day=today + 1)
    assert shard.book.driver.query("SELECT count(*) FROM seen") == [(1,)]  # that of the fixture
    assert outcomes(shard, stop("old")) == ["parked"]
    assert [record.cause for record in parked(shard)] == [ParkCause.LATE]


def test_that_ids_were_left_out_is_remembered_through_a_restart(book_url: str, tmp_path: Path) -> None:
    before = open_shard(book_url, tmp_path)
    outcomes(before, stop("old"))
    before.seal([draft(before.book)], NOON, seen_from_day=NOON // DAY_MS + 1)
    after_it = restarted(before, book_url, tmp_path)
    assert outcomes(after_it, stop("old")) == ["parked"]
    assert_true(after_it)
    after_it.book.close()


def test_days_that_are_not_late_keep_their_ids(shard: Shard) -> None:
    outcomes(shard, stop("new"))
    shard.seal([draft(shard.book)], NOON, seen_from_day=NOON // DAY_MS)
    assert outcomes(shard, stop("new")) == ["duplicate"]
