"""Amounts in cents and prices by the hour: what the sheet says, and what is asked."""

import pytest

from domain.sheets.headings import Meaning
from domain.sheets.proposal import Proposal, answered, propose
from domain.sheets.template import Per
from tests.domain.sheets.tabs import asked, tab


def cents(proposal: Proposal) -> list[str]:
    return [one.heading for layout in proposal.template.tabs for one in layout.columns if one.cents]


@pytest.mark.parametrize(
    ("lines", "per"),
    [
        (("Code|Rate (cents)", "44|1.25"), Per.MINUTE),
        (("Code|US cents/min", "44|1.25"), Per.MINUTE),
        (("Code|Rate ¢", "44|1.25"), Per.MINUTE),
        (("Code|Rate pence per hour", "44|75"), Per.HOUR),
        (("Code|Ct/Min", "44|1.25"), Per.MINUTE),
        (("Code|Price", "44|1.25¢", "45|0.9 ¢", "46|12 cents"), Per.MINUTE),
        (("All prices are in US cents per minute", "Code|Rate", "44|1.25"), Per.MINUTE),
        (("Unit: cents/hour", "Code|Rate", "44|75"), Per.HOUR),
    ],
)
def test_prices_in_cents_are_read_where_the_sheet_says_so(lines: tuple[str, ...], per: Per) -> None:
    proposal = propose([tab(*lines)], currency="USD")
    assert asked(proposal) == []
    assert len(cents(proposal)) == 1
    assert proposal.template.per is per


def test_prices_by_the_hour_are_read() -> None:
    proposal = propose([tab("Code|Rate/h", "44|0.60")])
    assert (proposal.template.per, asked(proposal), cents(proposal)) == (Per.HOUR, [], [])


def test_a_column_that_is_silent_beside_cents_is_asked_about() -> None:
    proposal = propose([tab("Code|Rate (cents)|Connect fee|Minimum charge (USD)", "44|1.25|2|0.01")], currency="USD")
    assert asked(proposal) == ["cents"]
    assert "column C" in proposal.questions[0].words and "column D" not in proposal.questions[0].words
    assert cents(proposal) == ["Rate (cents)"]
    assert cents(answered(proposal, {proposal.questions[0].key: "1"})) == ["Rate (cents)", "Connect fee"]
    assert cents(answered(proposal, {proposal.questions[0].key: "in units of USD"})) == ["Rate (cents)"]


def test_cells_of_which_some_are_in_cents_are_asked_about() -> None:
    proposal = propose([tab("Code|Rate", "44|1.25¢", "45|0.9")])
    assert asked(proposal) == ["cents"]
    assert cents(answered(proposal, {proposal.questions[0].key: "in cents"})) == ["Rate"]


def test_cents_of_a_currency_without_hundredths_are_asked_about() -> None:
    proposal = propose([tab("Code|Rate (cents)", "44|125")], currency="JPY")
    assert (asked(proposal), cents(proposal)) == (["cents"], [])
    assert cents(answered(proposal, {proposal.questions[0].key: "1"})) == ["Rate (cents)"]


def test_what_is_in_cents_stays_so_whichever_question_is_answered_first() -> None:
    proposal = propose([tab("Code|0-100k (cents)|100k+", "44|2|1")])
    price, unit = (one.key for one in proposal.questions)
    for first, second in (({price: "2"}, {unit: "1"}), ({unit: "1"}, {price: "2"})):
        after = answered(answered(proposal, first), second)
        read = [one for one in after.template.tabs[0].columns if one.meaning is Meaning.PRICE]
        assert [(one.heading, one.cents) for one in read] == [("100k+", True)]
