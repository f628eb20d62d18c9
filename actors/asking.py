"""The hold that is asked for when a call that was decided is to go: how much, for how long, against which limits."""

from domain.calls import CallSetup, Door
from domain.commands import PlaceHold
from domain.decisions import Decision
from domain.directory import Directory, Recipe
from domain.holds import HoldMode
from domain.ids import CallKey, call_key, hold_id
from domain.rates import Unit
from domain.settings import LimitSettings
from domain.wire.radius_answers import tells_quota


def asking(
    decision: Decision, recipe: Recipe, setup: CallSetup, directory: Directory, limits: LimitSettings
) -> PlaceHold:
    """Return the hold that is asked for when a call that was decided is to go."""
    client, trunk, sell, key = decision.client, decision.trunk, decision.sell, key_of(decision)
    assert client is not None and trunk is not None and sell is not None, "an admitted call has a client"
    its_trunk = directory.trunks[trunk]
    return PlaceHold(
        hold_id=hold_id(key, client, decision.attempt),
        call_key=key,
        partner=client,
        trunk=trunk,
        switch=decision.switch,
        currency=sell.currency,
        terms=sell.terms,
        mode=hold_mode(recipe) if _is_limited(sell.unit, recipe, setup.door) else HoldMode.FIXED,
        max_s=limits.max_call_s,
        at_ms=decision.at_ms,
        a=decision.a,
        b=decision.b,
        destination=decision.destination,
        trunk_max_calls=its_trunk.max_calls,
        trunk_max_cps=its_trunk.max_cps,
        unit=sell.unit,
        max_kb=1024 * limits.quota_mb,
        call_id=setup.call_id,
        interim_s=recipe.interim_s if recipe.sends_interims else 0,
        asked_s=recipe.hold_asked_s,
        trunk_out=decision.routes[0].trunk if decision.routes else None,
        end_user=decision.end_user,
    )


def hold_mode(recipe: Recipe) -> HoldMode:
    """Return how much is held for a switch of this kind (DESIGN §5)."""
    if recipe.sends_interims and recipe.can_disconnect:
        return HoldMode.PIECES
    return HoldMode.WHOLE if recipe.enforces_time else HoldMode.FIXED


def _is_limited(unit: Unit, recipe: Recipe, door: Door) -> bool:
    """Whether a switch hears how much it may let through: over RADIUS by the quotas that its recipe answers with."""
    return unit is not Unit.MEGABYTE or door is not Door.RADIUS or tells_quota(recipe)


def key_of(decision: Decision) -> CallKey:
    """Return the call's key; where the asker gave no call id, one that no report has: such a hold lapses by itself."""
    return decision.call_key or call_key(decision.switch, f"{decision.a} {decision.b} {decision.at_ms}".encode())
