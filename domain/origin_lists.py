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


def overruled(
    before: Iterable[OriginCode], given: Iterable[OriginCode], since: Mapping[str, int]
) -> tuple[OriginCode, ...]:
    """As `replaced`; where another group has a given code at that time, it has it no longer."""
    given = list(given)
    taken: dict[str, list[OriginCode]] = {}
    for one in given:
        taken.setdefault(one.code, []).append(one)
    left: list[OriginCode] = []
    for one in before:
        others = [by for by in taken.get(one.code, ()) if by.group != one.group]
        spans = [(one.valid_from_ms, one.end_ms)]
        for by in others:
            spans = [part for span in spans for part in _outside(span, (by.valid_from_ms, by.end_ms))]
        left += [
            OriginCode(one.group, one.code, from_ms, None if until == OPEN_MS else until) for from_ms, until in spans
        ]
    return replaced(left, given, since)


def _outside(span: tuple[int, int], hole: tuple[int, int]) -> list[tuple[int, int]]:
    """Return what is left of a span [from, until) without another."""
    parts = (span[0], min(span[1], hole[0])), (max(span[0], hole[1]), span[1])
    return [part for part in parts if part[0] < part[1]]


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
