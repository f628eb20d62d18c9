"""What is proposed for a workbook that was never seen, and what is asked."""

import csv
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InputError
from domain.rates import Unit
from domain.sheets.headings import Meaning
from domain.sheets.proposal import Preview, Proposal, answered, propose
from domain.sheets.template import CountryCodeIn, Per, Use
from tests.domain.sheets.tabs import asked, meant, tab
from tests.shared_data import shared_file

CLEAN = (
    "Destination|Code|Rate|Effective Date|Billing Increment",
    "UK|44|0.01|2026-10-01|1/1",
    "UK Mobile|447|0.02|2026-10-01|60/1",
)


def test_the_usual_headings_are_mapped_without_a_question() -> None:
    proposal = propose([tab(*CLEAN)])
    assert meant(proposal.template) == {
        "Destination": "destination",
        "Code": "code",
        "Rate": "price",
        "Effective Date": "effective",
        "Billing Increment": "increments",
    }
    assert asked(proposal) == []
    assert (proposal.template.per, proposal.template.decimal, proposal.template.tabs[0].name) == (Per.MINUTE, ".", "")


def test_the_header_may_be_the_last_of_a_thousand_rows() -> None:
    above = ["Acme Ltd", "", "Rates valid for calls to the destinations below", "Destination: see below|Code: digits"]
    proposal = propose([tab(*above * 249, *CLEAN)])
    assert (proposal.template.tabs[0].header, asked(proposal)) == (996, [])


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Vorwahl|Ziel|Preis (EUR/Min)|Gültig ab|Taktung|Bemerkung", "44|UK|0,01|31.10.2026|60/1|x"),
        ("Indicatif|Destination|Prix|Date d'effet|Palier|Statut", "44|UK|0,01|31/10/2026|60/1|hausse"),
        ("Prefijo|Destino|Precio|Fecha de vigencia|Incremento|Estado", "44|UK|0,01|31/10/2026|60/1|nuevo"),
        ("Prefisso|Destinazione|Tariffa|Decorrenza|Scatti|Stato", "44|UK|0,01|31/10/2026|60/1|nuovo"),
        ("Prefixo|Destino|Preço|Início|Cadência|Situação", "44|UK|0,01|31/10/2026|60/1|novo"),
        ("Код|Направление|Тариф, USD/мин|Действует с|Шаг тарификации|Статус", "44|UK|0,01|31.10.2026|60/1|новый"),
    ],
)
def test_headings_may_be_in_other_languages(header: str, row: str) -> None:
    proposal = propose([tab(header, row)])
    found = [said for said in meant(proposal.template).values() if said != "status"]
    assert found == ["code", "destination", "price", "effective", "increments"]
    assert (asked(proposal), proposal.template.decimal, proposal.template.dates) == ([], ",", "dmy")


def test_rate_types_stand_in_the_headings_of_prices() -> None:
    proposal = propose([tab("Code|Name|Peak Rate|Off-Peak|Weekend rate", "44|UK|0.01|0.02|0.03")])
    assert list(meant(proposal.template).values()) == [
        "code", "destination", "price peak", "price off-peak", "price weekend",
    ]  # fmt: skip
    assert asked(proposal) == []


def test_a_header_may_stand_in_two_rows() -> None:
    lines = ("Destination|Code|Rate|||From", "||Peak|Off-Peak|Weekend|", "UK|44|0.01|0.02|0.03|2026-10-01")
    layout = propose([tab("Acme", *lines)]).template.tabs[0]
    assert (layout.header, layout.header_rows) == (2, 2)
    proposal = propose([tab(*lines)])
    assert meant(proposal.template)["Rate Off-Peak"] == "price off-peak"
    assert meant(proposal.template)["Code"] == "code"


def test_tabs_may_be_rate_types() -> None:
    rows = ("Code|Name|Rate", "44|UK|0.01")
    proposal = propose([tab(*rows, name="Peak"), tab(*rows, name="Off-Peak")])
    assert [meant(proposal.template, at)["Rate"] for at in (0, 1)] == ["price peak", "price off-peak"]
    assert asked(proposal) == []


