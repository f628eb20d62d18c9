"""What came of each switch in the last hour of business time, from counters that only grow."""

from collections import defaultdict, deque
from collections.abc import Collection

from actors.pulse import Pulse

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
HEARD = ("asked", "reported", "errors")
"""Questions, reports, and packets that could not be read or proved; a parked report is a report."""
WRONG = ("errors", "parked")
_PREFIX = "switch."


class SwitchHours:
    """Growth of the nodes' counters by the minute. Invariant: at most an hour's minutes of each switch are kept."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str], float] = {}
        self._minutes: defaultdict[str, deque[tuple[int, int, int]]] = defaultdict(deque)

    def take(self, pulses: Collection[Pulse], now_ms: int) -> None:
        """Take the counters as they are now; one that fell was begun anew with its process."""
        heard: defaultdict[str, int] = defaultdict(int)
        wrong: defaultdict[str, int] = defaultdict(int)
        for pulse in pulses:
            for figure, count in pulse.figures.items():
                if figure.startswith(_PREFIX):
                    switch, _, what = figure.removeprefix(_PREFIX).rpartition(".")
                    was = self._before.get((pulse.name, figure), 0.0)
                    grown = int(count - was if count >= was else count)
                    self._before[pulse.name, figure] = count
                    heard[switch] += grown if what in HEARD else 0
                    wrong[switch] += grown if what in WRONG else 0
        for switch in heard:
            self._add(switch, now_ms // MINUTE_MS, heard[switch], wrong[switch])

    def last_hour(self, switch: str, now_ms: int) -> tuple[int, int]:
        """Return how much was heard of a switch, and how much of that was wrong."""
        since = (now_ms - HOUR_MS) // MINUTE_MS
        kept = [(heard, wrong) for minute, heard, wrong in self._minutes.get(switch, ()) if minute > since]
        return sum(heard for heard, _ in kept), sum(wrong for _, wrong in kept)

    def _add(self, switch: str, minute: int, heard: int, wrong: int) -> None:
        minutes = self._minutes[switch]
        if heard or wrong:
            if minutes and minutes[-1][0] == minute:
                _, heard_before, wrong_before = minutes.pop()
                heard, wrong = heard + heard_before, wrong + wrong_before
            minutes.append((minute, heard, wrong))
        while minutes and minutes[0][0] <= minute - HOUR_MS // MINUTE_MS:
            minutes.popleft()
