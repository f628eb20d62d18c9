"""The Ray face of a node, without Ray: it loads one world at a time and loses no newer quality."""

import asyncio
from pathlib import Path

import pytest

from actors.home import Home
from actors.node_actor import NodeActor
from domain.quality_board import QualityBoard
from domain.settings import NodeSettings, Settings
from store.directory_file import write_directory
from store.manifest import Manifest, SnapshotFile, write_manifest
from tests.actors.exchange import Exchange
from tests.domain.call_builders import directory


@pytest.fixture
def actor(exchange: Exchange, tmp_path: Path) -> NodeActor:
    its = NodeActor("node-0", Home(tmp_path, Settings()), NodeSettings(name="node-0"))
    its._node = exchange.node
    return its


def publish(folder: Path, version: int) -> None:
    folder.mkdir(exist_ok=True)
    sha256 = write_directory(folder / "directory", directory())
    write_manifest(folder, Manifest(version, 0, SnapshotFile("directory", version, sha256), None, {}))


async def test_a_board_that_came_while_a_world_was_loaded_is_kept(actor: NodeActor, tmp_path: Path) -> None:
    publish(tmp_path / "snapshots", 1)
    loading = asyncio.create_task(actor._load())
    await asyncio.sleep(0)
    newer = actor._board = QualityBoard(2)
    await loading
    assert actor._node.world is not None
    assert actor._node.world.quality is newer


async def test_a_world_is_looked_for_when_the_one_before_it_is_loaded(actor: NodeActor, tmp_path: Path) -> None:
    publish(tmp_path / "snapshots", 1)
    actor._loading = asyncio.Lock()
    async with actor._loading:
        waiting = asyncio.create_task(actor._load())
        await asyncio.sleep(0)
        publish(tmp_path / "snapshots", 2)
    await waiting
    assert actor._manifest_version == 2
