"""The Ray face of a node, without Ray: it loads one world at a time and loses no newer quality."""

import asyncio
from pathlib import Path

import pytest

from actors.gateways.sip import SipGateway
from actors.home import Home, machine_ms
from actors.logs import open_log
from actors.node_actor import NodeActor
from actors.refs import Books
from domain.errors import StoppedError
from domain.placement import Placement
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
    its._books = Books(Placement(), batch=1, queue=1)
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


async def test_operators_hear_of_listeners_and_lift_bans(actor: NodeActor, exchange: Exchange) -> None:
    actor._started_ms = 1
    gateway = await SipGateway.listen(exchange.node, "127.0.0.1", 0, b"secret")
    actor._gateways.append(gateway)
    (state,) = await actor.gateways()
    assert (state.name, state.received, state.connections) == ("sip", 0, 0)
    exchange.node.guard.heard("203.0.113.9", machine_ms(), "friendly-scanner")
    (ban,) = await actor.bans()
    assert ban.source == "203.0.113.9"
    assert [await actor.unban(ban.source), await actor.unban(ban.source)] == [True, False]
    assert await actor.bans() == []
    gateway.close()


async def test_a_node_that_was_told_to_stop_answers_no_ping(actor: NodeActor, exchange: Exchange) -> None:
    actor._started_ms, actor._background, actor._log = 1, [], open_log(actor._home, "node-0")
    await actor.stop()
    with pytest.raises(StoppedError, match="node-0 was told to stop"):
        await actor.ping()
