"""Panic orders over gRPC: at a node's own port, so that they work with the desk, the books and the database down."""

from collections.abc import Callable
from secrets import token_hex
from typing import Any

import grpc

from actors.panic import PanicRoom
from actors.tokens import caller
from domain.directory import Direction, Directory
from domain.errors import InputError, NotFoundError
from domain.ids import PartnerId, TrunkId
from domain.panic import Aim, PanicOrder
from protos import switch_pb2 as pb
from protos import switch_pb2_grpc

Context = grpc.aio.ServicerContext[Any, Any]
LONGEST = 200
"""Characters of a reason, and of an id."""


class PanicService(switch_pb2_grpc.PanicServiceServicer):
    """Takes orders from people whose token the node knows by its file of users, and says what is in force."""

    def __init__(self, room: PanicRoom, directory: Callable[[], Directory | None], now_ms: Callable[[], int]) -> None:
        self._room, self._directory, self._now_ms = room, directory, now_ms

    async def Order(self, request: pb.PanicOrder, context: Context) -> pb.PanicStates:
        """Obey an order from now on."""
        aim, name = _thing(request)
        directory = self._directory()
        if directory is not None and not request.lift:  # what was removed since can still be lifted
            _require(directory, aim, name)
        order_id = request.id[:LONGEST] or token_hex(8)
        order = PanicOrder(order_id, aim, name, request.lift, caller(), self._now_ms(), request.reason[:LONGEST])
        nothing = self._room.panic.lifts_nothing(order)
        await self._room.give(order)
        states = self._states()
        states.nothing_in_force = nothing
        return states

    async def List(self, request: pb.PanicOrder, context: Context) -> pb.PanicStates:
        """Return what is in force."""
        return self._states()

    def _states(self) -> pb.PanicStates:
        panic = self._room.panic
        untold = {order.mark for order in panic.untold}
        states = [state_of(order, told=order.mark not in untold) for order in panic.in_force()]
        return pb.PanicStates(orders=states, node=self._room.node, not_kept=self._room.not_kept)


def state_of(order: PanicOrder, *, told: bool) -> pb.PanicState:
    """Return an order in force as a message."""
    message = pb.PanicOrder(id=order.order_id, reason=order.reason, lift=order.lift)
    setattr(message, order.aim.value, order.name)
    return pb.PanicState(order=message, who=order.who, since_ms=order.since_ms, told_desk=told)


def _thing(request: pb.PanicOrder) -> tuple[Aim, str]:
    given = [(aim, name) for aim in Aim if (name := getattr(request, aim.value))]
    if len(given) != 1:
        raise InputError("a panic order is about one thing", mend="Give one of client, vendor, trunk.")
    return given[0]


def _require(directory: Directory, aim: Aim, name: str) -> None:
    """Refuse a name that nobody has: a typing error must not look like an order that is obeyed."""
    if aim is Aim.TRUNK:
        if TrunkId(name) not in directory.trunks:
            raise NotFoundError(f"trunk {name} is not known", mend="See `switchboard trunks list`.")
        return
    if PartnerId(name) not in directory.partners:
        raise NotFoundError(f"partner {name} is not known", mend="See `switchboard partners list`.")
    way = Direction.IN if aim is Aim.CLIENT else Direction.OUT
    if not any(trunk.partner == name and trunk.direction is way for trunk in directory.trunks.values()):
        what = "client: it has no incoming trunk" if aim is Aim.CLIENT else "vendor: it has no outgoing trunk"
        raise NotFoundError(f"partner {name} is no {what}", mend="Drop it as a vendor, or freeze it as a client.")
