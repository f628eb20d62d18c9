"""A plan as it would be had some changes never been: the others, put over what was before. Pure.

Each code, rate type and origin has a timeline of its own, and a change lays its lines on it in the order in which they
begin, whatever lay there: as bitemporal.supersede does.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import NamedTuple

from store.catalog.bitemporal import FOREVER, Key
from store.catalog.intents import BLOCKED, EVERY, FIRST_PRICE, FROM, UNTIL, Intents, Line, terms_of


class Piece(NamedTuple):
    """A stretch [since, until) of validity with one rate: its terms in order, and whether it is blocked."""

    since: int
    until: int
    terms: tuple[int, ...]
    blocked: bool


Timelines = dict[Key, list[Piece]]


def replayed(base: Mapping[Key, list[Piece]], keys: Iterable[Key], changes: Iterable[Intents]) -> Timelines:
    """Return the timelines of the keys: what `base` has, and the changes put over it one after another."""
    found: Timelines = {key: list(base.get(key, ())) for key in keys}
    of_code: dict[str, list[Key]] = defaultdict(list)
    for key in found:
        of_code[key[0]].append(key)
    for change in changes:
        lines: dict[Key, list[Line]] = defaultdict(list)
        for line in change.lines:
            for key in of_code.get(line[0], ()):
                if line[:3] == key or line[1] == EVERY:
                    lines[key].append(line)
        for key in found:
            if key in lines:
                found[key] = laid(found[key], _news(found[key], lines[key], change.received_ms))
            elif change.ends_unnamed(key[0]):
                found[key] = _cut(found[key], change.rest_from_ms or 0, FOREVER)
    return found


def laid(timeline: list[Piece], lines: Iterable[Line]) -> list[Piece]:
    """Put lines over a timeline, the one that begins first, first. What ends, ends with all that was to follow."""
    for line in sorted(lines, key=itemgetter(FROM)):
        ends = line[FIRST_PRICE] is None
        since, until = line[FROM], FOREVER if ends or line[UNTIL] is None else line[UNTIL]
        timeline = _cut(timeline, since, until)
        if not ends:
            timeline.append(Piece(since, until, terms_of(line), bool(line[BLOCKED])))
    return timeline


def _news(timeline: list[Piece], lines: list[Line], received_ms: int | None) -> list[Line]:
    """Return the lines of a sheet; one that says of earlier times what the first rate says begins with that one.

    As domain.sheet_frames.judged does.
    """
    first = min(timeline, default=None)
    if first is None or received_ms is None or first.since > received_ms:
        return lines
    return [_with_since(line, first.since) if _repeats(line, first) else line for line in lines]


def _repeats(line: Line, first: Piece) -> bool:
    until = FOREVER if line[UNTIL] is None else line[UNTIL]
    says = (terms_of(line), bool(line[BLOCKED]))
    return line[FROM] < first.since < until and says == (first.terms, first.blocked)


def _with_since(line: Line, since: int) -> Line:
    return (*line[:FROM], since, *line[FROM + 1 :])


def says_the_same(one: Iterable[Piece], other: Iterable[Piece]) -> bool:
    """Say whether two timelines have the same rate at every instant, however it is written down."""
    return _joined(one) == _joined(other)


def _joined(timeline: Iterable[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for piece in sorted(timeline):
        last = joined[-1] if joined else None
        if last and last.until == piece.since and last[2:] == piece[2:]:
            joined[-1] = last._replace(until=piece.until)
        else:
            joined.append(piece)
    return joined


def _cut(timeline: Iterable[Piece], since: int, until: int) -> list[Piece]:
    kept: list[Piece] = []
    for piece in timeline:
        if piece.until <= since or until <= piece.since:
            kept.append(piece)
            continue
        if piece.since < since:
            kept.append(piece._replace(until=since))
        if until < piece.until:
            kept.append(piece._replace(since=until))
    return kept
