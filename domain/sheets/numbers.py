"""Reading prices and increments of a rate sheet. The decimal mark is decided once for the whole file."""

import re
from collections.abc import Iterable
from decimal import Decimal

from domain.errors import InputError
from domain.money import UNITS_PER_ONE, units_of

_DRESS = re.compile(r"[\s'’$€£]|^[A-Z]{3}\b|\b[A-Z]{3}$")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*|[.,]\d+", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]-\d{1,2}", re.ASCII)
_INCREMENTS = re.compile(r"(\d{1,7})\s*(?:[/+;,-]\s*(\d{1,7}))?", re.ASCII)


MOST_PRICE = 2_000_000 * UNITS_PER_ONE
"""No currency has a price per minute beyond this; within it the charge of the longest leg fits 64 bits."""


def decimal_mark(prices: Iterable[str], given: str = "") -> tuple[str, str]:
    """Return the mark, "." or ",", that this file writes before decimals, and the sentence that says why.

    `given` settles it. Raises InputError when the file contradicts itself evenly or cannot be told ("1,234" only).
    """
    if given:
        return given, f"Decimals follow {given!r}, as told."
    votes = {".": 0, ",": 0}
    open_case = ""
    for text in dict.fromkeys(prices):
        mark = _vote(_bare(text))
        if mark in votes:
            votes[mark] += 1
        elif mark:
            open_case = open_case or text.strip()
    point, comma = votes["."], votes[","]
    if point == comma and (point or open_case):
        seen = f"{open_case!r} can be read in two ways" if not point else "as many prices use . as , before decimals"
        raise InputError(seen, where="prices", mend="Say which mark comes before decimals.")
    mark = "," if comma > point else "."
    against = min(point, comma)
    if not point + comma:
        return mark, ""
    tail = f", {against} written otherwise" if against else ""
    return mark, f"Decimals follow {mark!r} ({max(point, comma)} different prices show it{tail})."


def read_price(text: str, mark: str) -> int:
    """Read an amount into units of 10^-8. Raises InputError: no number, negative, too fine or large, or other mark."""
    bare = _bare(text)
    if _SCIENTIFIC.fullmatch(bare) and mark == ".":
        return units_of(Decimal(bare))
    if not _NUMBER.fullmatch(bare):
        raise InputError(f"{text.strip()!r} is no price")
    other = "," if mark == "." else "."
    whole, _, decimals = bare.partition(mark)
    if mark in decimals or other in decimals or not _is_grouped(whole, other, alone=not decimals):
        raise InputError(f"{text.strip()!r} is written otherwise than the file, which puts {mark!r} before decimals")
    if len(decimals.rstrip("0")) > 8:
        raise InputError(f"{text.strip()!r} has more than 8 decimals")
    units = units_of(f"{whole.replace(other, '') or '0'}.{decimals.rstrip('0') or '0'}")
    if units > MOST_PRICE:
        raise InputError(f"{text.strip()!r} is more than {MOST_PRICE // UNITS_PER_ONE:,}, the most that a price can be")
    return units


def read_increments(text: str, most: int = 3600) -> tuple[int, int]:
    """Read `60/1` (or 60-1, 60+1, and 60 for 60/60) into first and next interval, seconds, 1 to `most` each."""
    match = _INCREMENTS.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{text.strip()!r} are no increments", mend="Write them like 60/1.")
    first = read_seconds(match[1], most=most)
    return first, read_seconds(match[2], most=most) if match[2] else first


def read_seconds(text: str, least: int = 1, most: int = 3600) -> int:
    """Read whole seconds (kilobytes, events where a plan is sold by them), `least` to `most`."""
    bare = re.sub(r"\.0+$|\s*s(ec(onds)?)?$", "", text.strip(), flags=re.IGNORECASE)
    if not (bare.isascii() and bare.isdigit() and least <= int(bare) <= most):
        what = "seconds" if most == 3600 else "increments"
        raise InputError(f"{text.strip()!r} are no {what} from {least} to {most}")
    return int(bare)


def _bare(text: str) -> str:
    return _DRESS.sub("", text.strip())


def _is_grouped(whole: str, separator: str, *, alone: bool) -> bool:
    """Return whether separators stand where thousands are; a single one with no decimals after it proves nothing."""
    head, *groups = whole.split(separator)
    if alone and len(groups) == 1:
        return False
    return not groups or (len(head) <= 3 and all(len(group) == 3 for group in groups))


def _vote(bare: str) -> str:
    """Return the mark that a number shows to be the decimal one, "?" when it shows either, "" when none."""
    if not _NUMBER.fullmatch(bare):
        return ""
    marks = [char for char in bare if char in ".,"]
    if len(set(marks)) == 2:
        return marks[-1] if marks.count(marks[-1]) == 1 else ""
    if not marks:
        return ""
    if len(marks) > 1:  # 1,234,567: the mark groups, so the other one comes before decimals
        grouped = _is_grouped(bare, marks[0], alone=True)
        return ("," if marks[0] == "." else ".") if grouped else ""
    whole, _, decimals = bare.partition(marks[0])
    return "?" if len(decimals) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0" else marks[0]
