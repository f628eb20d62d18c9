"""What the desk of the tests says of plans and their rates."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from protos import looking_pb2 as pb
from protos import operators_pb2 as op
from tests.tui.figures import NOW_MS
from tests.tui.wide_figures import wide_rate

DAY_MS = 86_400_000
BUY = op.Plan(
    id="kestrel-buy", side="buy", currency="EUR", unit="second", zone="Europe/Kyiv", version=14, rates=41_210,
    assigned_to=["kestrel"],
)  # fmt: skip
SAVANNA = op.Plan(
    id="savanna-buy", side="buy", currency="USD", zone="UTC", version=3, rates=812, assigned_to=["savanna"]
)
SELL = op.Plan(id="retail", side="sell", currency="USD", zone="UTC", version=9, rates=2_204, assigned_to=["callwell"])
PLANS = (BUY, SELL, SAVANNA)


def rate(code: str, name: str, units: int, days: int = -90, **more: Any) -> op.Rate:
    base: dict[str, Any] = {"rate_type": "any", "first_s": 60, "next_s": 1, "known_from_ms": NOW_MS - 100 * DAY_MS}
    its: dict[str, Any] = {
        "first_price_units": units,
        "next_price_units": units,
        "valid_from_ms": NOW_MS + days * DAY_MS,
    }
    return op.Rate(code=code, destination=name, **(base | its | more))


def known(its: op.Rate, standing: str = "in force", **more: Any) -> pb.KnownRate:
    return pb.KnownRate(rate=its, standing=standing, **more)


def every() -> list[pb.KnownRate]:
    soon = rate("254", "Kenya", 8_200_000, 10, known_from_ms=NOW_MS - DAY_MS)
    return [
        known(rate("254", "Kenya", 7_100_000, valid_until_ms=NOW_MS + 10 * DAY_MS), sheet=7, sheet_file="aug.xlsx"),
        known(soon, "to come", previous_price_units=7_100_000, sheet=12, sheet_file="nov.xlsx"),
        known(rate("25411", "Kenya Mobile Telkom", 11_000_000, origin="EEA"), sheet=7, sheet_file="aug.xlsx"),
        known(rate("254702", "Kenya Mobile Safaricom", 9_999_000, blocked=True), undoes=9),
        known(rate("447", "United Kingdom Mobile", 2_460_000)),
        wide_rate(),
    ]


def found(query: pb.RatesQuery) -> pb.KnownRates:
    rates = [one for one in every() if query.text.lower() in f"{one.rate.code} {one.rate.destination}".lower()]
    if query.HasField("valid_at_ms"):
        rates = [one for one in rates if one.rate.valid_from_ms <= query.valid_at_ms]
    return pb.KnownRates(plan=BUY, rates=rates, total=len(rates), now_ms=NOW_MS)


def history(query: pb.HistoryQuery) -> pb.KnownRates:
    old = known(
        rate("254", "Kenya", 6_900_000), "over", known_until_ms=NOW_MS - 5 * DAY_MS, sheet=5, sheet_file="may.csv"
    )
    return pb.KnownRates(plan=BUY, rates=[old, *every()[:2]], total=3, now_ms=NOW_MS)


def compared(query: pb.CompareQuery) -> pb.PlanDifferences:
    page = pb.PlanDifferences(
        total=3, kinds={"dearer": 1, "cheaper": 1, "missing": 1}, codes=41_210, currency="EUR", at_ms=NOW_MS
    )
    if query.by_destination:
        page.destinations.add(destination="Kenya", dearer=1, missing=1, rise_units=1_100_000)
        page.destinations.add(destination="United Kingdom Mobile", cheaper=1, fall_units=-60_000)
        return page
    own = {"rate_type": "any", "first_s": 60, "next_s": 1, "other_first_s": 1, "other_next_s": 1}
    page.differences.add(
        code="254", destination="Kenya", kind="dearer", price_units=7_100_000, other_price_units=8_200_000, **own
    )
    page.differences.add(code="25411", destination="Kenya Mobile Telkom", kind="missing", price_units=11_000_000, **own)
    page.differences.add(
        code="447", destination="United Kingdom Mobile", kind="cheaper", price_units=2_460_000,
        other_price_units=2_400_000, **own,
    )  # fmt: skip
    return page


def vendors(query: pb.VendorsQuery) -> pb.VendorPage:
    def offer(vendor: str, units: int, real: int, increments: tuple[int, int] = (1, 1)) -> pb.VendorOffer:
        first, following = increments
        return pb.VendorOffer(
            vendor=vendor, plan=f"{vendor}-buy", own_code="254", currency="USD", price_units=units,
            base_price_units=units, first_s=first, next_s=following, real_cost_units=real,
        )  # fmt: skip

    offers = [offer("savanna", 7_900_000, 7_930_000), offer("kestrel", 7_810_000, 9_120_000, (60, 60))]
    return pb.VendorPage(
        codes=[
            pb.VendorCodes(codes=["254", "2541", "25420", "25440"], destination="Kenya", offers=offers),
            pb.VendorCodes(codes=["254702"], destination="Kenya Mobile Safaricom", offers=offers[:1]),
        ],
        vendors=[
            pb.VendorSum(vendor="kestrel", plan="kestrel-buy", codes=4, best=4, lowest_units=7_810_000,
                         highest_units=7_810_000),
            pb.VendorSum(vendor="savanna", plan="savanna-buy", codes=5, best=1, lowest_units=7_900_000,
                         highest_units=7_900_000, dearer_than={"kestrel": 4}),
            pb.VendorSum(vendor="bluewire", plan="bluewire-buy"),
            pb.VendorSum(vendor="ridge", plan="ridge-buy", by_caller=[
                pb.CallerPrice(origin="EEA", codes=5, lowest_units=600_000, highest_units=600_000),
                pb.CallerPrice(origin="RoW", codes=5, lowest_units=4_500_000, highest_units=4_500_000),
            ]),
        ],
        total=2, all_codes=5, base_currency="USD", at_ms=NOW_MS,
        without=["plan ridge-buy: KES has no exchange rate then"],
    )  # fmt: skip


def margins(query: pb.MarginQuery) -> pb.MarginPage:
    page = pb.MarginPage(total=3, codes=2_204, under=1, unserved=1, base_currency="USD", at_ms=NOW_MS)
    page.margins.add(
        code="254", destination="Kenya", price_units=7_500_000, vendor="kestrel", buy_code="254", cost_units=7_810_000,
        margin_units=-310_000, margin_bp=-413, vendors=2, first_s=1, next_s=1, buy_first_s=60, buy_next_s=60,
    )  # fmt: skip
    page.margins.add(
        code="447", destination="United Kingdom Mobile", price_units=3_000_000, vendor="kestrel", buy_code="44",
        cost_units=2_460_000, margin_units=540_000, margin_bp=1800, vendors=3, first_s=1, next_s=1, buy_first_s=1,
        buy_next_s=1,
    )  # fmt: skip
    page.margins.add(code="7", destination="Russia", price_units=9_000_000, first_s=1, next_s=1)
    return page


LOOK_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "PlansService/List": lambda _: op.Plans(plans=PLANS),
    "LookingService/Find": found,
    "LookingService/History": history,
    "LookingService/Compare": compared,
    "LookingService/Vendors": vendors,
    "LookingService/Margin": margins,
}
