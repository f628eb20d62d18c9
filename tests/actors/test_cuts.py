"""Calls whose credit ends: their cuts at the book that holds the money, on one book and on two."""

from pathlib import Path
from typing import Any

import pytest

from actors.shard import Shard
from domain.calls import Side
from domain.commands import Expire, RecordLeg
from domain.cuts import OFFER_AGAIN_MS, CutReason, WantedCut
from domain.directory import Trunk
from domain.holds import HoldMode
from domain.ids import TrunkId
from domain.money import units_of
from domain.partner_use import TrunkUse
from domain.placement import Placement
from tests.actors.builders import assert_true, granted, money, one, open_shard, restarted
from tests.domain.builders import NOON, terms
from tests.domain.call_builders import KESTREL, ORBITA, USD, ask, client, failed, interim, key_of, paid, start, stop
from tests.domain.worlds import incoming

CENT_A_SECOND = terms("0.60")
POOR = client(limit="10.00")
TWO = Placement(books=2, shards=2, pins={ORBITA: 0, KESTREL: 1})


def piece(call: str, **fields: Any) -> Any:
    values: dict[str, Any] = {"mode": HoldMode.PIECES, "terms": CENT_A_SECOND, "call_id": call.encode()}
    return ask(call, **(values | fields))


def taken(shard: Shard, seconds: int, machine_ms: int = 0) -> list[WantedCut]:
    return shard.take_cuts(NOON + 1000 * seconds, machine_ms, 10)


def reported(command: RecordLeg, session_id: bytes) -> RecordLeg:
    return RecordLeg(command.leg, command.fingerprint, command.raw, command.received_ms, session_id=session_id)


@pytest.fixture
def poor(tmp_path: Path) -> Any:
    shard = open_shard("", tmp_path, POOR)
    yield shard
    shard.book.close()


def test_a_call_whose_money_another_one_holds_is_cut_when_its_own_is_used_up(poor: Shard) -> None:
    assert [granted(one(poor, piece(call))).amount for call in ("c1", "c2")] == [units_of("6"), units_of("4")]
    one(poor, reported(start("c1"), b"0000001A"))
    poor.turn([interim("c1", 300)])
    assert money(poor) == (0, units_of("10"), 2)
    assert taken(poor, 599) == []
    (cut,) = taken(poor, 600)
    assert (cut.reason, cut.offer, cut.hold.call_key) == (CutReason.NO_CREDIT, 1, key_of("c1"))
    assert (cut.hold.call_id, cut.hold.session_id, cut.hold.switch) == (b"c1", b"0000001A", "sw1")
    assert cut.hold.granted_s == 1000
    assert_true(poor)


def test_a_cut_is_offered_again_until_the_call_is_over(poor: Shard) -> None:
    poor.turn([piece("c1"), piece("c2"), start("c1"), interim("c1", 300)])
    offers = [len(taken(poor, 600, at_ms)) for at_ms in (0, 1000, OFFER_AGAIN_MS)]
    assert offers == [1, 0, 1]
    one(poor, stop("c1", seconds=601))
    assert taken(poor, 700, 9 * OFFER_AGAIN_MS) == []
    assert len(poor.cuts) == 0


def test_a_cut_that_was_given_up_is_wanted_anew_by_the_next_sign_of_life(poor: Shard) -> None:
    poor.turn([piece("c1"), piece("c2"), start("c1"), interim("c1", 300)])
    for again in range(4):
        taken(poor, 600, again * OFFER_AGAIN_MS)
    assert (len(poor.cuts), poor.cuts.given_up, poor.partners[ORBITA].cuts) == (0, 1, {})
    poor.turn([interim("c1", 900)])
    assert [(cut.offer, cut.reason) for cut in taken(poor, 900, 10**6)] == [(1, CutReason.NO_CREDIT)]
    assert_true(poor)


