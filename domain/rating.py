"""What a leg costs: billed seconds, exact sums of parts, one rounding (rating facts §1, §3; DESIGN §6).

Everything is summed in sixtieths of a unit, where a price per minute times seconds is a whole number.
The columnar twin, equal to the last digit, is domain.columnar.
"""

from bisect import bisect_right
from collections.abc import Iterator

from domain.causes import ParkCause
from domain.money import ROUNDINGS, decimal_text
from domain.profiles import boundaries, rate_type_at
from domain.rates import (
    ANY_TIME,
    Charge,
    CodeRates,
    Crossing,
    Part,
    PlanRules,
    PlanTable,
    RateRow,
    SecondsRounding,
    Terms,
)

TIME, CONNECT_FEE, ATTEMPT_FEE = "time", "connect fee", "attempt fee"
MINIMUM, ROUNDING = "minimum charge", "rounding"
"""What a Part can be. The `price` of MINIMUM and ROUNDING is in sixtieths of a unit, as they are seldom whole."""


def rate(table: PlanTable, number: str, connect_ms: int | None, setup_ms: int, duration_ms: int) -> Charge | ParkCause:
    """Charge one leg of a normalised number by a plan; ParkCause.NO_RATE where an answered leg has no rate.

    Rates are those in force at connect; an unanswered leg (connect_ms None) costs the attempt fee in force at setup,
    or nothing under code "" where there is no rate. A blocked row is charged if it has a price, else it is no rate.
    """
    rules = table.rules
    at_ms = setup_ms if connect_ms is None else connect_ms
    rates = table.rates_at(number, at_ms)
    row = row_for(rates, rate_type_at(rules, at_ms)) if rates else None
    if connect_ms is None:
        parts = _fee(ATTEMPT_FEE, row.terms.attempt_fee) if row else []
        return _charge(table, row, 0, parts)
    if rates is None or row is None or not _sellable(row):
        return ParkCause.NO_RATE
    terms = row.terms
    billed = billed_seconds(duration_ms, terms, rules.seconds)
    parts = _fee(ATTEMPT_FEE, terms.attempt_fee)
    if billed:
        parts += _fee(CONNECT_FEE, terms.connect_fee)
        times = _times(rules, rates, row, connect_ms, billed)
        if times is None:
            return ParkCause.NO_RATE
        parts += times
        lacking = 60 * terms.minimum_charge - sum(map(sixtieths, parts))
        if lacking > 0:
            parts.append(Part(MINIMUM, 0, 0, lacking))
    return _charge(table, row, billed, parts)


def row_for(rates: CodeRates, rate_type: str) -> RateRow | None:
    """Return the code's row of this rate type, else its row for any time, else None."""
    fallback = None
    for row in rates.rows:
        if row.rate_type == rate_type:
            return row
        if row.rate_type == ANY_TIME:
            fallback = row
    return fallback


