"""Changes of origin groups: what lists of codes become when some groups get others from a moment on."""

from collections.abc import Iterable, Mapping
from itertools import combinations

from domain.origins import OriginCode
from domain.points import OPEN_MS


def replaced(
    before: Iterable[OriginCode], given: Iterable[OriginCode], since: Mapping[str, int]
) -> tuple[OriginCode, ...]:
    """Return the codes of groups when each group of `since` has the given codes, and no others, from its moment on.

    What it was before that moment stays, and so do all other groups; a code that goes on without a break is one entry.
    """
    spans: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for one in before:
        until = min(one.end_ms, since.get(one.group, OPEN_MS))
        spans.setdefault((one.group, one.code), []).append((one.valid_from_ms, until))
    for one in given:
        spans.setdefault((one.group, one.code), []).append((one.valid_from_ms, one.end_ms))
    return tuple(
        OriginCode(group, code, from_ms, None if until == OPEN_MS else until)
        for (group, code), times in spans.items()
        for from_ms, until in _merged(times)
    )


def clash(codes: Iterable[OriginCode]) -> tuple[OriginCode, OriginCode] | None:
    """Return two entries of different groups that have one code at once, if there are any."""
    by_code: dict[str, list[OriginCode]] = {}
    for one in codes:
        by_code.setdefault(one.code, []).append(one)
    for same in by_code.values():
        for first, second in combinations(same, 2):
            overlap = first.valid_from_ms < second.end_ms and second.valid_from_ms < first.end_ms
            if overlap and first.group != second.group:
                return first, second
    return None


def _merged(times: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the times [from, until) without those that never are, joined where they meet."""
    joined: list[tuple[int, int]] = []
    for since, until in sorted(time for time in times if time[0] < time[1]):
        if joined and since <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(until, joined[-1][1])
        else:
            joined.append((since, until))
    return joined
