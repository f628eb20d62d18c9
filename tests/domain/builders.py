"""Builders of plans, rates and legs with defaults, and Hypothesis strategies of the same: a test shows what matters."""

from datetime import UTC, date, datetime
from random import Random
from typing import Any

from hypothesis import strategies as st

from domain.calls import Leg, LegState, Release, Side
from domain.ids import CallKey, DestinationId, LegId, PartnerId, PlanId, SwitchId, TrunkId
from domain.intervals import PlanIntervals
from domain.money import ROUNDINGS, Currency, units_of
from domain.profiles import windows_of
from domain.rates import ANY_TIME, Crossing, PlanRules, RateRow, SecondsRounding, Terms, Unit

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


codes = st.text("01", min_size=1, max_size=4)
"""Codes over few digits, so that many are nested in each other."""
numbers = st.text("01", min_size=1, max_size=17)
prices = st.one_of(st.just(0), st.integers(0, 10**10))
fees = st.one_of(st.just(0), st.integers(0, 10**9))
seconds = st.sampled_from([0, 0, 0, 1, 5, 20, 90])
any_terms = st.builds(
    Terms,
    first_price=prices, next_price=prices, first_s=st.integers(1, 90), next_s=st.integers(1, 90), connect_fee=fees,
    attempt_fee=fees, minimum_charge=fees, grace_s=seconds, free_s=seconds,
)  # fmt: skip


# strategies are made once: Hypothesis examines every one that is made within an example anew
_minutes = st.integers(0, 23).map(lambda hours: 60 * hours)
_line = st.tuples(
    st.sampled_from(["peak", "night"]), st.sampled_from([7, 7, 5]), _minutes, st.integers(1, 1439), st.booleans()
)
_lines: st.SearchStrategy[list[tuple[str, int, int, int, bool]]] = st.one_of(
    st.just([]), st.lists(_line, min_size=2, max_size=4)
)
_zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"])
_crossings, _seconds_roundings = st.sampled_from(Crossing), st.sampled_from(SecondsRounding)
_decimals, _roundings = st.integers(0, 8), st.sampled_from(sorted(ROUNDINGS))
_holidays = st.lists(st.dates(date(2025, 10, 25), date(2025, 11, 3)), max_size=2)
_units = st.sampled_from([*Unit, Unit.SECOND])


@st.composite
def any_rules(draw: st.DrawFn) -> PlanRules:
    """Rules of any unit and rounding, with or without a peak profile and holidays, in a zone whose clock changes."""
    windows = [
        windows_of(kind, range(days), start, end, on_holidays=holiday)
        for kind, days, start, end, holiday in draw(_lines)
        if start != end
    ]
    return rules(
        zone=draw(_zones),
        crossing=draw(_crossings),
        seconds=draw(_seconds_roundings),
        decimals=draw(_decimals),
        rounding=draw(_roundings),
        windows=tuple(window for pair in windows for window in pair),
        holidays=frozenset(draw(_holidays)),
        unit=draw(_units),
    )


FIRST_MS, LAST_MS = ms(2025, 10, 25), ms(2025, 11, 4)
"""Ten days in which the clocks of Berlin and New York change."""
moments = st.integers(FIRST_MS, LAST_MS - 1)


_some_codes = st.lists(codes, min_size=1, max_size=5)
_starts = st.one_of(st.just(0), st.just(0), moments)
_has_end = st.sampled_from([False, False, True])
_rate_types = st.sampled_from([[ANY_TIME], [ANY_TIME, "peak"], [ANY_TIME, "peak", "night"], ["peak"]])
_known_from, _tenths = st.integers(0, 3), st.integers(0, 9)


@st.composite
def any_rows(draw: st.DrawFn) -> list[RateRow]:
    """Rates of nested codes, mostly in force in those days, for any time or profiles, and seldom blocked."""
    rows: list[RateRow] = []
    for code in draw(_some_codes):
        start = draw(_starts)
        end = draw(st.integers(start, LAST_MS)) if draw(_has_end) else None
        for rate_type in draw(_rate_types):
            known_from_ms, blocked = draw(_known_from), draw(_tenths) == 9
            rows += [RateRow(code, draw(any_terms), start, end, rate_type, blocked, known_from_ms)]
    return draw(st.permutations(rows))


def number_of(rows: list[RateRow], dice: Random) -> str:
    """A number that mostly begins with a code of these rows."""
    code = dice.choice([row.code for row in rows] or [""]) if dice.random() < 0.9 else ""
    return code + "".join(dice.choices("01", k=dice.randrange(1, 12)))


def duration(dice: Random) -> int:
    """Milliseconds: calls of minutes, of hours, of days, and a few of nothing."""
    return dice.choice([dice.randrange(200_000), dice.randrange(40_000_000), dice.randrange(-1000, 200_000_000)])


def moment(dice: Random) -> int:
    return dice.randrange(FIRST_MS, LAST_MS)


dice = st.integers(0, 2**64).map(Random)
"""Seeded, since Hypothesis alone would mostly draw the same few small calls."""
