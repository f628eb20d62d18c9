"""How a partner leaves a book and comes to another: its whole entity is one parcel of the outbox.

It leaves in the transaction that takes it out of the one book, and arrives in the transaction that puts it into the
other: whatever breaks, its money is in one book, or in one outbox, and never in two places.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from actors.turn import Turn
from domain.commands import Entity
from domain.credit import USUAL
from domain.end_users import limit_name
from domain.ids import NO_USER, PartnerId
from domain.partner import Partner
from domain.partner_events import HoldLapsed, HoldPut, Posted

if TYPE_CHECKING:
    from actors.shard import Shard


def leave(shard: "Shard", name: PartnerId, to_book: int, turn: Turn) -> bool:
    """Send a partner that lives in a shard's book to another book; False: it lives there already.

    What the turn was to write of it before goes with it.
    """
    if to_book == shard.book.number:
        return False
    entity, writes = packed(shard.partner(name), shard.limits.of_client(name)), turn.writes
    for hold in entity.holds:
        shard.limits.attempts.drop(hold.hold_id)
        shard.cuts.drop(hold.hold_id)
    shard.limits.left(entity.uses, writes)
    turn.touched.discard(name)
    writes.standings.pop(name, None)
    writes.holds |= dict.fromkeys(hold.hold_id for hold in entity.holds)
    writes.lapsed |= dict.fromkeys((name, hold.call_key) for hold in entity.lapsed)
    writes.left.append(name)
    writes.whereabouts[name] = to_book
    del shard.partners[name]
    shard.notices.left(name)
    shard.places.note(name, to_book)
    shard.send(entity, to_book, turn)
    return True


def arrive(shard: "Shard", entity: Entity, turn: Turn) -> None:
    """Let a partner live in a shard's book from now on."""
    partner, book = shard.partner(entity.partner), shard.places.came(entity.partner)
    assert not partner.holds and not any(partner.posted.values()), "nothing was kept here for who lived elsewhere"
    shard.places.note(entity.partner, book)
    shard.limits.came(entity.uses, turn.writes)
    shard.apply(partner, [Posted(*one) for one in entity.posted], turn)
    shard.apply(partner, [HoldLapsed(hold) for hold in entity.lapsed], turn)
    shard.apply(partner, [HoldPut(hold) for hold in entity.holds], turn)
    if entity.standing != USUAL:
        partner.standing = turn.writes.standings[entity.partner] = entity.standing
        shard.notices.stands(partner)
    turn.touched.add(entity.partner)
    turn.writes.whereabouts[entity.partner] = book


def packed(partner: Partner, its_limits: Collection[str]) -> Entity:
    """Return all of a partner that moves, with what was used of its limits (by their use_id)."""
    of_users = limit_name(partner.id, NO_USER)  # those of end users begin so
    return Entity(
        partner=partner.id,
        posted=tuple((side, currency, units) for (side, currency), units in partner.posted.items()),
        holds=tuple(partner.holds.values()),
        lapsed=tuple(partner.lapsed.by_call.values()),
        standing=partner.standing,
        uses=tuple(
            (limit, period_ms, used.seconds, used.units)
            for (limit, period_ms), used in partner.limits.used.items()
            if limit in its_limits or limit.startswith(of_users)
        ),
    )
