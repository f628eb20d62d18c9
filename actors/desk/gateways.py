"""Operators' service of the nodes' gateways: what each listener does, and which strangers are banned."""

import asyncio
from ipaddress import ip_address
from typing import Any

import grpc
from ray.exceptions import RayError

from actors.desk.core import Desk
from actors.gateways.state import GatewayState
from actors.refs import handle
from domain.errors import InputError, NotFoundError
from domain.guard import Ban
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services

Context = grpc.aio.ServicerContext[Any, Any]
WAIT_S = 3.0
"""A node that does not answer by then is shown as away."""


class GatewaysService(services.GatewaysServiceServicer):
    """Asks every node of the settings; one that is away takes nothing from what the others say."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def List(self, request: pb.Empty, context: Context) -> pb.GatewayStates:
        """List gateways and bans by node."""
        names = self._names()
        told = await asyncio.gather(*(_ask(name, "gateways") for name in names))
        banned = await asyncio.gather(*(_ask(name, "bans") for name in names))
        answer = pb.GatewayStates()
        for name, states in zip(names, told, strict=True):
            answer.gateways.extend([pb.Gateway(node=name, away=True)] if states is None else _gateways(name, states))
        for name, bans in zip(names, banned, strict=True):
            answer.bans.extend(_ban(name, ban) for ban in bans or ())
        return answer

    async def Unban(self, request: pb.Named, context: Context) -> pb.Changed:
        """Lift the ban of a source on every node. Raises InputError, NotFoundError where none has banned it."""
        try:
            source = str(ip_address(request.name.strip()))
        except ValueError:
            raise InputError(
                f"{request.name!r} is no address", mend="Give one of `switchboard gateways bans`."
            ) from None
        names = self._names()
        answers = await asyncio.gather(*(_ask(name, "unban", source) for name in names))
        away = [name for name, answer in zip(names, answers, strict=True) if answer is None]
        missed = f"; not told, since away: {', '.join(away)}" if away else ""
        if not any(answers):
            raise NotFoundError(f"{source} is not banned{missed}", mend="See `switchboard gateways bans`.")
        lifted = [name for name, answer in zip(names, answers, strict=True) if answer]
        await self._desk.note("unban", "source", source, lifted)
        return pb.Changed(what=f"{source} is no longer banned on {', '.join(lifted)}{missed}")

    def _names(self) -> list[str]:
        return [node.name for node in self._desk.home.settings.node]


async def _ask(node: str, method: str, *args: object) -> Any:
    """Return a node's answer, None where it is away."""
    try:
        async with asyncio.timeout(WAIT_S):
            return await getattr(handle(node), method).remote(*args)
    except (RayError, ValueError, TimeoutError):
        return None


def _gateways(node: str, states: list[GatewayState]) -> list[pb.Gateway]:
    return [
        pb.Gateway(
            node=node,
            name=state.name,
            address=state.address,
            received=state.received,
            sent=state.sent,
            errors=state.errors,
            counts=state.counts,
            p50_ms=state.p50_ms,
            p99_ms=state.p99_ms,
            in_work=state.in_work,
            connections=state.connections,
        )
        for state in states
    ]


def _ban(node: str, ban: Ban) -> pb.Ban:
    return pb.Ban(
        node=node,
        source=ban.source,
        reason=ban.reason,
        since_ms=ban.since_ms,
        until_ms=ban.until_ms,
        packets=ban.packets,
    )