def billed_seconds(raw_ms: int, terms: Terms, rounding: SecondsRounding) -> int:
    """Return the seconds to bill for an answered call of raw_ms: rounded, grace, free seconds off, increments."""
    if raw_ms <= 0:
        return 0
    match rounding:
        case SecondsRounding.CEIL:
            seconds = -(-raw_ms // 1000)
        case SecondsRounding.HALF_UP:
            seconds = (raw_ms + 500) // 1000
        case SecondsRounding.FLOOR:
            seconds = raw_ms // 1000
    paid = seconds - terms.free_s
    if paid <= 0 or seconds <= terms.grace_s:
        return 0
    if paid <= terms.first_s:
        return terms.first_s
    return terms.first_s - (terms.first_s - paid) // terms.next_s * terms.next_s


def amount_of(terms: Terms, billed_s: int, decimals: int = 8, rounding: str = "half_up") -> int:
    """Return the units that an answered call of these billed seconds costs under one rate: rounded once."""
    total = 60 * terms.attempt_fee
    if billed_s:
        first = min(billed_s, terms.first_s)
        total += 60 * terms.connect_fee + terms.first_price * first + terms.next_price * (billed_s - first)
        total = max(total, 60 * terms.minimum_charge)
    return rounded(total, decimals, rounding)


def rounded(total: int, decimals: int, rounding: str) -> int:
    """Round a sum in sixtieths of a unit to units, once, at `decimals` places by a method of money.ROUNDINGS."""
    step: int = 10 ** (8 - decimals)
    return ROUNDINGS[rounding](total, 60 * step) * step


def sixtieths(part: Part) -> int:
    """Return the exact value of a part in sixtieths of a unit; those of a charge add up to 60 x its units."""
    if part.what == TIME:
        return part.price * part.seconds
    return part.price if part.what in (MINIMUM, ROUNDING) else 60 * part.price


def explain(charge: Charge) -> list[str]:
    """Return the breakdown of a charge as lines for a billing officer; amounts in the charge's currency."""
    plan = f"plan {charge.plan} version {charge.plan_version}"
    lines = [f"code {charge.code}, rate type {charge.rate_type}, {plan}" if charge.code else f"no rate, {plan}"]
    if charge.terms:
        lines.append(f"increments {charge.terms.first_s}/{charge.terms.next_s}, billed {charge.billed_s} s")
        if charge.terms.grace_s:
            lines.append(f"calls of up to {charge.terms.grace_s} s cost nothing")
        if charge.terms.free_s:
            lines.append(f"the first {charge.terms.free_s} s are free")
    lines += [_line(part) for part in charge.parts]
    lines.append(f"charge {decimal_text(charge.units)} {charge.currency}")
    return lines


def _sellable(row: RateRow) -> bool:
    return not row.blocked or row.terms.first_price > 0 or row.terms.next_price > 0


def _fee(what: str, units: int) -> list[Part]:
    return [Part(what, 0, 0, units)] if units else []


def _times(rules: PlanRules, rates: CodeRates, row: RateRow, connect_ms: int, billed: int) -> list[Part] | None:
    """Return the priced pieces of the billed seconds; None where a piece has no rate."""
    terms = row.terms
    if rules.crossing is Crossing.BY_START or not rules.windows:
        rest = billed - terms.first_s
        if terms.first_price == terms.next_price or not rest:
            return [Part(TIME, terms.free_s, billed, terms.first_price, row.rate_type)]
        return [
            Part(TIME, terms.free_s, terms.first_s, terms.first_price, row.rate_type),
            Part(TIME, terms.free_s + terms.first_s, rest, terms.next_price, row.rate_type),
        ]
    parts: list[Part] = []
    for offset_s, seconds, rate_type in _split(rules, terms, connect_ms, billed):
        priced = row_for(rates, rate_type)
        if priced is None or not _sellable(priced):
            return None
        is_first = offset_s == terms.free_s
        price = priced.terms.first_price if is_first else priced.terms.next_price
        last = parts[-1] if parts else None
        if last and (last.price, last.rate_type) == (price, priced.rate_type):
            parts[-1] = Part(TIME, last.from_s, last.seconds + seconds, price, last.rate_type)
        else:
            parts.append(Part(TIME, offset_s, seconds, price, priced.rate_type))
    return parts


def _split(rules: PlanRules, terms: Terms, connect_ms: int, billed: int) -> Iterator[tuple[int, int, str]]:
    """Yield (offset in the call, seconds, rate type) of the first interval, then of runs of following ones.

    An interval belongs to the rate type in force when it starts; the first starts after the free seconds. Runs are
    counted between boundaries, so that a day of 1 s increments costs no more than the boundaries it crosses.
    """
    start_ms, offset_s, end_s = connect_ms + 1000 * terms.free_s, terms.free_s, terms.free_s + billed
    changes = boundaries(rules, start_ms, connect_ms + 1000 * end_s)
    yield offset_s, terms.first_s, rate_type_at(rules, start_ms)
    offset_s += terms.first_s
    while offset_s < end_s:
        at_ms = connect_ms + 1000 * offset_s
        following = bisect_right(changes, at_ms)
        seconds = end_s - offset_s
        if following < len(changes):
            until_change = -(-(changes[following] - at_ms) // (1000 * terms.next_s)) * terms.next_s
            seconds = min(seconds, until_change)
        yield offset_s, seconds, rate_type_at(rules, at_ms)
        offset_s += seconds


def _charge(table: PlanTable, row: RateRow | None, billed: int, parts: list[Part]) -> Charge:
    """Round the sum of the parts once and keep what the rounding changed as a part of its own."""
    rules = table.rules
    total = sum(map(sixtieths, parts))
    units = rounded(total, rules.decimals, rules.rounding)
    if 60 * units != total:
        parts.append(Part(ROUNDING, 0, 0, 60 * units - total))
    return Charge(
        units=units,
        currency=rules.currency,
        billed_s=billed,
        code=row.code if row else "",
        rate_type=row.rate_type if row else ANY_TIME,
        plan=rules.plan,
        plan_version=table.version,
        terms=row.terms if row else None,
        parts=tuple(parts),
    )


def _line(part: Part) -> str:
    if part.what == TIME:
        priced = f"{part.seconds} s at {decimal_text(part.price)} per minute, {part.rate_type}"
        return f"from second {part.from_s}: {priced} = {_exact(part.price * part.seconds)}"
    return f"{part.what}: {_exact(sixtieths(part))}"


def _exact(value: int) -> str:
    """Write sixtieths of a unit as a decimal of up to ten places, with an ellipsis where thirds go on."""
    whole, beyond = divmod(abs(value) * 100, 60)
    digits = f"{whole % 10**10:010d}"
    text = f"{'-' if value < 0 else ''}{whole // 10**10}."
    return text + (f"{digits}…" if beyond else digits.rstrip("0").ljust(2, "0"))
