"""Reading the code cell of a rate sheet: lists, ranges, brackets, prefixes (rating facts §4); and writing lists."""

import re
from collections.abc import Iterable

from domain.errors import InputError

MAX_DIGITS = 15
"""Longest code: E.164 §6."""

_SEPARATORS = re.compile(r"[,;/|\n]+(?![^(\[]*[)\]])")
_DASHES = str.maketrans("–—‒−‐‑", "------")
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u2060\ufeff"))
_RANGE = re.compile(r"(\d+)-(\d+)", re.ASCII)
_PLAIN_RANGE = re.compile(r"([1-9]\d{0,14})-([1-9]\d{0,14})", re.ASCII)
_SET = re.compile(r"(\+?\d*)[(\[]([\d,;\s-]+)[)\]]", re.ASCII)
_SERVICE = re.compile(r"000\d{2,12}", re.ASCII)
_FLOATED = re.compile(r"\d+\.0+", re.ASCII)
_ABROAD = re.compile(r"\+|00|011(?=[1-9])", re.ASCII)


class BadRangeError(InputError):
    """Codes from one to another that cannot be meant: backwards, of unequal width, an open bracket, too many."""


def read_codes(cell: str, country_code: str = "", most: int = 10_000) -> list[str]:
    """Return the codes that a cell stands for: 1 to 15 digits each, in the order given, doubles once.

    Understands `44, 45`, `1201-1203`, `120[1-3]`, `44(7,75-79)`, +, 00 and 011 in front, blanks within a code. With a
    country code, codes are area codes after it, and an empty cell is the country itself. Digits that begin with 000,
    as no number does, are a service's code (what is sold without a number), and stay as they are.
    Raises InputError for anything else, BadRangeError for ranges that cannot be and for more than `most` codes.
    """
    text = cell.strip()
    if text.isascii() and text.isdigit() and text[0] != "0" and not country_code:  # nearly every cell of a big sheet
        return [_checked(text)]
    if not country_code and (ends := _PLAIN_RANGE.fullmatch(text)):
        return _span(text, most) if len(ends[1]) != len(ends[2]) else _numbers(text, ends[1], ends[2], most)
    if _SERVICE.fullmatch(text):
        return [text]
    lead = _international(country_code.strip()) if country_code else ""
    if not text:
        if lead:
            return [_checked(lead)]
        raise InputError("no code")
    codes: dict[str, None] = {}
    for item in _SEPARATORS.split(text.translate(_DASHES).translate(_UNSEEN).strip("'\"’`")):
        for code in _item(item.strip(), lead, most - len(codes)) if item.strip() else ():
            codes[_checked(code)] = None
    if not codes:
        raise InputError(f"{cell!r} is no code")
    return list(codes)


def compress(codes: Iterable[str]) -> str:
    """Write codes as a list that read_codes reads again: sorted, "1201-1205, 1210"; two neighbours are no range."""
    runs: list[list[str]] = []
    for code in sorted(set(codes), key=lambda code: (len(code), code)):
        last = runs[-1][-1] if runs else ""
        if len(last) == len(code) and code[0] != "0" and int(code) == int(last) + 1:
            runs[-1].append(code)
        else:
            runs.append([code])
    runs.sort()
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)


def _item(item: str, lead: str, most: int) -> list[str]:
    item = item.strip("'\"’`")
    if _FLOATED.fullmatch(item):
        item = item.partition(".")[0]
    bracket = _SET.fullmatch("".join(item.split())) if item[-1:] in (")", "]") else None
    if bracket:
        first, inner = bracket.groups()
        parts = [part for part in re.split(r"[,;]", inner) if part]
        tails = [tail for part in parts for tail in _span(part, most)]
        if len(tails) > most:
            raise BadRangeError(f"{item!r} stands for more than {most} codes")
        first = first if lead else _international(first)
        return [_national(lead, first + tail) for tail in tails]
    if sum(map(item.count, "([")) != sum(map(item.count, ")]")):
        raise BadRangeError(f"{item!r} has an open bracket")
    ends = [_joined(end) for end in item.split("-")]
    ends = [_national(lead, end if lead else _international(end)) for end in ends]
    return _span("-".join(ends), most)


def _joined(item: str) -> str:
    """Take the blanks out of a code, unless they could separate codes."""
    pieces = item.split()
    digits = pieces[0].lstrip("+") if pieces else ""
    for piece in pieces[1:]:
        if len(piece) > 4 or (len(piece) > 1 and piece.startswith(digits[:2])):
            raise InputError(f"{item.strip()!r} could be one code or several", mend="Separate codes by commas.")
    return "".join(pieces)


def _international(text: str) -> str:
    """Take off +, 00 or 011 (from North America) in front."""
    found = _ABROAD.match(text)
    return text[found.end() :] if found else text


def _national(lead: str, code: str) -> str:
    if lead and code.startswith("0"):
        raise InputError(f"area code {code!r} begins with 0", mend="Leave the trunk digit out.")
    return lead + code


def _span(text: str, most: int) -> list[str]:
    if "-" not in text:
        if most < 1:
            raise BadRangeError("the cell stands for too many codes")
        return [text]
    ends = _RANGE.fullmatch(text)
    if ends is None:
        raise BadRangeError(f"{text!r} is no range of codes")
    low, high = ends.groups()
    if len(low) != len(high):
        raise BadRangeError(f"the ends of range {text!r} differ in length")
    if len(low) > MAX_DIGITS:
        raise InputError(f"code {low!r} has more than {MAX_DIGITS} digits")
    return [number.zfill(len(low)) for number in _numbers(text, low, high, most)]


def _numbers(text: str, low: str, high: str, most: int) -> list[str]:
    if int(high) < int(low):
        raise BadRangeError(f"range {text!r} runs backwards")
    if int(high) - int(low) >= most:
        raise BadRangeError(f"range {text!r} stands for more than {most} codes")
    return list(map(str, range(int(low), int(high) + 1)))


def _checked(code: str) -> str:
    if not (code.isascii() and code.isdigit()):
        lost = re.fullmatch(r"[\d.,]+[eE]\+?\d+", code)
        raise InputError(f"{code!r} has lost its digits" if lost else f"{code!r} is no code")
    if code[0] == "0":
        raise InputError(f"code {code!r} begins with 0", mend="Write it with its country code in front.")
    if len(code) > MAX_DIGITS:
        raise InputError(f"code {code!r} has more than {MAX_DIGITS} digits")
    return code
