"""What the cells of a column look like, for columns whose heading says nothing or says too much."""

import re
from collections.abc import Callable, Iterable, Sequence

from domain.sheets.heading_words import CURRENCIES
from domain.sheets.numbers import without_cents

SAMPLE = 300
"""So many filled cells of a column are looked at."""

COUNTRY_CODES = frozenset(
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 "
    "81 82 84 86 90 91 92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 "
    "233 234 235 236 237 238 239 240 241 242 243 244 245 246 247 248 249 250 251 252 253 254 255 256 257 258 "
    "260 261 262 263 264 265 266 267 268 269 290 291 297 298 299 350 351 352 353 354 355 356 357 358 359 370 "
    "371 372 373 374 375 376 377 378 379 380 381 382 383 385 386 387 389 420 421 423 500 501 502 503 504 505 "
    "506 507 508 509 590 591 592 593 594 595 596 597 598 599 670 672 673 674 675 676 677 678 679 680 681 682 "
    "683 685 686 687 688 689 690 691 692 800 808 850 852 853 855 856 870 878 880 881 882 883 886 888 960 961 "
    "962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 979 992 993 994 995 996 998".split()
)
"""Assigned country codes (ITU-T E.164.D, as of 2016 and since: shared ones such as 882 too)."""

STATUS_WORDS = frozenset(
    "new increase increased decrease decreased unchanged same current closed close deleted delete removed withdrawn "
    "discontinued blocked block barred added changed reduced reduction higher lower up down active open no "
    "neu erhöhung senkung unverändert geschlossen gesperrt nouveau hausse baisse inchangé fermé bloqué nuevo aumento "
    "disminución sin cerrado bloqueado nuovo diminuzione invariato chiuso bloccato novo redução inalterado fechado "
    "новый новое повышение понижение закрыт закрыто снижение".split()
)
_CODES = re.compile(r"['+]?(?=.*\d)[\d\s,;/|+()\[\]–—‒−-]+(?:\.0+)?", re.ASCII)
_PRICE = re.compile(
    r"(?:[A-Z]{3}|[$€£])?\s*\d*(?:[.,]\d+)+\s*(?:[A-Z]{3}|[$€£])?|\d+|\d(?:\.\d+)?[eE]-\d{1,2}", re.ASCII
)
_DECIMALS = re.compile(r"\d*[.,]\d+|\d(?:\.\d+)?[eE]-\d{1,2}", re.ASCII)
_DATE = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|20\d{6}"
    r"|\d{1,2}[-/. ]?[^\W\d_]{3,9}[-/. ,]+\d{2,4}|[^\W\d_]{3,9} \d{1,2},? \d{4})(?:[T\s].*)?",
)
_SERIAL = re.compile(r"[34]\d{4}(?:\.0+)?", re.ASCII)
_INCREMENTS = re.compile(r"\d{1,5}\s*[/+]\s*\d{1,5}(?:\s*[/+]\s*\d{1,5})?", re.ASCII)
_WORD = re.compile(r"[^\W\d_]{2}")
_AT_ONCE = frozenset("immediate immediately now asap sofort immédiat inmediato immediato imediato".split())


def sample(rows: Iterable[Sequence[str]], place: int) -> tuple[str, ...]:
    """Return the first filled cells of a column."""
    found = []
    for row in rows:
        if place < len(row) and (cell := row[place].strip()):
            found.append(cell)
            if len(found) == SAMPLE:
                break
    return tuple(found)


def share(cells: Sequence[str], test: Callable[[str], bool]) -> float:
    """Return which part of the cells pass; 0 of none."""
    return sum(map(test, cells)) / len(cells) if cells else 0.0


def is_date(cell: str) -> bool:
    """Return whether it is written as a date, or says at once."""
    return bool(_DATE.fullmatch(cell)) or cell.casefold() in _AT_ONCE


def is_increments(cell: str) -> bool:
    """Return whether it is n/n."""
    return bool(_INCREMENTS.fullmatch(cell))


def is_codes(cell: str) -> bool:
    """Return whether it could be codes: digits, and what stands between and around them."""
    digits = sum(char.isdigit() for char in cell)
    return digits > 0 and bool(_CODES.fullmatch(cell)) and not (is_date(cell) and len(cell) > 8)


def is_whole(cell: str) -> bool:
    """Return whether it is one whole number."""
    return cell.isascii() and cell.isdigit()


def is_price(cell: str) -> bool:
    """Return whether it is a number as prices are, or a word that stands for one."""
    return bool(_PRICE.fullmatch(without_cents(cell)[0])) or is_status(cell)


def is_decimal(cell: str) -> bool:
    """Return whether it is a number with decimals."""
    return bool(_DECIMALS.search(cell)) and bool(_PRICE.fullmatch(cell))


def is_status(cell: str) -> bool:
    """Return whether it begins with a word that marks a row."""
    first = cell.casefold().split()
    return bool(first) and first[0].strip(".,;:!") in STATUS_WORDS


def is_currency(cell: str) -> bool:
    """Return whether it is the code of a currency."""
    return cell.casefold() in CURRENCIES


def are_names(cells: Sequence[str]) -> bool:
    """Return whether a column holds texts that tell rows apart."""
    return share(cells, _has_word) > 0.9 and len(set(cells)) > 1


def _has_word(cell: str) -> bool:
    return bool(_WORD.search(cell))


def has_letters(cell: str) -> bool:
    """Return whether it has a letter."""
    return any(char.isalpha() for char in cell)


def are_codes(cells: Sequence[str]) -> bool:
    """Return whether a column without a telling heading holds codes: mostly different, and of assigned countries."""
    if share(cells, is_codes) < 0.9 or share(cells, is_increments) > 0.5 or share(cells, _is_serial) > 0.9:
        return False
    return len(set(cells)) * 2 >= len(cells) and share(cells, begins_with_country) >= 0.9


def could_be_codes(cells: Sequence[str]) -> bool:
    """Return whether a person could take the column for codes."""
    if share(cells, is_codes) < 0.5 or share(cells, is_decimal) > 0.1 or not _tells_apart(cells):
        return False
    return share(cells, begins_with_country) >= 0.5


def could_be_prices(cells: Sequence[str]) -> bool:
    """Return whether a person could take the column for prices."""
    if share(cells, is_whole) == 1:
        return _tells_apart(cells)
    return share(cells, is_price) >= 0.5


def _tells_apart(cells: Sequence[str]) -> bool:
    return len(cells) < 5 or len(set(cells)) > 1


def are_prices(cells: Sequence[str]) -> bool:
    """Return whether a column without a telling heading holds prices: small numbers, some with decimals."""
    numbers = [cell for cell in cells if _PRICE.fullmatch(cell)]
    if not numbers or len(numbers) < 0.9 * len(cells):
        return False
    return share(numbers, is_decimal) >= 0.3 and share(numbers, _is_small) >= 0.9


def bare_code(cell: str) -> str:
    """Return a code without + or 00 in front."""
    return re.sub(r"^[\s'+]*(?:00)?", "", cell)


def begins_with_country(cell: str) -> bool:
    """Return whether the digits begin with an assigned country code."""
    digits = re.sub(r"^\D*(?:00|011)?", "", cell)[:3]
    return any(digits[:length] in COUNTRY_CODES for length in (1, 2, 3))


def _is_small(cell: str) -> bool:
    whole = re.split(r"[.,]", re.sub(r"[^\d.,]", "", cell))[0]
    return len(whole.lstrip("0")) <= 2


def _is_serial(cell: str) -> bool:
    return bool(_SERIAL.fullmatch(cell))
