"""What came of each switch in the last hour of business time, by the minute."""

from collections import defaultdict, deque
from collections.abc import Mapping

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
HEARD = ("asked", "reported", "errors")
"""Questions, reports, and packets that could not be read or proved; a parked report is a report."""
WRONG = ("errors", "parked")
_PREFIX = "switch."


class SwitchHours:
    """Growth of the nodes' counters by the minute. Invariant: at most an hour's minutes of each switch are kept."""

    def __init__(self) -> None:
        self._minutes: defaultdict[str, deque[tuple[int, int, int]]] = defaultdict(deque)

    def take(self, grown: Mapping[str, int], now_ms: int) -> None:
        """Take by how much counters named switch.<id>.<what> grew."""
        heard: defaultdict[str, int] = defaultdict(int)
        wrong: defaultdict[str, int] = defaultdict(int)
        for figure, count in grown.items():
            if figure.startswith(_PREFIX):
                switch, _, what = figure.removeprefix(_PREFIX).rpartition(".")
                heard[switch] += count if what in HEARD else 0
                wrong[switch] += count if what in WRONG else 0
        for switch in heard:
            self._add(switch, now_ms // MINUTE_MS, heard[switch], wrong[switch])

    def last_hour(self, switch: str, now_ms: int) -> tuple[int, int]:
        """Return how much was heard of a switch, and how much of that was wrong."""
        since = (now_ms - HOUR_MS) // MINUTE_MS
        kept = [(heard, wrong) for minute, heard, wrong in self._minutes.get(switch, ()) if minute > since]
        return sum(heard for heard, _ in kept), sum(wrong for _, wrong in kept)

    def forget(self, switch: str) -> None:
        """Drop what is known of a switch."""
        self._minutes.pop(switch, None)

    def plain(self) -> dict[str, list[list[int]]]:
        """Return the minutes of each switch as plain values."""
        return {switch: [list(minute) for minute in minutes] for switch, minutes in self._minutes.items()}

    def restore(self, plain: Mapping[str, list[list[int]]]) -> None:
        """Take up minutes that were kept. Raises TypeError or ValueError on others."""
        read = {name: deque((int(at), int(heard), int(bad)) for at, heard, bad in its) for name, its in plain.items()}
        self._minutes.update(read)

    def _add(self, switch: str, minute: int, heard: int, wrong: int) -> None:
        minutes = self._minutes[switch]
        if heard or wrong:
            if minutes and minutes[-1][0] == minute:
                _, heard_before, wrong_before = minutes.pop()
                heard, wrong = heard + heard_before, wrong + wrong_before
            minutes.append((minute, heard, wrong))
        while minutes and minutes[0][0] <= minute - HOUR_MS // MINUTE_MS:
            minutes.popleft()
