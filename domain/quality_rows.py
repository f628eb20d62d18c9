"""Rows of the operators' table of quality: a partner to a destination, or more than that, over a window."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from domain.calls import Side
from domain.cause_classes import CauseClass
from domain.ids import DestinationId, PartnerId
from domain.quality_calls import ANSWERED, CLASSES, pdd_share
from domain.quality_counts import Key, QualityCounts
from domain.quality_figures import UNKNOWN, Figures
from domain.quality_levels import Level, names_of
from domain.quality_order import Sort, States
from domain.quality_series import SHORT, TALK, UNITS, Tally
from domain.quality_windows import SPANS, Window
from domain.route_book import KeptState


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """Which rows; None: all. `destinations`: those of a name or number; `text`: words of which each is a part of the
    partner's or the destination's name, a country, or a standing."""

    side: Side = Side.VENDOR
    partner: PartnerId | None = None
    destinations: frozenset[DestinationId] | None = None
    window: Window = SPANS["1h"]
    sort: Sort = Sort.ATTEMPTS
    offset: int = 0
    limit: int = 50
    level: Level = Level.PAIR
    text: str = ""


@dataclass(frozen=True, slots=True)
class QualityRow:
    """What was counted, and the `figures` that formulas read, which lean on more where there are few calls.

    `partner`, `destination`, `country`, `trunk`, `product`: whose calls these are; "" and 0: of all. `attempts` and
    `answered`: open answered calls among them where the window is of time; `open_calls`: all that are open now;
    `classes`: ended calls by class of their cause; times in seconds, `units` base currency. `state`: how the route
    stands, None: well, or not watched; `out`: routes of the row that are out or only tried.
    """

    partner: PartnerId
    destination: DestinationId
    attempts: int
    answered: int
    effective: int
    open_calls: int
    talk_s: int
    short: int
    units: int
    pdd_p50: float | None
    pdd_p95: float | None
    figures: Figures = UNKNOWN
    classes: dict[CauseClass, int] = field(default_factory=dict)
    country: str = ""
    state: KeptState | None = None
    out: int = 0
    trunk: str = ""
    product: str = ""

    @property
    def asr(self) -> float:
        """Answered per attempt as counted, per cent; 0 of none."""
        return 100 * self.answered / self.attempts if self.attempts else 0.0

    @property
    def ner(self) -> float:
        """Effective per attempt as counted, per cent; 0 of none."""
        return 100 * self.effective / self.attempts if self.attempts else 0.0

    @property
    def acd_s(self) -> float:
        """Mean talk of ended answered calls; 0 of none."""
        ended = self.classes.get(CLASSES[ANSWERED], 0)
        return self.talk_s / ended if ended else 0.0


def counted_row(counts: QualityCounts, key: Key, window: Window, now_ms: int) -> QualityRow:
    """Return a row as counted, without the figures that lean."""
    tally, all_open = counts.tally(key, window, now_ms), counts.open_calls(key)
    answered_open = counts.open_calls(key, window, now_ms) if all_open else 0
    destination, country, trunk, product = names_of(key)
    return QualityRow(
        partner=PartnerId(key[1]),
        destination=destination,
        attempts=tally.attempts + answered_open,
        answered=tally.answered + answered_open,
        effective=tally.effective + answered_open,
        open_calls=all_open,
        talk_s=tally.sums[TALK],
        short=tally.sums[SHORT],
        units=tally.sums[UNITS],
        pdd_p50=pdd_share(tally.delays, 0.5),
        pdd_p95=pdd_share(tally.delays, 0.95),
        classes=classes_of(tally),
        country=country,
        trunk=trunk,
        product=product,
    )


def whole_row(
    counts: QualityCounts,
    key: Key,
    window: Window,
    now_ms: int,
    states: States,
    country_of: Callable[[DestinationId], str],
) -> QualityRow:
    """Return a row with the figures that formulas read, and how its routes stand."""
    row = counted_row(counts, key, window, now_ms)
    state, out = _standing(key, states, country_of)
    return replace(row, figures=counts.figures(key, window, now_ms), state=state, out=out)


def classes_of(tally: Tally) -> dict[CauseClass, int]:
    """Return how many ended calls there were of each class of causes."""
    return {its: calls for its, calls in zip(CLASSES, tally.sums, strict=False) if calls}


def _standing(key: Key, states: States, country_of: Callable[[DestinationId], str]) -> tuple[KeptState | None, int]:
    """Return how a route stands, and how many routes of a row are away."""
    side, partner, where = key
    if side is not Side.VENDOR:
        return None, 0
    if partner and isinstance(where, int):
        state = states.get((PartnerId(partner), DestinationId(where)))
        return state, int(state is not None and state.is_out)
    out = sum(
        state.is_out
        and partner in ("", vendor)
        and (where in ("", at) if isinstance(where, int) or not where else country_of(at) == where)
        for (vendor, at), state in states.items()
    )
    return None, out
