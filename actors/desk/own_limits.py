"""The limits that trunks, partners and end users say themselves, shown by their names (domain.own_limits)."""

from dataclasses import replace

from actors.desk.core import Desk
from actors.desk.end_user_messages import use_message
from actors.desk.end_users import user_uses
from actors.desk.limit_use import limit_message, uses_of
from actors.desk.partners import use_of
from actors.desk.shards import Away, away_messages
from actors.desk.watch import Watch
from domain.directory import Direction, Trunk
from domain.end_users import limit_name, own_limit
from domain.ids import EndUserId, PartnerId, TrunkId
from domain.limits import Limit, LimitId, LimitUse
from domain.own_limits import OF_PARTNER, OF_TRUNK, user_named
from domain.partner_use import PartnerUse, TrunkUse
from protos import operators_pb2 as pb


async def own_use(desk: Desk, watch: Watch | None, name: str) -> pb.LimitUse:
    """Return such a limit with its use. Raises NotFoundError where there is no such trunk, partner or end user."""
    if name.startswith(OF_TRUNK):
        trunk = await desk.read(lambda catalog: catalog.trunks.get(TrunkId(name.removeprefix(OF_TRUNK))))
        return await _of_trunk(desk, watch, trunk)
    if name.startswith(OF_PARTNER):
        partner = await desk.read(lambda catalog: catalog.partners.get(PartnerId(name.removeprefix(OF_PARTNER))))
        limit = Limit(LimitId(name), client=partner.id, max_calls=partner.max_calls, max_cps=partner.max_cps)
        return _hard(limit, await use_of(desk, partner.id), None)
    partner_id, user = user_named(name)
    return await _of_user(desk, PartnerId(partner_id), EndUserId(user))


async def _of_trunk(desk: Desk, watch: Watch | None, trunk: Trunk) -> pb.LimitUse:
    limit = Limit(LimitId(f"{OF_TRUNK}{trunk.id}"), trunk=trunk.id, max_calls=trunk.max_calls, max_cps=trunk.max_cps)
    if trunk.direction is Direction.IN:
        return _hard(limit, await use_of(desk, trunk.partner), trunk.id)
    [use] = await uses_of(desk, watch, [limit])
    if trunk.max_calls is None and trunk.max_cps is None:
        use.ClearField("open_calls")  # nobody counts what goes by a trunk without a limit
    return use


def _hard(limit: Limit, use: PartnerUse | Away, trunk: TrunkId | None) -> pb.LimitUse:
    message = pb.LimitUse(limit=limit_message(limit, ""), hard=True)
    if isinstance(use, Away):
        message.away.extend(away_messages([use]))
        return message
    its = TrunkUse(use.open_calls, use.millicalls_per_s) if trunk is None else use.trunks.get(trunk, TrunkUse(0, None))
    message.open_calls = its.open_calls
    if its.millicalls_per_s is not None:
        message.cps = its.millicalls_per_s / 1000
    return message


async def _of_user(desk: Desk, name: PartnerId, user_name: EndUserId) -> pb.LimitUse:
    partner = await desk.read(lambda catalog: catalog.partners.get(name))
    user = await desk.read(lambda catalog: catalog.end_users.get(name, user_name))
    limit = own_limit(user, partner)
    uses = await user_uses(desk, name, [user.id])
    if isinstance(uses, Away):
        return pb.LimitUse(limit=limit_message(limit, ""), hard=True, away=away_messages([uses]))
    its = uses[user.id]
    blank = LimitUse(limit.id, its.open_calls, period_ms=limit.period_ms(desk.now_ms()))
    found = next((use for use in its.limits if use.limit == limit_name(name, user.id)), blank)
    return use_message(limit, replace(found, calls=its.open_calls), desk.name_of)
