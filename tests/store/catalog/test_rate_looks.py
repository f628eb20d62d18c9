"""Rates with where they come from."""

from domain.code_ranges import ranges_of
from store.catalog import Catalog
from tests.store.catalog.builders import AT, BY, rate, with_plan
from tests.store.catalog.comparing import put_in, says


def test_a_rate_names_the_sheet_that_brought_it_and_the_one_taken_back(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    catalog.plans.add_rates(plan, [rate("44", 9)], **BY)
    first = put_in(catalog, plan, says("44", 7, 3))
    by_hand, brought = catalog.rate_looks.page(plan).rates
    assert (by_hand.sheet, by_hand.file, by_hand.before) == (None, "", None)
    assert (brought.sheet, brought.file) == (first, catalog.sheets.get(first).name)
    assert brought.before == by_hand.row and brought.row.terms.next_price == 7
    catalog.plan_changes.undo(first, who="bob", at_ms=AT + 20)
    (again,) = catalog.rate_looks.page(plan).rates
    assert (again.sheet, again.undoes, again.row.terms.next_price) == (None, None, 9)
    story = catalog.rate_looks.history(plan, "44")
    assert {(one.sheet, one.undoes) for one in story.rates} == {(None, None), (first, None), (None, first)}


def test_pages_are_of_codes_in_ranges_and_valid_within(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    put_in(catalog, plan, says("4", 1), says("44", 2, 0, 5), says("447", 3), says("49", 4, 8))

    def codes(**asked: object) -> list[str]:
        return [one.row.code for one in catalog.rate_looks.page(plan, **asked).rates]  # type: ignore[arg-type]

    assert codes(ranges=ranges_of([("4", True), ("44", False), ("447", True)])) == ["4", "447", "49"]
    assert (codes(valid_ms=(5, 6)), codes(valid_ms=(5, None))) == (["4", "447"], ["4", "447", "49"])
    assert (codes(ranges=[]), codes(known_at_ms=0)) == ([], [])
    assert [one.row.code for one in catalog.rate_looks.beginning(plan, "4471")] == ["447", "44", "4"]
    assert set(catalog.rate_looks.columns(plan, "44").columns["code"]) == {"4", "44", "447"}
