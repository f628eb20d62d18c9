"""What nodes decided while a version was tried, counted from the day files of decisions: they are read once.

A file only grows. What is known of it is kept with how far it was read, so that the next count goes on from there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from actors.decision_log import DAY_MS
from domain.causes import Cause
from domain.policies.comparing import Decided
from domain.policies.rules import CANARY

PIECE = 16 << 20
NOTHING = Decided()
_POLICY, _REFUSED = b'"policy ', b'"refused: '
_KEYLESS = b'{"key":""'
_NO_ROUTE = (Cause.NO_ROUTE.encode(), Cause.NO_MARGIN.encode())
_AT, _DOOR = b'"at_ms":', b'"door":"enum","switch":"'


@dataclass(frozen=True, slots=True)
class DecisionCounts:
    """What was decided under the version in force and under the one that is tried.

    `read`: bytes of each file, by its name. `by_number`: switches that asked without a call key, over ENUM: their calls
    are drawn by their numbers.
    """

    current: Decided = NOTHING
    tried: Decided = NOTHING
    by_number: frozenset[str] = frozenset()
    read: Mapping[str, int] = field(default_factory=dict)


def count_decisions(
    folder: Path, policy: str, from_ms: int, until_ms: int, known: DecisionCounts | None = None
) -> DecisionCounts:
    """Count decisions of [from, until) that a policy had a say in, retries too, on from what is known."""
    known = known or DecisionCounts()
    sums = {False: known.current, True: known.tried}
    numbers, read = set(known.by_number), dict(known.read)
    for day in range(from_ms // DAY_MS, until_ms // DAY_MS + 1):
        for path in sorted(folder.glob(f"{day}-*.jsonl")):
            for line in _lines(path, read, until_ms):
                if _moment(line) < from_ms:
                    continue
                at = line.find(_DOOR)
                if at >= 0 and line.startswith(_KEYLESS):
                    numbers.add(line[at + len(_DOOR) : line.find(b'"', at + len(_DOOR))].decode())
                arm = _arm(line, policy)
                if arm is not None:
                    sums[arm] += _outcome(line)
    return DecisionCounts(sums[False], sums[True], frozenset(numbers), read)


def _lines(path: Path, read: dict[str, int], until_ms: int) -> Iterator[bytes]:
    """Yield the whole lines that are new in a file, up to the first of a later time: the next count begins there.

    The last one may be in the making.
    """
    with path.open("rb") as file:
        file.seek(read.get(path.name, 0))
        rest = b""
        while piece := file.read(PIECE):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                if _moment(line) >= until_ms:
                    return
                read[path.name] = read.get(path.name, 0) + len(line) + 1
                yield line


def _moment(line: bytes) -> int:
    at = line.find(_AT) + len(_AT)
    digits = line[at : line.find(b",", at)]
    return int(digits) if digits.isdigit() else -1


def _arm(line: bytes, policy: str) -> bool | None:
    """Say whether the policy held in the version that is tried; None: it had no say."""
    at = line.find(_POLICY)
    if at < 0:
        return None
    title = line[at + len(_POLICY) : line.find(b'"', at + len(_POLICY))].decode()
    its = next((part for part in title.split(" + ") if part.startswith(f"{policy} v")), None)
    return None if its is None else its.endswith(CANARY)


def _outcome(line: bytes) -> Decided:
    at = line.find(_REFUSED)
    if at < 0:
        return Decided(1)
    return Decided(1, 1, int(line.startswith(_NO_ROUTE, at + len(_REFUSED))))
