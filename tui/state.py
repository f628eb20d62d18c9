"""What the whole console knows: the newest figures, when they came, and whether the switchboard is reached."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from protos import operators_pb2


@dataclass(slots=True)
class State:
    """`clock` is machine time in seconds (monotonic); business time is the switchboard's and only carried on."""

    clock: Callable[[], float]
    exports: Path
    status: operators_pb2.Status = field(default_factory=operators_pb2.Status)
    received_s: float | None = None
    trouble: str = "connecting…"

    def receive(self, status: operators_pb2.Status) -> None:
        """Keep the newest figures."""
        self.status, self.received_s = status, self.clock()

    def age_s(self) -> float | None:
        """Age of the figures: how old they were when sent, and how long ago they came; None before the first."""
        if self.received_s is None:
            return None
        return self.status.board.age_ms / 1000 + self.clock() - self.received_s

    def business_ms(self) -> int:
        """Business time now: the switchboard's at the last figures, carried on at its speed; 0 before the first."""
        if self.received_s is None:
            return 0
        speed = self.status.board.clock_speed or 1.0
        return self.status.board.now_ms + int((self.clock() - self.received_s) * 1000 * speed)
