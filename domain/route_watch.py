"""What is watched of a route (a vendor to a destination), and what is done when it goes bad."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import InputError


class Measure(StrEnum):
    """What is measured: shares in per cent, times in seconds."""

    ASR = "asr"
    NER = "ner"
    ACD = "acd"
    PDD = "pdd"
    SHORT = "short"

    @property
    def least(self) -> bool:
        """Whether it must not fall (else it must not rise) beyond its bound."""
        return self in (Measure.ASR, Measure.NER, Measure.ACD)


class Action(StrEnum):
    """What becomes of a bad route. TELL: nothing but events that say what would have been done."""

    REMOVE = "remove"
    LAST = "last"
    TELL = "tell"


@dataclass(frozen=True, slots=True)
class Bound:
    """A floor, or a ceiling for pdd and short: beyond `act` the route goes, beyond `warn` somebody is told."""

    measure: Measure
    act: float
    warn: float | None = None


_FIELDS = tuple((measure, measure.value, f"{measure.value}_warn") for measure in Measure)
"""Measures with the names of their fields in Watch, made once: each call of a watched route asks for them."""


@dataclass(frozen=True, slots=True)
class Watch:
    """How routes are watched. None: that is not looked at; without any bound nothing is.

    Judged are the last `window_calls`, `least_calls` at least. A route that is out rests for `rest_s`; then it is given
    `probe_share_bp` of the calls until `probe_calls` were tried, or until `probe_units` (base currency; None: no limit)
    were spent in one go, and rests again. A batch at or within all bounds brings it back for `trial_share_bp` of the
    calls; `trial_calls` of them without going out again make it active. A batch that nobody fills is judged after
    `batch_s`. A route of which fewer than `new` calls are known (0: any) begins with such a batch, behind the others.
    """

    asr: float | None = None
    asr_warn: float | None = None
    ner: float | None = None
    ner_warn: float | None = None
    acd: float | None = None
    acd_warn: float | None = None
    pdd: float | None = None
    pdd_warn: float | None = None
    short: float | None = None
    short_warn: float | None = None
    action: Action = Action.REMOVE
    window_calls: int = 100
    least_calls: int = 30
    rest_s: int = 300
    probe_calls: int = 50
    probe_share_bp: int = 500
    probe_units: int | None = None
    batch_s: int = 1_800
    trial_calls: int = 100
    trial_share_bp: int = 2_000
    new: int = 0

    def bounds(self) -> Iterator[Bound]:
        """Yield what is looked at."""
        for measure, name, its_warn in _FIELDS:
            act = getattr(self, name)
            if act is not None:
                yield Bound(measure, act, getattr(self, its_warn))


def check(watch: Watch, where: str) -> None:
    """Raise InputError for a watch that cannot be."""
    for bound in watch.bounds():
        name = bound.measure.value
        most = 100.0 if bound.measure in (Measure.ASR, Measure.NER, Measure.SHORT) else 7_200.0
        if not 0 < bound.act < most:
            raise InputError(f"{name} {bound.act:g}", where=where, mend=f"Give more than 0 and less than {most:g}.")
        if bound.warn is not None and (bound.warn < bound.act if bound.measure.least else bound.warn > bound.act):
            mend = "A warning comes before: above a floor, below a ceiling."
            raise InputError(f"{name}_warn {bound.warn:g} beside {name} {bound.act:g}", where=where, mend=mend)
    for name in ("asr", "ner", "acd", "pdd", "short"):
        if getattr(watch, name) is None and getattr(watch, f"{name}_warn") is not None:
            raise InputError(f"{name}_warn without {name}", where=where, mend=f"Give {name} too.")
    least_new = 10 if watch.new else 0
    for name, least, most_calls in (
        ("window_calls", 20, 250),
        ("least_calls", 10, watch.window_calls),
        ("probe_calls", 10, 250),
        ("probe_share_bp", 1, 5_000),
        ("trial_calls", 10, 1_000),
        ("trial_share_bp", 1, 10_000),
        ("rest_s", 0, 86_400),
        ("batch_s", 60, 86_400),
        ("new", least_new, watch.probe_calls),
    ):
        if not least <= getattr(watch, name) <= most_calls:
            raise InputError(f"{name} {getattr(watch, name)}", where=where, mend=f"Give {least} to {most_calls}.")
    if watch.probe_units is not None and watch.probe_units <= 0:
        raise InputError("no money for probes", where=where, mend="Give an amount above zero, or none for no limit.")
