"""Where a code belongs over time: a row of disjoint entries, changed from a moment on, and compared."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from domain.codes import CodeEntry
from domain.ids import DestinationId

Times = tuple[CodeEntry, ...]
"""The entries of one code, by their first moments. Invariant: at any moment at most one of them is valid."""


class Difference(StrEnum):
    """How two states of the book differ about a code in a stretch of time."""

    ADDED = "added"
    MOVED = "moved"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CodeDifference:
    """In [from, until) of UTC ms (until None: open) a code belongs elsewhere than before; None: nowhere."""

    code: str
    before: DestinationId | None
    after: DestinationId | None
    from_ms: int
    until_ms: int | None

    @property
    def kind(self) -> Difference:
        """What happened to the code in that time."""
        if self.before is None:
            return Difference.ADDED
        return Difference.ENDED if self.after is None else Difference.MOVED


def belonging(times: Sequence[CodeEntry], code: str, destination: DestinationId | None, from_ms: int) -> Times:
    """Return the times of a code that belongs to `destination` (None: to none) from a moment on.

    What was before stays; what was planned for later is gone. Entries of one destination that meet are one.
    """
    kept = [entry for entry in sorted(times, key=lambda entry: entry.valid_from_ms) if entry.valid_from_ms < from_ms]
    if kept and (kept[-1].valid_until_ms is None or kept[-1].valid_until_ms > from_ms):
        kept[-1] = replace(kept[-1], valid_until_ms=from_ms)
    if destination is None:
        return tuple(kept)
    if kept and kept[-1].valid_until_ms == from_ms and kept[-1].destination == destination:
        return (*kept[:-1], replace(kept[-1], valid_until_ms=None))
    return (*kept, CodeEntry(code, destination, from_ms))


def owner_at(times: Iterable[CodeEntry], at_ms: int) -> DestinationId | None:
    """Return the destination of a code at a moment."""
    return next((entry.destination for entry in times if entry.valid_at(at_ms)), None)


def differences(
    before: Mapping[str, Sequence[CodeEntry]], after: Mapping[str, Sequence[CodeEntry]]
) -> list[CodeDifference]:
    """Return in which stretches of time codes belong elsewhere in `after`, by code and moment: none is left out, and
    two that meet differ from each other."""
    found: list[CodeDifference] = []
    for code in sorted(before.keys() | after.keys()):
        one, other = before.get(code, ()), after.get(code, ())
        if one != other:
            found += _of_code(code, one, other)
    return found


def _of_code(code: str, before: Sequence[CodeEntry], after: Sequence[CodeEntry]) -> list[CodeDifference]:
    moments = {entry.valid_from_ms for entry in (*before, *after)}
    moments |= {entry.valid_until_ms for entry in (*before, *after) if entry.valid_until_ms is not None}
    found: list[CodeDifference] = []
    ordered: list[int | None] = [*sorted(moments), None]
    for since, until in pairwise(ordered):
        assert since is not None, "only the last one is open"
        was, now = owner_at(before, since), owner_at(after, since)
        if was == now:
            continue
        last = found[-1] if found else None
        if last and last.until_ms == since and (last.before, last.after) == (was, now):
            found[-1] = replace(last, until_ms=until)
        else:
            found.append(CodeDifference(code, was, now, since, until))
    return found
