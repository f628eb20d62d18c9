"""How a process that answers calls keeps its pauses short (DESIGN §8, p99): garbage, and threads that wait in turn."""

import gc
import sys

YOUNG, MIDDLE = 10_000, 2
"""New objects at which young garbage is collected, and how often that is done before the middle generation's turn.

With 2,000 it is done eight times a second at 1,000 calls a second, each time over all that the calls in work and the
decisions not yet written hold, which is gone a moment later: twice to four times the processor time, and pauses as long
(docs/benchmarks.md).
"""
FULL = 1_000_000
"""Collections of the middle generation before a full one: in effect none. With tens of thousands of rankings kept, a
full one stops the process for 600 ms; without them the longest pause is 14 ms (docs/benchmarks.md)."""
SWITCH_S = 0.000_5
"""How long a thread may keep the interpreter while another waits. Python's own 5 ms would be added to calls each time
that a thread beside the event loop works: one writes the decisions down, one a book."""


def quieten() -> None:
    """Bound the pauses of this process; call it when what lives long is loaded.

    What lives by now is set aside, and only young garbage is collected by itself from here on. What survives youth is
    freed by its reference count, as nearly all is: caches and tables of ours hold no cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, FULL)
    sys.setswitchinterval(SWITCH_S)
