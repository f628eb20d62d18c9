"""Static routing tables: every code of a client ranked, which takes seconds of a worker and none of a node."""

from actors.home import Home
from actors.world_files import load_world
from domain.errors import NotFoundError
from domain.ids import TrunkId
from domain.lcr_table import LcrRow, lcr_rows
from domain.quality_board import QualityBoard
from domain.route_table import table_rows
from domain.world import World
from store.table_files import TableState, write_table


def write_route_table(home: Home, known: TableState, template: str, board: QualityBoard, now_ms: int) -> TableState:
    """Write the table of one trunk from what is published now, as nodes decide by it; `now_ms` is business time."""
    world = _published(home, board)
    trunk = world.index.directory.trunks[TrunkId(known.trunk)]
    return write_table(home.data, known, template, trunk, table_rows(trunk, world, now_ms), now_ms)


def lcr_table(
    home: Home, trunk: TrunkId, text: str, most: int, board: QualityBoard, at_ms: int
) -> tuple[list[LcrRow], int]:
    """Return the rows of a trunk's calls from what is published now; `at_ms` is business time."""
    world = _published(home, board)
    return lcr_rows(world.index.directory.trunks[trunk], world, at_ms, text, most)


def _published(home: Home, board: QualityBoard) -> World:
    manifest = home.manifest()
    if manifest is None:
        raise NotFoundError("nothing is published yet", mend="Add partners, plans and trunks first.")
    return load_world(home.snapshots, manifest, board)
