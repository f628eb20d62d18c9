"""What is used of limits now: books say what they count, nodes what they keep; who is away leaves it unset."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Collection, Mapping

from actors.desk.core import Desk
from actors.desk.shards import Away, ask_shard, away_messages, needed_for
from actors.desk.watch import Watch
from actors.pulse import Pulse
from domain.directory import Directory, Trunk
from domain.ids import PartnerId, TrunkId
from domain.limit_gate import LimitGate
from domain.limit_index import Scope, scope_of
from domain.limits import Limit, LimitId, LimitUse
from protos import operators_pb2 as pb


async def uses_of(desk: Desk, watch: Watch | None, limits: Collection[Limit]) -> list[pb.LimitUse]:
    """Return limits with what is used of them now; what shards that are away count is unset."""
    boards, away = await boards_of(desk, soft_only=False) if limits else ({}, [])
    counted: defaultdict[LimitId, list[LimitUse]] = defaultdict(list)
    for uses in boards.values():
        for use in uses:
            counted[use.limit].append(use)
    nodes = [node.name for node in desk.home.settings.node] if watch is not None else []
    pulses = [pulse for name in nodes if watch is not None and (pulse := watch.pulse(name)) is not None]
    trunks = desk.world.index.directory.trunks if desk.world else {}
    now_ms, placement = desk.now_ms(), desk.home.placement
    shown = []
    for limit in limits:
        keeper = keeper_of(limit, trunks)
        missing = away if keeper is None else needed_for(placement, keeper, away)
        shown.append(_use_message(desk, limit, keeper is not None, counted[limit.id], pulses, now_ms, missing))
    return shown


def keeper_of(limit: Limit, trunks: Mapping[TrunkId, Trunk]) -> PartnerId | None:
    """Return whose entity keeps a limit; None where the books of all clients count it."""
    if scope_of(limit, trunks) is not Scope.CLIENT:
        return None
    trunk = trunks.get(limit.trunk) if limit.trunk is not None else None
    return limit.client or (trunk.partner if trunk is not None else None)


async def boards_of(desk: Desk, *, soft_only: bool) -> tuple[dict[int, list[LimitUse]], list[Away]]:
    """Return what each book counts of its limits, and the shards whose books are left out, since they are away."""
    placement = desk.home.placement

    def board(book: int) -> Awaitable[list[LimitUse] | Away]:
        shard = placement.shard_of_book(book)
        return ask_shard(desk, shard, lambda actor: actor.limit_use.remote(book, soft_only=soft_only))

    found = await asyncio.gather(*map(board, range(placement.books)))
    told = {book: uses for book, uses in enumerate(found) if not isinstance(uses, Away)}
    return told, [uses for uses in found if isinstance(uses, Away)]


async def open_by_trunk(desk: Desk) -> dict[TrunkId, int] | Away:
    """Return how many calls are open by each outgoing trunk that limits them; a shard that is away where one is."""
    if desk.world is None:
        return {}
    gate = LimitGate()
    gate.enter(desk.world.index.directory)
    if not gate.needed:
        return {}
    boards, away = await boards_of(desk, soft_only=True)
    if away:
        return away[0]
    found: dict[TrunkId, int] = {}
    for uses in boards.values():
        for use in uses:
            kind, _, trunk = use.limit.partition(" ")
            if kind == "trunk" and trunk:
                found[TrunkId(trunk)] = found.get(TrunkId(trunk), 0) + use.calls
    return found


async def gate_of(desk: Desk, directory: Directory) -> tuple[LimitGate | None, list[Away]]:
    """Return the soft limits as a node sees them now, but for its calls per second, and the shards whose books are not
    counted, since they are away; None where there are no such limits.
    """
    gate = LimitGate()
    gate.enter(directory)
    if not gate.needed:
        return None, []
    boards, away = await boards_of(desk, soft_only=True)
    gate.learn(boards)
    return gate, away


def _use_message(
    desk: Desk,
    limit: Limit,
    hard: bool,
    uses: Collection[LimitUse],
    nodes: Collection[Pulse],
    now_ms: int,
    missing: Collection[Away],
) -> pb.LimitUse:
    """Render a limit with its use. What nodes keep they count themselves, but for open calls, minutes and money."""
    destination = desk.name_of(limit.destination) if limit.destination is not None else ""
    message = pb.LimitUse(
        limit=limit_message(limit, destination),
        period_ms=limit.period_ms(now_ms),
        hard=hard,
        away=away_messages(missing),
        holds_not=not limit.holds(now_ms),
    )
    if not hard:
        message.cps = _sum(nodes, f"limit.cps.{limit.id}")
        message.refused = int(_sum(nodes, f"limit.refused.{limit.id}"))
    if missing:
        return message
    if hard:
        message.cps, message.refused = sum(use.cps for use in uses), sum(use.refused for use in uses)
    current = [use for use in uses if use.period_ms == message.period_ms]
    message.open_calls = max(0, sum(use.calls for use in uses))
    message.seconds = max(0, sum(use.seconds for use in current))
    message.used_units = sum(use.units for use in current)
    return message


def _sum(nodes: Collection[Pulse], name: str) -> float:
    return sum(pulse.figures.get(name, 0.0) for pulse in nodes)


def naming(directory: Directory, partner: PartnerId) -> list[Limit]:
    """Return the limits that name a partner or one of its trunks."""
    own = {trunk.id for trunk in directory.trunks.values() if trunk.partner == partner}
    return [limit for limit in directory.limits if partner in (limit.client, limit.vendor) or limit.trunk in own]


def limit_message(limit: Limit, destination: str) -> pb.Limit:
    """Render a limit."""
    return pb.Limit(
        id=limit.id,
        client=limit.client or "",
        end_user=limit.end_user,
        trunk=limit.trunk or "",
        vendor=limit.vendor or "",
        destination=destination or (f"{limit.destination}" if limit.destination is not None else ""),
        code=limit.code,
        max_calls=limit.max_calls,
        max_cps=limit.max_cps,
        burst=limit.burst,
        max_minutes=limit.max_minutes,
        max_units=limit.max_units,
        currency=limit.currency or "",
        period=limit.period.value,
        zone=limit.zone,
        disabled=not limit.enabled,
        profile=limit.profile,
    )
