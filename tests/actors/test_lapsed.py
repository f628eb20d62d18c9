"""Calls that nobody heard of for a while, and that go on: they count, hold and end as if they had been heard."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.shard import Shard
from domain.calls import LegState, Side
from domain.commands import Command, Expire, Granted, RecordLeg, Refused, ReleaseSwitch
from domain.cuts import CutReason
from domain.grants import cost_of
from domain.holds import HoldMode
from domain.ids import PartnerId
from domain.lapsed import ASKED_MS, BEGUN_MS
from domain.money import units_of
from tests.actors.builders import assert_true, money, one, open_shard, outcomes, restarted
from tests.domain.builders import NOON, terms
from tests.domain.call_builders import (
    MINNOW,
    ORBITA,
    SW,
    USD,
    ask,
    client,
    interim,
    key_of,
    lost,
    paid,
    start,
    stop,
)

CENT_A_SECOND = terms("0.60")
CENT = units_of("0.01")
MINUTES = 60_000
PIECES: dict[str, Any] = {"mode": HoldMode.PIECES, "interim_s": 60, "terms": CENT_A_SECOND}
CLIENT = client(limit="20.00", max_calls=2)


@pytest.fixture
def shard(book_url: str, tmp_path: Path) -> Iterator[Shard]:
    shard = open_shard(book_url, tmp_path, CLIENT)
    yield shard
    assert_true(shard)
    shard.book.close()


def running(shard: Shard, call: str = "c1", **fields: Any) -> None:
    """A call that was asked about, has begun, and has run for a minute."""
    assert isinstance(one(shard, ask(call, **(PIECES | fields))), Granted)
    outcomes(shard, start(call), interim(call, 60))


def cuts(shard: Shard, seconds: int) -> list[CutReason]:
    return [its.reason for its in shard.take_cuts(NOON + 1000 * seconds, 0, 10)]


def test_who_was_not_heard_since_the_shard_was_away_has_three_interims_to_show_itself(shard: Shard) -> None:
    running(shard)
    back_ms = NOON + 30 * MINUTES
    one(shard, Expire(back_ms, heard_since_ms=back_ms))
    one(shard, Expire(back_ms + 3 * MINUTES - 1, heard_since_ms=back_ms))
    assert money(shard)[2] == 1
    one(shard, Expire(back_ms + 3 * MINUTES, heard_since_ms=back_ms))
    assert money(shard) == (0, 0, 0), "but it lapses then: the next sign of life would come too late to count"


def test_a_call_that_was_asked_about_before_an_outage_may_have_begun_in_it(shard: Shard) -> None:
    one(shard, ask("before", **PIECES))
    back_ms = NOON + 10 * MINUTES
    one(shard, ask("after", at_ms=back_ms, **PIECES))
    one(shard, Expire(back_ms + 2 * MINUTES, back_ms, up_since_ms=back_ms))
    assert money(shard)[2] == 2
    one(shard, Expire(back_ms + 3 * MINUTES, back_ms, up_since_ms=back_ms))
    assert money(shard)[2] == 0


@pytest.mark.parametrize("mode", HoldMode)
def test_a_call_that_never_begins_waits_for_no_node_that_is_away(shard: Shard, mode: HoldMode) -> None:
    running(shard, "begun")
    asked_ms = NOON + 10 * MINUTES
    one(shard, ask("asked", at_ms=asked_ms, **(PIECES | {"mode": mode})))
    for at_ms in (asked_ms + 3 * MINUTES - 1, asked_ms + 3 * MINUTES):
        assert money(shard)[2] == 2
        one(shard, Expire(at_ms, heard_since_ms=at_ms, up_since_ms=NOON))
    assert money(shard)[2] == 1, "what the node that is away may have heard of is still held"


@pytest.mark.parametrize(
    "gone", [[Expire(NOON + 5 * MINUTES)], [lost(seconds=60)], [ReleaseSwitch(SW, NOON + MINUTES)]]
)
@pytest.mark.parametrize("crash", [False, True])
def test_a_call_that_goes_on_after_its_hold_was_let_go_counts_and_holds_again(
    book_url: str, tmp_path: Path, gone: list[Command], crash: bool
) -> None:
    shard = open_shard(book_url, tmp_path, CLIENT)
    running(shard, "c1")
    running(shard, "c2")
    outcomes(shard, stop("c2", seconds=60, charge=60 * CENT))
    shard.turn(gone)
    assert money(shard)[1:] == (0, 0)
    if crash:
        shard = restarted(shard, book_url, tmp_path, CLIENT)
    outcomes(shard, interim("c1", 360))
    assert money(shard) == (60 * CENT, 960 * CENT, 1), "what it ran, and ten minutes ahead"
    assert isinstance(one(shard, ask("c3", **PIECES)), Granted)
    assert isinstance(one(shard, ask("c4", **PIECES)), Refused), "two calls at a time"
    outcomes(shard, stop("c1", seconds=400, charge=400 * CENT), stop("c3", seconds=0))
    assert money(shard)[1:] == (0, 0)
    assert_true(shard)
    shard.book.close()


def test_money_that_a_lapsed_call_has_run_up_is_promised_to_nobody_and_it_is_cut(shard: Shard) -> None:
    running(shard, "c1")
    one(shard, Expire(NOON + 5 * MINUTES))
    assert one(shard, ask("c2", max_s=1500, **(PIECES | {"mode": HoldMode.WHOLE}))) == Granted(1500, 1500 * CENT)
    outcomes(shard, interim("c1", 900))
    assert money(shard)[1] == 2400 * CENT, "900 s will be charged, though there is room for 500"
    assert cuts(shard, 900) == [CutReason.NO_CREDIT]
    assert isinstance(one(shard, ask("c3", **PIECES)), Refused)
    outcomes(shard, stop("c2", seconds=10, charge=10 * CENT))
    assert isinstance(one(shard, ask("c3", **PIECES)), Granted)


def test_a_call_that_is_back_is_cut_at_the_end_of_the_money(shard: Shard) -> None:
    running(shard, "c1")
    outcomes(shard, lost(seconds=60, charge=60 * CENT), stop("c2", charge=500 * CENT), interim("c1", 1200))
    assert money(shard) == (500 * CENT, 1500 * CENT, 1)
    assert cuts(shard, 1499) == []
    assert cuts(shard, 1500) == [CutReason.NO_CREDIT]


def test_one_whose_time_is_limited_by_its_switch_holds_what_it_was_granted(shard: Shard) -> None:
    assert one(shard, ask(mode=HoldMode.WHOLE, terms=CENT_A_SECOND, max_s=600)) == Granted(600, 600 * CENT)
    outcomes(shard, start(), interim(seconds=60), lost(seconds=60), interim(seconds=300))
    assert money(shard)[1:] == (600 * CENT, 1)
    one(shard, Expire(NOON + 659_999))
    assert money(shard)[2] == 1
    one(shard, Expire(NOON + 660_000))
    assert money(shard)[2] == 0


def test_what_is_kept_aside_goes_with_the_end_with_a_new_question_and_in_time(shard: Shard) -> None:
    for call in ("ended", "asked", "silent"):
        one(shard, ask(call, max_s=60, **PIECES))
        shard.turn([Expire(NOON + 5 * MINUTES)])
    outcomes(shard, stop("ended", seconds=60), interim("ended", 90))
    one(shard, ask("asked", max_s=60, at_ms=NOON + 6 * MINUTES, **PIECES))
    assert set(shard.partner(ORBITA).lapsed.by_call) == {key_of("silent")}
    assert money(shard)[2] == 1
    shard.turn([Expire(NOON + 5 * MINUTES + ASKED_MS)])
    assert set(shard.partner(ORBITA).lapsed.by_call) == {key_of("asked")}
    running(shard, "begun")
    shard.turn([Expire(NOON + 100 * MINUTES), Expire(NOON + 100 * MINUTES + BEGUN_MS - 1)])
    assert set(shard.partner(ORBITA).lapsed.by_call) == {key_of("begun")}
    shard.turn([Expire(NOON + 100 * MINUTES + BEGUN_MS)])
    assert not shard.partner(ORBITA).lapsed.by_call


def test_a_call_that_nobody_asked_about_gets_no_hold(shard: Shard) -> None:
    outcomes(shard, start(), interim(seconds=300), lost(seconds=300), interim(seconds=600))
    assert money(shard)[1:] == (0, 0)


@pytest.mark.parametrize("ends", [ORBITA, MINNOW])
def test_a_call_of_two_clients_of_a_book_is_kept_aside_for_each(
    shard: Shard, book_url: str, tmp_path: Path, ends: PartnerId
) -> None:
    """One reaches us over the other, and their switch keeps the call's name."""
    one(shard, paid("100", "minnow"))
    for name in (ORBITA, MINNOW):
        assert isinstance(one(shard, ask(partner=name, **PIECES)), Granted)
        one(shard, start(partner=name, session=name))
    one(shard, Expire(NOON + 5 * MINUTES))
    assert outcomes(shard, stop(seconds=400, partner=ends, session=ends)) == ["closed"]
    shard.book.close()
    again = open_shard(book_url, tmp_path, CLIENT)
    kept = {name: set(again.partner(name).lapsed.by_call) for name in (ORBITA, MINNOW)}
    assert kept == {name: set() if name == ends else {key_of("c1")} for name in kept}
    shard.book, shard.partners, shard.limits = again.book, again.partners, again.limits  # for the end of the fixture


