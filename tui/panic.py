"""Panic orders from the console: given to every node at its own port, so that they work while the desk does not."""

import asyncio
from dataclasses import dataclass, field
from secrets import token_hex

from grpc import aio

from protos import connect
from protos.switch_pb2 import PanicOrder, PanicState, PanicStates
from protos.switch_pb2_grpc import PanicServiceStub
from tui.link import Link, LinkError

WAIT_S = 5.0
KINDS = {"client": "freeze", "vendor": "drop", "trunk": "drop"}
"""What is done to which kind of thing."""


@dataclass(slots=True)
class Orders:
    """What a list knows of orders: what the desk told with its rows, and since then what the nodes said."""

    said: dict[tuple[str, str], bool] = field(default_factory=dict)

    def in_force(self, kind: str, name: str, shown: list[PanicState]) -> bool:
        """Say whether an order is in force; what the nodes answered goes before what stands in the row."""
        known = self.said.get((kind, name))
        return any(getattr(state.order, kind) == name for state in shown) if known is None else known

    def question(self, kind: str, name: str, shown: list[PanicState]) -> str:
        """Ask before an order is given or taken back."""
        if self.in_force(kind, name, shown):
            return f"Let calls of {kind} {name} go again? Every node is told at once."
        if kind == "client":
            return f"Freeze client {name}: refuse all its new calls, at every node, at once? Calls that run go on."
        return f"Drop {kind} {name}: send it no new call, at every node, at once? Calls that run go on."

    async def turn(self, link: Link, kind: str, name: str, shown: list[PanicState]) -> str:
        """Give the order, or take it back; say node by node what happened. Raises LinkError where a node did not."""
        lift = self.in_force(kind, name, shown)
        order = PanicOrder(lift=lift, reason="from the console", id=token_hex(8))
        setattr(order, kind, name)
        told = await give(link.where(), order)
        if any(not trouble for _, trouble in told):
            self.said[kind, name] = not lift
        done = f"{kind} {name} {'goes again' if lift else 'frozen' if kind == 'client' else 'dropped'}"
        failed = [f"{node}: {trouble}" for node, trouble in told if trouble]
        if failed:
            raise LinkError("; ".join([done, *failed] if len(failed) < len(told) else failed))
        return f"{done} at {', '.join(node for node, _ in told)}"


async def give(where: connect.Endpoint, order: PanicOrder) -> list[tuple[str, str]]:
    """Give an order to every node at once; return (node, why it did not do it). Raises LinkError: none is known."""
    if not where.nodes:
        raise LinkError("no node's gRPC port is known here: use `switchboard panic … --node HOST:PORT`")
    names = sorted(where.nodes)
    return list(zip(names, await asyncio.gather(*(_one(where, name, order) for name in names)), strict=True))


async def _one(where: connect.Endpoint, name: str, order: PanicOrder) -> str:
    try:
        async with connect.aio_channel(where.nodes[name], where.nodes_tls.get(name)) as channel:
            call = PanicServiceStub(channel).Order(order, timeout=WAIT_S, metadata=connect.metadata(where.token))
            states: PanicStates = await call
    except aio.AioRpcError as error:
        details = error.details() or error.code().name.lower()
        return "not reached" if error.code().name in ("UNAVAILABLE", "DEADLINE_EXCEEDED") else details
    except OSError as error:
        return str(error)
    return f"obeys, but would forget it when restarted: {states.not_kept}" if states.not_kept else ""
