"""Synthetic rate decks: nested codes of a wholesale A-Z, each vendor's with its own choice of codes and prices.

Everything follows from a seed, so that two runs measure the same work.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from domain.rates import RateRow, Terms

COUNTRIES = tuple(str(number) for number in range(201, 999))
"""Codes of three digits that every deck prices, so that every number has a rate."""
INCREMENTS = ((1, 1), (1, 1), (60, 60), (30, 6))
VALID_FROM_MS = 1_700_000_000_000
_LONGEST = 8
_PRICE_STEP = 10_000


@dataclass(frozen=True, slots=True)
class Traffic:
    """Numbers to ask about, and what they were drawn from: Zipf over `codes` in a random order (weight 1 / rank)."""

    numbers: tuple[str, ...]
    codes: int


def pool(count: int, seed: int = 7) -> list[str]:
    """Return at least the countries and at most `count` distinct codes of 3 to 8 digits, sorted; deep ones prevail."""
    dice = Random(seed)
    codes = set(COUNTRIES)
    while len(codes) < count:
        digits = dice.choice((4, 5, 5, 6, 6, 6, 7, 7, _LONGEST)) - 3
        codes.add(dice.choice(COUNTRIES) + f"{dice.randrange(10**digits):0{digits}}")
    return sorted(codes)


def deck(codes: list[str], count: int, seed: int, *, markup_bp: int = 0) -> Iterator[RateRow]:
    """Yield `count` rates over some of the codes, the countries among them; prices of about 0.01 to 0.30 per minute.

    A country's codes cost the same but for 10 % up or down, by the deck, and are raised by `markup_bp`.
    """
    dice = Random(seed)
    others = dice.sample([code for code in codes if len(code) > 3], count - len(COUNTRIES))
    for code in sorted({*COUNTRIES, *others}):
        base = 1_000_000 + int(code[:3]) * 7919 * 11 % 29_000_000
        price = base * dice.randrange(9_000, 11_001) * (10_000 + markup_bp) // 10**8 // _PRICE_STEP * _PRICE_STEP
        first_s, next_s = INCREMENTS[int(code) % len(INCREMENTS)]
        yield RateRow(code, Terms(price, price, first_s, next_s), VALID_FROM_MS)


def traffic(codes: list[str], count: int, seed: int = 11) -> Traffic:
    """Return numbers of 12 digits, skewed as traffic is: few codes get most calls, and the tail is long."""
    dice = Random(seed)
    ranked = dice.sample(codes, len(codes))
    weights = list(accumulate(1 / rank for rank in range(1, len(ranked) + 1)))
    chosen = (ranked[bisect_right(weights, dice.random() * weights[-1])] for _ in range(count))
    return Traffic(
        tuple(code + f"{dice.randrange(10 ** (12 - len(code))):0{12 - len(code)}}" for code in chosen), len(codes)
    )
