"""What the cells of a column look like."""

import pytest

from domain.sheets.contents import is_codes, is_date, share
from domain.sheets.headings import Meaning
from domain.sheets.proposal import propose
from tests.domain.sheets.tabs import asked, meant, tab


@pytest.mark.parametrize("cell", ["1201-1203", "4470-4479", "44 7000-44 7099", "12011-12015", "1201-1203, 1207"])
def test_a_range_of_codes_is_no_date(cell: str) -> None:
    assert is_codes(cell)
    assert not is_date(cell)


@pytest.mark.parametrize("cell", ["2026-11-04", "04.11.2026", "4 Nov 2026", "4-Nov-26", "November 4, 2026"])
def test_days_are_dates(cell: str) -> None:
    assert share([cell], is_date) == 1


def test_a_column_of_ranges_alone_holds_codes() -> None:
    for rows in (("1201-1203|NJ|0.01",), ("1201-1203|NJ|0.01", "1212-1215|NY|0.02", "4470-4479|UK|0.03")):
        proposal = propose([tab("code|destination|rate", *rows)])
        assert asked(proposal) == []
        assert meant(proposal.template)["code"] == Meaning.CODE.name.lower()
