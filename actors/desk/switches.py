"""Operators' services of switches and trunks."""

from collections.abc import Iterable
from typing import Any

import grpc

from actors.desk import values
from actors.desk.board import Board
from actors.desk.core import Desk
from actors.desk.field_changes import changed, given
from actors.desk.removal import removed
from actors.tokens import caller
from domain.directory import Direction, Switch, Trunk
from domain.errors import InputError
from domain.ids import SwitchId, TrunkId
from domain.recipes import recipe_named
from domain.switch_fields import (
    changed_switch,
    changed_trunk,
    differences,
    switch_texts,
    trunk_texts,
)
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services
from store.catalog import Catalog
from store.mentions import Noun
from store.table_files import open_template

Context = grpc.aio.ServicerContext[Any, Any]


class SwitchesService(services.SwitchesServiceServicer):
    """Adds, changes, shows and lists switches."""

    def __init__(self, desk: Desk, board: Board) -> None:
        self._desk, self._board = desk, board

    async def Add(self, request: pb.SwitchEntry, context: Context) -> pb.Changed:
        """Add a switch of a known kind, with what it does otherwise than its kind."""
        plain = Switch(
            id=SwitchId(request.id),
            address=request.address,
            recipe=recipe_named(request.recipe),
            secret=request.secret,
            require_message_authenticator=request.require_message_authenticator,
        )
        switch = changed_switch(plain, request.settings)
        self._check_table(plain, switch)
        await self._desk.change(lambda catalog, at_ms: catalog.switches.add(switch, who=caller(), at_ms=at_ms))
        own = differences(switch_texts(plain), switch_texts(switch))
        at = f" at {switch.address}" if switch.address else ""
        return pb.Changed(what=", ".join([f"switch {switch.id}{at} added, recipe {switch.recipe.name}", *own]))

    def _check_table(self, before: Switch, after: Switch) -> None:
        """Raise InputError where a switch is given a template of tables that is not there, or cannot be read."""
        if after.recipe.table and after.recipe.table != before.recipe.table:
            open_template(self._desk.home.data, after.recipe.table)

    async def Set(self, request: pb.FieldChanges, context: Context) -> pb.Changed:
        """Change fields of a switch or of its recipe."""
        texts = given(request)

        def order(catalog: Catalog, at_ms: int) -> tuple[Switch, Switch]:
            before = catalog.switches.get(SwitchId(request.id))
            after = changed_switch(before, texts)
            self._check_table(before, after)
            catalog.switches.change(after, who=caller(), at_ms=at_ms)
            return before, after

        before, after = await self._desk.change(order)
        return changed(f"switch {after.id}", switch_texts(before), switch_texts(after), texts)

    async def Remove(self, request: pb.Named, context: Context) -> pb.Changed:
        """Remove a switch that nothing refers to."""
        return await removed(self._desk, Noun.SWITCH, request.name)

    async def Show(self, request: pb.Named, context: Context) -> pb.SwitchEntry:
        """Show a switch with every field of its recipe."""
        switch = await self._desk.read(lambda catalog: catalog.switches.get(SwitchId(request.name)))
        message = values.switch_message(switch)
        message.fields.update(switch_texts(switch))
        self._stated([message])
        return message

    async def List(self, request: pb.Empty, context: Context) -> pb.SwitchEntries:
        """List switches."""
        found = await self._desk.read(lambda catalog: catalog.switches.list())
        messages = [values.switch_message(switch) for switch in found]
        self._stated(messages)
        return pb.SwitchEntries(switches=messages, now_ms=self._desk.now_ms())

    def _stated(self, messages: list[pb.SwitchEntry]) -> None:
        """Add what came of each switch, as the board has it."""
        states = {state.switch_id: state for state in self._board.switches()}
        for message in messages:
            if message.id in states:
                message.state.CopyFrom(states[message.id])


class TrunksService(services.TrunksServiceServicer):
    """Adds, changes, shows and lists trunks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Add(self, request: pb.Trunk, context: Context) -> pb.Changed:
        """Add a trunk with its options."""
        plain = values.trunk_of(request)
        trunk = changed_trunk(plain, request.options)
        self._check_zone(trunk)
        await self._desk.change(lambda catalog, at_ms: catalog.trunks.add(trunk, who=caller(), at_ms=at_ms))
        own = differences(trunk_texts(plain), trunk_texts(trunk))
        said = ", ".join([f"trunk {trunk.id} of {trunk.partner} added ({trunk.direction})", *own])
        return pb.Changed(what=said + _unheard(trunk, await self._desk.read(lambda catalog: catalog.switches.list())))

    async def Set(self, request: pb.FieldChanges, context: Context) -> pb.Changed:
        """Change fields of a trunk, of its number rules or its options."""
        texts = given(request)

        def order(catalog: Catalog, at_ms: int) -> tuple[Trunk, Trunk]:
            before = catalog.trunks.get(TrunkId(request.id))
            after = changed_trunk(before, texts)
            self._check_zone(after)
            catalog.trunks.change(after, who=caller(), at_ms=at_ms)
            return before, after

        before, after = await self._desk.change(order)
        return changed(f"trunk {after.id} of {after.partner}", trunk_texts(before), trunk_texts(after), texts)

    def _check_zone(self, trunk: Trunk) -> None:
        """Raise InputError for an enum_zone of our own: who is sent there asks us again and again (RFC 6116 §5.2.1)."""
        zone = trunk.options.enum_zone.lower().removesuffix(".")
        for own in self._desk.home.settings.enum.zones:
            apex = own.lower().removesuffix(".")
            if zone and (zone == apex or zone.endswith(f".{apex}")):
                mend = "Give that of the vendor's own ENUM server; ours stand in [enum] zones of the settings."
                raise InputError(f"enum_zone {zone} is our own", where=f"trunk {trunk.id}", mend=mend)

    async def Remove(self, request: pb.Named, context: Context) -> pb.Changed:
        """Remove a trunk that nothing refers to."""
        return await removed(self._desk, Noun.TRUNK, request.name)

    async def Show(self, request: pb.Named, context: Context) -> pb.Trunk:
        """Show a trunk with its number rules and every option."""
        trunk = await self._desk.read(lambda catalog: catalog.trunks.get(TrunkId(request.name)))
        message = values.trunk_message(trunk)
        message.fields.update(trunk_texts(trunk))
        return message

    async def List(self, request: pb.PageRequest, context: Context) -> pb.Trunks:
        """List trunks."""
        found = await self._desk.read(lambda catalog: catalog.trunks.list())
        chosen = [trunk for trunk in found if request.filter in trunk.id or request.filter in trunk.partner]
        page = chosen[request.offset : request.offset + self._desk.page(request.limit)]
        return pb.Trunks(trunks=[values.trunk_message(trunk) for trunk in page])


def _unheard(trunk: Trunk, switches: Iterable[Switch]) -> str:
    """Say so where a client's own machine is not known: a switch of ours may speak for it, but it is refused itself."""
    alone = trunk.direction is Direction.IN and trunk.host and trunk.switch is None
    if not alone or any(switch.address == trunk.host for switch in switches):
        return ""
    return f"; no switch is at {trunk.host}: what asks from there itself is refused until `switchboard switches add`"
