"""Promises that are surely broken: when that begins, by which figures, and when it is over.

It begins once in the running bucket whose bounds lie beyond the promise, and is over with a later bucket that keeps
it: at its end by its figures, before that when the bounds leave no doubt. So what hovers around a floor tells once.
"""

from dataclasses import dataclass, replace

from domain.formulas.program import Asked
from domain.sla.measuring import Bounds, Got, Verdict, surely_broken, surely_kept, verdict
from domain.sla.promise import Promise
from domain.sla.report import Whose

_PERCENT = frozenset(("asr", "ner", "short_pct", "asr_low", "asr_high"))
_SECONDS = frozenset(("acd", "pdd_p50", "pdd_p95"))


@dataclass(frozen=True, slots=True)
class Running:
    """A client's calls of one bucket: from when it is, and what it got so far."""

    from_ms: int
    attempts: int
    got: Got


@dataclass(frozen=True, slots=True)
class Promised:
    """What holds now for a client's calls of a product to a destination, the bucket that runs, and the one before."""

    whose: Whose
    promise: Promise
    policy: str
    running: Running
    former: Running


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that was broken: in the bucket that began at `bucket_ms`, found out at `since_ms`, until `until_ms`
    (None: yet), UTC ms. `why` has the figures; `over`: by what it ended. `number`: 0 until it is written.
    """

    whose: Whose
    bucket_ms: int
    bucket_s: int
    since_ms: int
    promise: str
    policy: str
    why: str
    until_ms: int | None = None
    over: str = ""
    number: int = 0


def broken_now(its: Promised, now_ms: int) -> Breach | None:
    """Return the breach that begins now, None where the running bucket does not surely break its promise."""
    running = its.running
    part = surely_broken(its.promise, running.attempts, running.got)
    if part is None:
        return None
    figures = ", ".join(_figure(asked, running.got[asked.name]) for asked in part.asked)
    why = f"{figures} of {running.attempts} calls is beyond {part.text}"
    return Breach(its.whose, running.from_ms, its.promise.bucket_s, now_ms, its.promise.words, its.policy, why)


def over_now(breach: Breach, its: Promised | None, now_ms: int) -> Breach | None:
    """Return a breach as it ends now, None while it lasts; `its` None: nothing is promised any more."""
    why = "nothing is promised any more" if its is None else _why_over(breach, its)
    return replace(breach, until_ms=now_ms, over=why) if why else None


def _why_over(breach: Breach, its: Promised) -> str:
    running, former, promise = its.running, its.former, its.promise
    if former.from_ms > breach.bucket_ms:
        became = verdict(promise, former.attempts, former.got)
        if became is Verdict.KEPT:
            return f"kept again: {_all(promise, former.got)} of {former.attempts} calls"
        if became is Verdict.EMPTY:
            return "a bucket without calls"
    if running.from_ms > breach.bucket_ms and surely_kept(promise, running.attempts, running.got):
        return f"kept again: {_all(promise, running.got)} of {running.attempts} calls"
    return ""


def _all(promise: Promise, got: Got) -> str:
    asked = dict.fromkeys(one for condition in promise.conditions for one in condition.asked)
    return ", ".join(_figure(one, got[one.name]) for one in asked if one.name in got)


def _figure(asked: Asked, bounds: Bounds) -> str:
    unit = " %" if asked.name in _PERCENT else " s" if asked.name in _SECONDS else ""
    around = f" ({bounds.low:.1f} to {bounds.high:.1f})" if bounds.low != bounds.high else ""
    return f"{asked.name} {bounds.value:.1f}{unit}{around}"
