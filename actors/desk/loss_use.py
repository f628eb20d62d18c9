"""What is used of allowed losses now, by what the books of all shards say."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence

from actors.desk.core import Desk
from actors.desk.shards import Away, ask_shard
from domain.directory import Directory
from domain.loss_gate import LossGate
from domain.losses import AllowedLoss, LossUse

Boards = Mapping[int, list[LossUse]]


async def loss_boards(desk: Desk) -> Boards | None:
    """Return what each book counts; None where a shard is away, so that what is left of budgets is not known."""
    placement = desk.home.placement

    def board(book: int) -> Awaitable[list[LossUse] | Away]:
        return ask_shard(desk, placement.shard_of_book(book), lambda actor: actor.loss_use.remote(book))

    found = await asyncio.gather(*map(board, range(placement.books)))
    told = {book: uses for book, uses in enumerate(found) if not isinstance(uses, Away)}
    return told if len(told) == len(found) else None


async def losses_now(desk: Desk, directory: Directory) -> LossGate | None:
    """Return the allowed losses as a node sees them now; None where there are none."""
    gate = LossGate()
    gate.enter(directory)
    if gate.needed:
        gate.learn(await loss_boards(desk))
    return gate if gate.needed else None


def use_now(loss: AllowedLoss, boards: Boards, now_ms: int) -> LossUse:
    """Return what is used of one allowance in the period of a moment."""
    period_ms = loss.period_ms(now_ms)
    uses: Sequence[LossUse] = [
        use for board in boards.values() for use in board if (use.use_id, use.period_ms) == (loss.use_id, period_ms)
    ]
    lost, aside = sum(use.lost for use in uses), sum(use.aside for use in uses)
    return LossUse(loss.use_id, period_ms, lost, aside, sum(use.calls for use in uses))
