"""Origin groups of plans as operators see and enter them."""

from actors.desk.core import Desk
from actors.tokens import caller
from domain.errors import InputError
from domain.ids import PlanId
from domain.origins import INVALID, REST, OriginCode
from domain.sheets.origin_names import origin_name
from protos import operators_pb2 as pb
from store.catalog import Catalog

EVERY = "*"
"""How the code of all who are in no other group is written."""


async def page(desk: Desk, request: pb.OriginQuery) -> pb.OriginPage:
    """Return a plan's groups, those included that only rates name, and a page of their codes."""
    plan = await desk.read(lambda catalog: catalog.plans.get(PlanId(request.plan)))
    codes = await desk.read(lambda catalog: catalog.origins.of(plan.id))
    rates = await desk.read(lambda catalog: catalog.origins.rates(plan.id))
    at_ms = desk.now_ms()
    holding = [one.group for one in codes if one.valid_from_ms <= at_ms < one.end_ms]
    names = {one.group for one in codes} | rates.keys()
    group = origin_name(request.group)
    wanted = [one for one in codes if group in ("", one.group)]
    first = request.offset
    return pb.OriginPage(
        plan=plan.id,
        version=plan.version,
        groups=[
            pb.OriginGroup(name=name, codes=holding.count(name), rates=rates.get(name, 0))
            for name in sorted(names, key=lambda name: (name in (REST, INVALID), name))
        ],
        codes=[_message(one) for one in wanted[first : first + desk.page(request.limit)]],
        total=len(wanted),
        zone=plan.rules.zone,
        now_ms=at_ms,
    )


async def entered(desk: Desk, request: pb.OriginCodes) -> pb.Changed:
    """Give origin groups the codes that were sent; names are written as those of sheets are."""
    plan, codes = PlanId(request.plan), [_code(one) for one in request.codes]
    ended = [origin_name(group) for group in request.ended]
    if not codes and not ended:
        raise InputError("no codes are given", where=f"plan {plan}", mend="Give a file with columns group and code.")
    before = (await desk.read(lambda catalog: catalog.plans.get(plan))).version

    def enter(catalog: Catalog, at_ms: int) -> int:
        ended_ms = request.ended_from_ms
        return catalog.origins.enter(plan, codes, ended=ended, ended_ms=ended_ms, who=caller(), at_ms=at_ms)

    version = await desk.change(enter)
    groups = sorted({one.group for one in codes} | set(ended))
    if version == before:
        return pb.Changed(what=f"plan {plan}: its origin groups say that already")
    return pb.Changed(what=f"plan {plan}: origin groups {', '.join(groups)}, version {version}")


def _message(one: OriginCode) -> pb.OriginCode:
    message = pb.OriginCode(group=one.group, code=one.code or EVERY, valid_from_ms=one.valid_from_ms)
    if one.valid_until_ms is not None:
        message.valid_until_ms = one.valid_until_ms
    return message


def _code(message: pb.OriginCode) -> OriginCode:
    until_ms = message.valid_until_ms if message.HasField("valid_until_ms") else None
    code = message.code.strip()
    if not code:
        mend = f"Give digits, or {EVERY} for every caller who is in no other group."
        raise InputError("a code is empty", where=f"origin group {message.group}", mend=mend)
    return OriginCode(origin_name(message.group), "" if code == EVERY else code, message.valid_from_ms, until_ms)
