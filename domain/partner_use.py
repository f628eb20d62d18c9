"""What of a partner's limits is in use: its open calls, by trunk, its calls per second, and what is held."""

from dataclasses import dataclass

from domain.credit import USUAL, Standing
from domain.directory import Directory
from domain.ids import TrunkId
from domain.money import Currency
from domain.partner import Partner


@dataclass(frozen=True, slots=True)
class TrunkUse:
    """Open calls that came by a trunk, and calls of the last second; `millicalls_per_s` None: nothing counts them."""

    open_calls: int
    millicalls_per_s: int | None


@dataclass(frozen=True, slots=True)
class PartnerUse:
    """`held` are units by currency; `millicalls_per_s` thousandths of a call let through in the last second.

    Calls per second are counted where there is a limit to them: without one they are None. A trunk without calls and
    without a limit is not among `trunks`.
    """

    open_calls: int
    millicalls_per_s: int | None
    held: dict[Currency, int]
    trunks: dict[TrunkId, TrunkUse]


@dataclass(frozen=True, slots=True)
class PartnerMoney:
    """What a partner's sides have posted, units by (side, currency); what is held in its contract's currency; its open
    calls; how it stands.
    """

    posted: dict[tuple[str, str], int]
    held: int
    open_calls: int
    standing: Standing


NO_MONEY = PartnerMoney({}, 0, 0, USUAL)


def money_of(partner: Partner, directory: Directory) -> PartnerMoney:
    """Return a partner's money."""
    terms = directory.partners.get(partner.id)
    posted = {(side.value, str(currency)): units for (side, currency), units in partner.posted.items()}
    return PartnerMoney(posted, partner.held[terms.currency] if terms else 0, len(partner.holds), partner.standing)


def use_of(partner: Partner, directory: Directory, at_ms: int) -> PartnerUse:
    """Return what a partner uses at a moment of business time."""
    terms = directory.partners.get(partner.id)
    limits = {trunk.id: trunk.max_cps for trunk in directory.trunks.values() if trunk.partner == partner.id}
    seen = {trunk for trunk, calls in partner.on_trunk.items() if calls}
    seen |= {trunk for trunk, cps in limits.items() if cps is not None}
    trunks = {
        trunk: TrunkUse(partner.on_trunk[trunk], _rate(partner, trunk, limits.get(trunk), at_ms))
        for trunk in sorted(seen)
    }
    return PartnerUse(
        open_calls=len(partner.holds),
        millicalls_per_s=_rate(partner, None, terms.max_cps if terms else None, at_ms),
        held={currency: units for currency, units in partner.held.items() if units},
        trunks=trunks,
    )


def _rate(partner: Partner, trunk: TrunkId | None, cps: int | None, at_ms: int) -> int | None:
    """Return what is gone from the bucket of a limit: it holds one second's worth of calls."""
    bucket = partner.buckets.get(trunk)
    if cps is None or bucket is None:
        return None if cps is None else 0
    return max(0, 1000 * cps - bucket.after(cps, at_ms))
