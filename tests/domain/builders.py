"""Builders of plans, rates and legs with defaults, and Hypothesis strategies of the same: a test shows what matters."""

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from domain.calls import Leg, LegState, Release, Side
from domain.ids import CallKey, DestinationId, LegId, PartnerId, PlanId, SwitchId, TrunkId
from domain.intervals import PlanIntervals
from domain.money import ROUNDINGS, Currency, units_of
from domain.profiles import windows_of
from domain.rates import ANY_TIME, Crossing, PlanRules, RateRow, SecondsRounding, Terms

NOON = 1_761_998_400_000
"""2025-11-01 12:00 UTC, a Saturday."""
DAY_MS = 86_400_000


def ms(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()) * 1000


def terms(price: str = "0.06", increments: str = "1/1", **fields: Any) -> Terms:
    """Terms with one price per minute; fields given as text are money."""
    first_s, next_s = map(int, increments.split("/"))
    money = {name: units_of(value) if isinstance(value, str) else value for name, value in fields.items()}
    values = {"first_price": units_of(price), "next_price": units_of(price), "first_s": first_s, "next_s": next_s}
    return Terms(**(values | money))


def row(code: str = "44", price: str = "0.06", increments: str = "1/1", **fields: Any) -> RateRow:
    """A rate in force since 1970; fields are those of a row or of its terms."""
    own = {name: fields.pop(name) for name in RateRow.__slots__ if name in fields}
    own.setdefault("terms", terms(price, increments, **fields))
    values: dict[str, Any] = {"code": code, "valid_from_ms": 0}
    return RateRow(**(values | own))


def rules(**fields: Any) -> PlanRules:
    return PlanRules(**({"plan": PlanId("p"), "currency": Currency("USD")} | fields))


def table(*rows: RateRow, **fields: Any) -> PlanIntervals:
    """A plan of these rows; fields are those of its rules."""
    return PlanIntervals(rules(**fields), rows)


def leg(**fields: Any) -> Leg:
    """An answered client leg of 60 s at 0.06."""
    values: dict[str, Any] = {
        "leg_id": LegId(b"l" * 16), "call_key": CallKey(b"c" * 16), "side": Side.CLIENT, "state": LegState.CLOSED,
        "switch": SwitchId("sw"), "partner": PartnerId("orbita"), "trunk": TrunkId("orbita-in"), "attempt": 1,
        "a": "12025550100", "b": "447911123456", "destination": DestinationId(1), "code": "4479",
        "setup_ms": NOON - 5000, "alert_ms": NOON - 3000, "connect_ms": NOON, "disconnect_ms": NOON + 60_000,
        "duration_ms": 60_000, "billed_s": 60, "cause": 16, "release": Release.CALLER, "plan": PlanId("p"),
        "plan_version": 1, "rate_type": ANY_TIME, "price": 6_000_000, "currency": Currency("USD"),
        "charge": 6_000_000, "fx": 100_000_000, "base_charge": 6_000_000,
    }  # fmt: skip
    return Leg(**(values | fields))


codes = st.text("012", min_size=1, max_size=5)
"""Codes over few digits, so that many are nested in each other."""
numbers = st.text("012", min_size=1, max_size=17)
prices = st.one_of(st.just(0), st.integers(0, 10**10))
fees = st.one_of(st.just(0), st.integers(0, 10**9))
seconds = st.one_of(st.just(0), st.integers(0, 90))
any_terms = st.builds(
    Terms,
    first_price=prices, next_price=prices, first_s=st.integers(1, 90), next_s=st.integers(1, 90), connect_fee=fees,
    attempt_fee=fees, minimum_charge=fees, grace_s=seconds, free_s=seconds,
)  # fmt: skip


@st.composite
def any_rules(draw: st.DrawFn) -> PlanRules:
    """Rules of any rounding, with or without a peak profile and holidays, in a zone whose clock changes."""
    day = st.integers(0, 1439)
    lines = draw(st.lists(st.tuples(st.sampled_from(["peak", "night"]), day, day, st.booleans()), max_size=3))
    windows = [
        windows_of(kind, range(draw(st.integers(1, 7))), start, end, on_holidays=holiday)
        for kind, start, end, holiday in lines
        if start != end and end
    ]
    zone = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"])
    return rules(
        zone=draw(zone),
        crossing=draw(st.sampled_from(Crossing)),
        seconds=draw(st.sampled_from(SecondsRounding)),
        decimals=draw(st.integers(0, 8)),
        rounding=draw(st.sampled_from(sorted(ROUNDINGS))),
        windows=tuple(window for pair in windows for window in pair),
        holidays=frozenset(draw(st.lists(st.dates(date(2025, 10, 25), date(2025, 11, 3)), max_size=2))),
    )


moments = st.integers(ms(2025, 10, 25), ms(2025, 11, 3))
"""Nine days in which the clocks of Berlin and New York change."""


@st.composite
def any_row(draw: st.DrawFn) -> RateRow:
    start = draw(st.one_of(st.just(0), moments))
    return RateRow(
        code=draw(codes),
        terms=draw(any_terms),
        valid_from_ms=start,
        valid_until_ms=draw(st.one_of(st.none(), st.integers(start, start + 4 * DAY_MS))),
        rate_type=draw(st.sampled_from([ANY_TIME, ANY_TIME, "peak", "night"])),
        blocked=draw(st.sampled_from([False, False, False, True])),
        known_from_ms=draw(st.integers(0, 3)),
    )
