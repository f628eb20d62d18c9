"""What formulas read of volumes: which of them cover a call, and the figures of the one that counts.

Of the commitments of a vendor that cover a call it is the one the farthest behind that is not filled yet, on equals
the one that ends first; of its swaps the one nearest to the low end of its band, since to stop in time is what cannot
be made up for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from domain.extent import Extent
from domain.ids import DestinationId, PartnerId
from domain.points import WIDTH, point
from domain.quality_figures import DestinationFigures
from domain.quantities.counting import VolumeCounts
from domain.quantities.figures import Values, VolumeFigures
from domain.quantities.standing import commitment_standing, swap_standing
from domain.quantities.volumes import Commitment, Swap, Volume

_STEP = 10
"""Shares are told to a tenth of a per cent, paces to three digits: they change with time, and each change has routes
ordered anew."""


class VolumeIndex:
    """The commitments and swaps of a directory, ready to be asked about numbers."""

    __slots__ = ("_volumes",)

    def __init__(self, volumes: Iterable[Volume]) -> None:
        self._volumes = tuple(volumes)

    def beginning(self, number: str, within: Extent) -> tuple[Volume, ...]:
        """Return those whose code begins a number, or that have none; `within` is narrowed to numbers with the same."""
        found = []
        for one in self._volumes:
            if one.code:
                _narrow(one.code, number, within)
            if number.startswith(one.code):
                found.append(one)
        return tuple(found)

    def codes(self) -> set[str]:
        """Return the codes that volumes are for."""
        return {one.code for one in self._volumes if one.code}


def _narrow(code: str, number: str, within: Extent) -> None:
    first, where = point(code), point(number)
    if first is None or where is None:
        return
    end = first + 10 ** (WIDTH - len(code))
    if where < first:
        within.narrow_numbers(0, first)
    elif where >= end:
        within.narrow_numbers(end, 10**WIDTH)
    else:
        within.narrow_numbers(first, end)


def volume_figures(volumes: Iterable[Volume], counts: VolumeCounts, now_ms: int) -> dict[str, Values]:
    """Return the figures of all volumes that run at a moment and of which it is known what counts."""
    found: dict[str, Values] = {}
    for one in volumes:
        counted = counts.counted(one) if one.runs(now_ms) else None
        if counted is not None and isinstance(one, Commitment):
            its = commitment_standing(one, counted, now_ms)
            found[one.title] = {
                "commit_remaining": its.remaining / one.per_one,
                "commit_behind_pct": its.behind_bp // _STEP * _STEP / 100,
                "commit_run_rate": _three_digits(its.pace / one.per_one),
                "commit_needed": _three_digits(its.needed / one.per_one),
            }
        elif counted is not None and isinstance(one, Swap):
            stands = swap_standing(one, counted, now_ms)
            found[one.title] = {
                "swap_balance": stands.balance / one.per_one,
                "swap_room": stands.room / one.per_one,
                "swap_pct": stands.position_bp // _STEP * _STEP / 100,
            }
    return found


def with_volumes(
    known: DestinationFigures,
    volumes: Sequence[Volume],
    figures: VolumeFigures,
    destination: DestinationId,
    country: str,
) -> DestinationFigures:
    """Return what is known of a destination, with the figures of volumes for a call there; `volumes` are those whose
    code fits the number.
    """
    chosen: dict[PartnerId, dict[str, float]] = {}
    ranks: dict[tuple[PartnerId, str], tuple[bool, float, int]] = {}
    for one in volumes:
        values = figures.get(one.title)
        if values is None or not one.covers(one.code, destination, country):  # that its code fits is known
            continue
        rank, whose = _rank(one, values), (one.partner, one.noun)
        if whose not in ranks or rank > ranks[whose]:
            ranks[whose] = rank
            chosen.setdefault(one.partner, {}).update(values)
    if not chosen:
        return known
    quantities = {**known.quantities}
    for vendor, values in chosen.items():
        quantities[vendor] = {**quantities.get(vendor, {}), **values}
    return replace(known, quantities=quantities)


def _rank(one: Volume, values: Values) -> tuple[bool, float, int]:
    if isinstance(one, Swap):
        return True, -values["swap_pct"], -one.until_ms
    return values["commit_remaining"] > 0, values["commit_behind_pct"], -one.until_ms


def _three_digits(pace: float) -> float:
    return float(f"{pace:.3g}")
