"""End users in a book: limits hold through parallel calls, crashes and repeats; what was used is what the CDRs say."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.shard import Shard
from actors.shard_users import user_uses
from domain.calls import LegState
from domain.causes import Cause
from domain.commands import Expire, Granted, MovePartner, Refused, ReleaseHold
from domain.end_users import EndUser, EndUserList, EndUserUse
from domain.holds import HoldMode, HoldTimes
from domain.ids import EndUserId, hold_id
from domain.limits import Limit, LimitId, Period
from domain.money import units_of
from domain.placement import Placement
from domain.sweep import EVERY_MS
from store.book import Book
from store.book_rows import hold_of, hold_row
from tests.actors.builders import assert_true, money, one, outcomes
from tests.domain.builders import NOON
from tests.domain.call_builders import ORBITA, USD, a_leg, ask, directory, key_of, lost, report, start, stop
from tests.store.books import staged

ALICE, BOB = EndUserId("alice"), EndUserId("bob")
MINUTE = units_of("0.0294")
USERS = (
    EndUser(ALICE, user_names=("alice",), max_units=10 * MINUTE, max_calls=3, period=Period.EVER),
    EndUser(BOB, callers=("4420",), max_minutes=4, period=Period.DAY),
)
NAMED = Limit(LimitId("alice-day"), client=ORBITA, end_user=ALICE, max_minutes=8, period=Period.DAY)


def begun(folder: Path, *users: EndUser) -> Shard:
    """Open the book and recover, as a new process does."""
    world = replace(directory(), limits=(NAMED,), end_users={ORBITA: EndUserList(users or USERS)})
    shard = Shard(Book.open("", folder, 0), world, HoldTimes(), Placement())
    shard.recover()
    return shard


@pytest.fixture
def shard(tmp_path: Path) -> Iterator[Shard]:
    its = begun(tmp_path)
    yield its
    assert_true(its)
    its.book.close()


def his(shard: Shard, user: EndUserId = ALICE, at_ms: int = NOON) -> EndUserUse:
    return user_uses(shard, ORBITA, [user], at_ms)[user]


def used(shard: Shard, user: EndUserId = ALICE) -> tuple[int, int]:
    return his(shard, user).limits[0].seconds, his(shard, user).limits[0].units


def ended(call: str, user: EndUserId = ALICE, seconds: int = 60) -> Any:
    return a_leg(call, end_user=user, duration_ms=1000 * seconds, connect_ms=NOON, setup_ms=NOON)


def asked(call: str, user: EndUserId = ALICE, max_s: int = 300) -> Any:
    return ask(call, end_user=user, mode=HoldMode.WHOLE, max_s=max_s)


def test_parallel_calls_share_one_purse_and_the_last_gets_what_is_left(shard: Shard) -> None:
    replies, _ = shard.turn([asked("c1"), asked("c2"), asked("c3")])
    assert [reply.seconds if isinstance(reply, Granted) else reply for reply in replies] == [
        300, 180, Refused(Cause.OVER_MINUTES),
    ]  # fmt: skip
    assert his(shard).open_calls == 2
    assert his(shard).limits[1].limit == "alice-day"
    assert his(shard).limits[1].refused == 1
    one(shard, ReleaseHold(hold_id(key_of("c1"), ORBITA, 1), ORBITA))
    third = one(shard, asked("c3"))
    assert isinstance(third, Granted)
    assert third.seconds == 300, "a CANCEL gave the first one's back"


def test_what_he_may_use_is_told_before_his_partner_was_ever_heard_of(shard: Shard) -> None:
    assert [use.limit for use in his(shard).limits] == ["user orbita/alice", "alice-day"]
    shard.directory = replace(shard.directory, limits=())
    assert [use.limit for use in his(shard).limits] == ["user orbita/alice"]


def test_a_repeat_counts_once_and_a_late_report_for_its_user(shard: Shard) -> None:
    one(shard, asked("c1"))
    told = report(ended("c1"))
    assert outcomes(shard, told, told, told) == ["new", "duplicate", "duplicate"]
    assert used(shard) == (60, MINUTE)
    assert his(shard).open_calls == 0
    assert outcomes(shard, report(ended("never-asked", BOB, 120))) == ["new"]
    assert used(shard, BOB) == (120, 0), "of money he has no limit"


def test_what_was_used_and_what_is_open_is_known_after_a_crash(tmp_path: Path) -> None:
    before = begun(tmp_path)
    one(before, report(ended("c1")))
    one(before, asked("c2"))
    one(before, start("c2", end_user=ALICE))
    one(before, asked("c3", BOB))
    known = his(before), his(before, BOB), money(before)
    before.book.close()
    again = begun(tmp_path)
    assert (his(again), his(again, BOB), money(again)) == known
    assert his(again).open_calls == 1
    one(again, Expire(NOON + 10**9))
    assert his(again).open_calls == his(again, BOB).open_calls == 0
    assert used(again) == (60, MINUTE), "nothing is set aside any more"
    assert_true(again)
    again.book.close()


def test_an_end_that_was_ours_is_replaced_by_the_real_one_for_the_same_user(shard: Shard) -> None:
    one(shard, asked("c1"))
    one(shard, start("c1", end_user=ALICE, connect_ms=NOON, setup_ms=NOON))
    one(shard, lost("c1", end_user=ALICE, connect_ms=NOON, setup_ms=NOON))
    ours = used(shard)
    assert ours[0] > 0
    assert outcomes(shard, report(ended("c1", seconds=180))) == ["closed"]
    assert used(shard) == (180, 3 * MINUTE)


def test_a_file_of_calls_counts_for_its_users_as_if_they_had_been_reported(tmp_path: Path) -> None:
    shard, other = begun(tmp_path / "a"), begun(tmp_path / "b")
    legs = [ended(f"c{number}", user) for number, user in enumerate((ALICE, BOB, EndUserId(""), ALICE))]
    shard.take_block(staged(tmp_path / "stage.db", legs), NOON + 1000)
    for leg in legs:
        one(other, report(leg))
    for user in (ALICE, BOB):
        assert his(shard, user) == his(other, user)
    assert used(shard) == (120, 2 * MINUTE)
    for its in (shard, other):
        assert_true(its)
        its.book.close()


def test_an_old_call_in_a_file_counts_for_ever_but_not_for_today(shard: Shard, tmp_path: Path) -> None:
    long_ago = NOON - 40 * 86_400_000
    leg = replace(ended("c1"), connect_ms=long_ago, setup_ms=long_ago, state=LegState.CLOSED)
    shard.take_block(staged(tmp_path / "stage.db", [leg]), NOON + 1000)
    assert [use.seconds for use in his(shard).limits] == [60, 0]


def test_another_directory_counts_anew_and_a_top_up_lets_go(shard: Shard) -> None:
    one(shard, report(ended("c1", seconds=600)))
    assert one(shard, asked("c2")) == Refused(Cause.OVER_MONEY)
    richer = replace(USERS[0], max_units=11 * MINUTE)
    shard.directory = replace(shard.directory, limits=(), end_users={ORBITA: EndUserList([richer])})
    reply = one(shard, asked("c2"))
    assert isinstance(reply, Granted)
    assert reply.seconds == 60
    assert one(shard, asked("c3")) == Refused(Cause.OVER_MONEY)
    shard.directory = replace(shard.directory, end_users={})
    assert isinstance(one(shard, asked("c3")), Granted), "he was removed: nothing limits him"
    assert his(shard) == EndUserUse(2, ())


def test_a_partner_that_moves_takes_what_its_users_used_along(tmp_path: Path) -> None:
    shard = begun(tmp_path)
    one(shard, report(ended("c1")))
    one(shard, asked("c2"))
    one(shard, MovePartner(ORBITA, 1))
    [(_, entity)] = shard.outbox.values()
    assert ("user orbita/alice", 1, 60, MINUTE) in getattr(entity, "uses", ())
    assert {hold.end_user for hold in getattr(entity, "holds", ())} == {ALICE}
    assert not shard.book.load().limit_use
    shard.book.close()


def swept(shard: Shard, at_ms: int) -> set[tuple[str, int]]:
    """Let two hours go by; return what the book knows of use then: limits, and seconds used."""
    for hour in range(3):
        one(shard, Expire(at_ms + hour * EVERY_MS))
    rows = shard.book.driver.query("SELECT limit_id, seconds FROM limit_use")
    known = {(limit, period): used for (limit, period), used in shard.book.load().limit_use.items()}
    assert known == shard.limits._used
    return {(limit.partition("#")[0], seconds) for limit, seconds in rows}


def test_use_of_periods_that_are_over_is_forgotten_though_nobody_calls(shard: Shard) -> None:
    for number, user in enumerate((ALICE, BOB)):
        one(shard, report(ended(f"c{number}", user)))
    day_ms = 86_400_000
    known = {("user orbita/alice", 60), ("user orbita/bob", 60), ("alice-day", 60)}
    assert swept(shard, NOON + day_ms) == known
    assert swept(shard, NOON + 2 * day_ms) == {("user orbita/alice", 60)}, "what counts for ever is kept"


@pytest.mark.parametrize("calls", [False, True])
def test_a_balance_is_what_it_was_when_a_limit_for_each_day_is_one_for_ever_again(shard: Shard, calls: bool) -> None:
    one(shard, report(ended("c1", seconds=600)))
    for_ever = shard.directory
    daily = EndUserList([replace(USERS[0], period=Period.DAY), USERS[1]])
    shard.directory = replace(for_ever, end_users={ORBITA: daily})
    if calls:
        one(shard, report(ended("c2")))
    swept(shard, NOON)
    swept(shard, NOON + 3 * 86_400_000)
    shard.directory = for_ever
    assert used(shard) == (600, 10 * MINUTE)
    assert one(shard, asked("c3")) == Refused(Cause.OVER_MONEY)


def test_use_of_end_users_who_were_removed_is_forgotten_in_time_and_the_rest_kept(shard: Shard) -> None:
    for number, user in enumerate((ALICE, BOB)):
        one(shard, report(ended(f"c{number}", user)))
    nothing = replace(shard.directory, partners={}, limits=shard.directory.limits, end_users={})
    before, shard.directory = shard.directory, nothing
    assert len(swept(shard, NOON)) == 3, "nothing was published: it may only not be here yet"
    shard.directory = replace(before, end_users={ORBITA: EndUserList(USERS[1:])})
    assert swept(shard, NOON + 4 * EVERY_MS) == {("user orbita/bob", 60), ("alice-day", 60)}


def test_calls_a_second_of_end_users_are_forgotten_when_they_say_nothing_any_more(tmp_path: Path) -> None:
    quick, gone = (EndUser(EndUserId(name), user_names=(name,), max_calls=1, max_cps=1) for name in ("quick", "gone"))
    shard = begun(tmp_path, quick, gone)
    for user in (quick, gone):
        assert [type(one(shard, asked(f"{user.id}{number}", user.id))) for number in range(2)] == [Granted, Refused]
        one(shard, ReleaseHold(hold_id(key_of(f"{user.id}0"), ORBITA, 1), ORBITA))
    its = shard.partner(ORBITA).limits
    assert len(its.buckets) == 2
    shard.directory = replace(shard.directory, end_users={ORBITA: EndUserList([quick])})
    swept(shard, NOON)
    assert not its.buckets
    assert set(its.refused) == {LimitId("user orbita/quick")}
    assert_true(shard)
    shard.book.close()


def test_a_hold_of_a_former_version_is_nobodys(shard: Shard) -> None:
    one(shard, asked("c1"))
    [hold] = shard.partner(ORBITA).holds.values()
    assert hold_of(hold_row(hold)) == hold
    assert hold_of(hold_row(hold)[:-1]) == replace(hold, end_user=EndUserId(""))


def test_without_end_users_a_call_costs_no_look_up_of_them(tmp_path: Path) -> None:
    shard = Shard(Book.open("", tmp_path, 0), directory(), HoldTimes(), Placement())
    shard.recover()
    one(shard, ask("c1"))
    one(shard, stop("c1"))
    its = shard.partner(ORBITA)
    assert not its.of_user
    assert not its.limits.users
    assert its.limits._on(EndUserId("")) is its.limits.limits
    assert USD in its.held
    shard.book.close()
