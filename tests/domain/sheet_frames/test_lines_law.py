"""Laws of reading: as row by row, whatever the order of rows, and whatever is wrong with others."""

from collections import defaultdict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.days import local_day
from domain.errors import InputError
from domain.sheet_frames.case import Contract, Reading
from domain.sheets.codes import BadRangeError, read_codes
from domain.sheets.dates import DateOrder, read_date
from domain.sheets.day_words import AT_ONCE
from domain.sheets.numbers import read_increments, read_price
from domain.sheets.statuses import price_word, status_of
from tests.domain.sheet_frames.sheet_texts import NOV_4, RECEIVED, contract, read

HEADER = "Code|Destination|Rate@peak|Rate|Date|Until|Increments|Connect|Status"
BY = contract("peak", zone="Europe/Berlin")
ROW = st.tuples(
    st.sampled_from(["44", "447", "45,46", "1201-1203", "120[2-4]", "+33", "4x", "9-5", ""]),
    st.sampled_from(["UK", "Denmark", ""]),
    st.sampled_from(["0.05", "0.06", "", "closed", "-1"]),
    st.sampled_from(["0.05", "0.07", "", "blocked", "1,5"]),
    st.sampled_from(["2026-11-04", "5 Nov 2026", "now", "", "soon", "2020-01-01"]),
    st.sampled_from(["", "2026-12-31", "2026-01-01"]),
    st.sampled_from(["60/1", "1/1", "", "0/1"]),
    st.sampled_from(["", "0.01", "x"]),
    st.sampled_from(["", "New", "Closed", "Blocked", "?"]),
)
SHEETS = st.lists(ROW.map("|".join), max_size=8)
Line = tuple[Any, ...]


def read_one(row: str, by: Contract) -> tuple[list[Line], set[str]]:
    """Read a row by itself into lines (key, moment, and what they say) and the checks that refuse it."""
    code, name, peak, usual, begins, ends, increments, fee, status = row.split("|")
    checks: set[str] = set()

    def tried(check: str, function: Any, *given: Any) -> Any:
        try:
            return function(*given)
        except BadRangeError:
            checks.add("R10")
        except InputError:
            checks.add(check)

    marked = status_of(status)
    codes = tried("R09", read_codes, code)
    at = NOV_4 if not begins else RECEIVED if begins in AT_ONCE else tried("R26", day, begins, by)
    until = tried("R26", read_date, ends, DateOrder("", ""), by.zone) if ends else None
    if at is not None and until is not None and until <= at:
        checks.add("R26")
    prices: dict[str, tuple[str, int | None]] = {}
    first_s, next_s, connect = 1, 1, 0
    if marked == "closed":
        prices = {"peak": ("closed", None), "any": ("closed", None)}
        at, until = until or at, None
    else:
        first_s, next_s = (tried("R22", read_increments, increments) or (1, 1)) if increments else (1, 1)
        connect = tried("R17", read_price, fee, ".") if fee else 0
        for kind, text in (("peak", peak), ("any", usual)):
            word = price_word(text)
            if text:
                prices[kind] = (word or marked, 0 if word else tried("R17", read_price, text, "."))
        if not prices and marked == "blocked":
            prices = {"peak": ("blocked", 0), "any": ("blocked", 0)}
        if not prices and "R22" not in checks:
            checks.add("R17")
    if checks:
        return [], checks
    lines: list[Line] = []
    for one in codes:
        for kind, (word, price) in prices.items():
            said: Line = (word == "closed", word == "blocked", until)
            terms = (price, first_s, next_s, connect) if word != "closed" else (None,) * 4
            lines.append((one, kind, at, *said, *terms, name, marked))
    return lines, checks


def day(text: str, by: Contract) -> int:
    at = read_date(text, DateOrder("", ""), by.zone)
    apart = (local_day(at, by.zone) - local_day(by.received_ms, by.zone)).days
    if not -by.terms.past_days <= apart <= by.terms.ahead_days:
        raise InputError("out of range")
    return at


