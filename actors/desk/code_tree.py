"""The codes below a prefix as a tree, with what our plans charge for them now and their destinations' traffic."""

from collections import Counter
from collections.abc import Iterator, Sequence

from actors.desk.book_messages import code_message
from actors.desk.core import DAY_MS, Desk
from domain.calls import Side
from domain.codes import CodeMatch
from domain.errors import InputError
from domain.world import World
from protos import codes_pb2 as pb
from store.catalog import Catalog
from store.catalog.plans import BUY, Plan

TRAFFIC_MS = 7 * DAY_MS


async def branches(desk: Desk, request: pb.BookQuery) -> pb.Tree:
    """Return a page of the codes that begin with the digits asked, the longest code above them first.

    Rates are those in force now for any caller; traffic is that of vendors' legs of the whole destination.
    """
    now_ms, prefix, limit = desk.now_ms(), request.filter.lstrip("+"), desk.page(request.limit)
    if not (prefix.isascii() and prefix.isdigit()):
        raise InputError(f"{prefix!r} is no prefix", mend="Give digits, such as 2547.")

    def question(catalog: Catalog) -> tuple[list[CodeMatch], int]:
        page = catalog.codes.page(now_ms, text=prefix, limit=limit, offset=request.offset)
        above = [one for one in catalog.codes.find(prefix, now_ms) if one.code != prefix]
        return [*above[:1], *page.rows], page.total

    found, total = await desk.read(question)
    plans = await desk.read(lambda catalog: catalog.plans.list())
    attempts, talk_ms = Counter[int](), Counter[int]()
    for row in await desk.tasks.traffic(now_ms - TRAFFIC_MS, now_ms):
        if row.side is Side.VENDOR:
            attempts[row.destination] += row.attempts
            talk_ms[row.destination] += row.talk_ms
    tree, above = pb.Tree(total=total), list[str]()
    for match in found:
        while above and not match.code.startswith(above[-1]):
            above.pop()
        where = match.destination.id
        rates = list(_rates(desk.world, match.code, now_ms, plans)) if desk.world else []
        tree.branches.append(
            pb.Branch(
                code=code_message(match),
                depth=len(above),
                rates=rates,
                attempts=attempts[where],
                seconds=talk_ms[where] // 1000,
            )
        )
        above.append(match.code)
    return tree


def _rates(world: World, code: str, now_ms: int, plans: Sequence[Plan]) -> Iterator[pb.BranchRate]:
    for plan in sorted(plans, key=lambda one: (one.side == BUY, one.id)):
        table = world.plans.get(plan.id)
        rates = table.rates_at(code, now_ms) if table else None
        if rates is not None:
            yield pb.BranchRate(
                plan=plan.id,
                side=plan.side,
                code=rates.code,
                price_units=rates.rows[0].terms.next_price,
                currency=plan.rules.currency,
                blocked=rates.blocked,
            )
