"""A node with real books in this process, and reports to tell it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from actors.decision_log import DAY_MS, DecisionLog, read_decisions
from actors.node import Authorized, Node
from actors.refs import LocalBook, LocalBooks
from actors.shard import Shard
from domain.calls import CallReport, Door, Parked, ReportKind, Side
from domain.causes import Cause
from domain.commands import Command, Recorded, Reply
from domain.directory import Recipe, Switch
from domain.holds import HoldTimes
from domain.ids import CallKey
from domain.losses import LossUse
from domain.money import units_of
from domain.placement import Placement
from domain.settings import LimitSettings
from domain.world import World
from tests.actors.builders import open_book
from tests.domain.builders import NOON
from tests.domain.call_builders import ORBITA
from tests.domain.worlds import SWITCH, client, incoming, setup, uk_world

LIMITS = LimitSettings(max_call_s=3600, trust_calls=2, hold_wait_ms=50)
CALLWELL = Switch(SWITCH, "127.0.0.1", Recipe("generic"))


class Exchange:
    """A node and its books."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shards: list[Shard] = []
        self.node = Node(LocalBooks(Placement(), []), LIMITS, DecisionLog(folder, "node-0"), lambda: NOON + 7)

    def written(self, call: CallKey) -> list[list[str]]:
        """Return what day files say about a call after all of them are written."""
        self.node.log.flush()
        return read_decisions(self.folder, call, range(NOON // DAY_MS, NOON // DAY_MS + 1))

    def opens(self, books: int = 1, seen: World | None = None, **contract: Any) -> "Exchange":
        """Open the books and let the node decide from a world where orbita has this contract."""
        partner = client(**({"credit_limit": units_of("100")} | contract))
        its = seen or uk_world(partners=[partner])
        placement = Placement(books=books, shards=books, pins={ORBITA: 0})
        for number in range(books):
            book = open_book("", self.folder, number)
            self.shards.append(Shard(book, its.index.directory, HoldTimes(), placement))
            self.shards[-1].recover()
        self.books = [LocalBook(self._turns(shard), losses=self._losses(shard)) for shard in self.shards]
        self.node.books = LocalBooks(placement, self.books)
        self.node.enter(its)
        return self

    def _turns(self, shard: Shard) -> Any:
        def turn(commands: Sequence[Command]) -> Sequence[Reply]:
            return shard.turn(commands)[0]

        return turn

    def _losses(self, shard: Shard) -> Callable[[], list[LossUse]]:
        return lambda: shard.loss_use(NOON + 7)

    async def ask(self, call: str = "call-1", switch: Switch = CALLWELL, **fields: Any) -> Authorized:
        return await self.node.authorize(setup(**({"call_id": call.encode()} | fields)), switch)

    async def refusal(self, call: str = "call-1", **fields: Any) -> Cause | None:
        return (await self.ask(call, **fields)).decision.refusal

    async def tell(self, kind: ReportKind, side: Side = Side.CLIENT, **fields: Any) -> Recorded | Parked:
        return await self.node.record(told(kind, side, **fields))


def told(kind: ReportKind, side: Side = Side.CLIENT, call: str = "call-1", **fields: Any) -> CallReport:
    """A report of a call of one minute over the trunk of orbita, or to bluewire."""
    values: dict[str, Any] = {
        "door": Door.RADIUS, "switch": SWITCH, "kind": kind, "side": side, "call_id": call.encode(), "nas": b"nas",
        "session_id": side.value.encode(), "received_ms": NOON + 61_000, "caller": "12025550100",
        "called": "447911123456", "remote": "10.0.0.1", "setup_ms": NOON - 5000, "connect_ms": NOON,
    }  # fmt: skip
    if side is Side.VENDOR:
        values |= {"remote": "bluewire.example", "remote_port": 5060}
    if kind is ReportKind.STOP:
        values |= {"disconnect_ms": NOON + 60_000, "duration_ms": 60_000, "cause": 16}
    return CallReport(**(values | fields))


def at_loopback(exchange: Exchange, **contract: Any) -> Exchange:
    """Open an exchange whose client calls from the switch itself, as SIP does."""
    partner = client(**({"credit_limit": units_of("100")} | contract))
    return exchange.opens(seen=uk_world(partners=[partner], trunks=[incoming(host="127.0.0.1")]))
