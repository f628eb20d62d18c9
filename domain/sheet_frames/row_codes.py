"""The codes of rows, and the names of their destinations."""

import re
from collections.abc import Mapping

import polars as pl

from domain.sheet_frames.cells import faults_of, read_each
from domain.sheet_frames.code_lists import read_code_column, with_ends
from domain.sheet_frames.decided import Decided
from domain.sheet_frames.row_terms import Columns
from domain.sheet_frames.tab_rows import TabRows
from domain.sheets.day_words import folded
from domain.sheets.findings import Check
from domain.sheets.headings import Meaning
from domain.sheets.template import CountryCodeIn, Use

_KEYED = (Meaning.CODE, Meaning.CODE_FROM, Meaning.ORIGIN_CODE, Meaning.COUNTRY_CODE)
_NAMES = (Meaning.COUNTRY, Meaning.NETWORK, Meaning.DESTINATION)
_LEAD = re.compile(r"(?<!\d)(?:\+|00|011)?([1-9]\d{0,6})(?!\d)", re.ASCII)


def read_names(tab: TabRows, out: Columns) -> None:
    """Add "name": country, network and destination without saying a part twice; "" where the sheet has none."""
    held = [meaning for meaning in _NAMES if tab.has(meaning)]
    if held == [Meaning.DESTINATION] or not held:
        out.of["name"] = tab.texts(Meaning.DESTINATION).alias("name")
        return
    texts = pl.DataFrame([tab.texts(meaning).alias(meaning.name) for meaning in _NAMES])
    out.of["name"] = read_each(texts, {"name": pl.String}, lambda *said: (_name(*said),))["name"]


def read_row_codes(tab: TabRows, decided: Decided, by_name: Mapping[str, list[str]] | None, out: Columns) -> None:
    """Add "codes" (List of String, null where they are wrong).

    `by_name`: codes by name_key, for rows without any of their own; None: there is no such tab. Needs read_names.
    """
    cells, leads = _with_lead(*_cells_and_leads(tab, decided), tab, decided)
    found = read_code_column(cells, leads, decided.contract.terms.range_codes)
    keyed = next((meaning for meaning in _KEYED if tab.has(meaning)), Meaning.CODE)
    codes, checks, reasons = found["codes"], found["check"], found["reason"]
    if by_name is not None:
        blank = (cells == "") & codes.is_null()
        named = _by_name(tab, out, by_name)
        codes = pl.select(pl.when(blank).then(named).otherwise(codes).alias("codes")).to_series()
        lacking = blank & named.is_null()
        told = pl.concat_str(pl.lit("no codes for destination '"), out.of["name"], pl.lit("' in the tab of codes"))
        said = out.of["name"] != ""
        reasons = pl.select(
            pl.when(lacking & said).then(told).when(blank & ~lacking).then(None).otherwise(reasons)
        ).to_series()
        cells = pl.select(pl.when(lacking).then(out.of["name"]).otherwise(cells)).to_series()
    out.of["codes"] = codes.alias("codes")
    for check in (Check.BAD_CODE.value, Check.BAD_RANGE.value):
        wrong = pl.select(pl.when(checks == check).then(reasons)).to_series()
        out.faults.append(faults_of(tab.cells["row"], cells, wrong, tab.heading(keyed), check))


def codes_so_far(tab: TabRows, decided: Decided) -> pl.DataFrame:
    """Return `row` and `codes` of a tab's rows so far as they can be read: of a list, those that are right."""
    cells, leads = _with_lead(*_cells_and_leads(tab, decided), tab, decided)
    most = decided.contract.terms.range_codes
    whole = pl.DataFrame({"row": tab.cells["row"], "codes": read_code_column(cells, leads, most)["codes"]})
    parts = pl.DataFrame({"row": tab.cells["row"], "cell": cells.str.replace_all("[;/|]", ",").str.split(",")})
    if leads is not None:
        parts = parts.with_columns(leads.alias("lead"))
    parts = parts.filter(whole["codes"].is_null())
    parts = parts.explode("cell").with_columns(pl.col("cell").str.strip_chars()).filter(pl.col("cell") != "")
    found = read_code_column(parts["cell"], parts["lead"] if leads is not None else None, most)["codes"]
    some = parts.select("row").with_columns(found.alias("codes")).drop_nulls().explode("codes")
    pieces = some.group_by("row", maintain_order=True).agg("codes")
    return pl.concat([whole.drop_nulls(), pieces]).sort("row").cast({"row": pl.UInt32, "codes": pl.List(pl.String)})


def name_key(name: str) -> str:
    """Return by what names of destinations are the same: without case, accents, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", folded(name))


def _cells_and_leads(tab: TabRows, decided: Decided) -> tuple[pl.Series, pl.Series | None]:
    """Return the code cells, and the country codes that they follow, None where they hold them."""
    cells = tab.texts(Meaning.ORIGIN_CODE if tab.has(Meaning.ORIGIN_CODE) else Meaning.CODE)
    if tab.has(Meaning.CODE_FROM):
        cells = with_ends(cells, tab.texts(Meaning.CODE_FROM), tab.texts(Meaning.CODE_TO))
    countries = tab.texts(Meaning.COUNTRY_CODE)
    if not tab.has(Meaning.CODE, Meaning.CODE_FROM, Meaning.ORIGIN_CODE):
        return countries, None
    if decided.template.country_code is CountryCodeIn.COLUMN and tab.has(Meaning.COUNTRY_CODE):
        return cells, countries
    if decided.template.country_code is CountryCodeIn.TAB_NAME:
        lead = country_code_in(tab.name)
        return cells, pl.Series("lead", [lead], pl.String).new_from_index(0, cells.len())
    return pl.select(pl.when(cells == "").then(countries).otherwise(cells)).to_series(), None


def _with_lead(
    cells: pl.Series, leads: pl.Series | None, tab: TabRows, decided: Decided
) -> tuple[pl.Series, pl.Series | None]:
    """Put the digits that a whole sheet leaves out before its codes."""
    lead = decided.template.lead
    if not lead or tab.use is Use.ORIGIN_CODES:
        return cells, leads
    if leads is not None:
        return cells, pl.select(pl.when(leads != "").then(pl.lit(lead) + leads).otherwise(pl.lit(""))).to_series()
    return cells, pl.select(pl.when(cells != "").then(pl.lit(lead)).otherwise(pl.lit(""))).to_series()


def country_code_in(tab_name: str) -> str:
    """Return the country code that a tab's name holds, as "UK 44" or "+44"; "" for none, or several."""
    found = set(_LEAD.findall(tab_name))
    return found.pop() if len(found) == 1 else ""


def _by_name(tab: TabRows, out: Columns, by_name: Mapping[str, list[str]]) -> pl.Series:
    texts = pl.DataFrame([out.of["name"], tab.texts(Meaning.DESTINATION).alias("alone")])
    kinds = {"codes": pl.List(pl.String)}
    return read_each(
        texts, kinds, lambda name, alone: (by_name.get(name_key(name)) or by_name.get(name_key(alone)) or None,)
    )["codes"]


def _name(country: str, network: str, destination: str) -> str:
    """Join the parts, without one that another one holds ("Germany" beside "Germany Mobile")."""
    said = [destination] if destination else []
    for part in (network, country):
        if part and not any(part.casefold() in text.casefold() for text in said):
            said.insert(0, part)
    return " ".join(said)