def test_a_payment_by_itself_takes_a_cut_back(poor: Shard) -> None:
    poor.turn([piece("c1"), piece("c2"), start("c1"), interim("c1", 300)])
    one(poor, paid("0.50", ref="p1"))
    assert (taken(poor, 600), money(poor)) == ([], (-units_of("0.50"), units_of("10.50"), 2))
    assert taken(poor, 649) == []
    one(poor, paid("100", ref="p2"))
    assert (taken(poor, 650), money(poor)[1]) == ([], units_of("14"))
    assert [cut.reason for cut in taken(poor, 1003)] == [CutReason.TIME_UP]
    assert_true(poor)


def test_a_payment_takes_back_a_cut_that_nobody_could_make(poor: Shard) -> None:
    poor.turn([piece("c1"), piece("c2"), start("c1"), interim("c1", 300)])
    (cut,) = taken(poor, 600)
    assert cut.offer == 1
    one(poor, paid("100", ref="p1"))
    assert taken(poor, 610, OFFER_AGAIN_MS) == []
    assert [cut.reason for cut in taken(poor, 1003, 10**6)] == [CutReason.TIME_UP]


def test_a_call_that_lapses_is_cut_no_more(poor: Shard) -> None:
    poor.turn([piece("c1"), piece("c2"), interim("c1", 300)])
    one(poor, Expire(NOON + 10_000_000))
    assert (taken(poor, 10_000), len(poor.cuts)) == ([], 0)


def test_money_for_another_call_comes_back_in_time(poor: Shard) -> None:
    poor.turn([piece("c1"), piece("c2"), start("c1"), interim("c1", 300)])
    poor.turn([failed("c2", Side.CLIENT), interim("c1", 400)])
    assert (taken(poor, 10_000), len(poor.cuts)) == ([], 0)
    poor.turn([interim("c1", 700)])
    assert taken(poor, 1002) == []
    (cut,) = taken(poor, 1003)
    assert cut.reason is CutReason.TIME_UP, "its grant is used up, and its switch has not ended it"


def test_after_a_restart_the_next_sign_of_life_wants_the_cut_anew(tmp_path: Path) -> None:
    poor = open_shard("", tmp_path, POOR)
    poor.turn([piece("c1"), piece("c2"), reported(start("c1"), b"s"), interim("c1", 300)])
    again = restarted(poor, "", tmp_path, POOR)
    assert taken(again, 600) == []
    again.turn([interim("c1", 601)])
    (cut,) = taken(again, 601)
    assert (cut.hold.session_id, cut.hold.call_id) == (b"s", b"c1")
    again.book.close()


def test_a_piece_grows_and_is_cut_where_the_money_is_though_the_call_is_at_home_in_another_book(tmp_path: Path) -> None:
    here, there = (open_shard("", tmp_path, POOR, book=number, placement=TWO) for number in (0, 1))
    away = next(call for call in map(str, range(40)) if TWO.book_of_call(key_of(call)) == 1)
    here.turn([piece(away, max_s=3600), piece("other")])
    there.turn([reported(start(away), b"sid"), interim(away, 300)])
    assert (there.partners, taken(there, 9999)) == ({}, [])
    there = restarted(there, "", tmp_path, POOR)  # what is on its way keeps the switch's id
    here.receive(1, [(number, posting) for number, (_, posting) in there.outbox.items()])
    (cut,) = taken(here, 600)
    assert (cut.hold.call_key, cut.hold.session_id) == (key_of(away), b"sid")
    assert_true(here, there)
    for shard in (here, there):
        shard.book.close()


def test_what_a_partner_uses_of_its_limits_is_told(poor: Shard) -> None:
    narrow: Trunk = incoming("narrow", max_cps=4)
    poor.directory.trunks[narrow.id] = narrow
    poor.turn([piece("c1", max_s=100), piece("c2", max_s=100, trunk=narrow.id, trunk_max_cps=4)])
    use = poor.partner_use(ORBITA, NOON + 125)
    assert (use.open_calls, use.millicalls_per_s, use.held) == (2, None, {USD: units_of("2")})
    assert use.trunks == {TrunkId("narrow"): TrunkUse(1, 500), TrunkId("orbita-in"): TrunkUse(1, None)}
    assert poor.partner_use(KESTREL, NOON).open_calls == 0
    assert KESTREL not in poor.partners
