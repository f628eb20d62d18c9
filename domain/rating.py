"""What a leg costs: billed increments, exact sums of parts, one rounding (rating facts §1, §3; DESIGN §6).

Everything is summed in 1/SCALE of a money unit, where a price times increments is a whole number: sixtieths for a price
per minute, 1/1024 for one per megabyte (domain.units).
The columnar twin, equal to the last digit, is domain.columnar.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

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
    Unit,
)
from domain.units import PRICED, RAW, SCALE, STEP, quantity_words

TIME, CONNECT_FEE, ATTEMPT_FEE = "time", "connect fee", "attempt fee"
MINIMUM, ROUNDING = "minimum charge", "rounding"
"""What a Part can be. TIME: what was used, be it seconds or not. The `price` of MINIMUM and ROUNDING is in 1/SCALE of a
money unit, as they are seldom whole: SCALED."""
SCALED = (MINIMUM, ROUNDING)


def rate(
    table: PlanTable,
    number: str,
    connect_ms: int | None,
    setup_ms: int,
    duration_ms: int,
    volume: int | None = None,
    caller: str = "",
) -> Charge | ParkCause:
    """Charge one leg of a normalised number by a plan; ParkCause.NO_RATE where an answered leg has no rate.

    `volume`: octets or events, as units.measured gives them, where the plan is sold by them; BAD_VOLUME without.
    Rates are those in force at connect; an unanswered leg (connect_ms None) costs the attempt fee in force at setup,
    or nothing under code "" where there is no rate. A blocked row is charged if it has a price, else it is no rate.
    `caller`: A after normalisation, for a plan whose rates depend on it.
    """
    rules, unit = table.rules, table.rules.unit
    at_ms = setup_ms if connect_ms is None else connect_ms
    origin = "" if table.callers is None else table.callers.group_of(caller, at_ms)
    rates = table.rates_at(number, at_ms, None, origin)
    row = row_for(rates, rate_type_at(rules, at_ms)) if rates else None
    if connect_ms is None:
        parts = _fee(ATTEMPT_FEE, row.terms.attempt_fee) if row else []
        return _charge(table, row, 0, parts, 0)
    if rates is None or row is None or not _sellable(row):
        return ParkCause.NO_RATE
    raw = duration_ms if unit is Unit.SECOND else volume
    if raw is None:
        return ParkCause.BAD_VOLUME
    terms = row.terms
    billed = billed_increments(raw, RAW[unit], terms, rules.seconds)
    parts = _fee(ATTEMPT_FEE, terms.attempt_fee)
    if billed:
        parts += _fee(CONNECT_FEE, terms.connect_fee)
        times = _times(rules, rates, row, connect_ms, billed)
        if times is None:
            return ParkCause.NO_RATE
        parts += times
        lacking = SCALE[unit] * terms.minimum_charge - scaled_sum(parts, unit)
        if lacking > 0:
            parts.append(Part(MINIMUM, 0, 0, lacking))
    return _charge(table, row, billed, parts, 0 if unit is Unit.SECOND else raw)


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
    return billed_increments(raw_ms, 1000, terms, rounding)


def billed_increments(raw: int, size: int, terms: Terms, rounding: SecondsRounding) -> int:
    """Return what is billed of what was measured, `size` of which are one second, kilobyte or event (units.RAW)."""
    if raw <= 0:
        return 0
    match rounding:
        case SecondsRounding.CEIL:
            used = -(-raw // size)
        case SecondsRounding.HALF_UP:
            used = (2 * raw + size) // (2 * size)
        case SecondsRounding.FLOOR:
            used = raw // size
    paid = used - terms.free_s
    if paid <= 0 or used <= terms.grace_s:
        return 0
    if paid <= terms.first_s:
        return terms.first_s
    return terms.first_s - (terms.first_s - paid) // terms.next_s * terms.next_s


def amount_of(terms: Terms, billed: int, decimals: int = 8, rounding: str = "half_up", unit: Unit = Unit.SECOND) -> int:
    """Return the units that an answered call of these billed increments costs under one rate: rounded once."""
    scale = SCALE[unit]
    total = scale * terms.attempt_fee
    if billed:
        first = min(billed, terms.first_s)
        total += scale * terms.connect_fee + terms.first_price * first + terms.next_price * (billed - first)
        total = max(total, scale * terms.minimum_charge)
    return rounded(total, decimals, rounding, scale)


def rounded(total: int, decimals: int, rounding: str, scale: int = 60) -> int:
    """Round a sum in 1/scale of a unit to units, once, at `decimals` places by a method of money.ROUNDINGS."""
    step: int = 10 ** (8 - decimals)
    return ROUNDINGS[rounding](total, scale * step) * step


def scaled(part: Part, unit: Unit = Unit.SECOND) -> int:
    """Return the exact value of a part in 1/SCALE of a money unit; those of a charge add up to SCALE x its units."""
    if part.what == TIME:
        return part.price * part.seconds
    return part.price if part.what in SCALED else SCALE[unit] * part.price


def scaled_sum(parts: Sequence[Part], unit: Unit) -> int:
    """Return the exact sum of parts in 1/SCALE of a money unit."""
    return sum([scaled(part, unit) for part in parts])


def explain(charge: Charge, octets: Sequence[int] = ()) -> list[str]:
    """Return the breakdown of a charge as lines for a billing officer; amounts in the charge's currency.

    `octets`: what a data session moved each way, where that is known apart; they add up to the charge's volume.
    """
    plan, unit = f"plan {charge.plan} version {charge.plan_version}", charge.unit
    origin = f", callers of {charge.origin}" if charge.origin else ""
    lines = [f"code {charge.code}, rate type {charge.rate_type}{origin}, {plan}" if charge.code else f"no rate, {plan}"]
    if charge.terms:
        terms = charge.terms
        of = "" if unit is Unit.SECOND else f" {STEP[unit]}"
        lines.append(f"increments {terms.first_s}/{terms.next_s}{of}, billed {quantity_words(unit, charge.billed)}")
        if terms.grace_s:
            whose = "up to" if of else "calls of up to"
            lines.append(f"{whose} {quantity_words(unit, terms.grace_s)} cost nothing")
        if terms.free_s:
            lines.append(f"the first {quantity_words(unit, terms.free_s)} are free")
    used = [part for part in charge.parts if part.what == TIME]
    moved = _moved(charge, octets) if unit is Unit.MEGABYTE and charge.code else ""
    if moved and len(used) != 1:
        lines.append(f"{moved}: billed {quantity_words(unit, charge.billed)}")
        moved = ""
    lines += [_line(part, unit, f"{moved} = " if moved else "") for part in charge.parts]
    lines.append(f"charge {decimal_text(charge.units)} {charge.currency}")
    return lines


def _moved(charge: Charge, octets: Sequence[int]) -> str:
    each = octets if octets and sum(octets) == charge.volume else (charge.volume,)
    return " + ".join(f"{one:,}" for one in each) + " octets"


def _sellable(row: RateRow) -> bool:
    return not row.blocked or row.terms.first_price > 0 or row.terms.next_price > 0


def _fee(what: str, units: int) -> list[Part]:
    return [Part(what, 0, 0, units)] if units else []


def _times(rules: PlanRules, rates: CodeRates, row: RateRow, connect_ms: int, billed: int) -> list[Part] | None:
    """Return the priced pieces of what is billed; None where a piece has no rate."""
    terms = row.terms
    # what is no time has no moment at which a part of it was used
    if rules.crossing is Crossing.BY_START or not rules.windows or rules.unit is not Unit.SECOND:
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


def _charge(table: PlanTable, row: RateRow | None, billed: int, parts: list[Part], volume: int) -> Charge:
    """Round the sum of the parts once and keep what the rounding changed as a part of its own."""
    rules, scale = table.rules, SCALE[table.rules.unit]
    total = scaled_sum(parts, rules.unit)
    units = rounded(total, rules.decimals, rules.rounding, scale)
    if scale * units != total:
        parts.append(Part(ROUNDING, 0, 0, scale * units - total))
    by_time = rules.unit is Unit.SECOND
    return Charge(
        units=units,
        currency=rules.currency,
        billed_s=billed if by_time else 0,
        code=row.code if row else "",
        rate_type=row.rate_type if row else ANY_TIME,
        plan=rules.plan,
        plan_version=table.version,
        terms=row.terms if row else None,
        parts=tuple(parts),
        unit=rules.unit,
        billed_volume=0 if by_time else billed,
        volume=volume,
        origin=row.origin if row else "",
    )


def _line(part: Part, unit: Unit, moved: str) -> str:
    scale = SCALE[unit]
    if part.what != TIME:
        return f"{part.what}: {_exact(scaled(part, unit), scale)}"
    used = quantity_words(unit, part.seconds) if unit is not Unit.SECOND else f"{part.seconds} s"
    priced = f"{used} at {decimal_text(part.price)} {PRICED[unit]}, {part.rate_type}"
    where = f"from second {part.from_s}: " if unit is Unit.SECOND else moved
    return f"{where}{priced} = {_exact(part.price * part.seconds, scale)}"


def _exact(value: int, scale: int) -> str:
    """Write 1/scale of a unit as a decimal of up to ten places, with an ellipsis where it goes on."""
    whole, beyond = divmod(abs(value) * 100, scale)
    digits = f"{whole % 10**10:010d}"
    text = f"{'-' if value < 0 else ''}{whole // 10**10}."
    return text + (f"{digits}…" if beyond else digits.rstrip("0").ljust(2, "0"))