def test_what_another_version_kept_aside_is_forgotten_when_the_book_is_opened(
    shard: Shard, book_url: str, tmp_path: Path
) -> None:
    running(shard)
    one(shard, Expire(NOON + 5 * MINUTES))
    shard.book.driver.run("UPDATE lapsed SET hold = '[1, 2]'")
    shard.book.close()
    again = open_shard(book_url, tmp_path, CLIENT)
    assert not again.book.driver.query("SELECT 1 FROM lapsed")
    shard.book, shard.partners, shard.limits = again.book, again.partners, again.limits


calls = st.sampled_from(["c1", "c2", "c3"])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), calls),
        st.tuples(st.just("start"), calls),
        st.tuples(st.just("sign"), calls),
        st.tuples(st.sampled_from(["silence", "restart", "wait", "node away"]), st.just("")),
        st.tuples(st.just("lost"), calls),
        st.tuples(st.just("end"), calls),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_a_call_that_was_heard_of_last_is_counted_and_what_it_ran_up_is_held(steps: Sequence[tuple[str, str]]) -> None:
    """Whatever silence, crash or end of ours came between: no other call is promised what this one has run up."""
    granted: dict[str, int] = {}
    ended: set[str] = set()
    now_s = 0
    with TemporaryDirectory() as folder:
        shard = open_shard("", Path(folder), client(limit="200.00"))
        for what, call in steps:
            now_s += 20
            at_ms = NOON + 1000 * now_s
            match what:
                case "ask" if call not in granted:
                    reply = one(shard, ask(call, at_ms=at_ms, **PIECES))
                    if isinstance(reply, Granted):
                        granted[call] = reply.seconds
                case "start":
                    one(shard, start(call, at_ms=at_ms))
                case "sign":
                    one(shard, interim(call, now_s))
                case "silence":
                    now_s += 200
                    one(shard, Expire(at_ms + 200_000))
                case "wait" | "node away":
                    then_ms = at_ms + 200_000
                    one(shard, Expire(then_ms, then_ms, then_ms if what == "wait" else 0))
                case "restart":
                    shard = restarted(shard, "", Path(folder), client(limit="200.00"))
                case "lost":
                    one(shard, _lost(shard, call, at_ms))
                case "end":
                    ended.add(call)
                    one(shard, stop(call, seconds=now_s, at_ms=at_ms))
                case _:
                    pass  # one that was asked about already
            assert_true(shard)
            if what == "sign" and call in granted and call not in ended:
                (hold,) = shard.partner(ORBITA).holds_of(key_of(call))
                assert hold.started
                assert hold.amount >= cost_of(CENT_A_SECOND, min(now_s, granted[call]))
                assert hold.expires_ms >= at_ms + 180_000
        shard.book.close()


def _lost(shard: Shard, call: str, at_ms: int) -> RecordLeg:
    """An end that we make of what was heard of a call last."""
    row = shard.book.driver.query("SELECT duration_ms, alive_ms FROM leg WHERE leg_id = ?", (start(call).leg.leg_id,))
    duration_ms, alive_ms = row[0] if row else (0, 0)
    command = lost(call, seconds=duration_ms // 1000, alive_ms=alive_ms)
    assert command.leg.state is LegState.PARTIAL
    assert command.leg.side is Side.CLIENT
    assert command.leg.currency == USD
    return command
