"""How a digestion tells its steps from the thread that it works in."""

import threading
import time
from queue import SimpleQueue

from actors.home import machine_ms
from actors.sheet_work import DigestStep, Underway
from domain.errors import ConflictError
from domain.sheets.steps import Step, StepDone

SAID_S = 0.2
"""So often at most it tells how far a step is."""


class Teller:
    """Tells the steps of one digestion from its thread; where nobody listens any more it ends that thread's work."""

    def __init__(self) -> None:
        self.steps: SimpleQueue[DigestStep] = SimpleQueue()
        self._stopped = threading.Event()
        self._step, self._began_ms, self._said_s = Step.DETECT, 0, 0.0

    def stop(self) -> None:
        """Listen no more."""
        self._stopped.set()

    def begin(self, step: Step) -> None:
        """Begin a step. Raises ConflictError when nobody listens."""
        self._step, self._began_ms, self._said_s = step, machine_ms(), time.monotonic()
        self._go_on()
        self.steps.put(Underway(step, self._began_ms, 0, 0))

    def tick(self, done: int, total: int = 0) -> None:
        """Tell how far the step is. Raises ConflictError when nobody listens."""
        self._go_on()
        if time.monotonic() - self._said_s > SAID_S:
            self._said_s = time.monotonic()
            self.steps.put(Underway(self._step, self._began_ms, done, total))

    def end(self, count: int, words: str = "") -> None:
        """End the step."""
        self.steps.put(StepDone(self._step, self._began_ms, machine_ms(), count, words))

    def _go_on(self) -> None:
        if self._stopped.is_set():
            raise ConflictError("the sheet was given up", mend="Nothing of it is live.")