def test_prices_by_origin_group_and_surcharges_are_told_apart() -> None:
    prices = propose([tab("Code|Rate|EEA|Non EEA|RoW", "44|0.01|0.02|0.03|0.04")])
    assert list(meant(prices.template).values()) == ["code", "price", "price eea", "price non-eea", "price rest"]
    added = propose([tab("Code|Rate|EEA surcharge|RoW surcharge", "44|0.01|0.02|0.03")])
    assert list(meant(added.template).values()) == ["code", "price", "surcharge eea", "surcharge rest"]
    assert (asked(prices), asked(added)) == ([], [])


def test_first_and_next_prices_and_intervals_are_pairs() -> None:
    proposal = propose([tab("Prefix|Rate1|RateN|Interval1|IntervalN", "44|0.01|0.008|60|1")])
    assert list(meant(proposal.template).values()) == ["code", "first_price", "next_price", "first_s", "next_s"]
    assert asked(proposal) == []


def test_a_new_price_wins_over_the_old_one() -> None:
    for old in ("Old rate", "Current rate", "Previous Price"):
        proposal = propose([tab(f"Code|{old}|New rate", "44|0.01|0.02")])
        assert meant(proposal.template) == {"Code": "code", "New rate": "price"}
        assert proposal.template.tabs[0].columns[1].meaning is Meaning.PREVIOUS
        assert asked(proposal) == []


def test_two_columns_that_could_be_the_price_are_asked_about() -> None:
    proposal = propose([tab("Code|Rate|New rate", "44|0.01|0.02")])
    assert asked(proposal) == ["price per minute"]
    question = proposal.questions[0]
    assert question.choices == (
        'column B "Rate" (0.01) is the price',
        'column C "New rate" (0.02) is the price',
    )
    after = answered(proposal, {question.key: question.choices[1]})
    assert (meant(after.template), after.questions) == ({"Code": "code", "New rate": "price"}, ())


def test_an_answer_may_be_the_number_of_the_choice_and_nothing_else() -> None:
    proposal = propose([tab("Code|Rate|Price", "44|0.01|0.02")])
    key = proposal.questions[0].key
    assert meant(answered(proposal, {key: "2"}).template)["Price"] == "price"
    assert answered(proposal, {"other": "1"}) == proposal
    with pytest.raises(InputError, match=r"is no answer to.*Choose one of: column B"):
        answered(proposal, {key: "the third"})


def test_the_same_price_twice_is_no_question() -> None:
    assert asked(propose([tab("Code|Net price|Final price", "44|0.01|0.01", "45|0.02|0.02")])) == []


def test_prices_in_two_currencies_are_asked_unless_the_contract_says() -> None:
    tabs = [tab("Code|Rate USD|Rate EUR", "44|0.01|0.02")]
    proposal = propose(tabs)
    assert asked(proposal) == ["currency"]
    assert meant(answered(proposal, {proposal.questions[0].key: "2"}).template)["Rate EUR"] == "price"
    assert meant(propose(tabs, currency="USD").template) == {"Code": "code", "Rate USD": "price"}
    assert asked(propose(tabs, currency="GBP")) == ["currency"]


def test_prices_by_jurisdiction_are_asked() -> None:
    proposal = propose([tab("NPANXX|Inter|Intra|Indeterminate", "1201200|0.01|0.02|0.03")])
    question = proposal.questions[0]
    groups = answered(proposal, {question.key: question.choices[0]})
    assert list(meant(groups.template).values()) == [
        "code", "price interstate", "price intrastate", "price indeterminate",
    ]  # fmt: skip
    assert all(column.origin or column.place == 0 for column in groups.template.tabs[0].columns)
    one = answered(proposal, {question.key: "3"})
    assert meant(one.template) == {"NPANXX": "code", "Inter": "price"}


def test_codes_of_north_america_that_lack_their_1_get_it() -> None:
    for lines in (
        ("NPANXX|Rate", "201200|0.01"),
        ("NPA|NXX|Rate", "201|200|0.01"),
        ("Prefix|Interstate", "201200|0.01"),
    ):
        assert propose([tab(*lines)]).template.lead == "1"
    assert propose([tab("NPANXX|Rate", "1201200|0.01")]).template.lead == ""
    assert asked(propose([tab("NPANXX|Rate", "1201200|0.01", "201201|0.01")])) == ["lead"]


