"""Which template a sheet is read by, and what is told of the differences."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.sheets.fit import Fit, fingerprint, fit
from domain.sheets.proposal import Preview, propose
from domain.sheets.template import Per, Template, Use
from tests.domain.sheets.tabs import meant, tab

HEADER = "Destination|Code|Rate|Effective Date|Comment"
ROW = "UK|44|0.01|2026-10-01|x"


def made(*previews: Preview, name: str = "acme") -> Template:
    """Return the template proposed for these tabs, saved under a name."""
    proposal = propose(previews)
    assert not proposal.questions
    return Template(
        name, 3, proposal.template.tabs, per=proposal.template.per, fingerprint=proposal.template.fingerprint,
        country_code=proposal.template.country_code,
    )  # fmt: skip


def fitted(header: str, row: str = ROW, *, template: Template | None = None) -> Fit:
    return fit([tab(header, row)], [template or made(tab(HEADER, ROW))])


def test_the_next_sheet_of_a_partner_is_known_whatever_it_says() -> None:
    template = made(tab("Acme", "", HEADER, ROW))
    found = fit(
        [tab("Acme Ltd", "Rates of October", "", "Dear all", HEADER, *["DE|49|0.02|2026-11-01|"] * 9)], [template]
    )
    assert (found.known, found.drift) == (True, ())
    assert found.template is not None
    assert (found.template.name, found.template.version, found.template.tabs[0].header) == ("acme", 3, 4)


def test_dates_and_numbers_in_headings_and_tab_names_do_not_count() -> None:
    template = made(tab("Code|Rate 01.09.2026", "44|0.01", name="Rates Sep 2026"), tab("x", name="Cover 9"))
    found = fit(
        [tab("x", name="Cover 10"), tab("Code|Rate 01.10.2026", "44|0.01", name="Rates October 2026")], [template]
    )
    assert (found.known, found.drift) == (True, ())
    assert found.template is not None
    assert [(one.name, one.use) for one in found.template.tabs] == [
        ("Cover 10", Use.SKIP), ("Rates October 2026", Use.RATES),
    ]  # fmt: skip
    assert meant(found.template, 1) == {"Code": "code", "Rate 01.10.2026": "price"}


def test_of_several_templates_the_known_one_is_taken_else_the_nearest() -> None:
    other = made(tab("Prefix|Name|Price", "44|UK|0.01"), name="other")
    mine = made(tab(HEADER, ROW), name="mine")
    near = made(tab(HEADER.replace("Rate", "Price"), ROW), name="near")
    for order in ([other, near, mine], [mine, near, other]):
        found = fit([tab(HEADER, ROW)], order)
        assert found.template is not None
        assert (found.template.name, found.known) == ("mine", True)
    found = fit([tab(HEADER, ROW)], [other, near])
    assert found.template is not None
    assert (found.template.name, found.known) == ("near", False)


@pytest.mark.parametrize(
    ("header", "row", "drift"),
    [
        ("Destination|Code|Price|Effective Date|Comment", ROW, "The heading 'Rate' is now 'Price'."),
        (
            "Code|Destination|Rate|Effective Date|Comment", "44|UK|0.01|2026-10-01|",
            "The columns stand in another order: Code, Destination, Rate, Effective Date.",
        ),
        (
            "Destination|Code|Quality|Rate|Effective Date|Comment", "UK|44|CLI|0.01|2026-10-01|",
            "The column C 'Quality' is new and not read.",
        ),
        ("Destination|Code|Rate|Comment", "UK|44|0.01|x", "The column 'Effective Date' (effective date) is missing."),
        (
            "Destination|Code|Rate|Effective Date", "UK|44|0.01|2026-10-01",
            "The column 'Comment', which is not read, is gone.",
        ),
    ],
)  # fmt: skip
def test_what_differs_is_told_and_columns_are_found_again(header: str, row: str, drift: str) -> None:
    found = fitted(header, row)
    assert (found.known, found.drift) == (False, (drift,))
    assert found.template is not None
    kept = {said: heading for heading, said in meant(found.template).items()}
    assert {"code", "price", "destination"} <= kept.keys()
    for column in found.template.tabs[0].columns:
        assert header.split("|")[column.place] == column.heading


def test_a_blank_column_in_between_is_no_difference() -> None:
    found = fitted("|Destination|Code||Rate|Effective Date|Comment", "|UK|44||0.01|2026-10-01|")
    assert (found.known, found.drift) == (True, ())
    assert found.template is not None
    assert [column.place for column in found.template.tabs[0].columns] == [1, 2, 4, 5, 6]


@pytest.mark.parametrize(
    "header",
    [
        "Destination|Code|Old rate|Effective Date|Comment",  # the price is not there
        "Destination|Area|Rate|Effective Date|Comment",  # nor is the code
        "Destination|Code|Price|Tariff|Effective Date|Comment",  # two could be it
        "Kunde|Name|Ort|Strasse|Telefon",
    ],
)
def test_without_what_counts_no_template_fits(header: str) -> None:
    assert fitted(header) == Fit()


@pytest.mark.parametrize("heading", ["Connect Fee", "Increments", "Valid until", "Status", "Country Code"])
def test_a_new_column_that_changes_what_rates_say_is_not_passed_over(heading: str) -> None:
    assert fitted(f"{HEADER}|{heading}", f"{ROW}|1") == Fit()
    assert fitted(f"{HEADER}|{heading}", f"{ROW}|").template is not None, "an empty one says nothing"
    twice = fitted(f"{HEADER}|Start Date", f"{ROW}|2026-10-01")
    assert twice.drift == ("The column F 'Start Date' is new and not read.",), "another date is read"


def test_a_heading_that_begins_or_ceases_to_say_cents_is_read_so_and_told() -> None:
    found = fitted(HEADER.replace("Rate", "Rate in cents"))
    assert found.template is not None
    assert [one.heading for one in found.template.tabs[0].columns if one.cents] == ["Rate in cents"]
    assert "now said to be in cents" in " ".join(found.drift)
    back = fitted(HEADER, template=found.template)
    assert back.template is not None and not any(one.cents for one in back.template.tabs[0].columns)
    assert "no longer said to be in cents" in " ".join(back.drift)


def test_a_sheet_that_says_another_unit_is_read_so_and_told() -> None:
    found = fitted(HEADER.replace("Rate", "Rate per second"))
    assert found.template is not None
    assert found.template.per is Per.SECOND
    assert found.drift[-1] == "Prices are now said to be per second; before they were per minute."


@pytest.mark.parametrize(
    ("prices", "mark"),
    [
        (["0,019", "1", "1.200,5"], ","),
        (["0,019", "0.02"], "."),  # it contradicts itself
        (["0,019", "1.234"], "."),  # the second one can be a thousand and more
        (["1,234"], "."),
        (["5", "closed"], "."),
    ],
)
def test_prices_that_all_show_another_mark_than_the_template_are_read_by_it_and_told(
    prices: list[str], mark: str
) -> None:
    template = replace(made(tab(HEADER, ROW)), decimal=".")
    found = fit([tab(HEADER, *(f"UK|44|{price}|2026-10-01|x" for price in prices))], [template])
    assert found.template is not None
    assert found.template.decimal == mark
    told = ("Prices have ',' before their decimals; before they had '.'.",) if mark == "," else ()
    assert (found.drift, found.known) == (told, True)


def test_a_unit_that_was_answered_stays_where_the_sheet_is_silent() -> None:
    template = made(tab(HEADER, ROW))
    answered = Template(tabs=template.tabs, per=Per.INCREMENT, fingerprint=template.fingerprint)
    found = fit([tab(HEADER, ROW)], [answered])
    assert found.template is not None
    assert (found.template.per, found.drift) == (Per.INCREMENT, ())


def test_a_renamed_tab_is_told_and_a_new_one_that_looks_alike_too() -> None:
    rates, codes = tab("Destination|Rate", "UK|0.01", name="Rates"), tab("Destination|Code", "UK|44", name="Codes")
    template = made(rates, codes)
    renamed = Preview("Tariffs", rates.rows, rates.total)
    found = fit([renamed, codes, Preview("Premium", rates.rows, rates.total)], [template])
    assert found.known
    assert found.drift == (
        "The tab 'Rates' is now called 'Tariffs'.",
        "The tab 'Premium' is new and not read, though it looks like one that is.",
    )
    assert fit([rates], [template]) == Fit()  # where would the codes be


def test_a_workbook_with_a_tab_for_each_country_may_have_others_next_time() -> None:
    def country(name: str, *rows: str) -> Preview:
        return tab("Code|Rate", *rows, name=name)

    uk, de = country("UK 44", "7911|0.01", "20|0.02"), country("Germany 49", "15|0.01", "30|0.02")
    template = made(uk, de, tab("hello", name="Cover"))
    found = fit([de, country("France 33", "6|0.01", "1|0.02"), tab("hello", name="Cover")], [template])
    assert (found.known, found.drift) == (True, ())
    assert found.template is not None
    assert [(one.name, one.use) for one in found.template.tabs] == [
        ("Germany 49", Use.RATES), ("France 33", Use.RATES), ("Cover", Use.SKIP),
    ]  # fmt: skip


def test_headings_in_two_rows_are_found_again() -> None:
    lines = ("Destination|Code|Rate||", "||Peak|Off-Peak|Weekend", "UK|44|0.01|0.02|0.03")
    template = made(tab(*lines))
    found = fit([tab("Acme", "", *lines)], [template])
    assert found.template is not None
    assert (found.known, found.template.tabs[0].header) == (True, 3)


def test_a_sheet_without_headings_is_known_by_its_cells() -> None:
    rows = [f"{code}|Land {code}|0.0{at}5" for at, code in enumerate((93, 355, 213, 376, 244, 54, 374, 297, 61, 43))]
    template = made(tab(*rows))
    found = fit([tab("Acme", *rows[2:], "44|UK|0.02", "45|DK|0.03")], [template])
    assert found.template is not None
    assert (found.known, found.template.tabs[0].header) == (True, 0)
    assert fit([tab(HEADER, ROW)], [template]) == Fit()
    assert fit([tab(*rows)], [made(tab(HEADER, ROW))]) == Fit()


def test_the_fingerprint_of_a_workbook_is_that_of_its_proposal() -> None:
    sheet = tab(HEADER, ROW)
    template = propose([sheet]).template
    assert fingerprint([tab("x", HEADER, ROW, ROW)], template) == template.fingerprint
    assert fingerprint([tab("Kunde|Ort", "a|b")], template) == ""


@given(st.permutations(range(5)), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_columns_keep_their_meaning_wherever_they_are(order: list[int], above: int) -> None:
    mixed = ["|".join(line.split("|")[at] for at in order) for line in (HEADER, ROW)]
    template = made(tab(HEADER, ROW))
    found = fit([tab(*["x"] * above, *mixed)], [template])
    assert found.template is not None
    assert meant(found.template) == meant(template)
    assert found.known == (order == sorted(order))
    assert {c.heading: mixed[0].split("|")[c.place] for c in found.template.tabs[0].columns} == {
        heading: heading for heading in HEADER.split("|")
    }
