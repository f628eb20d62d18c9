"""Formulas written as text again."""

import pytest

from domain.formulas.reading import read_condition
from domain.formulas.writing import written

TEXTS = (
    "asr(24h) >= 40 and pdd_p95 < 8",
    "not (asr > 3 or ner < 2) and vendor_class in ('a', \"b\")",
    "not asr > 3 or not (ner > 2 and acd > 4)",
    "if hour >= 18 then asr > 30 else asr > 40",
    "(if hour >= 18 then asr else ner) > 40 and acd(100 calls) > 5",
    "(1 - (2 - asr)) * 3 > -client_acd / (2*3)",
    "(asr > 3) = (ner > 4)",
    "min(asr, 60, max(ner, 1)) >= 0.00000051 or weekday in (6, 7)",
    "vendor = 'o\"neill' and asr - ner - acd < 1000000000000",
)


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_written_reads_as_the_same(text: str) -> None:
    once = written(read_condition(text, ""))
    assert written(read_condition(once, "")) == once
    assert str(_shape(read_condition(once, ""))) == str(_shape(read_condition(text, "")))


def _shape(node: object) -> object:
    """A part without its columns."""
    if isinstance(node, tuple):
        return tuple(_shape(one) for one in node)
    slots = getattr(node, "__slots__", None)
    if slots is None:
        return node
    return type(node).__name__, *(_shape(getattr(node, name)) for name in slots if name != "column")


def test_needless_brackets_go_and_needed_ones_stay() -> None:
    assert written(read_condition("((asr)) >= ((40))", "")) == "asr >= 40"
    assert written(read_condition("asr - (ner - acd) > 0", "")) == "asr - (ner - acd) > 0"
