"""R01 to R08: what a file as a whole says."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Protocol

import polars as pl

from domain.errors import InputError
from domain.sheet_frames.case import Case
from domain.sheet_frames.checks.found import Row, frame_of, listed, whole
from domain.sheet_frames.checks.look import Look
from domain.sheet_frames.checks.traffic import DAY_MS
from domain.sheet_frames.checks.wording import many
from domain.sheets.findings import Check, Finding
from domain.sheets.former import Former
from domain.sheets.terms import Semantics

UNITS = {
    (60, 1): "60 times the old ones, as if those were for a second",
    (1, 60): "a 60th of the old ones, as if they were for a second",
    (100, 1): "100 times the old ones, as if they were in cents",
    (1, 100): "a 100th of the old ones, as if those were in cents",
}
"""The ratios of new to old prices that tell of another unit."""
UNIT_PERCENT, UNIT_LEAST = 10, 3
"""How near the median ratio must be, and how many prices must have one."""


class Asked(Protocol):
    """A question about a sheet's columns (domain.sheets.proposal)."""

    @property
    def tab(self) -> str:
        """The tab that it is about."""
        ...

    @property
    def about(self) -> str:
        """What it asks of."""
        ...

    @property
    def words(self) -> str:
        """The question."""
        ...


def unreadable(error: InputError) -> pl.DataFrame:
    """Return FINDINGS of a file that cannot be read (R01): it has no lines that could be checked."""
    return frame_of([whole(Check.UNREADABLE, str(error))])


def unmapped(questions: Iterable[Asked]) -> pl.DataFrame:
    """Return FINDINGS of columns that must be named before a sheet can be read (R04)."""
    return frame_of([whole(Check.COLUMN_MISSING, one.words, tab=one.tab, column=one.about) for one in questions])


def of_file(look: Look) -> Iterator[Finding]:
    """Yield what R02 to R08 find; R01 and R04 are found before there are lines."""
    yield from _repeated(look)
    yield from _not_this_contract(look)
    if ratio := unit_change(look):
        words = f"the prices are {UNITS[ratio[:2]]} (median of {many(ratio[2], 'code')}): ask what they are for"
        yield whole(Check.UNIT_CHANGED, words, value=f"{ratio[0]}:{ratio[1]}")
    for drift in look.case.drift:
        yield whole(Check.TEMPLATE_DRIFT, drift, said=drift)
    yield from _row_count(look.case)
    yield from _many_rejects(look.case)


def unit_change(look: Look) -> tuple[int, int, int] | None:
    """Return the ratio of UNITS that the median of new to old prices is near to, and of how many; None: of none."""
    million = 1_000_000
    # a new code is beside the price of a shorter one: of another thing
    known = look.case.comparison.changes.filter(pl.col("kind").is_in(["increase", "decrease", "unchanged"]))
    priced = known.filter(pl.col("old_next_price") > 0, pl.col("next_price") > 0)
    changed = priced.filter(pl.col("old_next_price") != pl.col("next_price"), ~pl.col("blocked"))
    count = priced.height
    if changed.height < UNIT_LEAST:
        return None
    wide = pl.col("next_price").cast(pl.Int128) * million // pl.col("old_next_price")
    ratios = priced.select(wide.clip(0, million * million).cast(pl.Int64)).to_series().sort()
    median = int(ratios[count // 2])
    for times, parts in UNITS:
        exact = million * times // parts
        if abs(median - exact) * 100 <= exact * UNIT_PERCENT:
            return times, parts, count
    return None


def _repeated(look: Look) -> Iterator[Finding]:
    case, contract = look.case, look.contract
    since_ms = contract.received_ms - contract.terms.repeated_days * DAY_MS
    for former in sorted(case.former, key=lambda one: -one.received_ms):
        same_file = bool(case.sha256) and former.sha256 == case.sha256
        # two sheets of which nothing could be read do not say the same
        same_content = bool(case.content) and bool(case.reading.lines.height) and former.content == case.content
        if former.received_ms >= since_ms and (same_file or same_content):
            what = "this file" if same_file else "a sheet that says the same"
            done = "was applied" if former.applied else "was not applied"
            words = f"{what} came on {look.day(former.received_ms)} as sheet {former.id} ({former.name}), which {done}"
            yield whole(Check.REPEATED, words, value=str(former.id))
            return


def _not_this_contract(look: Look) -> Iterator[Finding]:
    contract = look.contract
    terms, sender = contract.terms, contract.sender.strip().lower()
    known = [one.strip().lower() for one in terms.senders]
    if sender and known and not any(sender == one or (one[:1] == "@" and sender.endswith(one)) for one in known):
        words = f"{sender} may not send sheets of this plan; these may: {', '.join(terms.senders)}"
        yield whole(Check.NOT_THIS_CONTRACT, words, column="sender", value=sender)
    if sender and terms.subject and not fnmatchcase(contract.subject.casefold(), terms.subject.casefold()):
        words = f"the subject {contract.subject!r} is not one of this plan's, {terms.subject!r}"
        yield whole(Check.NOT_THIS_CONTRACT, words, column="subject", value=contract.subject)
    yield from _other_currency(look)


def _other_currency(look: Look) -> Iterator[Finding]:
    reading, ours = look.case.reading, look.contract.rules.currency
    others = reading.lines.filter(~pl.col("currency").is_in(["", str(ours)]))
    rows = others.group_by("tab", "currency", maintain_order=True).agg(pl.col("row").min(), pl.len().alias("lines"))

    def say(row: Row) -> str:
        return f"{many(row['lines'], 'price')} in {row['currency']}, the first here; the plan's currency is {ours}"

    yield from listed(
        Check.NOT_THIS_CONTRACT,
        rows.with_columns(pl.lit("currency").alias("column"), pl.col("currency").alias("value")),
        say,
    )
    if reading.currency not in ("", ours, *rows["currency"]):
        words = f"the sheet's currency is {reading.currency}, the plan's is {ours}"
        yield whole(Check.NOT_THIS_CONTRACT, words, column="currency", value=reading.currency)


def _row_count(case: Case) -> Iterator[Finding]:
    last = max((one for one in case.former if _comparable(one)), key=lambda one: one.received_ms, default=None)
    if last is None or case.contract.terms.semantics is not Semantics.FULL:
        return
    rows, percent = case.reading.rows, case.contract.terms.rows_percent
    if abs(rows - last.rows) * 100 > percent * last.rows:
        more = "more" if rows > last.rows else "fewer"
        share = abs(rows - last.rows) * 100 // last.rows
        words = f"{many(rows, 'row')}, {share} % {more} than the {last.rows:,} of the last full sheet, {last.name}"
        yield whole(Check.ROW_COUNT, words, value=str(rows))


def _comparable(former: Former) -> bool:
    return former.full and former.applied and former.rows > 0


def _many_rejects(case: Case) -> Iterator[Finding]:
    terms, reading = case.contract.terms, case.reading
    rejected = reading.rejects.select("tab", "row").unique().height
    if rejected > terms.rejects_most or rejected * 100 > terms.rejects_percent * reading.rows:
        share = f"{rejected * 1000 // max(reading.rows, 1) / 10:g} %"
        words = (
            f"{rejected:,} of {many(reading.rows, 'row')} are rejected ({share}); the contract lets"
            f" {terms.rejects_percent} % pass, {terms.rejects_most:,} at most"
        )
        yield whole(Check.MANY_REJECTS, words, value=str(rejected))
