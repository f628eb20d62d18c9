"""Staging files of ended legs, taken into a book in one transaction."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from actors.turn import Turn
from domain.calls import Side
from domain.commands import Posting
from domain.ids import CallKey
from store import book_bulk
from store.book_bulk import BlockTaken

if TYPE_CHECKING:
    from actors.shard import Shard


def take(shard: "Shard", stage: Path, at_ms: int) -> BlockTaken:
    """Take a staging file of ended legs in one transaction; holds of calls that ended in it are released.

    Raises InputError, with nothing changed, where the file is not there.
    """
    taken = book_bulk.take_block(shard.book, stage, at_ms, shard.limits.grouping(at_ms))
    turn = Turn()
    shard.limits.imported(taken.uses, at_ms, turn.writes, lambda posting: shard.deliver(posting, turn))
    for (name, side, currency), (charge, _) in taken.sums.items():
        if charge and not taken.uses:  # which are the same sums, in parts
            shard.deliver(Posting(name, side, currency, charge, CallKey(b""), "", at_ms), turn)
    for name, currency, call_key in taken.ended:
        shard.deliver(Posting(name, Side.CLIENT, currency, 0, call_key, "end", at_ms), turn)
    _count_losses(shard, taken.losing, at_ms)
    turn.write_balances(shard.partners)
    turn.write_losses(shard.losses)
    shard.book.put(turn.writes)
    book_bulk.finish_block(shard.book)
    shard.committed(turn)
    shard.limits.enter(shard.directory, shard.partners, anew=True)  # open legs have ended in it
    return replace(taken, ended=(), uses=(), losing=())  # its callers need the counts, and are far away


def _count_losses(shard: "Shard", losing: Iterable[CallKey], at_ms: int) -> None:
    """Count what the block says of calls that may lose money: of those too that we closed and that have ended in it."""
    for key in losing:
        for leg in shard.book.find_call(key, ()).legs:
            shard.losses.heard(leg, at_ms)
