"""A real notice of rates: it closes a code four days after it was sent, and dates another before that day."""

import polars as pl
import pytest

from domain.sheet_frames import columns
from domain.sheet_frames.case import REFERENCE, Case, Contract
from domain.sheet_frames.checks import check
from domain.sheet_frames.compare import compare
from domain.sheet_frames.lines import read_lines
from domain.sheets.header_rows import Preview
from domain.sheets.proposal import propose
from store.sheets.files import open_file
from tests.domain.builders import ms
from tests.domain.sheet_frames.fixtures import contract, rate_rows, silent
from tests.shared_data import shared_file

_NAMES = {
    "49": "Germany Fixed:DE",
    "49152 49162 49172 49173 49174": "Germany Mobile Vodafone:DE",
    "33607 33608": "France Mobile Orange:FR",
    "521": "Mexico Mobile:MX",
    "234803 234806 234703": "Nigeria Mobile MTN:NG",
    "234805": "Nigeria Mobile Glo:NG",
    "187638 187639": "Jamaica Mobile Digicel:JM",
    "234": "Nigeria:NG",
    " ".join(f"44740{digit}" for digit in range(10)): "United Kingdom Mobile EE:GB",
}
_BEFORE = {
    "49": "0.0078",
    "49152": "0.0450",
    "33607": "0.0550",
    "234803": "0.1123",
    "234805": "0.1210",
    "187638": "0.0980",
    "447400": "0.0112",
}
"""What the plan knows of each group of codes, by its first."""
_STEPS = {"49152": (60, 1), "234803": (60, 60), "234805": (60, 60), "187638": (60, 60)}


def plan() -> pl.DataFrame:
    parts = []
    for codes in map(str.split, _NAMES):
        first_s, next_s = _STEPS.get(codes[0], (1, 1))
        if price := _BEFORE.get(codes[0]):
            parts.append(rate_rows(*((code, price) for code in codes), first_s=first_s, next_s=next_s))
    rates = pl.concat(parts).drop("id").with_row_index("id")
    return rates.select(pl.col(name).cast(kind) for name, kind in columns.RATES.items())


def reference() -> pl.DataFrame:
    rows = [(code, *name.split(":"), False) for codes, name in _NAMES.items() for code in codes.split()]
    return pl.DataFrame(rows, schema=REFERENCE, orient="row")


def findings(judged: Contract, rates: pl.DataFrame) -> pl.DataFrame:
    file = shared_file("rates/tcxc/acme_rate_notice.csv")
    opened = open_file(file.name, file.read_bytes(), 50)
    previews = [Preview(tab.name, tab.rows.head(1000).rows(), tab.rows.height, tab.hidden) for tab in opened.tabs]
    proposal = propose(previews, currency="USD")
    assert not proposal.questions
    reading = read_lines({tab.name: tab.rows for tab in opened.tabs}, proposal.template, judged, silent)
    known = reference()
    comparison = compare(reading, rates, judged, known, silent)
    return check(Case(judged, proposal.template, reading, rates, comparison, reference=known))


@pytest.fixture(scope="module")
def found() -> pl.DataFrame:
    issued_ms = ms(2026, 9, 16, 10)
    return findings(contract(received_ms=issued_ms, now_ms=issued_ms), plan())


def test_it_fires_the_short_closing_and_the_line_of_the_past(found: pl.DataFrame) -> None:
    assert sorted(found.select("check", "code", "row", "severity").rows()) == [
        ("R30", "234805", 13, "B"),
        ("R34", "49", 9, "W"),
    ]


def test_findings_say_how_many_days_there_are_and_are_asked_for(found: pl.DataFrame) -> None:
    words = dict(found.select("check", "words").rows())
    assert words["R30"] == (
        "closing of 234805 (Nigeria Mobile - Glo) at 0.1210 begins 20 Sep, 4 days after receipt;"
        " the contract asks for 7: earliest 23 Sep"
    )
    assert words["R34"].startswith("unchanged price of 49 (Germany Fixed)")
    assert "begins 10 Sep, 6 days before now" in words["R34"]


def test_nothing_of_an_empty_plan_can_be_closed_too_soon() -> None:
    issued_ms = ms(2026, 9, 16, 10)
    found = findings(contract(received_ms=issued_ms, now_ms=issued_ms), plan().clear())
    assert found.select("check", "code").rows() == [("R34", "49")]
