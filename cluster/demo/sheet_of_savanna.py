"""Savanna's rate sheets: the plan that its October was rated by, and the workbook that it mails at 0:20 of the story.

How rows become codes, at any seed: of 100,000 rows 12 are rejected, 7 for their code and 5 for their date.
Of the 99,988 others 200 list two codes and 73 have a range of four: 99,988 + 200 + 3 * 73 = 100,407 codes. The five
without a date stay as they are, so the comparison has 100,412: 99,334 the same (the five among them), 640 down, 248 up,
130 new and 60 closed. The plan before has all but the new ones: 100,282.

Codes are those of the reference book and ones right below them, without those to which Callwell and Pampas call.
What changes is chosen so that nothing else is to be found: new codes cost what their numbers cost before, but for nine;
closed ones fall back to the same price, but for four.
"""

import csv
import os
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random

import xlsxwriter

from cluster.demo.world import KENYA, SEED, UNDER_WATER_CODE
from domain.sheets.codes import compress
from store.seeding import seed_codes

ROWS, CODES_BEFORE = 100_000, 100_282
SAME, DOWN, UP, NEW, CLOSED = 99_334, 640, 248, 130, 60
BAD_CODES = ("2.55E+11", "25470X", "8821O4", "n/a", "see tab 2", "1234567890123456", "00")
BAD_DATES = ("31.11.2026", "29.02.2027", "31.09.2026", "tbc", "next Monday")
PAIRS, RANGES = 200, 73
DEARER_NEW, DEARER_CLOSED = 9, 4

HELD = date(2026, 10, 1)
"""Since when the former prices have held, as the sheet repeats it."""
DOWN_FROM, UP_FROM, ENDS = date(2026, 11, 3), date(2026, 11, 4), date(2026, 11, 9)
"""When decreases begin, when increases are to, and when new codes begin and closed ones end."""
HEADINGS = ("Code", "Destination", "Rate per min, USD", "Effective date", "Billing increment", "Status")
BEFORE, SHEET = "savanna-october.csv", "savanna-2026-11-02.xlsx"

_VERSION = 1
"""Part of the cache's name: to be raised when the same seed makes other files."""
_NO_ROUTES = ("44", "91", "593")
_KENYA_STEPS, _UNDER_WATER_STEPS = (780, 890), 1_450
_MINUTE_BILLED = "52"
"""Numbers of Mexico are billed by the minute, as everywhere in the trade."""
_DEEPEST = 10


@dataclass(frozen=True, slots=True)
class Price:
    """A code with its destination and its price in steps of 0.0001 a minute."""

    code: str
    name: str
    steps: int

    @property
    def increments(self) -> str:
        """First and next interval, s."""
        return "60/60" if self.code.startswith(_MINUTE_BILLED) else "1/1"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the workbook. `begins` is text where it is no date; `steps` None: there is no price."""

    codes: str
    name: str
    steps: int | None
    begins: date | str
    increments: str
    status: str


@dataclass(frozen=True, slots=True)
class Sheets:
    """What Savanna asked for in October, and the rows of its next sheet, both by code."""

    before: tuple[Price, ...]
    rows: tuple[Row, ...]


def savanna_files(folder: Path, seed: int = SEED) -> tuple[Path, Path]:
    """Return the files BEFORE and SHEET; makes them when they are not there yet: both, or none."""
    home = folder / f"savanna-{_VERSION}-seed-{seed}"
    if not home.exists():
        making = home.with_name(f"{home.name}.{os.getpid()}")
        making.mkdir(parents=True)
        try:
            made = sheets_of([(code.code, code.name) for code in seed_codes()], seed)
            _write_csv(making / BEFORE, made.before)
            _write_workbook(making / SHEET, made.rows)
            making.rename(home)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return home / BEFORE, home / SHEET


def sheets_of(book: Iterable[tuple[str, str]], seed: int = SEED) -> Sheets:
    """Return both sheets over a reference book's codes with their destinations."""
    dice = Random(f"{seed}/savanna")
    known = {code: name for code, name in book if _has_routes(code)}
    added = {code: known[code] for code in dice.sample(_leaves(known), NEW - 1)} | {UNDER_WATER_CODE: known[KENYA]}
    before = _before({code: name for code, name in known.items() if code not in added}, added, dice)
    changed = _changed(before, added, dice)
    return Sheets(tuple(before.values()), _with_bad_rows(_rows(before, changed, dice), changed, dice))


def _has_routes(code: str) -> bool:
    return not code.startswith(_NO_ROUTES) and (code == KENYA or not code.startswith(KENYA))


