"""What one turn of a shard gathers before it is committed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain.booking import Known
from domain.calls import Leg, LegState, Side
from domain.commands import Parcel
from domain.ids import PartnerId
from domain.loss_book import LossBook
from domain.money import Currency
from domain.partner import Partner
from domain.quality import LegBegun, LegSeen, leg_begun, leg_seen
from domain.rates import Service
from store.book import Writes
from store.signs_of_life import Alive


@dataclass(slots=True)
class Turn:
    """What one turn gathers: the writes, what goes to other books, the legs that quality is to hear of, ended or begun,
    the partners that it touched, the transfers that it posted, and which of the parked records that it may settle are
    there.
    """

    writes: Writes = field(default_factory=Writes)
    seen: list[LegSeen] = field(default_factory=list)
    begun: list[LegBegun] = field(default_factory=list)
    out: dict[int, tuple[int, Parcel]] = field(default_factory=dict)
    touched: set[PartnerId] = field(default_factory=set)
    posted: set[str] = field(default_factory=set)
    waiting: set[bytes] = field(default_factory=set)

    def write_balances(self, partners: Mapping[PartnerId, Partner]) -> None:
        """Write down the balances of all partners that the turn touched."""
        for name in self.touched:
            self.writes.balances |= _balances(partners[name])

    def write_losses(self, losses: LossBook) -> None:
        """Write down what has changed of calls that may lose money."""
        if losses.changed:
            self.writes.losses |= losses.changed
            self.writes.loss_sums |= losses.changed_sums
            losses.changed.clear()
            losses.changed_sums.clear()

    def enter(self, leg: Leg, mark: int, before: Known | None, at_ms: int) -> Known:
        """Write a leg down as a report makes it; return what is known of it from now on.

        Quality hears of its first end only: what a later one says of it is counted when it counts anew.
        """
        if before is not None:
            self.writes.replaced.append(leg.leg_id)
        # a leg that starts and ends in one turn is written once, as it ended
        self.writes.legs[leg.leg_id] = (leg, mark)
        self.writes.alive.pop(leg.leg_id, None)
        if leg.state is not LegState.CLOSED or leg.revision:
            self.writes.alive[leg.leg_id] = Alive(at_ms)
        if leg.service is Service.VOICE and not leg.revision:
            if leg.state is LegState.OPEN:
                self.begun.append(leg_begun(leg))
            else:
                self.seen.append(leg_seen(leg))
        ours = leg if leg.state is LegState.PARTIAL else None
        return Known(leg.state, mark, leg.charge, at_ms, leg.duration_ms, leg.revision, ours)

    def heard_of(self, leg: Leg, before: Known, at_ms: int) -> Known:
        """Note that a leg which is open goes on; return what is known of it from now on."""
        at_ms, its = max(at_ms, before.alive_ms), self.writes
        if leg.duration_ms < before.duration_ms or not (leg.duration_ms or leg.volume):
            earlier = its.alive.get(leg.leg_id)
            its.alive[leg.leg_id] = Alive(at_ms, earlier.ran if earlier else None)
            return replace(before, alive_ms=at_ms)
        its.alive[leg.leg_id] = Alive(at_ms, leg)
        begun = its.legs.get(leg.leg_id)
        if begun is not None:
            row, mark = begun
            connect_ms = row.connect_ms if row.connect_ms is not None else leg.connect_ms
            row = replace(row, duration_ms=leg.duration_ms, volume=leg.volume, connect_ms=connect_ms)
            its.legs[leg.leg_id] = (row, mark)
        return replace(before, alive_ms=at_ms, duration_ms=leg.duration_ms)


def _balances(partner: Partner) -> dict[tuple[PartnerId, Side, Currency], tuple[int, int, int]]:
    rows = {(partner.id, side, currency): (units, 0, 0) for (side, currency), units in partner.posted.items()}
    for currency, calls in partner.calls_in.items():  # a currency stays in it when its last hold is gone
        rows[partner.id, Side.CLIENT, currency] = (partner.owed(currency), partner.held[currency], calls)
    return rows
