"""Rate types in headings that the plan has no time profile for: what is asked, and what answers do."""

import pytest

from domain.errors import InputError
from domain.sheets.header_rows import Preview
from domain.sheets.proposal import answered, propose
from domain.sheets.template import Use
from tests.domain.sheets.tabs import asked, meant, tab

NAMED = tab("Code|Name|Rate|Night rate|Weekend rate", "44|UK|0.02|0.01|0.005", "49|DE|0.03|0.02|0.01")


def test_a_rate_type_that_the_plan_lacks_is_asked_about() -> None:
    proposal = propose([NAMED], rate_types=("peak", "offpeak"))
    assert asked(proposal) == ["rate type weekend"], "night is the only other name for offpeak"
    (question,) = proposal.questions
    assert question.choices == (
        "they are the plan's rate type peak",
        "leave them out",
    ), "any time and offpeak have their column"
    assert "it has offpeak, peak" in question.words
    assert "switchboard plans set PLAN" in question.words


def test_the_answer_is_kept_in_the_template() -> None:
    proposal = propose([tab("Code|Name|Peak rate|Night rate", "44|UK|0.02|0.01")], rate_types=("day", "solidarity"))
    (night,) = proposal.questions
    mapped = answered(proposal, {night.key: "they are the plan's rate type solidarity"})
    assert meant(mapped.template)["Night rate"] == "price solidarity"
    assert mapped.questions == ()
    assert meant(answered(proposal, {night.key: "they hold at any time"}).template)["Night rate"] == "price"
    assert "Night rate" not in meant(answered(proposal, {night.key: "leave them out"}).template)


def test_two_columns_cannot_be_the_price_of_one_rate_type() -> None:
    proposal = propose([tab("Code|Name|Night rate|Weekend rate", "44|UK|0.02|0.01")], rate_types=())
    assert asked(proposal) == ["rate type night", "rate type weekend"]
    both = {question.key: "they hold at any time" for question in proposal.questions}
    with pytest.raises(InputError, match="'Night rate' and 'Weekend rate' would both be the price of any time"):
        answered(proposal, both)
    night, weekend = proposal.questions
    one = answered(proposal, {night.key: "they hold at any time", weekend.key: "leave them out"})
    assert (one.questions, meant(one.template)) == ((), {"Code": "code", "Name": "destination", "Night rate": "price"})


def test_tabs_that_are_rate_types_are_asked_about_too() -> None:
    def tabs(*names: str) -> list[Preview]:
        return [tab("Code|Name|Rate", "44|UK|0.01", name=name) for name in names]

    proposal = propose(tabs("Peak", "Weekend"), rate_types=("peak",))
    assert asked(proposal) == ["rate type weekend"]
    assert proposal.questions[0].layout == 1
    assert proposal.template.tabs[1].use is Use.RATES
    assert propose(tabs("Peak", "Weekend"), rate_types=("peak", "weekend")).questions == ()


def test_of_unknown_profiles_nothing_is_asked() -> None:
    assert propose([NAMED]).questions == ()
