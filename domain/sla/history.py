"""What was promised when: policies as they were at each moment of a period, and the spans of time with one promise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.ids import DestinationId, PartnerId
from domain.policies.policy import Attachment, Policies
from domain.policies.rules import LONGEST_TITLE, rules_of
from domain.profiles import rate_type_at, same_type
from domain.rates import ANY_TIME
from domain.sla.promise import Promise, promise_of


@dataclass(frozen=True, slots=True)
class PolicyState:
    """The policies from a moment on (UTC ms), and which one each client's contract named."""

    from_ms: int
    policies: Policies
    owners: Mapping[PartnerId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, [from, until) UTC ms, in which one thing was promised; `policy`: by which versions."""

    from_ms: int
    until_ms: int
    promise: Promise
    policy: str


def promised(
    states: Sequence[PolicyState],
    client: PartnerId,
    product: str,
    destination: DestinationId,
    from_ms: int,
    until_ms: int,
) -> list[Span]:
    """Return what a client's calls of a product to a destination were promised in a period, in order of time."""
    found: list[Span] = []
    ends = [*(state.from_ms for state in states[1:]), until_ms]
    for state, end in zip(states, ends, strict=True):
        attached = [one for one in state.policies.attached if one.applies(client, product, destination)]
        first, last = max(from_ms, state.from_ms), min(until_ms, end)
        for since, until, now in _times(state.policies, attached, first, last):
            layers = state.policies.layers(state.owners.get(client, ""), now)
            promise = promise_of(layers)
            if promise is None:
                continue
            span = Span(since, until, promise, rules_of(layers).title)
            before = found[-1] if found else None
            if before and (before.until_ms, before.promise) == (since, promise):
                found[-1] = Span(before.from_ms, until, promise, _both(before.policy, span.policy))
            else:
                found.append(span)
    return found


def _both(earlier: str, later: str) -> str:
    """Name the versions of a promise that stayed the same while its policies changed otherwise."""
    if earlier.endswith(later):
        return earlier
    both = f"{earlier}, then {later}"
    return both if len(both) <= LONGEST_TITLE else f"… then {later}"


def _times(
    policies: Policies, attached: Sequence[Attachment], from_ms: int, until_ms: int
) -> Iterator[tuple[int, int, list[Attachment]]]:
    """Yield stretches of time in which the same attachments hold, with these."""
    profiles = [policies.profiles[name] for name in {one.profile for one in attached} if name in policies.profiles]
    at_ms = from_ms
    while at_ms < until_ms:
        now = {profile.name for profile in profiles if rate_type_at(profile, at_ms) != ANY_TIME}
        until = min([until_ms, *(same_type(profile, at_ms)[1] for profile in profiles)])
        yield at_ms, until, [one for one in attached if not one.profile or one.profile in now]
        at_ms = until
