"""Decisions, refusals included, in day files that are found by call key."""

from collections import deque
from pathlib import Path

import orjson

from domain.decisions import Decision, explain

DAY_MS = 86_400_000
UNWRITTEN = 20_000
"""Decisions that may wait for the disk: some seconds of the highest load."""


class DecisionLog:
    """Lines `<day>-<node>.jsonl` appended in batches. A crash loses the last second's lines.

    `lost` counts decisions that no file has, since too many waited for the disk.
    """

    def __init__(self, folder: Path, node: str) -> None:
        self._folder, self._node = folder, node
        self._unwritten: deque[Decision] = deque(maxlen=UNWRITTEN)
        self.lost = 0

    def add(self, decision: Decision) -> None:
        """Keep a decision."""
        self.lost += len(self._unwritten) == UNWRITTEN
        self._unwritten.append(decision)

    def flush(self, most: int = UNWRITTEN) -> int:
        """Append what is new to the day files, `most` lines at most; return how many it was. Runs in a thread."""
        lines: dict[int, list[bytes]] = {}
        count = 0
        while self._unwritten and count < most:
            decision = self._unwritten.popleft()
            lines.setdefault(decision.at_ms // DAY_MS, []).append(_line(decision))
            count += 1
        self._folder.mkdir(parents=True, exist_ok=True)
        for day, some in lines.items():
            with (self._folder / f"{day}-{self._node}.jsonl").open("ab") as file:
                file.write(b"".join(some))
        return count


def read_decisions(folder: Path, call_key: bytes, days: range) -> list[list[str]]:
    """Return the explanations of the decisions about a call in the files of some days (since 1970)."""
    found: list[list[str]] = []
    needle = b'"key":"%s"' % call_key.hex().encode()
    for day in days:
        for path in sorted(folder.glob(f"{day}-*.jsonl")):
            with path.open("rb") as file:
                # a line that was being written when its node was killed is cut short, or runs into the next
                found += [orjson.loads(line)["why"] for line in file if line.startswith(b"{" + needle) and _whole(line)]
    return found


def _whole(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _line(decision: Decision) -> bytes:
    said = {"key": decision.call_key.hex(), "at_ms": decision.at_ms, "why": explain(decision)}
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)
