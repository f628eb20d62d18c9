"""Mapped files answer as their twins in memory do, and a damaged one is refused."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.codes import CodeEntry, Destination, ReferenceBook
from domain.errors import BrokenWorldError
from domain.ids import DestinationId, PlanId
from domain.intervals import ColumnPlan, flatten
from domain.money import Currency
from domain.origins import OriginCode
from domain.rates import PlanRules, RateRow, Terms, Window
from store.column_file import open_columns
from store.snapshots import MappedCodes, MappedPlan, write_codes, write_plan

RULES = PlanRules(
    PlanId("a"), Currency("USD"), zone="Europe/Paris", windows=(Window("peak", frozenset({0, 4}), 480, 1080),)
)

codes = st.text("012", min_size=1, max_size=5)
rows = st.builds(
    lambda code, price, since, length, kind, blocked, origin: RateRow(
        code, Terms(price, price, 30, 6), since, since + length if length else None, kind, blocked, origin=origin
    ),
    codes,
    st.integers(0, 3),
    st.integers(0, 9),
    st.integers(0, 5),
    st.sampled_from(["any", "peak"]),
    st.booleans(),
    st.sampled_from(["", "", "", "eea", "rest"]),
)
origin_codes = st.lists(
    st.builds(OriginCode, st.just("eea"), codes, st.integers(0, 9), st.one_of(st.none(), st.integers(9, 15)))
)
callers = st.one_of(st.text("012", min_size=5, max_size=6), st.just("nobody"))
numbers = st.one_of(st.text("0123", min_size=1, max_size=16), st.sampled_from(["", "+1", "a", "١"]))


@given(st.lists(rows, max_size=12), origin_codes, callers, st.lists(numbers, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mapped_plan_answers_as_the_one_in_memory(
    tmp_path: Path, given_rows: list[RateRow], groups: list[OriginCode], caller: str, asked: list[str]
) -> None:
    columns = flatten(given_rows)
    write_plan(tmp_path / "a.plan", columns, RULES, 7, 0, groups)
    mapped, memory = MappedPlan.open(tmp_path / "a.plan"), ColumnPlan(columns, RULES, 7, 0, groups)
    assert (mapped.version, mapped.rules) == (7, RULES)
    for at_ms in range(0, 15, 3):
        of = ["" if plan.callers is None else plan.callers.group_of(caller, at_ms) for plan in (mapped, memory)]
        assert of[0] == of[1]
        for number in asked:
            assert mapped.rates_at(number, at_ms, None, of[0]) == memory.rates_at(number, at_ms, None, of[0])


def test_the_file_of_a_plan_for_any_caller_is_as_it_was_before_there_were_groups(tmp_path: Path) -> None:
    groups = [OriginCode("eea", "33")]
    write_plan(tmp_path / "a.plan", flatten([RateRow("44", Terms(5, 5), 0)]), RULES, 1, 0, groups)
    file = open_columns(tmp_path / "a.plan", "plan")
    assert set(file.about) == {"rules", "version", "rate_types", "terms_fields", "whole_from_ms"}
    assert "origin" not in file.columns
    assert MappedPlan.open(tmp_path / "a.plan").callers is None


@given(st.dictionaries(codes, st.integers(1, 4), max_size=12), st.lists(numbers, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_mapped_codes_answer_as_the_book_does(tmp_path: Path, owners: dict[str, int], asked: list[str]) -> None:
    destinations = [Destination(DestinationId(each), f"D{each}", "KE") for each in range(1, 5)]
    entries = [CodeEntry(code, DestinationId(owner)) for code, owner in owners.items()]
    book = ReferenceBook(3, destinations, entries, at_ms=0)
    write_codes(tmp_path / "a.codes", book)
    mapped = MappedCodes.open(tmp_path / "a.codes")
    assert (mapped.version, mapped.destinations) == (3, book.destinations)
    for number in asked:
        assert mapped.destination_of(number) == book.destination_of(number)


def test_the_name_of_what_is_not_known_is_empty(tmp_path: Path) -> None:
    write_codes(tmp_path / "a.codes", ReferenceBook(1, [Destination(DestinationId(5), "Kenya", "KE")], [], at_ms=0))
    mapped = MappedCodes.open(tmp_path / "a.codes")
    assert (mapped.name_of(DestinationId(5)), mapped.name_of(DestinationId(0))) == ("Kenya", "")


def test_a_file_in_use_answers_on_when_its_name_is_gone(tmp_path: Path) -> None:
    write_plan(tmp_path / "a.plan", flatten([RateRow("44", Terms(5, 5), 0)]), RULES, 1)
    mapped = MappedPlan.open(tmp_path / "a.plan")
    (tmp_path / "a.plan").unlink()
    found = mapped.rates_at("447", 1)
    assert found is not None
    assert found.rows[0].terms == Terms(5, 5)


@pytest.mark.parametrize("damage", ["missing", "empty", "text", "cut", "kind"])
def test_a_file_that_is_not_whole_is_refused_by_name(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.plan"
    write_plan(path, flatten([RateRow("44", Terms(5, 5), 0)]), RULES, 1)
    whole = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "kind":
        write_codes(path, ReferenceBook(1, [], [], at_ms=0))
    else:
        path.write_bytes({"empty": b"", "text": b"no snapshot at all", "cut": whole[:-8]}[damage])
    with pytest.raises(BrokenWorldError, match=r"a\.plan"):
        MappedPlan.open(path)
