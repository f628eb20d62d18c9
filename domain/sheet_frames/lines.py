"""A rate sheet, read by its template: tabs of text in, LINES and REJECTS out.

A row with anything wrong is rejected with tab, row, column, value and reason; the others go in. What a whole file
decides is decided once (decided.py) and told in the notes. What repeats is read once, and no loop runs over rows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from domain.errors import InputError
from domain.sheet_frames.case import Contract, Reading
from domain.sheet_frames.cells import FAULTS
from domain.sheet_frames.columns import LEFT_OUT, LINES, REJECTS, empty
from domain.sheet_frames.corrected import dropped_checks, placed_mends
from domain.sheet_frames.decided import Decided, decide
from domain.sheet_frames.doubles import without_doubles
from domain.sheet_frames.joins import codes_by_name, for_all_codes, origin_groups, with_surcharges
from domain.sheet_frames.row_codes import codes_so_far
from domain.sheet_frames.row_lines import PARTS, TabLines, lines_of
from domain.sheet_frames.tab_rows import PRICES, TabRows, rows_of
from domain.sheets.findings import Check
from domain.sheets.headings import Meaning
from domain.sheets.template import Template, Use

_CODED = (Meaning.CODE, Meaning.CODE_FROM, Meaning.COUNTRY_CODE, Meaning.DESTINATION, Meaning.COUNTRY)


def _untold(_done: int, _total: int) -> None:
    """Tell nobody."""


def read_lines(
    tabs: Mapping[str, pl.DataFrame],
    template: Template,
    contract: Contract,
    tick: Callable[[int, int], None] = _untold,
    *,
    date_1904: bool = False,
) -> Reading:
    """Read tabs (frames of String columns "0", "1", …; row i is row i + 1 of the sheet).

    `tick` is told rows done and in all. `date_1904`: the workbook counts days from 1904. Raises InputError where no tab
    is one of rates, or a column is missing without which nothing can be read.
    """
    opened, notes = _opened(tabs, template, contract)
    total = sum(tab.cells.height for tab in opened)
    tick(0, total)
    priced = [tab for tab in opened if tab.use in (Use.RATES, Use.ORIGINS) and tab.has(*PRICES)]
    decided = decide(priced, template, contract, date_1904=date_1904)
    sheet = _Sheet(decided, [*notes, *decided.notes])
    by_name, faults = codes_by_name([tab for tab in opened if tab.use is Use.CODES], decided, priced)
    lists = [tab for tab in opened if tab.use is Use.ORIGIN_CODES or (tab.use is Use.ORIGINS and tab not in priced)]
    origins, more = origin_groups(lists, decided)
    sheet.faults.update(faults | more)
    for tab in opened:
        if tab.use is Use.CODES:
            sheet.name_codes(tab)
    done = total - sum(tab.cells.height for tab in priced)
    for tab in priced:
        sheet.take(tab.name, lines_of(tab, decided, by_name))
        done += tab.cells.height
        tick(done - tab.cells.height // 10, total)
    reading = sheet.reading({tab.name: tab for tab in opened}, origins)
    tick(total, total)
    return reading


def _opened(
    tabs: Mapping[str, pl.DataFrame], template: Template, contract: Contract
) -> tuple[list[TabRows], list[str]]:
    """Return the rows of all tabs that have a use, and what is to be told about them."""
    named = {layout.name.casefold().strip(): layout for layout in template.tabs if layout.name.strip()}
    general = next((layout for layout in template.tabs if not layout.name.strip()), None)
    opened: list[TabRows] = []
    layouts = {name: named.get(name.casefold().strip(), general) for name in tabs}
    read = {name: tabs[name] for name, layout in layouts.items() if layout and layout.use is not Use.SKIP}
    corrections, notes = placed_mends(read, contract.corrections)
    for name, frame in tabs.items():
        layout = layouts[name]
        if layout is None or layout.use is Use.SKIP:
            notes += [f"Tab {name!r} is not in the template and was not read."] if layout is None else []
            continue
        tab = rows_of(name, frame, layout, corrections)
        if layout is general and not tab.found and layout.header >= 0 and len(tabs) > 1:
            notes.append(f"Tab {name!r} has no such header and was not read.")
            continue
        opened.append(tab)
        header = f"header in row {tab.header + 1}." if tab.header >= 0 else "no header."
        notes.append(f"{name}: {header}" if name else header.capitalize())  # the only tab of a text file has no name
    _assert_readable(opened, tabs)
    return opened, notes


def _assert_readable(opened: Sequence[TabRows], tabs: Mapping[str, pl.DataFrame]) -> None:
    rates = [tab for tab in opened if tab.use is Use.RATES]
    if not rates:
        names = ", ".join(repr(name) for name in tabs) or "none"
        raise InputError(f"no tab of rates is there; the file has {names}", mend="Say in the template which one it is.")
    for tab in rates:
        for what, meanings in (("price", PRICES), ("code or destination", _CODED)):
            if not tab.has(*meanings):
                raise InputError(
                    f"no column holds a {what}", where=tab.name, mend="Say in the template which one does."
                )


@dataclass(slots=True)
class _Sheet:
    """What was read so far. `faults` and `codes` (of rows that can be read) are by tab."""

    decided: Decided
    notes: list[str]
    parts: list[pl.DataFrame] = field(default_factory=lambda: [empty(PARTS)])
    faults: dict[str, pl.DataFrame] = field(default_factory=dict)
    codes: dict[str, pl.DataFrame] = field(default_factory=dict)
    left_out: list[pl.DataFrame] = field(default_factory=lambda: [empty(LEFT_OUT)])
    rows: int = 0
    undated: int = 0
    marks: set[str] = field(default_factory=set)

    def take(self, tab: str, said: TabLines) -> None:
        """Add what a tab says."""
        self.parts.append(said.lines)
        self.faults[tab] = said.faults
        self.codes[tab] = said.codes
        self._drop(tab, said.left_out)
        self.rows += said.rows
        self.undated += said.undated
        self.marks.update(said.unknown_marks)

    def name_codes(self, tab: TabRows) -> None:
        """Keep what codes the rows of a tab of codes name that stay out: without them no row of rates finds these."""
        wrong = tab.cells.filter(pl.col("row").is_in(self.faults[tab.name]["row"].implode()))
        self.codes[tab.name] = codes_so_far(replace(tab, cells=wrong), self.decided)
        if not tab.left_out.is_empty():
            self._drop(tab.name, codes_so_far(replace(tab, cells=tab.left_out), self.decided))

    def _drop(self, tab: str, rows: pl.DataFrame) -> None:
        dropped = rows.select(pl.lit(tab).alias("tab"), "row", pl.col("codes").list.join(" ").alias("code"))
        self.left_out.append(dropped)

    def reading(self, tabs: Mapping[str, TabRows], origins: pl.DataFrame) -> Reading:
        """Hold all lines against each other."""
        lines = self.parts[-1] if len(self.parts) == 2 else pl.concat(self.parts)
        self.parts.clear()
        general = lines["code"] == ""
        if general.any():
            named = lines.filter(~general)
            lines = pl.concat([named, for_all_codes(lines.filter(general), named)])
        before = (
            lines.select("tab", "row", "code") if lines["code"].is_duplicated().any() or lines["adds"].any() else None
        )
        lines, merged, clashing = without_doubles(lines)
        lines, lost = with_surcharges(lines)
        told = pl.concat([clashing, _lost(lost)])
        lines = _without(lines, lost)
        rejects = self._rejects(tabs, told, before)
        passed = sum(tab.passed for tab in tabs.values())
        self._note(merged, passed)
        whole = self.decided.whole
        return Reading(
            lines.select(*LINES),
            rejects,
            self.rows,
            passed,
            tuple(self.notes),
            whole.issued_ms,
            "" if self.decided.own_zone else whole.zone or self.decided.template.zone,
            whole.currency,
            self.decided.date_1904,
            merged=merged,
            origins=origins,
            left_out=pl.concat(self.left_out),
        )

    def _rejects(self, tabs: Mapping[str, TabRows], told: pl.DataFrame, before: pl.DataFrame | None) -> pl.DataFrame:
        """Return REJECTS: what is wrong with cells, and rows that contradict others (`told`).

        Rows with a fault of a check all of whose findings are dropped are left out instead.
        """
        parts = [empty(REJECTS)]
        hidden = dropped_checks(self.decided.contract.corrections)
        for name, tab in tabs.items():
            own = told.filter(pl.col("tab") == name)
            faults = pl.concat([self.faults.get(name, empty(FAULTS)), _as_faults(tab, own)])
            if faults.is_empty():
                continue
            codes = [self.codes[name].select("row", "codes")] if name in self.codes else []
            if before is not None and not own.is_empty():
                mine = before.filter((pl.col("tab") == name) & pl.col("row").is_in(own["row"].implode()))
                codes.append(
                    mine.group_by("row", maintain_order=True).agg(
                        pl.col("code").unique(maintain_order=True).alias("codes")
                    )
                )
            found = _rejects_of(tab, faults.sort("row", maintain_order=True), pl.concat(codes) if codes else None)
            gone = pl.col("row").is_in(found.filter(pl.col("check").is_in(hidden))["row"].implode())
            self.left_out.append(found.filter(gone).select(*LEFT_OUT))
            parts.append(found.filter(~gone))
        return pl.concat(parts)

    def _note(self, merged: int, passed: int) -> None:
        marks = ", ".join(repr(mark) for mark in sorted(self.marks)[:5])
        self.notes += [f"Marks that are not known say nothing: {marks}."] if marks else []
        if passed:
            lines = (
                "1 line of text without a price was"
                if passed == 1
                else f"{passed:,} lines of text without a price were"
            )
            self.notes.append(f"{lines} passed over.")
        if self.undated:
            rows = (
                "1 row has no date of its own"
                if self.undated == 1
                else f"{self.undated:,} rows have no date of their own"
            )
            self.notes.append(f"{rows}.")
        if merged:
            codes = "1 code was" if merged == 1 else f"{merged:,} codes were"
            self.notes.append(f"{codes} given twice with the same rate and date; one of each is kept.")


def _lost(lines: pl.DataFrame) -> pl.DataFrame:
    """Say of surcharges that there is nothing to add them to."""
    words = pl.format("a surcharge, but code {} has no price of any caller by then", "code")
    check = pl.lit(Check.BAD_PRICE.value)
    return lines.unique(["tab", "row"], keep="first", maintain_order=True).select(
        "tab", "row", check.alias("check"), words.alias("reason")
    )


def _without(lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    if rows.is_empty():
        return lines
    return lines.join(rows.select("tab", "row").unique(), on=["tab", "row"], how="anti", maintain_order="left")


def _as_faults(tab: TabRows, told: pl.DataFrame) -> pl.DataFrame:
    """Return what is wrong with whole rows as FAULTS of their price."""
    column = next((one for one in tab.columns if one.meaning in PRICES), None)
    if column is None or told.is_empty():
        return empty(FAULTS)
    prices = tab.cells.select("row", pl.col(str(column.place)).alias("value"))
    found = told.join(prices, on="row", how="left", maintain_order="left")
    return found.select("row", pl.lit(tab.heading_of(column)).alias("column"), "value", "check", "reason")


def _rejects_of(tab: TabRows, faults: pl.DataFrame, codes: pl.DataFrame | None) -> pl.DataFrame:
    raw = tab.source[(faults["row"] - 1).to_list()].select(
        pl.concat_str(pl.all().str.strip_chars(), separator=" | ").str.strip_chars_end(" |").alias("raw")
    )
    found = faults.hstack(raw)
    if codes is not None:
        text = codes.unique("row", keep="first").select("row", pl.col("codes").list.join(" ").alias("code"))
        found = found.join(text, on="row", how="left", maintain_order="left")
    else:
        found = found.with_columns(pl.lit("").alias("code"))
    return found.with_columns(pl.lit(tab.name).alias("tab"), pl.col("code").fill_null("")).select(
        pl.col(name).cast(kind) for name, kind in REJECTS.items()
    )
