"""What a book tells the desk of its partners: once, whoever is killed when."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.notices import Notices
from actors.shard import Shard
from domain.calls import Leg, Side
from domain.commands import Post
from domain.credit import Notice, NoticeKind, OnLimit, PartnerOptions
from domain.directory import Partner
from domain.ids import DestinationId
from domain.ledger import Occasion, charge_transfer
from domain.limits import Limit, LimitId, Period
from domain.money import Money, units_of
from tests.actors.builders import assert_true, one, open_shard, restarted
from tests.domain.builders import NOON
from tests.domain.call_builders import ORBITA, USD, a_leg, client, interim, lost, paid, report, start, stop
from tests.store.books import staged

SUSPENDS = PartnerOptions(on_limit=OnLimit.SUSPEND)
ONE_CALL = "0.0294"
LATER = NOON + 9_000_000


@pytest.fixture
def shard(book_url: str, tmp_path: Path) -> Iterator[Shard]:
    shard = open_shard(book_url, tmp_path, orbita(ONE_CALL))
    yield shard
    assert_true(shard)
    shard.book.close()


def orbita(limit: str, options: PartnerOptions = SUSPENDS) -> Partner:
    return client(limit=limit, options=options)


def told(shard: Shard, after: int = 0) -> list[tuple[int, str, int]]:
    return [(number, its.kind.value, its.percent) for number, its in shard.news(after, 100).notices]


ALL = [(1, "warned", 50), (2, "warned", 80), (3, "warned", 95), (4, "suspended", 0)]


def test_a_charge_and_what_is_told_of_it_are_one_transaction(shard: Shard) -> None:
    shard.turn([start(), stop()])
    assert told(shard) == ALL
    rows = shard.book.driver.query("SELECT number, kind FROM notice ORDER BY number")
    assert rows == [(number, kind) for number, kind, _ in ALL]
    assert shard.book.driver.query("SELECT partner, suspended, warned FROM standing") == [("orbita", 1, 95)]


def test_a_restart_forgets_no_standing_and_no_notice_and_tells_none_again(
    shard: Shard, book_url: str, tmp_path: Path
) -> None:
    shard.turn([start(), stop()])
    again = restarted(shard, book_url, tmp_path)
    again.directory.partners[ORBITA] = orbita(ONE_CALL)
    again.judge(NOON)
    assert told(again) == ALL
    assert again.partners[ORBITA].standing == shard.partners[ORBITA].standing
    shard.book, shard.partners = again.book, again.partners  # for the end of the fixture


def test_what_the_desk_has_is_forgotten_and_its_number_never_given_again(
    shard: Shard, book_url: str, tmp_path: Path
) -> None:
    shard.turn([start(), stop()])
    shard.told(3)
    assert told(shard) == ALL[3:]
    shard.told(4)
    again = restarted(shard, book_url, tmp_path)
    again.directory.partners[ORBITA] = orbita(ONE_CALL)
    one(again, paid("0.01"))
    assert told(again) == [(5, "reinstated", 0)]
    shard.book, shard.partners = again.book, again.partners


def test_a_book_brought_back_from_before_what_the_desk_has_heard_gives_those_numbers_no_more(shard: Shard) -> None:
    assert shard.notices.has_spent(7)
    shard.told(7)
    assert not shard.notices.has_spent(7)
    shard.turn([start(), stop()])
    assert [number for number, _, _ in told(shard, 7)] == [8, 9, 10, 11]


def test_other_terms_are_judged_without_a_call(shard: Shard) -> None:
    shard.turn([start(), stop()])
    shard.directory.partners[ORBITA] = orbita("1000")
    shard.judge(NOON + 5)
    assert told(shard, 4) == [(5, "reinstated", 0)]
    assert shard.partners[ORBITA].standing.since_ms == NOON + 5


def test_the_picture_names_who_is_suspended_and_who_is_near(shard: Shard) -> None:
    shard.turn([start(), stop()])
    assert shard.news(4, 100).suspended == (ORBITA,)
    shard.directory.partners[ORBITA] = orbita("0.03")
    shard.judge(NOON)
    news = shard.news(99, 100)
    assert (news.notices, news.suspended_count, news.near) == ((), 0, (ORBITA,))


METERED = Limit(LimitId("hour"), client=ORBITA, max_minutes=9_999, period=Period.HOUR)


def real_end_of(shard: Shard, leg: Leg, road: str, stage: Path) -> None:
    """Bring the real end of a leg that was closed by us, as a report or in a file."""
    if road == "report":
        one(shard, report(leg, LATER))
    else:
        limits = (METERED,) if road == "metered file" else ()
        shard.directory = replace(shard.directory, limits=limits)
        shard.limits.enter(shard.directory, shard.partners)
        shard.take_block(staged(stage, [leg]), LATER)


@pytest.mark.parametrize("road", ["report", "file", "metered file"])
@pytest.mark.parametrize("longer_s", [60, -60])
@pytest.mark.parametrize(
    ("limit", "ours"), [("0.20", []), ("0.10", [("suspended", 0)])], ids=["below its limit", "above it"]
)
def test_a_real_end_in_the_place_of_ours_is_judged_by_the_difference(
    shard: Shard, tmp_path: Path, limit: str, ours: list[tuple[str, int]], longer_s: int, road: str
) -> None:
    options = PartnerOptions(on_limit=OnLimit.SUSPEND, warn_percent=(99,))
    shard.directory.partners[ORBITA] = orbita(limit, options)
    for command in (start(), interim(seconds=300), lost(seconds=300)):  # 0.147
        one(shard, command)
    known = told(shard)
    assert [(kind, share) for _, kind, share in known if kind == "suspended"] == ours
    # to another destination, so that limits count what is taken back and what is new apart
    real = a_leg(duration_ms=1000 * (300 + longer_s), destination=DestinationId(8))
    real_end_of(shard, real, road, tmp_path / "stage")
    assert told(shard) == known


@pytest.mark.parametrize("signs", [(1, -1), (-1, 1)])
def test_a_correction_of_several_days_is_judged_by_its_sum(shard: Shard, signs: tuple[int, ...]) -> None:
    """A rerating posts the difference of each day."""
    days = [
        charge_transfer(
            Side.CLIENT, ORBITA, Money(sign * units_of("0.05"), USD), 0, Occasion(NOON, NOON, f"day {sign}")
        )
        for sign in signs
    ]
    one(shard, Post(tuple(days)))
    assert told(shard) == []


@given(st.lists(st.integers(0, 3), max_size=30))
def test_however_often_a_notice_is_taken_each_comes_once_and_in_order(steps: list[int]) -> None:
    """A desk that is killed between entering and acknowledging takes again after the number that it has entered."""
    notices, entered, last = Notices({}, 0), list[int](), 0
    made = 0
    for step in steps:
        if step == 0:
            new = notices.numbered([Notice(NoticeKind.WARNED, ORBITA, NOON, made)])
            notices.waiting |= dict(new)
            made += 1
        elif step == 1:
            for number, notice in notices.after(last, 2):
                entered.append(notice.percent)
                last = number
        elif step == 2:
            notices.drop(last)
        else:
            notices = Notices(dict(notices.waiting), max([last, *notices.waiting]))
    entered += [notice.percent for _, notice in notices.after(last, 100)]
    assert entered == list(range(made))