@pytest.mark.parametrize(
    ("lines", "per"),
    [
        (("Code|Rate per second", "44|0.0001"), Per.SECOND),
        (("Code|Rate/increment", "44|0.0001"), Per.INCREMENT),
        (("Code|Rate", "|(USD/sec)", "44|0.0001"), Per.SECOND),
        (("All rates per second, in EUR", "Code|Rate", "44|0.0001"), Per.SECOND),
        (("Currency:|USD per minute", "Code|Rate", "44|0.01"), Per.MINUTE),
        (("Alle Preise pro Sekunde", "Vorwahl|Preis", "44|0,0001"), Per.SECOND),
    ],
)
def test_what_prices_are_for_is_said_by_headings_or_above_them(lines: tuple[str, ...], per: Per) -> None:
    proposal = propose([tab(*lines)])
    assert (proposal.template.per, asked(proposal)) == (per, [])


def test_a_contradiction_about_what_prices_are_for_is_asked() -> None:
    proposal = propose([tab("All rates per second", "Code|Rate/min", "44|0.01")])
    assert asked(proposal) == ["per"]
    assert answered(proposal, {"per": "they are for a second"}).template.per is Per.SECOND


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("Price per MB", Unit.SECOND),
        ("Rate/min", Unit.MEGABYTE),
        ("Rate/h", Unit.MEGABYTE),
        ("Price per 10 seconds", Unit.SECOND),
    ],
)
def test_prices_for_something_else_than_the_plans_unit_are_asked_about(heading: str, unit: Unit) -> None:
    assert asked(propose([tab(f"Code|{heading}", "44|0.01")], unit)) == ["per"]


def test_a_unit_that_is_the_plans_is_no_question() -> None:
    assert asked(propose([tab("Code|Price per MB", "44|0.01")], Unit.MEGABYTE)) == []
    assert asked(propose([tab("Code|Rate per SMS", "44|0.01")], Unit.EVENT)) == []


def test_decimal_mark_and_order_of_days_are_asked_where_the_file_leaves_both_open() -> None:
    proposal = propose([tab("Code|Rate|From date", "44|1,234|01/02/2026", "45|2,345|03/04/2026")])
    assert asked(proposal) == ["decimal", "dates"]
    after = answered(proposal, {"decimal": "2", "dates": "1"})
    assert (after.template.decimal, after.template.dates, after.questions) == (",", "dmy", ())


def test_a_day_that_cannot_be_is_no_question_of_order() -> None:
    assert not propose([tab("Code|Rate|Date", "44|0.01|31/31/2026", "45|0.02|")]).questions


def test_a_date_above_the_header_may_show_the_order_of_days() -> None:
    proposal = propose([tab("Issued:|16/09/2026", "Code|Rate|Effective", "44|0.01|01/10/2026")])
    assert (proposal.template.dates, asked(proposal)) == ("dmy", [])


def test_country_codes_may_stand_in_a_column_of_their_own() -> None:
    proposal = propose([tab("Country|Country Code|Area Code|Rate", "UK|44|7911, 7912|0.01", "DE|49|15|0.02")])
    assert list(meant(proposal.template).values()) == ["country", "country_code", "code", "price"]
    assert (proposal.template.country_code, asked(proposal)) == (CountryCodeIn.COLUMN, [])
    whole = propose([tab("CC|Code|Rate", "44|447|0.01", "49|4915|0.02")])
    assert whole.template.country_code is CountryCodeIn.CODE
    assert asked(propose([tab("CC|Code|Rate", "7|701|0.01", "7|702|0.02")])) == ["country code in"]


def test_country_codes_may_stand_in_the_names_of_tabs() -> None:
    uk = tab("Code|Rate", "7911|0.01", "20|0.02", name="UK 44")
    de = tab("Code|Rate", "15|0.01", "30|0.02", name="Germany (+49)")
    proposal = propose([uk, de, tab("Dear partner", name="Cover")])
    assert proposal.template.country_code is CountryCodeIn.TAB_NAME
    assert [layout.use for layout in proposal.template.tabs] == [Use.RATES, Use.RATES, Use.SKIP]
    assert asked(proposal) == []


def test_a_range_may_stand_in_two_columns() -> None:
    assert list(meant(propose([tab("Code from|Code to|Rate", "4470|4479|0.01")]).template).values()) == [
        "code_from", "code_to", "price",
    ]  # fmt: skip
    assert list(meant(propose([tab("From|To|Rate", "4470|4479|0.01")]).template).values())[:2] == [
        "code_from", "code_to",
    ]  # fmt: skip


