"""Reading prices and increments of a rate sheet. The decimal mark is decided once for the whole file."""

import re
from collections.abc import Iterable

from domain.errors import InputError
from domain.money import UNITS_PER_ONE

_DRESS = re.compile(r"[\s'’$€£¥₽₹₺\u200b\ufeff]|^[A-Z]{3}\b|\b[A-Z]{3}$")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*|[.,]\d+", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]-\d{1,2}", re.ASCII)
_LENGTH = re.compile(
    r"(\d{1,7})(?:\.0+)?\s*(?:(s|secs?|seconds?|sek)|(m|mins?|minutes?))?\.?", re.ASCII | re.IGNORECASE
)
_BETWEEN = re.compile(r"\s*[/\\+;:,|–—-]\s*")
_PER = {
    "per second": (1, 1),
    "per sec": (1, 1),
    "by second": (1, 1),
    "second": (1, 1),
    "per minute": (60, 60),
    "per min": (60, 60),
    "by minute": (60, 60),
    "full minute": (60, 60),
    "minute": (60, 60),
}
_CENTS = re.compile(r"\s*(?:\b(?:us|usd|euro|eur)\s+)?(?:¢|(?<![^\W\d])(?:cents?|cts?|pence|usc))\s*$", re.IGNORECASE)
_DAY = re.compile(
    r"\d{4}-\d\d-\d\d.*|\d{1,2}[-. ](?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*.*", re.ASCII
)
_LONGEST_PRICE = 40

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


def read_price(text: str, mark: str, times: int = 1, over: int = 1) -> int:
    """Read an amount into units of 10^-8, `times`/`over` of what is written (a price per second is 60/1 of it).

    `mark` "": undecided, whole numbers alone can be read. Raises InputError: no number, negative, ambiguous, other
    mark, too large, or not exact in 8 decimals.
    """
    head, _, tail = text.partition(mark or ".")
    short = len(head) <= 6 and len(tail) <= 8 and head.isdigit() and tail.isdigit() and text.isascii()
    if short and mark and times == over == 1:  # nearly every price of a big sheet
        return int(head) * UNITS_PER_ONE + int(tail.ljust(8, "0"))
    digits, decimals = _parted(text, mark)
    below: int = over * 10**decimals
    units, rest = divmod(int(digits) * UNITS_PER_ONE * times, below)
    if rest:
        each = " for the plan's unit" if (times, over) != (1, 1) else ""
        raise InputError(f"{text.strip()!r} has more than 8 decimals{each}")
    if units > MOST_PRICE:
        raise InputError(f"{text.strip()!r} is more than {MOST_PRICE // UNITS_PER_ONE:,}, the most that a price can be")
    return units


def without_cents(text: str) -> tuple[str, bool]:
    """Return an amount without the sign or word for cents behind it, and whether it had one."""
    if text[-1:].isdigit():
        return text, False
    bare = _CENTS.sub("", text)
    return bare, bare != text and bare[-1:].isdigit()


def _parted(text: str, mark: str) -> tuple[str, int]:
    """Return the digits of an amount and how many of them are decimals."""
    bare, shown = _bare(text), text.strip()
    if bare.isascii() and bare.isdigit() and len(bare) <= _LONGEST_PRICE:
        return bare, 0
    if _SCIENTIFIC.fullmatch(bare) and mark == ".":
        whole, _, power = bare.lower().partition("e-")
        head, _, tail = whole.partition(".")
        return head + tail, len(tail) + int(power)
    if not _NUMBER.fullmatch(bare) or len(bare) > _LONGEST_PRICE:
        negative = bare[:1] in ("-", "−", "(") and any(char.isdigit() for char in bare)
        raise InputError(f"{shown!r} is negative" if negative else f"{shown!r} is no price" if shown else "no price")
    if not mark:
        raise InputError(f"{shown!r} can be read in two ways", mend="Say which mark comes before decimals.")
    other = "," if mark == "." else "."
    whole, _, decimals = bare.partition(mark)
    if mark in decimals or other in decimals or not _is_grouped(whole, other, alone=not decimals):
        raise InputError(f"{shown!r} is written otherwise than the file, which puts {mark!r} before decimals")
    decimals = decimals.rstrip("0")
    return (whole.replace(other, "") + decimals) or "0", len(decimals)


def read_increments(text: str, most: int = 3600) -> tuple[int, int]:
    """Read `60/1` (60-1, 60+1, "60 sec / 1 sec", "per second", and 60 for 60/60) into first and next interval.

    Seconds (kilobytes, events), 1 to `most` each. Raises InputError.
    """
    said = " ".join(text.lower().split())
    if said in _PER and most == 3600:
        return _PER[said]
    parts = [_LENGTH.fullmatch(part) for part in _BETWEEN.split(said)]
    if len(parts) > 2 or not all(parts):
        day = _DAY.fullmatch(said)
        mend = "A spreadsheet made a day of them: format the column as text." if day else "Write them like 60/1."
        raise InputError(f"{text.strip()!r} are no increments", mend=mend)
    units = {"m" if part[3] else "s" if part[2] else "" for part in parts if part}
    if "m" in units and len(units) > 1:
        raise InputError(f"{text.strip()!r} mix minutes with what could be seconds", mend="Write them like 60/1.")
    lengths = [_length(part, text, most) for part in parts if part]
    return lengths[0], lengths[-1]


def _length(part: re.Match[str], text: str, most: int) -> int:
    length = int(part[1]) * (60 if part[3] else 1)
    if not 1 <= length <= most:
        what = "seconds" if most == 3600 else "increments"
        raise InputError(f"{text.strip()!r}: {length} are no {what} from 1 to {most}")
    return length


def read_seconds(text: str, least: int = 1, most: int = 3600) -> int:
    """Read whole seconds (kilobytes, events where a plan is sold by them), `least` to `most`."""
    bare = re.sub(r"\.0+$|\s*s(ecs?|econds?)?\.?$", "", text.strip(), flags=re.IGNORECASE)
    if not (bare.isascii() and bare.isdigit() and least <= int(bare) <= most):
        what = "seconds" if most == 3600 else "increments"
        raise InputError(f"{text.strip()!r} are no {what} from {least} to {most}")
    return int(bare)


def _bare(text: str) -> str:
    if text.isascii() and text.replace(".", "").isdigit():
        return text
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
