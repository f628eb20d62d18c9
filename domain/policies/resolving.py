"""Which policies hold for a call: found once for each client, product and destination, and for parts of the week."""

from dataclasses import dataclass

from domain.ids import DestinationId, PartnerId
from domain.policies.policy import Attachment, Canary, Policies, TimeProfile, drawn
from domain.policies.rules import Rules, rules_of
from domain.profiles import rate_type_at, same_type
from domain.rates import ANY_TIME

_Whose = tuple[str, PartnerId, str, DestinationId]


@dataclass(slots=True)
class _Known:
    """What applies to some calls; `rules` hold until `until_ms`."""

    attached: tuple[Attachment, ...]
    profiles: tuple[TimeProfile, ...]
    rules: Rules | None = None
    since_ms: int = 0
    until_ms: int = 0


class _Arms:
    """What holds for calls by the canaries that take them; those are drawn one by one, each by its own lots."""

    __slots__ = ("_canaries", "_lots", "_made", "_plain")

    def __init__(self, plain: Rules, canaries: tuple[Canary, ...]) -> None:
        self._plain, self._canaries = plain, canaries
        self._lots = tuple(
            (1 << place, one.salt, one.share_bp, 2**62 if one.until_ms is None else one.until_ms)
            for place, one in enumerate(canaries)
        )
        self._made = {0: plain}

    def of(self, key: bytes, at_ms: int) -> Rules:
        taken = 0
        for bit, salt, share_bp, until_ms in self._lots:
            if at_ms < until_ms and drawn(salt, key) < share_bp:
                taken |= bit
        found = self._made.get(taken)
        if found is None:
            its = {one.policy.name: one.policy for place, one in enumerate(self._canaries) if taken >> place & 1}
            policies = tuple(its.get(one.name, one) for one in self._plain.policies)
            found = self._made[taken] = rules_of(policies, frozenset(its))
        return found


class PolicyIndex:
    """The policies of one directory, ready to be asked at each call. Invariant: at most `limit` answers are kept.

    `canaries`: some version is tried, so that what holds depends on the call's key, too.
    """

    def __init__(self, policies: Policies, limit: int = 50_000) -> None:
        self._policies, self._limit = policies, limit
        self.canaries = policies.canaries
        self._arms: dict[Rules, _Arms | None] = {}
        self._plain: dict[str, Rules] = {}
        self._known: dict[_Whose, _Known] = {}

    def rules_of_call(self, rules: Rules, key: bytes, at_ms: int) -> Rules:
        """Return what holds for one call by the versions that are tried; `rules`: as `rules_at` gave them.

        `key`: the call's, or its number where it has none.
        """
        if rules not in self._arms:
            if len(self._arms) >= self._limit:
                self._arms.clear()
            names = {one.name for one in rules.policies}
            its = tuple(one for one in self.canaries if one.policy.name in names)
            self._arms[rules] = _Arms(rules, its) if its else None
        arms = self._arms[rules]
        return rules if arms is None else arms.of(key, at_ms)

    def rules_at(self, own: str, client: PartnerId, product: str, destination: DestinationId, at_ms: int) -> Rules:
        """Return what holds for a client's call to a destination; `own`: the policy that its contract names."""
        if not self._policies.attached:
            return self._alone(own)
        whose = (own, client, product, destination)
        known = self._known.get(whose)
        if known is None:
            known = self._find(whose)
        if known.rules is not None and known.since_ms <= at_ms < known.until_ms:
            return known.rules
        return self._renewed(known, own, at_ms)

    def _alone(self, own: str) -> Rules:
        rules = self._plain.get(own)
        if rules is None:
            rules = self._plain[own] = rules_of(self._policies.layers(own, ()))
        return rules

    def _find(self, whose: _Whose) -> _Known:
        _, client, product, destination = whose
        attached = tuple(one for one in self._policies.attached if one.applies(client, product, destination))
        wanted = {one.profile for one in attached if one.profile}
        profiles = tuple(profile for name, profile in self._policies.profiles.items() if name in wanted)
        if len(self._known) >= self._limit:
            del self._known[next(iter(self._known))]
        found = self._known[whose] = _Known(attached, profiles)
        return found

    def _renewed(self, known: _Known, own: str, at_ms: int) -> Rules:
        now = {profile.name for profile in known.profiles if rate_type_at(profile, at_ms) != ANY_TIME}
        spans = [same_type(profile, at_ms) for profile in known.profiles]
        known.since_ms = max((since for since, _ in spans), default=-(2**62))
        known.until_ms = min((until for _, until in spans), default=2**62)
        attached = [one for one in known.attached if not one.profile or one.profile in now]
        known.rules = rules_of(self._policies.layers(own, attached))
        return known.rules