def test_a_workbook_is_read_tab_by_tab() -> None:
    tabs = [
        tab("Dear partner,", "please find our rates", name="Cover letter"),
        tab("Destination|Rate", "UK|0.01", "UK Mobile|0.02", name="Rates"),
        tab("Destination|Dial codes", "UK|44", "UK Mobile|447, 4479", name="Codes"),
        tab("Origin|Surcharge", "EEA|0.01", "RoW|0.20", name="Origin rates"),
        tab("Origin|Code", "EEA|49", "EEA|33", name="Origin dialcodes"),
        tab("Date|Change|Author", "2026-01-01|typo|me", name="Change log"),
        tab("Code|Rate", "44|1", name="secret", hidden=True),
        tab(name="empty"),
    ]
    proposal = propose(tabs)
    assert [layout.use for layout in proposal.template.tabs] == [
        Use.SKIP, Use.RATES, Use.CODES, Use.ORIGINS, Use.ORIGIN_CODES, Use.SKIP, Use.SKIP, Use.SKIP,
    ]  # fmt: skip
    assert meant(proposal.template, 4) == {"Origin": "origin", "Code": "origin_code"}
    assert meant(proposal.template, 3) == {"Origin": "origin", "Surcharge": "surcharge"}
    assert asked(proposal) == []
    assert proposal.notes == ("The tab 'secret' is hidden and not read.",)


def test_whether_prices_of_origins_are_added_is_asked_where_nothing_says_it() -> None:
    origins = tab("Origin|Rate", "EEA|0.01", name="Origin rates")
    proposal = propose([tab("Code|Rate", "44|0.01", name="Rates"), origins])
    assert asked(proposal) == ["surcharge"]
    key = proposal.questions[0].key
    assert meant(answered(proposal, {key: "1"}).template, 1)["Rate"] == "surcharge"
    assert meant(answered(proposal, {key: "2"}).template, 1)["Rate"] == "price"
    said = propose(
        [tab("Code|Rate", "44|0.01", name="Rates"), tab("Surcharges", "Origin|Rate", "EEA|0.01", name="Origins")]
    )
    assert (meant(said.template, 1)["Rate"], asked(said)) == ("surcharge", [])


def test_tabs_with_rates_of_the_same_codes_are_asked_about() -> None:
    full = tab("Code|Rate|Peak rate|Price", "44|0.01|1|2", "45|0.01|1|2", name="A-Z")
    changes = tab("Code|Rate", "44|0.02", name="Changes")
    proposal = propose([full, changes])
    assert asked(proposal) == ["tabs", "price per minute"]
    after = answered(proposal, {"tabs": "only 'Changes'"})
    assert [layout.use for layout in after.template.tabs] == [Use.SKIP, Use.RATES]
    assert after.questions == ()
    assert after.template.fingerprint != proposal.template.fingerprint


@pytest.mark.parametrize(
    ("lines", "about"),
    [
        (("Code|Destination", "44|UK"), ["price per minute"]),
        (("Destination|Rate", "UK|0.01"), ["code"]),
        (("Dear partner", "see you"), ["tabs"]),
        ((), ["tabs"]),
    ],
)
def test_what_a_sheet_must_have_and_lacks_is_said(lines: tuple[str, ...], about: list[str]) -> None:
    proposal = propose([tab(*lines)])
    assert asked(proposal) == about
    assert not proposal.questions[0].choices


def test_a_lacking_column_may_be_pointed_at() -> None:
    proposal = propose([tab("Kz|Destination|Rate", "44|UK|0.01", "x1|DK|0.02", "46|SE|0.03")])
    assert proposal.questions[0].choices == ('column A "Kz" (44, x1, 46)',)
    assert meant(answered(proposal, {proposal.questions[0].key: "1"}).template)["Kz"] == "code"


def test_code_and_prefix_are_asked_about_unless_they_are_the_same() -> None:
    assert asked(propose([tab("Code|Prefix|Rate", "44|441|0.01")])) == ["code"]
    assert asked(propose([tab("Code|Full prefix|Rate", "44|0044|0.01")])) == []
    internal = propose([tab("Code|Dial code|Rate", "AFG-M|937|0.01")])
    assert meant(internal.template)["Dial code"] == "code"


