"""How much may be used for the money there is, and what a rate really costs over the calls that were seen."""

from collections.abc import Mapping

from domain.money import half_away
from domain.rates import SecondsRounding, Terms, Unit
from domain.rating import amount_of, billed_increments, billed_seconds
from domain.units import SCALE


def cost_of(terms: Terms, seconds: int) -> int:
    """Return the units that an answered call of whole seconds costs under one rate, rounded once."""
    return amount_of(terms, billed_seconds(1000 * seconds, terms, SecondsRounding.CEIL))


def cost_of_volume(terms: Terms, increments: int, unit: Unit) -> int:
    """Return the units that so many kilobytes or events cost under one rate, rounded once."""
    return amount_of(terms, billed_increments(increments, 1, terms, SecondsRounding.CEIL), unit=unit)


def grant_seconds(terms: Terms, available_units: int, max_s: int) -> int:
    """Return the most whole increments whose cost is within the money, as seconds, at most max_s (rating facts §8).

    0 when the first interval is beyond it. Free seconds come on top; what costs nothing is granted whatever there is.
    """
    return grant(terms, available_units, max_s, Unit.SECOND)


def grant(terms: Terms, available_units: int, most: int, unit: Unit) -> int:
    """Return what grant_seconds does for a plan of any unit: seconds, kilobytes or events."""
    scale = SCALE[unit]
    # the largest sum, in 1/scale of a unit, that still rounds (half away from zero) to what is available
    money = scale * available_units + (scale - 1) // 2
    least = scale * (terms.attempt_fee + terms.connect_fee) + terms.first_price * terms.first_s
    if max(least, scale * terms.minimum_charge) > max(money, 0):
        return 0
    if terms.next_price == 0:
        return most
    increments = max(money - least, 0) // (terms.next_price * terms.next_s)
    return min(most, max(terms.grace_s, terms.free_s + terms.first_s + increments * terms.next_s))


def least_units(terms: Terms, unit: Unit) -> int:
    """Return the least money for which `grant` is not 0: the first interval with its fees, units, rounded once."""
    scale = SCALE[unit]
    least = scale * (terms.attempt_fee + terms.connect_fee) + terms.first_price * terms.first_s
    return half_away(max(least, scale * terms.minimum_charge), scale)


def real_cost_per_minute(
    terms: Terms, seconds_rounding: SecondsRounding, histogram: Mapping[int, int]
) -> tuple[int, int]:
    """Return (charge in units, seconds) over a histogram of answered whole seconds -> calls (DESIGN §6).

    The real cost per minute is charge x 60 / seconds, exact. Without answered seconds it is (0, 0): the caller
    must then go by the price.
    """
    charge = seconds = 0
    for duration, calls in histogram.items():
        charge += calls * amount_of(terms, billed_seconds(1000 * duration, terms, seconds_rounding))
        seconds += calls * duration
    return charge, seconds
