"""Confidence: between which bounds a share or a mean lies, from as many calls as were seen.

Shares in per cent. Wilson's interval for shares (E. B. Wilson 1927), the normal one for means; two-sided 95 %.
"""

import math

Z95 = 1.959963984540054


def share_bounds(hits: int, tries: int, z: float = Z95) -> tuple[float, float]:
    """Return the lower and upper bound, per cent, of the share behind `hits` of `tries`; 0 and 100 where none is known.

    10 of 20: 29.9 to 70.1; 50 of 100: 40.4 to 59.6.
    """
    if tries <= 0:
        return 0.0, 100.0
    part, square = hits / tries, z * z
    middle = part + square / (2 * tries)
    spread = z * math.sqrt(part * (1 - part) / tries + square / (4 * tries * tries))
    whole = 1 + square / tries
    return max(0.0, 100 * (middle - spread) / whole), min(100.0, 100 * (middle + spread) / whole)


def mean_bounds(total: float, squares: float, count: int, z: float = Z95) -> tuple[float, float]:
    """Return the bounds of the mean behind `count` values with this sum and sum of squares; none known: 0, infinity."""
    if count < 2:
        return 0.0, math.inf
    mean = total / count
    variance = max(0.0, (squares - total * mean) / (count - 1))
    spread = z * math.sqrt(variance / count)
    return max(0.0, mean - spread), mean + spread


def leaning(value_sum: float, count: float, parent: float, weight: float) -> float:
    """Return the mean of `count` values with this sum, to which `weight` values as the parent's were added."""
    return (value_sum + parent * weight) / (count + weight)
