"""A shard's turns against its book, on SQLite and PostgreSQL: whatever comes, memory, disk and money agree."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.shard import Shard
from domain.calls import Leg, Parked, Side
from domain.causes import Cause, ParkCause
from domain.charging import charge_report
from domain.commands import (
    Done,
    Expire,
    Granted,
    Park,
    Post,
    Recorded,
    RecordLeg,
    Refused,
    ReleaseHold,
    ReleaseSwitch,
)
from domain.credit import USUAL
from domain.errors import BrokenWorldError
from domain.grants import cost_of
from domain.holds import HoldMode
from domain.ids import hold_id
from domain.ledger import Occasion, adjustment
from domain.money import Money, units_of
from domain.partner_use import PartnerMoney
from store.book_reader import BookReader
from tests.actors.builders import assert_true, disk, drop_legs, granted, money, one, open_shard, outcomes, restarted
from tests.domain import reports
from tests.domain.builders import NOON
from tests.domain.call_builders import (
    KESTREL,
    MINNOW,
    ORBITA,
    SW,
    TERMS,
    a_leg,
    ask,
    client,
    failed,
    interim,
    key_of,
    paid,
    report,
    start,
    stop,
    suspended,
)
from tests.domain.worlds import uk_world

MINUTE = cost_of(TERMS, 60)


@pytest.fixture
def shard(book_url: str, tmp_path: Path) -> Iterator[Shard]:
    shard = open_shard(book_url, tmp_path)
    yield shard
    assert_true(shard)
    shard.book.close()


def parked(shard: Shard) -> list[tuple[str, int]]:
    rows = shard.book.driver.query("SELECT cause, received_ms FROM parked")
    return [(row[0], row[1]) for row in rows]


def test_a_call_is_held_charged_once_on_each_side_and_released(shard: Shard) -> None:
    granted(one(shard, ask()))
    assert money(shard) == (0, cost_of(TERMS, 3600), 1)
    assert outcomes(shard, start(), start(side=Side.VENDOR), stop(side=Side.VENDOR), stop()) == [
        "opened",
        "opened",
        "closed",
        "closed",
    ]
    assert money(shard) == (MINUTE, 0, 0)
    assert shard.partners[KESTREL].posted == {(Side.VENDOR, "USD"): MINUTE}


def test_a_repeated_hold_gets_the_same_grant_and_holds_nothing_twice(shard: Shard) -> None:
    first = one(shard, ask())
    before = disk(shard)
    assert shard.turn([ask(), ask()])[0] == [first, first]
    assert disk(shard) == before


def test_two_calls_in_one_turn_are_not_promised_the_same_money(shard: Shard) -> None:
    shard.directory.partners[ORBITA] = client(limit="0.0294")
    replies, _ = shard.turn([ask("c1"), ask("c2")])
    assert replies == [Granted(60, MINUTE), Refused(Cause.NO_CREDIT)]


@pytest.mark.parametrize("again", [start(), stop(), stop(side=Side.VENDOR)])
def test_a_report_that_comes_again_leaves_every_balance_as_it_was(shard: Shard, again: RecordLeg) -> None:
    outcomes(shard, start(), stop(), stop(side=Side.VENDOR))
    before = disk(shard)
    assert outcomes(shard, again, again) == ["duplicate", "duplicate"]
    assert shard.turn([again, again])[1] == []
    assert disk(shard) == before


def test_a_start_that_comes_again_while_the_call_runs_holds_no_more(shard: Shard) -> None:
    one(shard, ask(mode=HoldMode.PIECES))
    one(shard, start())
    before = disk(shard)
    assert outcomes(shard, start()) == ["alive"]
    assert disk(shard) == before


def test_a_duplicate_is_answered_with_the_first_charge(shard: Shard) -> None:
    assert one(shard, stop()) == Recorded("new", MINUTE, "USD")
    assert one(shard, stop()) == Recorded("duplicate", MINUTE, "USD")


def test_a_stop_before_its_start_charges_once(shard: Shard) -> None:
    one(shard, ask())
    assert outcomes(shard, stop(), start()) == ["new", "duplicate"]
    assert money(shard) == (MINUTE, 0, 0)


def test_a_start_without_a_stop_charges_nothing_and_its_hold_lapses(shard: Shard) -> None:
    one(shard, ask())
    assert outcomes(shard, start()) == ["opened"]
    assert one(shard, Expire(NOON + 3_660_000)) == Done(1)
    assert money(shard) == (0, 0, 0)


def test_a_stop_without_a_start_or_a_hold_is_charged(shard: Shard) -> None:
    assert outcomes(shard, stop()) == ["new"]
    assert money(shard) == (MINUTE, 0, 0)


def test_an_interim_after_the_stop_changes_nothing(shard: Shard) -> None:
    one(shard, ask(mode=HoldMode.PIECES))
    assert outcomes(shard, start(), stop(), interim()) == ["opened", "closed", "duplicate"]
    assert money(shard) == (MINUTE, 0, 0)


def test_interims_grow_a_piece_and_keep_it_alive(shard: Shard) -> None:
    one(shard, ask(mode=HoldMode.PIECES))
    outcomes(shard, start(), interim(seconds=300), interim(seconds=600))
    assert money(shard)[1] == cost_of(TERMS, 1200)


def test_another_end_of_the_same_leg_is_parked_answered_and_the_first_stands(shard: Shard) -> None:
    assert outcomes(shard, stop(), stop(seconds=61), stop(seconds=61)) == ["new", "parked", "parked"]
    assert money(shard) == (MINUTE, 0, 0)
    assert parked(shard) == [(ParkCause.DIFFERS, NOON + 61_000)]
    rows = shard.book.driver.query("SELECT duration_ms FROM leg")
    assert rows == [(60_000,)]


def test_reports_of_one_leg_in_one_turn_are_one_record(shard: Shard) -> None:
    one(shard, ask())
    replies, seen = shard.turn([start(), stop(), stop(), stop(seconds=61), start()])
    assert [reply.outcome for reply in replies if isinstance(reply, Recorded)] == [
        "opened",
        "closed",
        "duplicate",
        "parked",
        "duplicate",
    ]
    assert len(seen) == 1
    assert money(shard) == (MINUTE, 0, 0)


def test_failed_vendor_attempts_change_nothing_at_the_client(shard: Shard) -> None:
    one(shard, ask())
    before = disk(shard)
    assert outcomes(shard, failed(attempt=1), failed(attempt=2)) == ["new", "new"]
    assert disk(shard) == before


def test_a_failed_call_frees_its_hold_and_costs_nothing(shard: Shard) -> None:
    one(shard, ask())
    one(shard, failed(side=Side.CLIENT))
    assert money(shard) == (0, 0, 0)


def test_an_expired_hold_decides_no_charge(shard: Shard) -> None:
    one(shard, ask())
    one(shard, Expire(NOON + 180_000))
    assert money(shard) == (0, 0, 0)
    assert outcomes(shard, stop()) == ["new"]
    assert money(shard) == (MINUTE, 0, 0)


def test_a_charge_above_its_hold_is_legal(shard: Shard) -> None:
    shard.directory.partners[ORBITA] = client(limit="0.0294")
    assert one(shard, ask()) == Granted(60, MINUTE)
    one(shard, stop(seconds=3600))
    assert money(shard) == (60 * MINUTE, 0, 0)
    assert one(shard, ask("c2")) == Refused(Cause.NO_CREDIT)


def test_a_cancelled_call_frees_its_hold(shard: Shard) -> None:
    one(shard, ask("c1"))
    one(shard, ask("c2"))
    assert one(shard, ReleaseHold(hold_id(key_of("c1"), ORBITA, 1), ORBITA)) == Done(1)
    assert one(shard, ReleaseHold(hold_id(key_of("c1"), ORBITA, 1), ORBITA)) == Done(0)
    assert money(shard)[2] == 1


def test_a_question_taken_back_about_a_call_that_runs_leaves_its_hold(shard: Shard) -> None:
    one(shard, ask("c1"))
    outcomes(shard, start("c1"))
    assert one(shard, ReleaseHold(hold_id(key_of("c1"), ORBITA, 1), ORBITA)) == Done(0)
    assert money(shard)[2] == 1


def test_a_switch_that_restarts_frees_the_holds_it_was_given(shard: Shard) -> None:
    shard.turn([ask("c1"), ask("c2", at_ms=NOON + 10), ask("c3", "minnow")])
    outcomes(shard, start("c1"))
    assert one(shard, ReleaseSwitch(SW, NOON + 5)) == Done(1)
    assert [hold.call_key for partner in shard.partners.values() for hold in partner.holds.values()] == [key_of("c2")]
    assert outcomes(shard, stop("c1")) == ["closed"]
    assert money(shard)[0] == MINUTE


def test_a_hold_placed_anew_under_its_id_in_one_turn_is_on_disk_as_in_memory(shard: Shard) -> None:
    one(shard, ask())
    shard.turn(
        [ReleaseHold(hold_id(key_of("c1"), ORBITA, 1), ORBITA), ask(mode=HoldMode.FIXED, b="254700000000", max_s=120)]
    )
    assert_true(shard)
    assert money(shard)[1] == cost_of(TERMS, 120)


def test_the_held_of_a_client_that_was_never_charged_goes_back_to_zero_on_disk(shard: Shard) -> None:
    one(shard, ask())
    one(shard, ReleaseHold(hold_id(key_of("c1"), ORBITA, 1), ORBITA))
    assert shard.book.driver.query("SELECT held, open_calls FROM balance WHERE partner = 'orbita'") == [(0, 0)]


def test_a_payment_is_posted_once_even_twice_in_one_turn(shard: Shard) -> None:
    replies, _ = shard.turn([paid("100"), paid("100")])
    assert replies == [Done(1), Done(0)]
    assert one(shard, paid("100")) == Done(0)
    assert money(shard)[0] == -units_of("100")


def test_a_prepaid_client_calls_as_far_as_it_paid(shard: Shard) -> None:
    assert one(shard, ask(partner="minnow")) == Refused(Cause.NO_CREDIT)
    one(shard, paid("0.0294", "minnow"))
    assert one(shard, ask(partner="minnow")) == Granted(60, MINUTE)
    outcomes(shard, stop(partner="minnow"))
    assert money(shard, MINNOW) == (0, 0, 0)
    assert one(shard, ask("c2", "minnow")) == Refused(Cause.NO_CREDIT)


def test_a_client_suspended_by_a_new_directory_is_refused(shard: Shard) -> None:
    shard.directory.partners[ORBITA] = suspended(client())
    assert one(shard, ask()) == Refused(Cause.SUSPENDED)


def test_a_parked_record_is_durable_and_kept_once(shard: Shard) -> None:
    record = Parked(b"p" * 16, key_of("c1"), a_leg().leg_id, ParkCause.NO_RATE, "why", b"{}", NOON)
    assert shard.turn([Park(record), Park(record)])[0] == [Recorded("parked"), Recorded("parked")]
    assert parked(shard) == [(ParkCause.NO_RATE, NOON)]


def test_quality_hears_of_every_ended_leg_once(shard: Shard) -> None:
    _, seen = shard.turn([start(), stop(), stop(), failed(), failed()])
    assert sorted(leg.answered for leg in seen) == [False, True]


def test_a_restart_finds_everything_as_it_was(shard: Shard, book_url: str, tmp_path: Path) -> None:
    shard.turn(
        [ask("c1"), ask("c2", mode=HoldMode.PIECES), start("c2"), stop("c3"), paid("5"), stop("c4", Side.VENDOR)]
    )
    partners, was = shard.partners, disk(shard)
    again = restarted(shard, book_url, tmp_path)
    assert again.partners == partners
    assert disk(again) == was
    assert again.book.epoch == shard.book.epoch + 1
    assert one(again, ask("c1")) == one(again, ask("c1"))
    assert outcomes(again, stop("c3"), start("c2"), stop("c2")) == ["duplicate", "alive", "closed"]
    assert_true(again)
    shard.book = again.book  # for the fixture to close and compare
    shard.partners = again.partners


def test_a_book_whose_balances_do_not_add_up_is_not_opened(book_url: str, tmp_path: Path) -> None:
    shard = open_shard(book_url, tmp_path)
    outcomes(shard, stop("c1"), stop("c2"))
    drop_legs(shard, a_leg("c1").leg_id)
    with pytest.raises(BrokenWorldError, match="balances are not what was posted"):
        restarted(shard, book_url, tmp_path)


def test_a_book_whose_holds_do_not_add_up_is_not_opened(book_url: str, tmp_path: Path) -> None:
    shard = open_shard(book_url, tmp_path)
    one(shard, ask())
    shard.book.driver.run("DELETE FROM hold")
    with pytest.raises(BrokenWorldError, match="held is not the sum of holds"):
        restarted(shard, book_url, tmp_path)


def test_transfers_between_two_partners_move_both(shard: Shard) -> None:
    netting = adjustment("payable:kestrel", "receivable:orbita", Money.of("2", "USD"), 0, Occasion(NOON, NOON, "net"))
    assert one(shard, Post((netting,))) == Done(1)
    assert money(shard)[0] == -units_of("2")
    assert shard.partners[KESTREL].posted == {(Side.VENDOR, "USD"): -units_of("2")}


def test_a_reader_sees_what_the_shard_answered(shard: Shard, book_url: str, tmp_path: Path) -> None:
    shard.turn([ask("c1"), stop("c2"), start("c3"), paid("5")])
    with BookReader(book_url, tmp_path, 1).book(0) as book:
        by_key = {(its.partner, its.side): its for its in book.balances()}
        assert by_key[ORBITA, Side.CLIENT].posted == MINUTE - units_of("5")
        assert (by_key[ORBITA, Side.CLIENT].held, by_key[ORBITA, Side.CLIENT].open_calls) == (60 * MINUTE, 1)
        assert (len(book.ended_legs()), len(book.open_legs()), len(book.transfers())) == (1, 1, 1)
        assert book.holds() == [("orbita", 60 * MINUTE)]


def test_a_hundred_calls_leave_nothing_held(shard: Shard) -> None:
    calls = [f"c{n}" for n in range(100)]
    shard.turn([ask(call, mode=mode) for call, mode in zip(calls, list(HoldMode) * 34, strict=False)])
    shard.turn([start(call) for call in calls[::2]] + [failed(call) for call in calls])
    assert money(shard)[2] == 100
    shard.turn([stop(call) for call in calls])
    assert money(shard) == (100 * MINUTE, 0, 0)
    assert shard.partner_money([ORBITA])[ORBITA] == PartnerMoney({("client", "USD"): 100 * MINUTE}, 0, 0, USUAL)


def test_what_no_database_writes_as_text_ends_no_shard(shard: Shard) -> None:
    leg = charge_report(reports.report(caller="a\0b"), uk_world())
    lost = charge_report(reports.vendor_report(mark="", remote="\0\x1f"), uk_world())
    assert isinstance(leg, Leg)
    assert isinstance(lost, Parked)
    assert outcomes(shard, report(leg), Park(lost)) == ["new", "parked"]
    assert shard.book.driver.query("SELECT a FROM leg") == [("ab",)]
