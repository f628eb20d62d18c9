"""The benchmark's sheets: both forms say the same, and the second differs from the first in what it says it does."""

from cluster.bench.rate_sheets import as_csv, as_xlsx, first_sheet, second_sheet
from store.sheets.files import open_file

BOOK = [("254", "Kenya"), ("2547", "Kenya & Mobile"), ("447", "UK Mobile")]
FROM, LATER = 1_793_577_600_000, 1_794_182_400_000


def test_a_sheet_is_as_long_as_asked_below_the_books_codes_and_the_same_each_time() -> None:
    rows = first_sheet(BOOK, 500, FROM)
    codes = [row.code for row in rows]
    assert rows == first_sheet(BOOK, 500, FROM) and len(set(codes)) == 500
    assert {"254", "2547", "447"} <= set(codes) and all(code.startswith(("254", "447")) for code in codes)
    assert {row.name for row in rows if row.code.startswith("2547")} == {"Kenya & Mobile"}


def test_the_second_sheet_has_a_share_of_the_rows_dearer_later_or_cheaper_now() -> None:
    rows = first_sheet(BOOK, 500, FROM)
    again, changed = second_sheet(rows, FROM, LATER, changed=0.02)
    differ = [(one, other) for one, other in zip(rows, again, strict=True) if one != other]
    assert changed == len(differ) == 10
    assert all((new.price > old.price) == (new.from_ms == LATER) for old, new in differ)


def test_both_forms_are_read_as_the_same_cells() -> None:
    rows = first_sheet(BOOK, 300, FROM)
    (table,) = open_file("first.csv", as_csv(rows), 50).tabs
    (sheet,) = open_file("first.xlsx", as_xlsx(rows), 50).tabs
    assert sheet.name == "Rates" and sheet.rows.height == table.rows.height == 301
    assert sheet.rows["0"].to_list() == table.rows["0"].to_list()
    assert sheet.rows["1"].to_list() == table.rows["1"].to_list()
    assert [float(text) for text in sheet.rows["2"][1:]] == [float(text) for text in table.rows["2"][1:]]
    assert sheet.rows["3"][1].startswith("2026-11-02")
