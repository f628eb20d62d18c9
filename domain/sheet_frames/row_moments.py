"""From when to when rows hold: their own dates, else the sheet's, else the contract's."""

import polars as pl

from domain.days import local_day
from domain.errors import InputError
from domain.sheet_frames.cells import faults_of, read_each
from domain.sheet_frames.corrected import moment_of_unread, moments
from domain.sheet_frames.decided import Decided
from domain.sheet_frames.row_terms import ABSENT, Columns
from domain.sheet_frames.tab_rows import TabRows
from domain.sheets.dates import SHIFT_1904, read_date
from domain.sheets.day_words import AT_ONCE, folded
from domain.sheets.findings import Check
from domain.sheets.headings import Meaning

_OPEN = frozenset(("open", "until further notice", "ufn", "unlimited", "never", "infinity", "∞", *ABSENT))
_SHIFT_DAYS = SHIFT_1904.days
GIVE_ONE = (
    "Give these rows one: `switchboard sheets move SHEET --check R26 --date DATE`,"
    " or --effective DATE when the sheet is sent."
)


def read_moments(tab: TabRows, decided: Decided, out: Columns) -> int:
    """Add "from_ms" and "until_ms" (null: open); return how many rows have no date of their own."""
    rows, contract = tab.cells["row"], decided.contract
    texts = tab.texts(Meaning.EFFECTIVE)
    found = read_each(texts.alias("text").to_frame(), {"from_ms": pl.Int64}, lambda text: (_begin(text, tab, decided),))
    said = moments(tab.name, contract.corrections)
    given = rows.replace_strict(list(said), list(said.values()), default=None, return_dtype=pl.Int64)
    unread = moment_of_unread(contract.corrections, Check.BAD_DATE.value)
    wrong = pl.select(pl.when(given.is_null() & pl.lit(unread is None)).then(found["fault"])).to_series()
    begins = pl.select(pl.coalesce(given, found["from_ms"], pl.lit(unread, pl.Int64))).to_series()
    out.faults.append(faults_of(rows, texts, wrong, tab.heading(Meaning.EFFECTIVE), Check.BAD_DATE.value))
    out.of["from_ms"] = begins.alias("from_ms")
    _read_ends(tab, decided, out, moved=given.is_not_null())
    return int(((texts == "") & given.is_null()).sum())


def _read_ends(tab: TabRows, decided: Decided, out: Columns, moved: pl.Series) -> None:
    begins, closed = out.of["from_ms"], out.of["closed"]
    if not tab.has(Meaning.UNTIL):
        out.constant("until_ms", None, pl.Int64, tab.cells.height)
        return
    texts = tab.texts(Meaning.UNTIL)
    found = read_each(texts.alias("text").to_frame(), {"until_ms": pl.Int64}, lambda text: (_end(text, decided),))
    ends = found["until_ms"]
    backwards = (ends <= begins).fill_null(value=False)
    wrong = pl.select(pl.when(backwards).then(pl.lit("it ends before it begins")).otherwise(found["fault"])).to_series()
    out.faults.append(faults_of(tab.cells["row"], texts, wrong, tab.heading(Meaning.UNTIL), Check.BAD_DATE.value))
    # a code that ends does so on its end date, where the row has one: it began on the other
    out.of["from_ms"] = pl.select(
        pl.when(closed & ends.is_not_null() & ~moved).then(ends).otherwise(begins)
    ).to_series()
    out.of["until_ms"] = pl.select(pl.when(~closed).then(ends)).to_series()


def _begin(text: str, tab: TabRows, decided: Decided) -> int:
    contract = decided.contract
    if not text:
        default = decided.effective_ms(tab.name)
        if default is None:
            raise InputError("no effective date", mend=GIVE_ONE)
        if default != contract.effective_ms:
            _assert_in_range("the sheet's own date", default, decided)
        return default
    if folded(text) in AT_ONCE:
        return contract.received_ms
    begins = read_date(text, decided.order, decided.zone, contract.received_ms, date_1904=decided.date_1904)
    _assert_in_range(repr(text), begins, decided)
    return begins


def _end(text: str, decided: Decided) -> int | None:
    contract = decided.contract
    said = folded(text)
    if said in _OPEN:
        return None
    if said in AT_ONCE:
        return contract.received_ms
    return read_date(text, decided.order, decided.zone, contract.received_ms, date_1904=decided.date_1904, end=True)


def _assert_in_range(said: str, at_ms: int, decided: Decided) -> None:
    contract = decided.contract
    received = local_day(contract.received_ms, contract.zone)
    days = (local_day(at_ms, contract.zone) - received).days
    past, ahead = contract.terms.past_days, contract.terms.ahead_days
    if -past <= days <= ahead or (contract.first and days < 0):
        return
    shifted = any(-past <= days + shift <= ahead for shift in (_SHIFT_DAYS, -_SHIFT_DAYS))
    hint = "Its workbook may count days from 1904." if shifted else ""
    where = "before" if days < 0 else "after"
    raise InputError(f"{said} is {abs(days):,} days {where} the receipt; {-past} to {ahead} are expected", mend=hint)
