"""Allowed losses of calls whose legs come in files: counted once, and corrected where we had closed them."""

from dataclasses import replace
from pathlib import Path

import pytest

from actors.shard import Shard
from domain.booking import fingerprint
from domain.calls import Leg, LegState, Side
from domain.commands import OpenLoss, RecordLeg
from domain.ids import CallKey, LegId, TrunkId
from domain.losses import LossUseId
from tests.actors.builders import open_shard
from tests.domain.builders import NOON, leg
from tests.store.books import staged

KEY, USE, OUT = CallKey(b"k" * 16), LossUseId("promo 7"), TrunkId("dear-out")
PERIOD = (USE, NOON)


@pytest.fixture
def shard(tmp_path: Path, book_url: str) -> Shard:
    its = open_shard(book_url, tmp_path)
    its.turn([OpenLoss(KEY, ((OUT, *PERIOD, 500),), NOON, 240)])
    return its


def its_leg(side: Side, charge: int, state: LegState = LegState.CLOSED, key: CallKey = KEY) -> Leg:
    trunk = OUT if side is Side.VENDOR else TrunkId("orbita-in")
    name = LegId(side.value.encode() + key[:4])
    return leg(leg_id=name, call_key=key, side=side, state=state, base_charge=charge, trunk=trunk, connect_ms=NOON)


def used(shard: Shard, at_ms: int = NOON) -> tuple[int, int]:
    [use] = shard.loss_use(at_ms)
    return use.lost, use.aside


def test_a_file_brings_both_legs_and_another_one_changes_nothing(shard: Shard, tmp_path: Path) -> None:
    legs = [its_leg(Side.CLIENT, 900), its_leg(Side.VENDOR, 1200)]
    shard.take_block(staged(tmp_path / "a", legs), NOON + 3_600_000)
    assert used(shard) == (300, 0)
    shard.take_block(staged(tmp_path / "b", legs), NOON + 3_600_000)
    assert used(shard) == (300, 0)


def test_the_real_end_of_a_call_that_we_closed_corrects_what_it_lost(shard: Shard, tmp_path: Path) -> None:
    begun, ours = its_leg(Side.CLIENT, 0, LegState.OPEN), its_leg(Side.CLIENT, 900, LegState.PARTIAL)
    for one in (begun, ours, its_leg(Side.VENDOR, 1200)):
        shard.turn([RecordLeg(one, fingerprint(one), b"{}", NOON + 9, alive_ms=NOON + 9)])
    assert used(shard) == (300, 0)
    real = replace(its_leg(Side.CLIENT, 1100), billed_s=77)
    shard.take_block(staged(tmp_path / "a", [real]), NOON + 3_600_000)
    assert used(shard) == (100, 0)


def test_other_files_set_nothing_aside_anew(shard: Shard, tmp_path: Path) -> None:
    client = its_leg(Side.CLIENT, 900)
    shard.turn([RecordLeg(client, fingerprint(client), b"{}", NOON)])
    later = NOON + 600_000
    assert used(shard)[1] == 500
    shard.take_block(staged(tmp_path / "a", [its_leg(Side.CLIENT, 5, key=CallKey(b"o" * 16))]), later)
    assert shard.loss_use(later) == []
