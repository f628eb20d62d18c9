"""End users, their usage and their bills as messages of the contract."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from actors.desk.limit_use import limit_message
from actors.desk.values import money
from domain.directory import Partner
from domain.end_users import EndUser, EndUserUse, own_limit
from domain.ids import DestinationId
from domain.invoicing import CallRow, InvoicePeriod
from domain.limits import Limit, LimitId, LimitUse
from domain.money import Currency, Money
from domain.user_bills import Bill, UserTotal
from protos import end_users_pb2 as pb
from protos import operators_pb2

CALLS = 1_000
"""Calls in one message."""


def user_message(
    user: EndUser,
    partner: Partner,
    use: EndUserUse | None,
    named: Mapping[LimitId, Limit],
    name_of: Callable[[DestinationId], str],
) -> pb.EndUser:
    """Render an end user; `use` None: his book does not answer. `named`: limits of the catalog on end users."""
    own = own_limit(user, partner)
    uses = use.limits if use is not None else ()
    known = {**named, own.id: own}
    return pb.EndUser(
        partner=partner.id,
        id=user.id,
        name=user.name,
        status=user.status.value,
        user_names=user.user_names,
        callers=user.callers,
        open_calls=use.open_calls if use is not None else None,
        limits=[use_message(known[one.limit], one, name_of) for one in uses if one.limit in known],
        use_known=use is not None,
    )


def use_message(limit: Limit, use: LimitUse, name_of: Callable[[DestinationId], str]) -> operators_pb2.LimitUse:
    """Render a limit on an end user with its use."""
    destination = name_of(limit.destination) if limit.destination is not None else ""
    return operators_pb2.LimitUse(
        limit=limit_message(limit, destination),
        open_calls=max(0, use.calls),
        cps=use.cps,
        seconds=max(0, use.seconds),
        used_units=use.units,
        period_ms=use.period_ms,
        hard=True,
        refused=use.refused,
    )


def sum_message(total: UserTotal, currency: Currency, from_ms: int, to_ms: int) -> pb.UsageSum:
    """Render what was used of a period."""
    return pb.UsageSum(
        from_ms=from_ms,
        to_ms=to_ms,
        attempts=total.attempts,
        answered=total.answered,
        billed_s=total.billed_s,
        amount=money(total.charge, currency),
    )


def bill_parts(
    bill: Bill, name: str, partner: Partner, period: InvoicePeriod, later: Money, calls: Sequence[CallRow]
) -> Iterator[pb.EndUserBillPart]:
    """Yield a bill, and then its calls in pieces."""
    yield pb.EndUserBillPart(bill=_bill(bill, name, partner, period, later))
    for at in range(0, len(calls), CALLS):
        yield pb.EndUserBillPart(calls=[_call(row, partner.currency) for row in calls[at : at + CALLS]])


def _bill(bill: Bill, name: str, partner: Partner, period: InvoicePeriod, later: Money) -> pb.EndUserBill:
    return pb.EndUserBill(
        number=bill.number,
        partner=partner.id,
        id=bill.end_user,
        name=name,
        first_day=period.first.isoformat(),
        last_day=period.last.isoformat(),
        zone=partner.zone,
        from_ms=bill.from_ms,
        to_ms=bill.to_ms,
        issued_ms=bill.issued_ms,
        lines=[
            operators_pb2.InvoiceLine(
                destination=line.destination,
                price_units=line.price,
                calls=line.calls,
                billed_s=line.billed_s,
                amount=money(line.charge, bill.total.currency),
                service=line.service.value,
                unit=line.unit.value,
                billed_volume=line.billed_volume,
            )
            for line in bill.sums.lines
        ],
        total=money(bill.total.units, bill.total.currency),
        calls=bill.sums.calls,
        billed_s=bill.sums.billed_s,
        later=money(later.units, later.currency),
    )


def _call(row: CallRow, currency: Currency) -> pb.BilledCall:
    return pb.BilledCall(
        at_ms=row.connect_ms,
        a=row.a,
        b=row.b,
        destination=row.destination,
        duration_ms=row.duration_ms,
        billed_s=row.billed_s,
        price_units=row.price,
        amount=money(row.charge, currency),
        service=row.service.value,
        unit=row.unit.value,
        volume=row.volume,
        billed_volume=row.billed_volume,
    )
