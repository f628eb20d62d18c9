"""Legs whose end is lost: closed at their last sign of life, charged, and put right when their real end comes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.shard import Shard
from domain.calls import Leg, LegState, Side
from domain.commands import Recorded, RecordLeg
from domain.grants import cost_of
from store.book_bulk import SegmentDraft
from tests.actors.builders import assert_true, money, one, open_shard, outcomes, restarted
from tests.domain.builders import NOON
from tests.domain.call_builders import KESTREL, TERMS, USD, a_leg, ask, interim, lost, report, start, stop
from tests.store.books import draft, staged

DAY_MS = 86_400_000
FIVE_MINUTES = cost_of(TERMS, 300)
LATER = NOON + 7_200_000


@pytest.fixture
def shard(book_url: str, tmp_path: Path) -> Iterator[Shard]:
    shard = open_shard(book_url, tmp_path)
    yield shard
    assert_true(shard)
    assert {key: units for key, units in shard.book.sums().items() if units} == {
        (partner.id, side, currency): units
        for partner in shard.partners.values()
        for (side, currency), units in partner.posted.items()
        if units
    }
    shard.book.close()


def row(shard: Shard, command: RecordLeg) -> tuple[str, int, int | None, int | None]:
    """State, revision, seq and last sign of life of a leg."""
    sql = "SELECT state, revision, seq, alive_ms FROM leg WHERE leg_id = ?"
    [found] = shard.book.driver.query(sql, (command.leg.leg_id,))
    return found[0], found[1], found[2], found[3]


def sealed(shard: Shard, at_ms: int) -> int:
    """Stop waiting for what was closed up to a moment, and seal what has a number; how many legs that were."""
    while shard.stop_waiting(at_ms):
        pass
    if not shard.book.driver.query("SELECT 1 FROM leg WHERE seq > 0"):
        return 0
    made: SegmentDraft = draft(shard.book, f"s{at_ms}")
    shard.seal([made], at_ms)
    return made.legs


def test_an_open_leg_knows_when_it_was_last_heard_of(shard: Shard) -> None:
    outcomes(shard, start())
    assert row(shard, start()) == ("open", 0, None, NOON)
    outcomes(shard, interim(seconds=600), interim(seconds=300))
    assert row(shard, start()) == ("open", 0, None, NOON + 600_000)
    assert shard.book.driver.query("SELECT duration_ms FROM leg") == [(600_000,)]


def test_a_start_and_its_interims_may_share_a_transaction(shard: Shard) -> None:
    shard.turn([start(), interim(seconds=300), interim(seconds=600)])
    assert row(shard, start()) == ("open", 0, None, NOON + 600_000)
    assert outcomes(shard, lost(seconds=600, alive_ms=NOON + 600_000)) == ["closed"]


def test_a_lost_end_charges_what_is_known_and_releases_the_hold(shard: Shard) -> None:
    one(shard, ask())
    outcomes(shard, start(), interim(seconds=300))
    assert outcomes(shard, lost(seconds=300)) == ["closed"]
    assert money(shard) == (FIVE_MINUTES, 0, 0)
    assert row(shard, start()) == ("partial", 0, None, LATER)


def test_a_vendors_leg_is_closed_alike(shard: Shard) -> None:
    outcomes(shard, start(side=Side.VENDOR), lost(side=Side.VENDOR, seconds=300, alive_ms=NOON))
    assert shard.partners[KESTREL].posted == {(Side.VENDOR, USD): FIVE_MINUTES}


def test_a_start_alone_costs_nothing_and_releases_all_the_same(shard: Shard) -> None:
    one(shard, ask())
    assert outcomes(shard, start(), lost(seconds=0, alive_ms=NOON)) == ["opened", "closed"]
    assert money(shard) == (0, 0, 0)


def test_a_lost_end_told_again_changes_nothing(shard: Shard) -> None:
    outcomes(shard, start(), interim(seconds=300), lost(seconds=300))
    before = row(shard, start())
    assert outcomes(shard, lost(seconds=300), lost(seconds=200)) == ["duplicate"] * 2
    assert (row(shard, start()), money(shard)[0]) == (before, FIVE_MINUTES)


def test_who_is_heard_of_meanwhile_goes_on(shard: Shard) -> None:
    outcomes(shard, start(), interim(seconds=300), interim(seconds=600))
    assert outcomes(shard, lost(seconds=300, alive_ms=NOON + 300_000)) == ["duplicate"]
    assert row(shard, start())[0] == "open"


@pytest.mark.parametrize("seconds", [0, 60, 299, 300, 301, 4_000])
def test_the_real_end_posts_the_difference_as_a_new_revision(shard: Shard, seconds: int) -> None:
    outcomes(shard, start(), interim(seconds=300), lost(seconds=300))
    real = stop(seconds=seconds, at_ms=LATER + 5)
    assert outcomes(shard, real) == ["closed"]
    assert money(shard)[0] == real.leg.charge == cost_of(TERMS, seconds) * bool(seconds)
    state, revision, seq, alive_ms = row(shard, start())
    assert (state, revision, alive_ms) == ("closed", 1, LATER + 5)
    assert seq is not None
    assert outcomes(shard, real, start(), interim(seconds=9_000)) == ["duplicate"] * 3
    assert outcomes(shard, stop(seconds=seconds + 1)) == ["parked"]
    assert money(shard)[0] == real.leg.charge


def test_a_real_end_of_another_partner_takes_the_charge_away_from_the_first(shard: Shard) -> None:
    outcomes(shard, start(), interim(seconds=300), lost(seconds=300))
    assert outcomes(shard, stop(seconds=300, partner="minnow")) == ["closed"]
    owed = {name: partner.owed(USD) for name, partner in shard.partners.items()}
    assert owed == {"orbita": 0, "minnow": FIVE_MINUTES}


def test_a_call_that_turns_out_to_go_on_is_open_again_and_is_charged_once(shard: Shard) -> None:
    outcomes(shard, start(), interim(seconds=300), lost(seconds=300))
    assert outcomes(shard, interim(seconds=300), start()) == ["duplicate"] * 2
    assert outcomes(shard, interim(seconds=8_000)) == ["opened"]
    assert (row(shard, start())[:2], money(shard)[0]) == (("open", 1), 0)
    assert outcomes(shard, lost(seconds=8_000, alive_ms=NOON + 8_000_000)) == ["closed"]
    assert money(shard)[0] == cost_of(TERMS, 8_000)
    assert outcomes(shard, stop(seconds=8_001)) == ["closed"]
    assert (row(shard, start())[:2], money(shard)[0]) == (("closed", 2), cost_of(TERMS, 8_001))


def test_no_leg_is_made_by_an_end_of_ours(shard: Shard) -> None:
    assert outcomes(shard, lost()) == ["duplicate"]
    assert outcomes(shard, stop(seconds=60), lost()) == ["new", "duplicate"]
    assert money(shard)[0] == cost_of(TERMS, 60)


def test_what_we_closed_is_not_sealed_before_its_time_and_then_as_it_is(shard: Shard) -> None:
    outcomes(shard, start(), interim(seconds=300), lost(seconds=300), stop("other"))
    assert sealed(shard, LATER - 1) == 1
    assert row(shard, start())[:3] == ("partial", 0, None)
    assert sealed(shard, LATER) == 1
    assert outcomes(shard, stop(seconds=400)) == ["parked"]
    assert [cause for (cause,) in shard.book.driver.query("SELECT cause FROM parked")] == ["differs-from-first-report"]
    assert money(shard)[0] == FIVE_MINUTES + cost_of(TERMS, 60)


def test_a_number_is_a_promise_though_the_segment_is_not_written_yet(shard: Shard) -> None:
    outcomes(shard, start(), interim(seconds=300), lost(seconds=300))
    assert [shard.stop_waiting(LATER) for _ in range(2)] == [1, 0]
    assert outcomes(shard, stop(seconds=400), interim(seconds=4_000)) == ["parked", "duplicate"]
    assert money(shard)[0] == FIVE_MINUTES


def test_ends_of_ours_survive_a_restart(book_url: str, tmp_path: Path) -> None:
    shard = open_shard(book_url, tmp_path)
    outcomes(shard, start(), interim(seconds=300), lost(seconds=300))
    shard = restarted(shard, book_url, tmp_path)
    assert outcomes(shard, stop(seconds=200)) == ["closed"]
    shard = restarted(shard, book_url, tmp_path)
    assert money(shard)[0] == cost_of(TERMS, 200)
    assert_true(shard)
    shard.book.close()


@pytest.mark.parametrize("again", [False, True])
def test_a_file_brings_the_real_end(shard: Shard, tmp_path: Path, again: bool) -> None:
    outcomes(shard, start(), interim(seconds=300), lost(seconds=300))
    if again:
        outcomes(shard, interim(seconds=600))
    real = a_leg(duration_ms=400_000)
    taken = shard.take_block(staged(tmp_path / "stage", [real, a_leg("c2")]), LATER + 9)
    assert (taken.accepted, taken.duplicate, taken.differing) == (2, 0, 0)
    assert money(shard)[0] == real.charge + cost_of(TERMS, 60)
    assert (row(shard, start())[:2], row(shard, start())[3]) == (("closed", 1), LATER + 9)
    taken = shard.take_block(staged(tmp_path / "again", [real]), LATER)
    assert (taken.accepted, taken.duplicate) == (0, 1)


def test_quality_hears_of_a_call_once(shard: Shard) -> None:
    heard = [
        len(shard.turn([command])[1])
        for command in (start(), interim(seconds=300), lost(seconds=300), stop(seconds=400), stop(seconds=400))
    ]
    assert heard == [0, 0, 1, 0, 0]


def test_a_reply_says_what_the_leg_costs_now(shard: Shard) -> None:
    outcomes(shard, start(), interim(seconds=300))
    assert one(shard, lost(seconds=300)) == Recorded("closed", FIVE_MINUTES, "USD")
    assert one(shard, report(_ended(400))) == Recorded("closed", cost_of(TERMS, 400), "USD")


def _ended(seconds: int) -> Leg:
    return a_leg(state=LegState.CLOSED, duration_ms=1000 * seconds)
