"""Codes as a sheet shows them: listed, ranged, behind their country code, and back without loss."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from domain.notice_frames.row_codes import MOST_CODES, has_own_column, shown_codes
from domain.notices.form import CodesAs, CountryCode, SheetForm
from domain.sheets.codes import read_codes

_codes = st.lists(st.from_regex(r"[1-9][0-9]{0,6}", fullmatch=True), min_size=1, max_size=40, unique=True)


def shown(codes: list[str], prices: list[int], form: SheetForm) -> pl.DataFrame:
    return shown_codes(pl.DataFrame({"code": codes, "price": prices}), form)


@given(
    _codes,
    st.data(),
    st.sampled_from(list(CodesAs)),
    st.sampled_from(list(CountryCode)),
    st.sampled_from(["", "+", "00"]),
)
def test_lists_and_ranges_expand_without_loss(
    codes: list[str], data: st.DataObject, listed: CodesAs, country: CountryCode, lead: str
) -> None:
    prices = data.draw(st.lists(st.integers(1, 2), min_size=len(codes), max_size=len(codes)))
    rows = shown(codes, prices, SheetForm(codes=listed, country_code=country, lead=lead))
    leads = rows["country-code"] if "country-code" in rows.columns else pl.Series([""] * rows.height, dtype=pl.String)
    found = [
        (code, price)
        for cell, before, price in zip(rows["code"], leads, rows["price"], strict=True)
        for code in read_codes(cell, before)
    ]
    assert sorted(found) == sorted(zip(codes, prices, strict=True))


def test_runs_are_ranges_and_two_neighbours_are_none() -> None:
    codes = ["1201", "1202", "1203", "1210", "1211", "44"]
    rows = shown(codes, [1] * 6, SheetForm(codes=CodesAs.RANGED))
    assert rows["code"].to_list() == ["1201-1203, 1210, 1211, 44"]
    assert shown(codes, [1] * 6, SheetForm(codes=CodesAs.LISTED, lead="+"))["code"][0].startswith("+1201, +1202")


def test_a_country_code_stands_in_its_column_and_a_0_is_never_parted_from_it() -> None:
    rows = shown(["1", "1201", "3906", "39338", "8", "254722"], [1] * 6, SheetForm(country_code=CountryCode.OWN_COLUMN))
    assert rows.select("country-code", "code").rows() == [
        ("1", ""), ("1", "201"), ("3906", ""), ("39", "338"), ("8", ""), ("254", "722"),
    ]  # fmt: skip


def test_services_have_no_country_codes() -> None:
    form = SheetForm(country_code=CountryCode.OWN_COLUMN, lead="+", codes=CodesAs.LISTED)
    rows = shown(["00012", "00013", "44"], [1, 1, 1], form)
    assert rows["code"].to_list() == ["00012", "00013", "+44"]
    assert not has_own_column(pl.Series(["00012", "44"]), form)


def test_no_cell_has_more_codes_than_a_workbook_holds() -> None:
    codes = [str(code) for code in range(100_000_000_000_000, 100_000_000_000_000 + 3 * MOST_CODES, 2)]
    rows = shown(codes, [1] * len(codes), SheetForm(codes=CodesAs.LISTED, lead="00"))
    assert rows.height == 2
    assert max(rows["code"].str.len_chars()) < 32_767
