"""Increments, fees and allowances of rows, and whether their marks close or block them."""

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from domain.errors import InputError
from domain.rates import Unit
from domain.sheet_frames.cells import faults_of, read_each
from domain.sheet_frames.decided import Decided
from domain.sheet_frames.tab_rows import TabRows
from domain.sheets.findings import Check
from domain.sheets.headings import Meaning
from domain.sheets.numbers import read_increments, read_price, read_seconds, without_cents
from domain.sheets.statuses import status_of
from domain.sheets.template import Column

LONGEST = {Unit.SECOND: 3600, Unit.MEGABYTE: 1 << 20, Unit.EVENT: 1 << 20}
"""The longest interval: an hour, a gigabyte, as many events."""
ABSENT = frozenset(("", "-", "–", "—", "n/a", "na", "n.a.", "none", "nil"))
"""What stands in a column that a row does not need."""
_FEES = {
    "connect_fee": Meaning.CONNECT_FEE,
    "attempt_fee": Meaning.ATTEMPT_FEE,
    "minimum_charge": Meaning.MINIMUM,
}
_ALLOWANCES = {"grace_s": Meaning.GRACE_S, "free_s": Meaning.FREE_S}


@dataclass(slots=True)
class Columns:
    """Columns of a tab, row for row, and what was wrong with its cells (cells.FAULTS)."""

    of: dict[str, pl.Series] = field(default_factory=dict)
    faults: list[pl.DataFrame] = field(default_factory=list)

    def constant(self, name: str, value: object, kind: pl.DataType | type[pl.DataType], height: int) -> None:
        """Add a column that is the same in all rows."""
        self.of[name] = pl.Series(name, [value], kind).new_from_index(0, height)


def read_marks(tab: TabRows, out: Columns) -> list[str]:
    """Add "status", "closed" and "blocked"; return the marks that are not known."""
    if not tab.has(Meaning.STATUS):
        out.constant("status", "", pl.String, tab.cells.height)
        said: dict[str, str] = {}
    else:
        texts = tab.texts(Meaning.STATUS)
        said = {text: status_of(text) for text in texts.unique()}
        out.of["status"] = texts.replace_strict(list(said), list(said.values()), return_dtype=pl.String).alias("status")
    out.of["closed"] = (out.of["status"] == "closed").alias("closed")
    out.of["blocked"] = (out.of["status"] == "blocked").alias("blocked")
    return sorted(text for text, status in said.items() if not status and text.casefold() not in ABSENT)


def read_intervals(tab: TabRows, decided: Decided, out: Columns) -> None:
    """Add "first_s" and "next_s"; null where they are wrong. Closed rows need none."""
    contract, template = decided.contract, decided.template
    most = LONGEST[contract.rules.unit]
    usual = template.increments if template.increments != (0, 0) else contract.terms.increments
    allowed = {*contract.terms.allowed_increments, contract.terms.increments}
    kinds = {"first_s": pl.Int32, "next_s": pl.Int32}
    meanings = (Meaning.INCREMENTS, Meaning.FIRST_S, Meaning.NEXT_S)

    def read(both: str, first: str, following: str) -> tuple[int, int]:
        first_s, next_s = read_increments(both, most) if both.casefold() not in ABSENT else usual
        first_s = read_seconds(first, most=most) if first.casefold() not in ABSENT else first_s
        next_s = read_seconds(following, most=most) if following.casefold() not in ABSENT else next_s
        if contract.terms.allowed_increments and (first_s, next_s) not in allowed:
            known = ", ".join(f"{one}/{other}" for one, other in sorted(allowed))
            raise InputError(f"increments {first_s}/{next_s} are not allowed by the contract, which has {known}")
        return first_s, next_s

    texts = pl.DataFrame([tab.texts(meaning).alias(meaning.name) for meaning in meanings])
    found = read_each(texts, kinds, read)
    out.of |= {name: found[name] for name in kinds}
    shown = next((meaning for meaning in meanings if tab.has(meaning)), Meaning.INCREMENTS)
    values = texts.select(pl.concat_str(pl.all(), separator=" ").str.strip_chars())
    wrong = _unless(out.of["closed"], found["fault"])
    out.faults.append(
        faults_of(tab.cells["row"], values.to_series(), wrong, tab.heading(shown), Check.BAD_INCREMENTS.value)
    )


def read_fees(tab: TabRows, decided: Decided, out: Columns) -> None:
    """Add the columns of fees (units) and of allowances (seconds); 0 where the sheet has none."""
    most = LONGEST[decided.contract.rules.unit]

    def fee_of(column: Column | None) -> Callable[[str], tuple[int]]:
        below = 100 if column and column.cents else 1

        def fee(text: str) -> tuple[int]:
            if text.casefold() in ABSENT or column is None:
                return (0,)
            return (read_price(bare_amount(text, column), decided.mark, 1, below),)

        return fee

    def allowance(text: str) -> tuple[int]:
        return (read_seconds(text, least=0, most=most) if text.casefold() not in ABSENT else 0,)

    for name, meaning in _FEES.items():
        _read_one(tab, out, name, meaning, fee_of(tab.column(meaning)), Check.BAD_PRICE)
    for name, meaning in _ALLOWANCES.items():
        _read_one(tab, out, name, meaning, allowance, Check.BAD_INCREMENTS)


def bare_amount(text: str, column: Column) -> str:
    """Return an amount without the sign for cents. Raises InputError where it contradicts what its column is in."""
    bare, marked = without_cents(text)
    if marked and not column.cents:
        raise InputError(f"{text.strip()!r} is in cents, its column is not", mend="Write all of it in one unit.")
    if column.cents and any(sign in bare for sign in "$€£"):
        raise InputError(f"{text.strip()!r} names a whole currency, its column is in cents")
    return bare


def _read_one(
    tab: TabRows, out: Columns, name: str, meaning: Meaning, read: Callable[[str], tuple[int]], check: Check
) -> None:
    kind = pl.Int32 if meaning in _ALLOWANCES.values() else pl.Int64
    if not tab.has(meaning):
        out.constant(name, 0, kind, tab.cells.height)
        return
    texts = tab.texts(meaning)
    found = read_each(texts.alias("text").to_frame(), {name: kind}, read)
    out.of[name] = found[name]
    wrong = _unless(out.of["closed"], found["fault"])
    out.faults.append(faults_of(tab.cells["row"], texts, wrong, tab.heading(meaning), check.value))


def _unless(closed: pl.Series, faults: pl.Series) -> pl.Series:
    """Return the faults but those of rows that end: their terms are not read."""
    return pl.select(pl.when(~closed).then(faults)).to_series()