def is_text(row: str) -> bool:
    code, name, peak, usual, *rest = row.split("|")
    filled = sum(bool(cell) for cell in row.split("|"))
    ends = status_of(rest[-1]) in ("closed", "blocked") and bool(code or name)
    return not peak and not usual and filled <= 2 and not ends


def expected(rows: list[str]) -> tuple[list[Line], set[tuple[int, str]]]:
    """Read all rows by themselves, then refuse those that contradict another and merge those that say the same."""
    told: dict[int, list[Line]] = {}
    refused: set[tuple[int, str]] = set()
    for number, row in enumerate(rows, start=2):
        if not is_text(row):
            told[number], checks = read_one(row, BY)
            refused |= {(number, check) for check in checks}
    by_key: dict[Line, set[Line]] = defaultdict(set)
    for lines in told.values():
        for line in lines:
            by_key[line[:3]].add(line[3:-2])
    clashing = {number for number, lines in told.items() if any(len(by_key[line[:3]]) > 1 for line in lines)}
    refused |= {(number, "R14") for number in clashing}
    kept: dict[Line, Line] = {}
    for number, lines in told.items():
        for line in lines if number not in clashing else ():
            former = kept.get(line[:3])
            if former is None or (line[-2] == "", line[-2:]) < (former[-2] == "", former[-2:]):
                kept[line[:3]] = line
    return sorted(kept.values(), key=repr), refused


def found(reading: Reading) -> tuple[list[Line], set[tuple[int, str]]]:
    names = ("code", "rate_type", "from_ms", "closed", "blocked", "until_ms")
    terms = ("next_price", "first_s", "next_s", "connect_fee", "name", "status")
    lines = reading.lines.select(*names, *terms).rows()
    return sorted(lines, key=repr), {(row, check) for row, check in reading.rejects.select("row", "check").iter_rows()}


def read_rows(rows: list[str]) -> Reading:
    return read(*rows, header=HEADER, by=BY, decimal=".")


@given(SHEETS)
@settings(max_examples=50, deadline=None)
def test_a_sheet_is_read_as_row_by_row(rows: list[str]) -> None:
    assert found(read_rows(rows)) == expected(rows)


@given(SHEETS.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_does_not_matter(both: tuple[list[str], list[str]]) -> None:
    one, other = (read_rows(rows) for rows in both)
    assert found(one)[0] == found(other)[0]
    assert sorted(one.rejects["raw"]) == sorted(other.rejects["raw"])
    assert (one.rows, one.passed, one.merged, one.notes) == (other.rows, other.passed, other.merged, other.notes)


@given(SHEETS)
@settings(max_examples=25, deadline=None)
def test_what_is_wrong_with_a_row_changes_no_other(rows: list[str]) -> None:
    whole = read_rows(rows)
    bad = {row for row, check in found(whole)[1] if check != "R14"}
    good = [row for number, row in enumerate(rows, start=2) if number not in bad]
    assert found(read_rows(good))[0] == found(whole)[0]


ANY_CELL = st.sampled_from(
    "|44|4x|0.05|-1|1,5|closed|60/1|31/02/2026|9999-12-31|2026-11-04 99:99|2026-11-04 00:00 +15|\u200b|٤|nan|[|44(1-|"
    "–5|1E-05|46335.9|Mon 1|jan 1|€|999999999999999999999999999999999999999999999".split("|")
)


@given(st.lists(st.lists(ANY_CELL, min_size=9, max_size=9).map("|".join), max_size=4))
@settings(max_examples=25, deadline=None)
def test_no_cell_breaks_the_reading_and_what_goes_in_is_whole(rows: list[str]) -> None:
    reading = read(*rows, header=HEADER, by=BY)
    open_ones = reading.lines.filter(~reading.lines["closed"]).drop("until_ms")
    assert sum(open_ones.null_count().row(0)) == 0 if open_ones.height else True
    assert reading.rows >= reading.rejects["row"].n_unique()
