"""What the desk asks of shards for a list: who answers is shown, who does not is named with the moment since when.

What is not known stays unset: a zero would be taken for a balance. Who did not answer its last ping is not asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from ray.exceptions import RayError

from actors.desk.core import ASK_WAIT_S, Desk
from actors.refs import handle
from domain.ids import PartnerId
from domain.placement import Placement
from protos import operators_pb2 as pb

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Away:
    """A shard that does not answer; `since_ms`: since when it has not been heard, business time, UTC ms."""

    shard: str
    since_ms: int


async def ask_shard(desk: Desk, shard: str, question: Callable[[Any], Awaitable[T]]) -> T | Away:
    """Ask one shard; `question` gets its handle and begins the call."""
    asked_ms = desk.now_ms()
    if shard in desk.silent or shard in desk.absent:  # it is pinged each second: who is back is known by then
        return Away(shard, desk.silent.get(shard, asked_ms))
    try:
        async with asyncio.timeout(ASK_WAIT_S):
            return await question(handle(shard))
    except (RayError, ValueError, TimeoutError):
        return Away(shard, desk.silent.get(shard, asked_ms))


async def ask_shards(
    desk: Desk, shards: Iterable[str], question: Callable[[Any], Awaitable[T]]
) -> tuple[dict[str, T], list[Away]]:
    """Ask several at the same time; return the answers by shard, and who is away."""
    names = list(shards)
    found = await asyncio.gather(*(ask_shard(desk, name, question) for name in names))
    told = {name: its for name, its in zip(names, found, strict=True) if not isinstance(its, Away)}
    return told, [its for its in found if isinstance(its, Away)]


def needed_for(placement: Placement, partner: PartnerId, away: Iterable[Away]) -> list[Away]:
    """Return those of the shards that are away without which a partner's figures are not known.

    One that is or was pinned may be in any book while it moves.
    """
    own = placement.shard_of_book(placement.home_of_partner(partner))
    return [one for one in away if partner in placement.pins or one.shard == own]


def said_of(away: Away) -> str:
    """Say who is away since when."""
    return f"{away.shard} is away since {datetime.fromtimestamp(away.since_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def away_messages(away: Iterable[Away]) -> list[pb.ShardAway]:
    """Render who is away, each once."""
    since: dict[str, int] = {}
    for one in away:
        since.setdefault(one.shard, one.since_ms)
    return [pb.ShardAway(shard=shard, since_ms=since_ms) for shard, since_ms in sorted(since.items())]