def test_columns_without_telling_headings_are_known_by_their_cells() -> None:
    rows = [f"{code}|Land {code}|0,0{at}5|2026-10-01|60/1" for at, code in enumerate((93, 355, 213, 376, 244, 54, 374))]
    proposal = propose([tab("Kz|Wo|Betrag|Wann|Wie", *rows)])
    assert list(meant(proposal.template).values()) == ["code", "destination", "price", "effective", "increments"]
    assert len(proposal.notes) == 4
    bare = propose([tab(*rows)])
    assert [layout.header for layout in bare.template.tabs] == [-1]
    assert [column.meaning for column in bare.template.tabs[0].columns] == [
        Meaning.CODE, Meaning.DESTINATION, Meaning.PRICE, Meaning.EFFECTIVE, Meaning.INCREMENTS,
    ]  # fmt: skip


@given(st.sampled_from(list(permutations(range(5)))), st.integers(0, 30))
@settings(max_examples=40, deadline=None)
def test_neither_the_order_of_columns_nor_more_rows_change_what_they_mean(order: tuple[int, ...], more: int) -> None:
    lines = [*CLEAN, *(f"Land {n}|{4400 + n}|0.0{n}|2026-1{n % 3}-01|60/60" for n in range(more))]
    mixed = ["|".join(line.split("|")[at] for at in order) for line in lines]
    plain = propose([tab(*CLEAN)])
    proposal = propose([tab(*mixed)])
    assert meant(proposal.template) == meant(plain.template)
    assert propose([tab(*mixed[:3])]) == proposal


PROPOSED = {
    "tcxc/acme_rate_notice.csv": ["country", "network", "code", "price", "effective", "increments", "status"],
    "asterisell/international_call_rates_example.csv": ["destination", "code", "price"],
    "astpp/terminationrates_sample.csv": [
        "code", "destination", "connect_fee", "grace_s", "price", "first_s", "next_s",
    ],
    "gnugk/merged.csv": ["destination", "code", "price", "currency", "first_s", "next_s", "grace_s"],
}  # fmt: skip
ASKED = {
    "rate-o-mat/etel-rates.csv": ["price per minute", "increments"],
    "asterisell/world_prefix_table.csv": ["price per minute"],
    "astpp/ratedeck_sample.csv": ["price per minute"],
    "cdrtool/rates.csv": ["price per minute"],
    "cdrtool/customers.csv": ["tabs"],
    "cgrates/hundredrates/Rates.csv": ["code"],
    "cgrates/hundredrates/Destinations.csv": ["price per minute"],
    "gnugk/pricing.csv": ["code"],
    "gnugk/voiptariff.asc": ["code"],
}


def real(name: str) -> Proposal:
    text = shared_file(f"rates/{name}").read_text("utf-8-sig", "replace")
    delimiter = max("\t;,", key=lambda mark: text[:2000].count(mark))
    quote = "'" if text[:200].count("'") > text[:200].count('"') else '"'
    rows = list(csv.reader(text.splitlines(), delimiter=delimiter, quotechar=quote, skipinitialspace=True))
    return propose([Preview(name, rows[:1000], len(rows))])


@pytest.mark.parametrize("name", PROPOSED)
def test_real_sheets_are_mapped_without_a_question(name: str) -> None:
    proposal = real(name)
    assert (list(meant(proposal.template).values()), asked(proposal)) == (PROPOSED[name], [])


@pytest.mark.parametrize("name", ASKED)
def test_real_sheets_that_leave_something_open_are_asked_about(name: str) -> None:
    assert asked(real(name)) == ASKED[name]


def test_a_row_of_increments_is_no_example_of_a_price() -> None:
    proposal = propose([tab("|60|30", *(f"{code}|0.0{code % 9 + 1}|0.02" for code in range(33, 49)))])
    prices = next(one for one in proposal.questions if one.about == "price per minute")
    assert "column B (0.07, 0.08, 0.09), column C (0.02)" in prices.words


def test_a_row_of_increments_above_a_sheet_without_headings_is_no_rate() -> None:
    proposal = real("rate-o-mat/etel-rates.csv")
    assert proposal.template.tabs[0].header == 0
    after = answered(proposal, {one.key: "3" if one.choices[2:] else "1" for one in proposal.questions})
    assert after.template.increments == (60, 30)
    assert [column.meaning for column in after.template.tabs[0].columns] == [
        Meaning.CODE, Meaning.FIRST_PRICE, Meaning.NEXT_PRICE,
    ]  # fmt: skip
