"""A machine that is about to leave the cluster is emptied first: its nodes answer what is under way, then it idles."""

import asyncio
from functools import partial

from ray.exceptions import RayError

from actors.desk.core import Desk
from actors.desk.placing import order
from actors.machines import MOVE_S, STOP_S
from actors.refs import handle
from domain.errors import InputError
from domain.placement import Orders

LOOK_S = 0.2


async def leave(desk: Desk, machine: str) -> str:
    """Stop the nodes of a machine, then let its shards move, or close their books, as cluster.away has it.

    Return what became of them, in a sentence. Raises InputError for the first machine, which cannot leave.
    """
    home, cluster = desk.home, desk.home.settings.cluster
    if machine == cluster.machine:
        raise InputError(f"{machine} is the first machine", mend="Stop `switchboard up` there.")
    nodes = [node.name for node in home.settings.node if home.machine_of(node.name) == machine]
    shards = [name for name in home.placement.shard_names if home.machine_of(name) == machine]
    await asyncio.gather(*(_stop(name) for name in nodes))
    if cluster.away == "move":
        moved = await asyncio.gather(*(_move(desk, name, machine) for name in shards))
        late = [name for name, there in zip(shards, moved, strict=True) if not there]
        fate = f"moved to {cluster.machine}" + (f", {', '.join(late)} not answering there yet" if late else "")
    else:
        await asyncio.gather(*(_stop(name) for name in shards))
        fate = "wait until it is back"
    said = [f"{', '.join(nodes)} answered what was under way"] * bool(nodes) + [f"{', '.join(shards)} {fate}"] * bool(
        shards
    )
    what = "; ".join(said) or "nothing ran there"
    await desk.note("leave", "machine", machine, what)
    return f"{machine} leaves: {what}"


async def _stop(name: str) -> None:
    """Stop an actor; one that cannot be told, or does not end in time, leaves nothing that counts undone."""
    try:
        async with asyncio.timeout(STOP_S):
            await handle(name).stop.remote()
    except (RayError, ValueError, TimeoutError):
        return


async def _move(desk: Desk, shard: str, machine: str) -> bool:
    """Order a shard to the first machine; return whether it answers from there in time."""
    first = desk.home.settings.cluster.machine
    before = await _incarnation(shard)
    await order(desk, partial(Orders.moved, shard=shard, machine=first))
    await desk.note("move", "shard", shard, f"to {first}, since {machine} leaves")
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + MOVE_S
    while loop.time() < deadline_s:
        now = await _incarnation(shard)
        if now and now != before:
            return True
        await asyncio.sleep(LOOK_S)
    return False


async def _incarnation(name: str) -> tuple[int, int] | None:
    """Return what tells one process of an actor from the next; None while it does not answer."""
    try:
        async with asyncio.timeout(STOP_S):
            pulse = await handle(name).ping.remote()
    except (RayError, ValueError, TimeoutError):
        return None
    return pulse.pid, pulse.started_ms
