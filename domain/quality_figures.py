"""What is known of the quality of one destination: figures by who carried or sent its calls, and over which window.

They lean on what is known of more calls where they are of few (shrinkage), so that each has a value always; `attempts`
and `minutes` are counted, not leaned. Immutable: another state of the destination is another object.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter

from domain.formulas.program import Asked
from domain.ids import PartnerId
from domain.quality_windows import Window
from domain.route_standing import RouteStanding, Standings
from domain.route_watch import Watch


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares in per cent, times in seconds, talk in minutes; `asr_low`, `asr_high`: Wilson 95 % of what was counted."""

    asr: float
    ner: float
    acd: float
    pdd_p50: float
    pdd_p95: float
    short_pct: float
    attempts: float = 0.0
    minutes: float = 0.0
    asr_low: float = 0.0
    asr_high: float = 100.0


UNKNOWN = Figures(asr=45.0, ner=95.0, acd=150.0, pdd_p50=3.0, pdd_p95=8.0, short_pct=5.0)
"""Where nothing at all is known: conversational wholesale traffic as it usually is (facts: quality §6, peers A9)."""

ByWindow = Mapping[Window, Figures]
_NONE: ByWindow = {}


@dataclass(frozen=True, slots=True, eq=False)
class DestinationFigures:
    """Figures of one destination. `vendors`, `clients`: to this destination; `all`: the destination's own;
    `vendors_everywhere`, `vendors_country`: of the vendors that carry calls to it, elsewhere too.

    `quantities`: by vendor and name, the figures of domain.formulas that are no quality (minutes_today, concurrent …).
    `standings`: of routes that are watched, or were ordered in or out by hand; who stands well is not named.
    """

    vendors: Mapping[PartnerId, ByWindow] = field(default_factory=dict)
    vendors_everywhere: Mapping[PartnerId, ByWindow] = field(default_factory=dict)
    vendors_country: Mapping[PartnerId, ByWindow] = field(default_factory=dict)
    clients: Mapping[PartnerId, ByWindow] = field(default_factory=dict)
    all: ByWindow = field(default_factory=dict)
    quantities: Mapping[PartnerId, Mapping[str, float]] = field(default_factory=dict)
    standings: Standings = field(default_factory=dict)

    def standing(self, watch: Watch | None, vendor: PartnerId) -> RouteStanding | None:
        """Return how a vendor stands for calls watched so, None: well. What was ordered by hand goes before."""
        ordered = self.standings.get(None)
        if ordered is not None and vendor in ordered:
            return ordered[vendor]
        watched = self.standings.get(watch) if watch is not None else None
        return watched.get(vendor) if watched is not None else None

    def shares(self, watch: Watch | None, vendor: PartnerId) -> bool:
        """Say whether a vendor is to be tried by a part of the calls, whatever its figures are."""
        standing = self.standing(watch, vendor) if self.standings else None
        return standing is not None and standing.share_bp > 0

    def value(self, asked: Asked, vendor: PartnerId, client: PartnerId, window: Window) -> float:
        """Return a figure of quality or quantity of a vendor for a client's call; `window` where none is asked for."""
        reader = _READERS.get(asked.name)
        if reader is None:
            return self.quantities.get(vendor, {}).get(asked.name, 0.0)
        level, get = reader
        return get(self._level(level, vendor, client).get(asked.window or window, UNKNOWN))

    def _level(self, level: str, vendor: PartnerId, client: PartnerId) -> ByWindow:
        match level:
            case "":
                return self.vendors.get(vendor, _NONE)
            case "vendor_":
                return self.vendors_everywhere.get(vendor, _NONE)
            case "country_":
                return self.vendors_country.get(vendor, _NONE)
            case "client_":
                return self.clients.get(client, _NONE)
            case _:
                return self.all


NO_FIGURES = DestinationFigures()
"""A destination of which nothing is known."""

_COUNTED = ("asr", "ner", "acd", "pdd_p50", "pdd_p95", "short_pct", "attempts", "minutes")
_READERS: dict[str, tuple[str, Callable[[Figures], float]]] = {
    level + name: (level, attrgetter(name))
    for level in ("", "vendor_", "country_", "destination_", "client_")
    for name in _COUNTED
} | {name: ("", attrgetter(name)) for name in ("asr_low", "asr_high")}
