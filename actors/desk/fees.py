"""What contracts ask for short calls: counted for a period, posted with a client's invoice or for a vendor's days."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date

from actors.desk.core import Desk
from actors.desk.finance import transfers_of
from actors.desk.money import post_transfers, to_base
from actors.desk.values import money
from actors.tasks import CallCountQuery
from domain.calls import Side
from domain.directory import Partner
from domain.errors import ConflictError, InputError
from domain.invoicing import InvoicePeriod
from domain.ledger import Occasion, Transfer, TransferKind, payable, posted_of, receivable, surcharge
from domain.money import Money
from domain.short_calls import CallCount, ShortCallFee, ShortCallRule, short_call_fees
from protos import operators_pb2 as pb

Make = Callable[[Money, int, int], Transfer]
"""Makes a transfer of an amount, its worth in base units, and how many of its kind and ref were posted before."""


async def short_fees(desk: Desk, partner: Partner, side: Side, period: InvoicePeriod) -> tuple[ShortCallFee, ...]:
    """Return what the contract makes of the calls of a side in a period, as the legs say now; () without a fee."""
    query = short_query(partner, side, period)
    return fees_of(desk, partner, side, await desk.tasks.count_calls(query)) if query else ()


def short_query(partner: Partner, side: Side, period: InvoicePeriod) -> CallCountQuery | None:
    """Return which calls of a side the contract's fee counts; None without a fee."""
    rule = _rule(partner, side)
    if not rule.fee:
        return None
    return CallCountQuery(partner.id, side, period.from_ms, period.to_ms, rule.within_s, rule.codes)


def fees_of(desk: Desk, partner: Partner, side: Side, counts: Iterable[CallCount]) -> tuple[ShortCallFee, ...]:
    """Return what the contract makes of calls of a side that were counted."""
    rule = _rule(partner, side)
    return short_call_fees(rule, counts, desk.name_of) if rule.fee else ()


async def post_up_to(
    desk: Desk, partner: Partner, account: str, wanted: Money, occasion: Occasion, make: Make
) -> Money:
    """Post what is missing of an amount of one kind and ref, and return that: all of it, nothing, or what has changed.

    So what is interrupted and done again is posted once, though calls came in between. `wanted` is what the partner
    owes us more by it, or we the partner. Callers do it one after the other.
    """
    sign = 1 if account == receivable(partner.id) else -1
    kind = make(wanted, 0, 0).kind
    known = await transfers_of(desk, account, kind=kind, ref=occasion.ref)
    before, times = posted_of(known, kind, occasion.ref, account)
    missing = Money(wanted.units - sign * before, wanted.currency)
    if missing.units:
        base = await to_base(desk, missing, occasion.at_ms)
        await post_transfers(desk, partner.id, make(missing, base, times))
    return missing


async def post_surcharge(desk: Desk, partner: Partner, side: Side, wanted: Money, occasion: Occasion) -> Money:
    """Post what is missing of a surcharge; return that."""
    account = receivable(partner.id) if side is Side.CLIENT else payable(partner.id)

    def make(value: Money, base: int, times: int) -> Transfer:
        return surcharge(side, partner.id, value, base, occasion, times)

    return await post_up_to(desk, partner, account, wanted, occasion, make)


async def post_vendor_fees(desk: Desk, partner: Partner, period: InvoicePeriod) -> pb.Changed:
    """Post what a vendor charges us for the short calls of days that are over.

    Raises InputError where its contract has no such fee (a client's own goes on its invoice), ConflictError where some
    of the days were posted with others.
    """
    if not partner.options.short_buy.fee and not await posted_for(desk, partner, period):
        what = f"{partner.id} charges us nothing for short calls, and --post is for that alone"
        mend = (
            "What we charge a client for them is on its invoice: `switchboard invoices issue`. Where a vendor charges "
            f"us: switchboard partners set {partner.id} short_buy.fee=0.01."
        )
        raise InputError(what, mend=mend)
    _check_days(await transfers_of(desk, payable(partner.id), kind=TransferKind.SURCHARGE), partner, period)
    wanted = _sum(partner, await short_fees(desk, partner, Side.VENDOR, period))
    days = f"{period.first} to {period.last}"
    occasion = Occasion(period.to_ms - 1, desk.now_ms(), _ref(period), f"short calls of {days}")
    new = await post_surcharge(desk, partner, Side.VENDOR, wanted, occasion)
    await desk.note("post", "fees", partner.id, {"days": _ref(period), "amount": str(wanted), "new": str(new)})
    said = f"{wanted} for short calls of {days} on {payable(partner.id)}"
    return pb.Changed(what=f"{said}: " + (f"{new} posted" if new.units else "it was posted already"))


async def posted_for(desk: Desk, partner: Partner, period: InvoicePeriod) -> int:
    """Return what of a vendor's fees stands in the ledger for just these days, units."""
    account, kind, ref = payable(partner.id), TransferKind.SURCHARGE, _ref(period)
    return -posted_of(await transfers_of(desk, account, kind=kind, ref=ref), kind, ref, account)[0]


def fee_message(fee: ShortCallFee, side: Side, partner: Partner) -> pb.ShortCallFee:
    """Render what a rule makes of the calls of a group."""
    return pb.ShortCallFee(
        side=side.value,
        group=fee.group,
        answered=fee.answered,
        short=fee.short,
        free=fee.free,
        charged=fee.excess,
        within_s=fee.rule.within_s,
        fee=money(fee.rule.fee, partner.currency),
        amount=money(fee.charge, partner.currency),
        arithmetic=fee.arithmetic,
    )


def _rule(partner: Partner, side: Side) -> ShortCallRule:
    return partner.options.short_sell if side is Side.CLIENT else partner.options.short_buy


def _sum(partner: Partner, fees: Iterable[ShortCallFee]) -> Money:
    return Money(sum(fee.charge for fee in fees), partner.currency)


def _ref(period: InvoicePeriod) -> str:
    """Name a vendor's days, as ISO 8601 writes an interval; both days are within."""
    return f"{period.first}/{period.last}"


def _check_days(surcharges: Iterable[Transfer], partner: Partner, period: InvoicePeriod) -> None:
    """Raise ConflictError where another posting of the vendor's fees has some of the days, and still asks for some."""
    sums: Counter[str] = Counter()
    for transfer in surcharges:
        sums[transfer.ref] += transfer.effect_on(payable(partner.id))[0]
    for ref, units in sums.items():
        first, _, last = ref.partition("/")
        if units and ref != _ref(period) and _overlap(period, date.fromisoformat(first), date.fromisoformat(last)):
            mend = f"Give days outside {first} to {last}, or just those to correct them."
            raise ConflictError(f"fees of {first} to {last} are posted", where=f"fees of {partner.id}", mend=mend)


def _overlap(period: InvoicePeriod, first: date, last: date) -> bool:
    return period.first <= last and first <= period.last
