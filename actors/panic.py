"""What a node knows of panic orders: obeyed at once, kept in a file of its own, told to the desk when there is one."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

import structlog

from domain.panic import Panic, PanicOrder
from store.panic_file import read_panic, write_panic


class PanicRoom:
    """The orders of one node. Invariant: `panic` is what `obey` was called with last.

    `not_kept` says why the disk has not taken them (a full one must not keep anybody from stopping calls).
    """

    def __init__(self, data: Path, node: str, obey: Callable[[Panic], None]) -> None:
        self._data, self.node, self._obey = data, node, obey
        self.not_kept = ""
        self.panic = self._kept = read_panic(data, node)
        self._writing = asyncio.Lock()
        obey(self.panic)

    async def give(self, order: PanicOrder) -> None:
        """Obey an order from now on, then keep it; one that is known already changes nothing."""
        if self._enter(self.panic.given(order)):
            structlog.get_logger().warning(
                "panic", aim=order.aim, name=order.name, lift=order.lift, who=order.who, why=order.reason
            )
        await self.keep()

    async def learn(self, orders: Iterable[PanicOrder], told: Iterable[str]) -> Panic:
        """Obey what the desk knows, and note which orders it has entered; return what is known here."""
        self._enter(self.panic.merged(orders).told(told))
        await self.keep()
        return self.panic

    def _enter(self, panic: Panic) -> bool:
        if panic is self.panic:
            return False
        self.panic = panic
        self._obey(panic)
        return True

    async def keep(self) -> None:
        """Write down what the disk does not have; a disk that hangs or is full makes nobody wait to be obeyed."""
        async with self._writing:
            panic = self.panic
            if panic is self._kept:
                return
            try:
                await asyncio.to_thread(write_panic, self._data, self.node, panic)
            except OSError as error:
                if not self.not_kept:
                    structlog.get_logger().error("panic orders not kept", why=str(error), mend="free the disk")
                self.not_kept = str(error)
            else:
                self._kept, self.not_kept = panic, ""
