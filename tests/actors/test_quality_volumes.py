"""quality-0 and volumes: filled from the books once, then by each call that ends; and what nodes are told."""

from dataclasses import replace
from pathlib import Path

import pytest

from actors.home import Home
from actors.quality_actor import QualityActor
from domain.directory import Directory
from domain.ids import LegId
from domain.quality_board import QualityBoard
from domain.quality_refill import Refill
from domain.quantities.counting import VolumeFilled
from domain.quantities.standing import DAY_MS, Counted
from domain.quantities.volumes import Volume
from domain.settings import Settings
from store.directory_file import write_directory
from store.manifest import Manifest, SnapshotFile, write_manifest
from tests.domain.call_builders import directory
from tests.domain.quantities.volumes import BEGIN, commitment, ended, swap

NOW = BEGIN + 10 * DAY_MS
LATE, BOTH = commitment(), swap()


def published(home: Home, version: int, *volumes: Volume) -> None:
    """Publish a directory with these commitments and swaps."""
    its: Directory = replace(
        directory(),
        version=version,
        commitments=tuple(one for one in volumes if isinstance(one, type(LATE))),
        swaps=tuple(one for one in volumes if isinstance(one, type(BOTH))),
    )
    home.snapshots.mkdir(parents=True, exist_ok=True)
    file = f"directory-all-{version}.json"
    digest = write_directory(home.snapshots / file, its)
    write_manifest(home.snapshots, Manifest(version, NOW, SnapshotFile(file, version, digest), None, {}, None))


@pytest.fixture
def actor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> QualityActor:
    made = QualityActor("quality-0", Home(tmp_path, Settings()))
    monkeypatch.setattr(made, "_now_ms", lambda: NOW)
    made.routes_restored = True
    published(made._home, 1, LATE)
    return made


async def filled(actor: QualityActor, *sums: VolumeFilled) -> None:
    await actor.begin_filling()
    await actor.fill(Refill(volumes=sums, ended=frozenset({LegId(b"counted")})))
    await actor.end_filling()


async def board(actor: QualityActor, before: QualityBoard) -> QualityBoard:
    actor._made_ms = 0
    change = await actor.board(before.version)
    return before if change is None else before.changed(change)


async def test_nothing_is_told_before_the_books_were_counted_and_all_after(actor: QualityActor) -> None:
    await actor.count([ended(leg_id=LegId(b"heard"))])
    assert await actor.volumes() == {"commitment nov": None}
    known = await board(actor, QualityBoard(volumes={"commitment old": {"commit_remaining": 1.0}}))
    assert known.volumes == {"commitment old": {"commit_remaining": 1.0}}, "nodes go on with what they know"
    await filled(actor, VolumeFilled(LATE.key, 0, 3_600))
    assert await actor.volumes() == {"commitment nov": Counted(0, 3_600, {})}
    known = await board(actor, known)
    assert known.volumes["commitment nov"]["commit_remaining"] == 240
    assert known.volumes.keys() == {"commitment nov"}


async def test_a_call_counts_once_whether_the_books_have_it_or_it_is_heard(actor: QualityActor) -> None:
    await actor.begin_filling()
    await actor.count([ended(leg_id=LegId(b"counted")), ended(leg_id=LegId(b"new"))])
    await actor.fill(Refill(volumes=(VolumeFilled(LATE.key, 0, 60),), ended=frozenset({LegId(b"counted")})))
    await actor.end_filling()
    await actor.count([ended(leg_id=LegId(b"counted")), ended(leg_id=LegId(b"later"))])
    found = (await actor.volumes())["commitment nov"]
    assert found is not None and found.went == 180


async def test_one_that_is_added_is_told_when_it_is_counted_and_the_others_meanwhile(actor: QualityActor) -> None:
    await filled(actor, VolumeFilled(LATE.key, 0, 3_600))
    published(actor._home, 2, LATE, BOTH)
    assert await actor.volumes() == {"commitment nov": Counted(0, 3_600, {}), "swap both": None}
    assert (await board(actor, QualityBoard())).volumes.keys() == {"commitment nov"}
    await filled(actor, VolumeFilled(LATE.key, 0, 3_600), VolumeFilled(BOTH.key, 60, 0))
    known = await board(actor, QualityBoard())
    assert known.volumes["swap both"]["swap_balance"] == 1


async def test_a_call_that_ends_changes_what_nodes_know_and_none_that_counts_for_nothing_does(
    actor: QualityActor,
) -> None:
    await filled(actor, VolumeFilled(LATE.key, 0, 3_600))
    before = await board(actor, QualityBoard())
    await actor.count([ended(leg_id=LegId(b"a"), billed_s=0, charge=0)])
    same = await board(actor, before)
    assert same.volumes is before.volumes
    await actor.count([ended(leg_id=LegId(b"b"))])
    after = await board(actor, same)
    assert after.volumes["commitment nov"]["commit_remaining"] == 239
