"""Operators' service of static routing tables, and their keeper: made anew when something changed, and on schedule."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import grpc

from actors.desk.core import Desk
from domain.directory import Switch
from domain.errors import InputError, NotFoundError, SwitchboardError
from domain.ids import SwitchId
from domain.route_table import table_trunks
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services
from store.table_files import TableState, read_states, write_states

Context = grpc.aio.ServicerContext[Any, Any]
CHUNK = 1 << 20
PAUSE_MS = 10_000
"""Changes gather this long (business time): a rate sheet of many plans makes one table, not ten."""

Alarm = Callable[[str, str, str], None]


class Tables:
    """Keeps the tables of all switches that have a template.

    Invariant: a table is made from one published world; one at a time, since each takes a worker's core.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._making = asyncio.Lock()
        self._states = read_states(desk.home.data)
        self._made_from: dict[tuple[str, str], int] = {}

    def states(self) -> list[TableState]:
        """Return what is known of each table, by switch and trunk."""
        return [self._states[key] for key in sorted(self._states)]

    async def keep(self) -> None:
        """Make what is due: after a change where the switch wants that, and each `table_every_s`.

        A table that fails keeps none of the others; the first failure is raised when all were tried.
        """
        world = self._desk.world
        if world is None:
            return
        failed: list[Exception] = []
        for switch in world.index.directory.switches.values():
            if switch.recipe.table:
                for trunk in table_trunks(world.index, switch.id):
                    if self._due(switch, trunk.id):
                        try:
                            await self.make(switch, trunk.id)
                        except Exception as error:  # whatever it is, the other tables are still due
                            failed.append(error)
        if failed:
            raise failed[0]

    async def make(self, switch: Switch, trunk: str) -> TableState:
        """Make one table now. What fails is kept with the table's state, and raised."""
        async with self._making:
            key = (str(switch.id), trunk)
            known = self._states.get(key) or TableState(*key)
            made_from = self._version()
            world = await self._desk.fresh_world()
            assert world is not None, "who asks for a table has a world"
            template = switch.recipe.table or "csv"
            try:
                made = await self._desk.tasks.write_route_table(known, template, world.quality, self._desk.now_ms())
            except Exception as error:
                text = str(error) if isinstance(error, SwitchboardError) else f"{type(error).__name__}: {error}"
                await self._keep_state(replace(known, error=text, checked_ms=self._desk.now_ms()))
                raise
            self._made_from[key] = made_from
            await self._keep_state(made)
            return made

    def _due(self, switch: Switch, trunk: str) -> bool:
        key, recipe = (str(switch.id), trunk), switch.recipe
        known = self._states.get(key)
        if known is None:
            return True
        ago_ms = self._desk.now_ms() - known.checked_ms
        if known.error and 0 <= ago_ms < PAUSE_MS:
            return False
        if known.template != recipe.table:
            return True
        if ago_ms < 0 or (recipe.table_every_s and ago_ms >= recipe.table_every_s * 1000):
            return True
        return recipe.table_on_change and self._made_from.get(key) != self._version() and ago_ms >= PAUSE_MS

    def _version(self) -> int:
        """Return what is published. What quality does to the order the schedule brings: it changes with each call."""
        manifest = self._desk.home.manifest()
        return manifest.version if manifest else 0

    async def _keep_state(self, state: TableState) -> None:
        self._states[state.switch, state.trunk] = state
        await asyncio.to_thread(write_states, self._desk.home.data, self.states())


class TablesService(services.TablesServiceServicer):
    """Hands out routing tables and says how each of them is."""

    def __init__(self, desk: Desk, tables: Tables) -> None:
        self._desk, self._tables = desk, tables

    async def Export(self, request: pb.TableRequest, context: Context) -> AsyncIterator[pb.TableFile]:
        """Make the tables of a switch now and send them; a file in pieces, the next file with its own name."""
        switch_id = SwitchId(request.switch_id)
        switch = await self._desk.read(lambda catalog: catalog.switches.get(switch_id))
        if self._desk.world is None:
            raise NotFoundError("nothing is published yet", mend="Add partners, plans and trunks first.")
        trunks = table_trunks(self._desk.world.index, switch_id, request.client)
        if not trunks:
            of_whom = f"client {request.client}" if request.client else "any client"
            raise InputError(f"no enabled trunk of {of_whom} comes in by {switch_id}", mend="Add one, or enable it.")
        for trunk in trunks:
            state = await self._tables.make(switch, trunk.id)
            path = self._desk.home.data / "tables" / state.file_name
            data = await asyncio.to_thread(path.read_bytes)
            for at in range(0, max(1, len(data)), CHUNK):
                piece = data[at : at + CHUNK]
                yield pb.TableFile(file_name=path.name, data=piece, rows=state.rows, version=state.version)

    async def List(self, request: pb.Empty, context: Context) -> pb.TableStates:
        """List the tables with their versions."""
        return pb.TableStates(tables=[_message(state) for state in self._tables.states()])


def _message(state: TableState) -> pb.TableState:
    return pb.TableState(
        switch_id=state.switch,
        template=state.template,
        version=state.version,
        rows=state.rows,
        written_ms=state.written_ms,
        file_name=state.file_name,
        error=state.error,
    )
