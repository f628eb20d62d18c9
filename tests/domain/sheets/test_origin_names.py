"""However a group of callers is written, it is one group."""

import pytest

from domain.origins import INVALID, REST
from domain.sheets.origin_names import origin_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("EEA", "eea"),
        (" Non-EEA ", "non-eea"),
        ("Gulf States", "gulf-states"),
        ("ROW", REST),
        ("Rest of World", REST),
        ("Übrige Welt", REST),
        ("Остальной мир", REST),
        ("Invalid CLI", INVALID),
        ("anonymous", INVALID),
        ("Any", ""),
        ("", ""),
        (REST, REST),
        (INVALID, INVALID),
    ],
)
def test_a_group_has_one_name(text: str, name: str) -> None:
    assert origin_name(text) == name
    assert origin_name(name) == name
