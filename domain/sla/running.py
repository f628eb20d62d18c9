"""Buckets that run now: what clients got so far, out of what quality-0 counts, and which promises that breaks."""

import math
from collections.abc import Iterable, Iterator

from domain.calls import Side
from domain.directory import Directory
from domain.ids import DestinationId, PartnerId
from domain.policies.policy import Policies
from domain.policies.resolving import PolicyIndex
from domain.policies.rules import Rules
from domain.quality_calls import ANSWERED, unpacked
from domain.quality_counts import Key, QualityCounts, product_key
from domain.quality_series import Series, Tally
from domain.sla.breaches import Breach, Promised, Running, broken_now, over_now
from domain.sla.measuring import got_now
from domain.sla.products import products_by_client
from domain.sla.promise import Promise, promise_of
from domain.sla.report import Whose

USUAL_SPREAD, SPREAD_CALLS = 1.5, 10
"""The standard deviation of talk, in means, where fewer answered calls are known: talk is nearly exponential."""
_NO_ONE: frozenset[str] = frozenset()


class Promises:
    """What clients are promised now, by the policies of one directory."""

    def __init__(self, directory: Directory) -> None:
        self._index = PolicyIndex(directory.policies)
        self._owners = {partner.id: partner.policy for partner in directory.partners.values()}
        self._products = products_by_client(directory)
        self._known: dict[Rules, Promise | None] = {}
        self.any = promises_anything(directory.policies)

    def of(self, whose: Whose, now_ms: int) -> tuple[Promise, str] | None:
        """Return what a client is promised, and by which versions; None for nothing."""
        own = self._owners.get(whose.client)
        if own is None or not self.any:
            return None
        rules = self._index.rules_at(own, whose.client, whose.product, whose.destination, now_ms)
        if rules not in self._known:
            self._known[rules] = promise_of(rules.policies)
        promise = self._known[rules]
        return None if promise is None else (promise, rules.title)

    def kinds(self, client: PartnerId, destination: DestinationId) -> Iterator[tuple[Whose, Key]]:
        """Yield whose calls a client's to a destination are, with their series: of each product where it sells some."""
        products = self._products.get(client, _NO_ONE)
        if not products:
            yield Whose(client, "", destination), (Side.CLIENT, client, destination)
        for product in sorted(products):
            yield Whose(client, product, destination), product_key(client, product, destination)


def promises_anything(policies: Policies) -> bool:
    """Say whether any policy promises something."""
    return any(promise_of((one,)) is not None for one in policies.named.values())


def promised_now(
    promises: Promises, counts: QualityCounts, pairs: Iterable[tuple[PartnerId, DestinationId]], now_ms: int
) -> Iterator[Promised]:
    """Yield what is promised for calls of clients to destinations, with what they got."""
    for client, destination in pairs:
        for whose, key in promises.kinds(client, destination):
            found = promises.of(whose, now_ms)
            if found is not None:
                yield _promised(whose, key, *found, counts, now_ms)


def breaches_now(promised: Iterable[Promised], standing: dict[Whose, Breach], now_ms: int) -> list[Breach]:
    """Return the breaches that begin or end now; `standing`: those that last."""
    found: list[Breach] = []
    for its in promised:
        breach = standing.get(its.whose)
        changed = broken_now(its, now_ms) if breach is None else over_now(breach, its, now_ms)
        if changed is not None:
            found.append(changed)
    return found


def without_promise(promises: Promises, standing: Iterable[Breach], now_ms: int) -> list[Breach]:
    """Return the breaches that are over since nothing is promised any more."""
    gone = (one for one in standing if promises.of(one.whose, now_ms) is None)
    return [ended for one in gone if (ended := over_now(one, None, now_ms)) is not None]


def _promised(whose: Whose, key: Key, promise: Promise, policy: str, counts: QualityCounts, now_ms: int) -> Promised:
    width_ms = promise.bucket_s * 1_000
    start_ms = now_ms // width_ms * width_ms
    former_ms = start_ms - width_ms
    series = counts.series(key)
    now = series.since(start_ms // 1000) if series is not None else Tally()
    both = series.since(former_ms // 1000) if series is not None else Tally()
    spread = spread_of(series)
    setups = [1000 * setup_s for setup_s in counts.open_setups(key)]
    open_now = sum(at_ms >= start_ms for at_ms in setups)
    open_then = sum(former_ms <= at_ms < start_ms for at_ms in setups)
    running = _running(start_ms, now, open_now, spread)
    return Promised(whose, promise, policy, running, _running(former_ms, both.without(now), open_then, spread))


def _running(from_ms: int, tally: Tally, open_answered: int, spread: float) -> Running:
    return Running(from_ms, tally.attempts + open_answered, got_now(tally, open_answered, spread))


def spread_of(series: Series | None) -> float:
    """Return the standard deviation of talk, in means, of the last answered calls of a series."""
    if series is None:
        return USUAL_SPREAD
    every = (unpacked(bits) for bits, _ in series.calls())
    talks = [its.talk_s for its in every if its.cause_class == ANSWERED]
    if len(talks) < SPREAD_CALLS or not sum(talks):
        return USUAL_SPREAD
    mean = sum(talks) / len(talks)
    variance = sum((one - mean) ** 2 for one in talks) / (len(talks) - 1)
    return math.sqrt(variance) / mean
