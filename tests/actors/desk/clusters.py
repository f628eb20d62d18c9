"""A desk of two machines without Ray: which machines are there, and actors that answer, as a test says."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from actors.desk.core import Desk
from actors.pulse import Pulse
from actors.refs import LocalBooks
from domain.settings import Settings

TWO = {
    "store": {"url": "postgresql+psycopg://db/x", "books": 2},
    "shard": [{"name": "shard-1", "machine": "second"}],
    "node": [{"name": "node-0"}, {"name": "node-1", "machine": "second"}],
}
NAMES = ["shard-0", "shard-1", "quality-0", "node-0", "node-1"]


def of_two_machines(desk: Desk, **cluster: object) -> Desk:
    """Let a desk's settings name a second machine with a shard and a node."""
    settings = Settings.model_validate(TWO | {"cluster": {"address": "10.0.0.1", **cluster}})
    desk.home = replace(desk.home, settings=settings)
    desk.books = LocalBooks(desk.home.placement, [])  # type: ignore[assignment]  # its twin
    return desk


@dataclass(slots=True)
class Method:
    """A method of an actor, as Ray's handles have it."""

    work: Callable[[], Any]

    async def remote(self) -> Any:
        """Do it."""
        return self.work()


@dataclass(slots=True)
class Actor:
    """An actor that can be stopped and pinged; `moves`: after a ping it is another process."""

    name: str
    pid: int = 1
    moves: bool = False
    stopped: list[str] = field(default_factory=list)
    broken: bool = False

    @property
    def stop(self) -> Method:
        """Finish."""
        return Method(self._stop)

    @property
    def ping(self) -> Method:
        """Live."""
        return Method(self._ping)

    def _ping(self) -> Pulse:
        pulse = Pulse(self.name, "any", self.pid, 0, 1.0)
        self.pid += self.moves
        return pulse

    def _stop(self) -> None:
        if self.broken:
            raise TimeoutError
        self.stopped.append(self.name)
