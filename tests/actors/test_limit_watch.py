"""A node hears of soft limits from the books that answer, whatever the others do."""

import asyncio
from typing import Any

from actors.limit_watch import LimitWatch
from actors.refs import LocalBook, LocalBooks
from domain.ids import TrunkId
from domain.limit_gate import LimitGate
from domain.limits import LimitId, LimitUse
from domain.placement import Placement
from tests.domain.call_builders import KESTREL
from tests.domain.test_limit_gate import ASKED, UK, a_limit, world


class HungBook(LocalBook):
    """A book whose shard is stopped: it answers nothing, ever."""

    async def limit_use(self) -> Any:
        await asyncio.Event().wait()


async def test_a_book_that_hangs_keeps_no_others_from_being_heard() -> None:
    gate = LimitGate()
    gate.enter(world(a_limit(destination=UK, max_calls=3)))
    uses = [LimitUse(LimitId("cap"), calls=0)]
    books = LocalBooks(Placement(), [LocalBook(None, uses=lambda: uses), HungBook(None)])
    watch = LimitWatch(gate, books, wait_s=0.01)
    for _ in range(3):
        for _ in range(3):
            assert gate.over_call(ASKED) is None
            with gate.counting(gate.sent(ASKED, KESTREL, TrunkId("kestrel-out"))) as call:
                call.granted = True
        assert gate.over_call(ASKED) is not None
        await asyncio.wait_for(watch.refresh(), 10)  # by then these calls have ended