def _before(known: Mapping[str, str], added: Mapping[str, str], dice: Random) -> dict[str, Price]:
    """Return the plan before by code: the codes known, each within a twentieth of its destination's price, and as many
    of those right below them as it takes, at the same price."""
    bases = {name: dice.randrange(100, 3_000) for name in sorted(set(known.values()))}
    prices = {
        code: Price(code, name, bases[name] * dice.randrange(950, 1_051) // 1_000)
        for code, name in sorted(known.items())
    }
    prices[KENYA] = replace(prices[KENYA], steps=_KENYA_STEPS[0])
    above = [code for code in prices if 4 < len(code) < _DEEPEST]
    for code in dice.sample(above, len(above)):
        for digit in "0123456789":
            if len(prices) == CODES_BEFORE:
                return dict(sorted(prices.items()))
            if code + digit not in prices and code + digit not in added:
                prices[code + digit] = replace(prices[code], code=code + digit)
    raise AssertionError(f"{len(prices):,} codes: the book is too small for Savanna's plan")


def _changed(before: Mapping[str, Price], added: Mapping[str, str], dice: Random) -> dict[str, Row]:
    """Return the rows by code that are not as before. But for Kenya nothing lies below them, so that what is above the
    new and the closed ones stays as it is."""
    leaves = [code for code in _leaves(before) if code != KENYA]
    dearer = [code for code in leaves if _steps_above(code, before) > before[code].steps]
    as_dear = sorted(set(leaves) - set(dearer))
    closed = {*dice.sample(dearer, DEARER_CLOSED), *dice.sample(as_dear, CLOSED - DEARER_CLOSED)}
    moved = dice.sample([code for code in leaves if code not in closed], UP - 1 + DOWN)
    up, down = moved[: UP - 1], moved[UP - 1 :]
    rows = {code: _row(before[code], None, ENDS, "Closed") for code in closed}
    rows |= {code: _row(before[code], before[code].steps * 105 // 100, UP_FROM, "Increase") for code in up}
    rows |= {code: _row(before[code], before[code].steps * 95 // 100, DOWN_FROM, "Decrease") for code in down}
    rows[KENYA] = _row(before[KENYA], _KENYA_STEPS[1], UP_FROM, "Increase")
    ordinary = [code for code in added if code != UNDER_WATER_CODE]
    above = {dearer: dice.randrange(10, 41) for dearer in dice.sample(ordinary, DEARER_NEW - 1)}
    for code in ordinary:
        steps = _steps_above(code, before)
        price = Price(code, added[code], steps + steps * above.get(code, 0) // 100)
        rows[code] = _row(price, price.steps, ENDS, "New")
    rows[UNDER_WATER_CODE] = _row(Price(UNDER_WATER_CODE, added[UNDER_WATER_CODE], 0), _UNDER_WATER_STEPS, ENDS, "New")
    return rows


def _rows(before: Mapping[str, Price], changed: Mapping[str, Row], dice: Random) -> list[Row]:
    """Return the rows by code, of which some hold several codes of one price."""
    same = {code: price for code, price in before.items() if code not in changed}
    siblings: dict[tuple[str, int], list[str]] = {}
    leaves = set(_leaves(before))
    for code, price in same.items():
        if code in leaves:
            siblings.setdefault((code[:-1], price.steps), []).append(code)
    fours = [codes[:4] for codes in siblings.values() if len(codes) > 3 and int(codes[3]) - int(codes[0]) == 3]
    chosen = dice.sample(fours, RANGES + PAIRS)
    together = [*chosen[:RANGES], *(codes[::3] for codes in chosen[RANGES:])]
    rows = [_row(replace(same[codes[0]], code=compress(codes)), same[codes[0]].steps) for codes in together]
    apart = same.keys() - {code for codes in together for code in codes}
    rows += [_row(same[code], same[code].steps) for code in apart]
    return sorted([*rows, *changed.values()], key=lambda row: row.codes)


def _with_bad_rows(rows: list[Row], changed: Mapping[str, Row], dice: Random) -> tuple[Row, ...]:
    """Put rows without a code among them, and take away the dates of some that say what was before."""
    single = [at for at, row in enumerate(rows) if row.codes.isdigit() and row.codes not in changed]
    for at, begins in zip(dice.sample(single, len(BAD_DATES)), BAD_DATES, strict=True):
        rows[at] = replace(rows[at], begins=begins)
    for at, code in zip(sorted(dice.sample(single, len(BAD_CODES)), reverse=True), BAD_CODES, strict=True):
        rows.insert(at, replace(rows[at], codes=code, begins=HELD))
    assert len(rows) == ROWS, "as many rows as the story tells"
    return tuple(rows)


def _row(price: Price, steps: int | None, begins: date = HELD, status: str = "No change") -> Row:
    return Row(price.code, price.name, steps, begins, price.increments, status)


def _leaves(codes: Collection[str]) -> list[str]:
    """Return the codes below which there is none, and which are below another one."""
    ordered = sorted(codes)
    last = [code for code, after in pairwise([*ordered, ""]) if not after.startswith(code)]
    return [code for code in last if any(code[:length] in codes for length in range(1, len(code)))]


def _steps_above(code: str, before: Mapping[str, Price]) -> int:
    """Return the price of the longest code that begins this one."""
    return next(before[code[:length]].steps for length in range(len(code) - 1, 0, -1) if code[:length] in before)


def _decimal(steps: int) -> str:
    return f"{steps // 10_000}.{steps % 10_000:04}"


def _write_csv(path: Path, prices: Iterable[Price]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("Code", "Destination", "Rate", "Increments", "Effective"))
        writer.writerows((one.code, one.name, _decimal(one.steps), one.increments, HELD) for one in prices)


def _write_workbook(path: Path, rows: Iterable[Row]) -> None:
    """Write a workbook as a spreadsheet does: codes are text, prices and dates numbers with a format."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        tab = book.add_worksheet("Rates")
        dated, priced = (book.add_format({"num_format": form}) for form in ("yyyy-mm-dd", "0.0000"))
        tab.write_row(0, 0, HEADINGS)
        for at, row in enumerate(rows, start=1):
            tab.write_string(at, 0, row.codes)
            tab.write_string(at, 1, row.name)
            if row.steps is not None:
                tab.write_number(at, 2, float(Decimal(row.steps) / 10_000), priced)
            if isinstance(row.begins, date):
                tab.write_datetime(at, 3, row.begins, dated)
            else:
                tab.write_string(at, 3, row.begins)
            tab.write_string(at, 4, row.increments)
            tab.write_string(at, 5, row.status)
