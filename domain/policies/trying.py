"""A world in which one more policy holds: what routes would be, before anything is changed."""

from copy import copy
from dataclasses import replace

from domain.ids import DestinationId, PartnerId
from domain.policies.policy import Policy
from domain.policies.resolving import PolicyIndex
from domain.policies.rules import Rules, check, rules_of
from domain.world import World


class _WithTrial(PolicyIndex):
    """Policies of which a trial lies over all others."""

    def __init__(self, base: PolicyIndex, trial: Policy) -> None:
        self._base, self._trial = base, trial
        self.canaries = base.canaries

    def rules_at(self, own: str, client: PartnerId, product: str, destination: DestinationId, at_ms: int) -> Rules:
        """Return what holds, with the trial on top."""
        rules = self._base.rules_at(own, client, product, destination, at_ms)
        return rules_of((*rules.policies, self._trial))

    def rules_of_call(self, rules: Rules, key: bytes, at_ms: int) -> Rules:
        """Return what holds for one call: the trial lies over what is tried on a part of them, too."""
        below = self._base.rules_of_call(rules_of(rules.policies[:-1]), key, at_ms)
        trial = self._trial
        if trial.name in below.tried:  # else it would be told as a canary, too: those are known by their names
            trial = replace(trial, name=f"trial of {trial.name}")
        return rules_of((*below.policies, trial), below.tried)


def tried(world: World, trial: Policy) -> World:
    """Return the world with a policy over those that hold for each call. Raises InputError for one that cannot be."""
    check(trial)
    index = copy(world.index)  # what attributes calls stays shared
    index.policies = _WithTrial(world.index.policies, trial)
    return replace(world, index=index)
