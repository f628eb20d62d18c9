"""What policies say of watching routes: one watch made of their fields, the last policy on top.

A bound of 0 takes away what an earlier policy said. What does not fit together once policies lie one over the other
(a warning on the wrong side of its bound, more calls wanted than are kept) gives way to what was said of the bound.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace

from domain.errors import InputError
from domain.ids import NO_DESTINATION, DestinationId, PartnerId
from domain.policies.policy import Attachment, Policies, Policy
from domain.route_watch import Measure, Watch, check

PREFIX = "watch_"
NAMES = tuple(one.name for one in fields(Watch))
"""The fields of a watch; those of a policy have the prefix before them."""
_BOUNDS = tuple(measure.value for measure in Measure)
_CLEARABLE = (*_BOUNDS, *(f"{name}_warn" for name in _BOUNDS), "probe_units")
MOST_PROFILES = 4
"""Of so many time profiles that watch a destination every combination is looked at; of more, each alone and all."""


def watch_of(policies: Sequence[Policy]) -> Watch | None:
    """Return what the policies watch, None where no bound is said."""
    said: dict[str, object] = {}
    for policy in policies:
        said |= _said(policy)
    given = {name: value for name, value in said.items() if not (value == 0 and name in _CLEARABLE)}
    watch = Watch(**given)  # type: ignore[arg-type]
    if next(watch.bounds(), None) is None:
        return None
    return _fitting(watch)


def check_watch(policy: Policy, where: str) -> None:
    """Raise InputError for what a policy says of watching, where it cannot be whatever lies under it."""
    given = _said(policy)
    for name, value in given.items():
        if name in _CLEARABLE and isinstance(value, int | float) and value < 0:
            raise InputError(f"{PREFIX}{name} {value:g}", where=where, mend="Give 0 for none, or more.")
    kept = {name: value for name, value in given.items() if not (value == 0 and name in _CLEARABLE)}
    for name in _BOUNDS:
        if name not in kept:
            kept.pop(f"{name}_warn", None)  # the bound may be said below
    if "window_calls" not in kept:
        kept["window_calls"] = 250
    if "probe_calls" not in kept:
        kept["probe_calls"] = 250
    if "least_calls" not in kept:
        kept["least_calls"] = 10
    try:
        check(Watch(**kept), where)  # type: ignore[arg-type]
    except InputError as error:
        raise InputError(f"{PREFIX}{error.what}", where=error.where, mend=error.mend) from None


class WatchesAt:
    """Every watch that may hold for calls to a destination; those to which nothing is attached share one answer.

    Numbers that no destination of the reference book has are no route: they are not watched.
    """

    def __init__(self, policies: Policies, clients: Iterable[tuple[str, PartnerId]]) -> None:
        self._policies, self._clients = policies, tuple(clients)
        self._named = {one.destination for one in policies.attached}
        self._known: dict[DestinationId, frozenset[Watch]] = {}

    def __call__(self, destination: DestinationId) -> frozenset[Watch]:
        """Return them."""
        if destination == NO_DESTINATION:
            return frozenset()
        where = destination if destination in self._named else NO_DESTINATION
        found = self._known.get(where)
        if found is None:
            found = self._known[where] = frozenset(watches_at(self._policies, self._clients, where))
        return found


def watches_at(policies: Policies, clients: Iterable[tuple[str, PartnerId]], destination: DestinationId) -> set[Watch]:
    """Return every watch that may hold for calls to a destination; `clients`: each with the policy of its contract.

    Where several versions are tried, each alone and all together.
    """
    pairs = list(clients)
    names = [one.policy.name for one in policies.canaries]
    arms = [[], *([name] for name in names), *([names] if len(names) > 1 else [])]
    return {watch for arm in arms for watch in _watches(policies.trying(arm) if arm else policies, pairs, destination)}


def _watches(
    policies: Policies, clients: Iterable[tuple[str, PartnerId]], destination: DestinationId
) -> Iterable[Watch]:
    says = {name for name, policy in policies.named.items() if _said(policy)}
    near = [one for one in policies.attached if one.destination in (None, destination) and one.policy in says]
    named = {one.client for one in near if one.client is not None}
    kinds = {(own if own in says else "", client if client in named else PartnerId("")) for own, client in clients}
    products = {"", *(one.product for one in near)}
    for own, client in kinds:
        for product in products:
            attached = [one for one in near if one.applies(client, product, destination)]
            for layer in _times(attached):
                watch = watch_of(policies.layers(own, layer))
                if watch is not None:
                    yield watch


def _times(attached: Sequence[Attachment]) -> Iterable[list[Attachment]]:
    """Yield what is attached at the times that may be."""
    profiles = sorted({one.profile for one in attached if one.profile})
    if len(profiles) <= MOST_PROFILES:
        sets = [{name for at, name in enumerate(profiles) if mask >> at & 1} for mask in range(1 << len(profiles))]
    else:
        sets = [set(), set(profiles), *({name} for name in profiles)]
    for now in sets:
        yield [one for one in attached if not one.profile or one.profile in now]


def _said(policy: Policy) -> dict[str, object]:
    pairs = ((name, getattr(policy, PREFIX + name)) for name in NAMES)
    return {name: value for name, value in pairs if value is not None}


def _fitting(watch: Watch) -> Watch:
    off: dict[str, None] = {}
    for measure in Measure:
        act, warn = getattr(watch, measure.value), getattr(watch, f"{measure.value}_warn")
        if warn is not None and (act is None or (warn < act if measure.least else warn > act)):
            off[f"{measure.value}_warn"] = None
    fitting = {"least_calls": min(watch.least_calls, watch.window_calls), "new": min(watch.new, watch.probe_calls)}
    return replace(watch, **off, **fitting)  # type: ignore[arg-type]
