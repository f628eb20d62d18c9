"""What end users of a partner use, by the shard of its book."""

from collections.abc import Iterable

from actors.shard import Shard
from domain.end_users import EndUserUse
from domain.ids import EndUserId, PartnerId
from domain.partner import Partner


def user_uses(shard: Shard, name: PartnerId, users: Iterable[EndUserId], at_ms: int) -> dict[EndUserId, EndUserUse]:
    """Return what end users of a partner use, by the limits of now; the shard's writer asks, between two turns."""
    shard.limits.enter(shard.directory, shard.partners)
    partner = shard.partners.get(name) or Partner(name, limits=shard.limits.book_of(name))
    return {user: EndUserUse(partner.of_user[user], tuple(partner.limits.user_uses(user, at_ms))) for user in users}
