"""What formulas are told of who calls."""

import pytest

from domain.call_figures import told_of
from domain.codes import CodeEntry, Destination, ReferenceBook
from domain.ids import DestinationId

UK, MOBILE, FREE = (
    Destination(DestinationId(1), "United Kingdom", "GB"),
    Destination(DestinationId(2), "United Kingdom Mobile", "GB", "Mobile"),
    Destination(DestinationId(3), "United Kingdom Freephone", "GB", "Toll Free"),
)
CODES = [CodeEntry("44", UK.id), CodeEntry("447", MOBILE.id), CodeEntry("44800", FREE.id)]
BOOK = ReferenceBook(1, [UK, MOBILE, FREE], CODES, 0)


@pytest.mark.parametrize(
    ("caller", "country", "kind"),
    [
        ("447911123456", "GB", "mobile"),
        ("448001111111", "GB", "toll-free"),
        ("442071838750", "GB", "other"),
        ("254711000001", "", ""),
    ],
)
def test_a_caller_is_of_the_country_and_type_of_his_number(caller: str, country: str, kind: str) -> None:
    assert told_of(caller, BOOK) == (country, kind)


@pytest.mark.parametrize("caller", ["", "anonymous", "4479", "4479111234567890", "+447911123456"])
def test_what_is_no_number_is_of_type_invalid(caller: str) -> None:
    assert told_of(caller, BOOK)[1] == "invalid"
