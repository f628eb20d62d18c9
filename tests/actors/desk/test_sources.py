"""Imported files are counted by what their names begin with, and never as endlessly many kinds."""

import pytest

from actors.desk.sources import MOST, OTHERS, Sources
from protos import operators_pb2 as pb


def letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:04d}")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("orbita-2026-10-01.csv", "files orbita"),
        ("cdr20261001.csv", "files cdr"),
        ("Cdr_7.csv", "files Cdr"),
        ("20261001.csv", f"files {OTHERS}"),
        ("", f"files {OTHERS}"),
        ("x" * 5_000, f"files {'x' * 40}"),
    ],
)
def test_a_file_counts_under_the_letters_it_begins_with(name: str, source: str) -> None:
    sources = Sources()
    sources.count(pb.CdrImportReport(file_name=name, accepted=3), 7)
    assert [(one.source, one.files, one.accepted, one.last_ms) for one in sources.states([])] == [(source, 1, 3, 7)]


def test_a_source_of_an_exchange_says_so_and_what_its_last_file_said() -> None:
    sources = Sources()
    for note in ("first", "second"):
        sources.count(pb.CdrImportReport(file_name="DDB-1.CDR", equipment="tdm", notes=[note]), 7)
    [one] = sources.states([])
    assert (one.source, one.equipment, list(one.notes)) == ("files DDB", "tdm", ["second"])


def test_kinds_beyond_the_bound_are_counted_together() -> None:
    sources = Sources()
    for number in range(MOST + 5):
        sources.count(pb.CdrImportReport(file_name=f"{letters(number)}.csv"), number)
    found = {one.source: one.files for one in sources.states([])}
    assert len(found) == MOST + 1
    assert found[f"files {OTHERS}"] == 5
