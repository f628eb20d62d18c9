"""Prices by volume: which tier is read, and another one instead."""

import pytest

from domain.errors import InputError
from domain.sheets.proposal import answered, propose
from domain.sheets.template import Template
from domain.sheets.tiers import retiered, tiers_of
from tests.domain.sheets.tabs import asked, meant, tab


def made() -> Template:
    proposal = propose([tab("Code|Rate 0-100k|Rate 100k-1m|Rate > 1m", "44|0.03|0.02|0.01")])
    return answered(proposal, {proposal.questions[0].key: "1"}).template


def test_the_price_among_volume_tiers_is_asked() -> None:
    proposal = propose([tab("Code|Rate 0-100k|Rate 100k+", "44|0.02|0.01")])
    assert asked(proposal) == ["price per minute"]
    assert "depend on the volume" in proposal.questions[0].words


def test_the_tier_that_is_read_is_told_from_the_others() -> None:
    read, others = tiers_of(made().tabs[0].columns)
    assert [one.heading for one in read] == ["Rate 0-100k"]
    assert [one.heading for one in others] == ["Rate 100k-1m", "Rate > 1m"]


@pytest.mark.parametrize("tier", ["Rate > 1m", "> 1m", "rate >1M"])
def test_another_tier_is_read_instead(tier: str) -> None:
    after = retiered(made(), tier)
    assert meant(after) == {"Code": "code", "Rate > 1m": "price"}
    assert meant(retiered(after, "0-100k")) == {"Code": "code", "Rate 0-100k": "price"}


@pytest.mark.parametrize(("tier", "words"), [("2m", "no volume tier"), ("", "no volume tier")])
def test_a_tier_that_is_not_there_is_told_with_those_that_are(tier: str, words: str) -> None:
    with pytest.raises(InputError, match=f"{words}.*'Rate > 1m'"):
        retiered(made(), tier)


def test_a_part_that_several_tiers_have_is_asked_for_whole() -> None:
    with pytest.raises(InputError, match="Name the whole heading"):
        retiered(made(), "1m")


def test_a_sheet_without_tiers_says_so() -> None:
    with pytest.raises(InputError, match="has no other tiers"):
        retiered(propose([tab("Code|Rate", "44|0.01")]).template, "100k")
