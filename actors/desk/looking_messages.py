"""What is found about rates as messages."""

from collections.abc import Mapping

from actors.desk import values
from actors.desk.looking_costs import whole
from actors.look_work import CodeOffers, Compared, CompareLook, Earned, MarginLook, Offered, Row, VendorsLook
from domain.differing import KINDS
from domain.money import half_away
from protos import looking_pb2 as pb
from protos.operators_pb2 import Plan as PlanMessage
from store.catalog.plans import Plan
from store.catalog.rate_looks import KnownRate

IN_FORCE, TO_COME, OVER, BEHIND = "in force", "to come", "over", "behind a longer code"
Costs = Mapping[tuple[str, str, str], int]


def plan(found: Plan) -> PlanMessage:
    """Render what a page of rates is of: its rules, without how many rates it has and who has it."""
    rules = found.rules
    return PlanMessage(
        id=found.id,
        side=found.side,
        currency=rules.currency,
        zone=rules.zone,
        crossing=rules.crossing.value,
        seconds=rules.seconds.value,
        decimals=rules.decimals,
        rounding=rules.rounding,
        unit=rules.unit.value,
        version=found.version,
    )


def known_rate(found: KnownRate, destination: str, at_ms: int, counting: str = "") -> pb.KnownRate:
    """Render a rate as it stands at a moment; `counting`: the code that decides, where it is asked for a number."""
    row = found.row
    standing = IN_FORCE if row.valid_at(at_ms) else TO_COME if row.valid_from_ms > at_ms else OVER
    if counting and standing == IN_FORCE and row.code != counting:
        standing = BEHIND
    return pb.KnownRate(
        rate=values.rate_message(row, destination),
        known_until_ms=row.known_until_ms,
        previous_price_units=found.before.terms.next_price if found.before else None,
        sheet=found.sheet,
        sheet_file=found.file,
        undoes=found.undoes,
        standing=standing,
    )


def differences(found: Compared, look: CompareLook) -> pb.PlanDifferences:
    """Render a page of what differs."""
    page = pb.PlanDifferences(
        total=found.total, kinds=dict(found.kinds), codes=found.codes, currency=found.currency, at_ms=look.at_ms
    )
    if look.by_destination:
        page.destinations.extend(_destination(row) for row in found.rows)
    else:
        page.differences.extend(_difference(row) for row in found.rows)
    return page


def _destination(row: Row) -> pb.DestinationDifference:
    return pb.DestinationDifference(
        destination=_text(row["destination"]),
        rise_units=_maybe(row["rise"]),
        fall_units=_maybe(row["fall"]),
        **{kind: whole(row[kind]) for kind in KINDS},
    )


def _difference(row: Row) -> pb.PlanDifference:
    return pb.PlanDifference(
        code=_text(row["code"]),
        destination=_text(row["destination"]),
        rate_type=_text(row["rate_type"]),
        origin=_text(row["origin"]),
        kind=_text(row["kind"]),
        own_code=_text(row["one_code"]),
        other_code=_text(row["other_code"]),
        price_units=_maybe(row["one_next_price"]),
        other_price_units=_maybe(row["other_next_price"]),
        first_s=_count(row["one_first_s"]),
        next_s=_count(row["one_next_s"]),
        other_first_s=_count(row["other_first_s"]),
        other_next_s=_count(row["other_next_s"]),
    )


def vendors(found: Offered, look: VendorsLook, plans: Mapping[str, Plan], costs: Costs, base: str) -> pb.VendorPage:
    """Render a page of codes with their offers; best is least real cost where it is known, else the least price."""
    sums = [
        pb.VendorSum(
            vendor=one.vendor,
            plan=one.plan,
            codes=one.codes,
            best=one.best,
            lowest_units=one.lowest,
            highest_units=one.highest,
            dearer_than=dict(one.dearer_than),
            by_caller=[
                pb.CallerPrice(
                    origin=each.origin, codes=each.codes, lowest_units=each.lowest, highest_units=each.highest
                )
                for each in one.by_caller
            ],
        )
        for one in found.vendors
    ]
    return pb.VendorPage(
        codes=[_codes(group, plans, costs) for group in found.page],
        vendors=sums,
        total=found.total,
        all_codes=found.codes,
        base_currency=base,
        at_ms=look.at_ms,
        without=found.without,
    )


def _codes(group: CodeOffers, plans: Mapping[str, Plan], costs: Costs) -> pb.VendorCodes:
    offers = [_offer(row, group.codes[0], plans, costs) for row in group.offers]
    if all(offer.HasField("real_cost_units") for offer in offers):
        offers.sort(key=lambda offer: (offer.real_cost_units, offer.base_price_units, offer.vendor))
    return pb.VendorCodes(codes=group.codes, destination=group.destination, offers=offers)


def _offer(row: Row, code: str, plans: Mapping[str, Plan], costs: Costs) -> pb.VendorOffer:
    vendor, plan_id = _text(row["vendor"]), _text(row["plan"])
    return pb.VendorOffer(
        vendor=vendor,
        plan=plan_id,
        own_code=_text(row["code"]),
        currency=plans[plan_id].rules.currency,
        price_units=whole(row["next_price"]),
        base_price_units=whole(row["base"]),
        first_price_units=whole(row["first_price"]),
        first_s=whole(row["first_s"]),
        next_s=whole(row["next_s"]),
        connect_fee_units=whole(row["connect_fee"]),
        real_cost_units=costs.get((code, vendor, plan_id)),
    )


def margins(found: Earned, look: MarginLook, base: str) -> pb.MarginPage:
    """Render a page of a sell plan beside its costs."""
    return pb.MarginPage(
        margins=[_margin(row) for row in found.rows],
        total=found.total,
        codes=found.codes,
        under=found.under,
        unserved=found.unserved,
        base_currency=base,
        at_ms=look.at_ms,
        without=found.without,
    )


def _margin(row: Row) -> pb.CodeMargin:
    price, margin = whole(row["base"]), _maybe(row["margin"])
    return pb.CodeMargin(
        code=_text(row["asked"]),
        destination=_text(row["destination"]),
        own_code=_text(row["code"]),
        price_units=price,
        vendor=_text(row["buy_vendor"]),
        buy_plan=_text(row["buy_plan"]),
        buy_code=_text(row["buy_code"]),
        cost_units=_maybe(row["buy_base"]),
        margin_units=margin,
        margin_bp=None if margin is None or not price else half_away(margin * 10_000, price),
        vendors=whole(row["vendors"]),
        first_s=whole(row["first_s"]),
        next_s=whole(row["next_s"]),
        buy_first_s=_count(row["buy_first_s"]),
        buy_next_s=_count(row["buy_next_s"]),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _maybe(value: object) -> int | None:
    return value if isinstance(value, int) else None
