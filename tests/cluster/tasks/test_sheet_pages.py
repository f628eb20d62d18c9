"""Pages of a sheet's parts."""

from pathlib import Path

import polars as pl
import pytest

from actors.home import Home
from actors.sheet_work import RowsQuery
from cluster.tasks.sheet_pages import sheet_rows
from domain.errors import NotFoundError
from domain.settings import Settings


@pytest.mark.parametrize(
    ("kind", "codes"),
    [("", ["254", "33", "44"]), ("unchanged", ["33"]), ("changed", ["254", "44"]), ("increase", ["254"])],
)
def test_changes_are_read_by_kind_and_without_what_stays_as_it_is(tmp_path: Path, kind: str, codes: list[str]) -> None:
    file = tmp_path / "changes.parquet"
    kinds = ["increase", "unchanged", "closed"]
    pl.DataFrame({"code": ["254", "33", "44"], "kind": kinds}).write_parquet(file)
    page = sheet_rows(Home(tmp_path, Settings()), RowsQuery(file, kind=kind))
    assert [row["code"] for row in page.named()] == codes and page.total == len(codes)
    assert sheet_rows(Home(tmp_path, Settings()), RowsQuery(file, kind=kind, code="9")).total == 0


def test_a_part_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no changes yet"):
        sheet_rows(Home(tmp_path, Settings()), RowsQuery(tmp_path / "changes.parquet"))


def test_a_header_that_is_not_read_is_no_row_that_stays_out(tmp_path: Path) -> None:
    """And another check's row is none of this one's."""
    found = pl.DataFrame({"key": ["R24::1:::", "R24::5:::", "R25::5:::"], "check": ["R24", "R24", "R25"]})
    findings = tmp_path / "findings.parquet"
    found.with_columns(tab=pl.lit(""), row=pl.Series([1, 5, 5], dtype=pl.UInt32)).write_parquet(findings)
    rejects = tmp_path / "rejects.parquet"
    out = pl.DataFrame({"tab": ["", ""], "row": [1, 5], "check": ["R24", "R24"], "code": ["", "447"]})
    out.cast({"row": pl.UInt32}).write_parquet(rejects)
    page = sheet_rows(Home(tmp_path, Settings()), RowsQuery(findings, rejects=rejects, columns=("key", "said")))
    assert (page.columns, page.rows) == (("key",), (("R24::5:::",),))
