"""What changed first between two timelines, and what a proposal says."""

from random import Random
from typing import Any

from hypothesis import given

from domain.ids import PlanId
from domain.reratings import (
    MOST_GROUPS,
    OTHERS,
    Counted,
    GroupSum,
    Proposal,
    Span,
    first_difference,
    proposal_args,
    proposal_of,
    summed,
)
from tests.domain.builders import dice
from tests.domain.call_builders import USD


def timeline(dice: Random) -> list[Span]:
    """Spans over moments 0 to 11 that do not overlap, in any order."""
    edges = sorted(dice.sample(range(12), dice.choice([0, 2, 4, 6])))
    spans = [Span(since, until, dice.choice("ab")) for since, until in zip(edges[::2], edges[1::2], strict=True)]
    dice.shuffle(spans)
    return spans


def said(spans: list[Span], at: int) -> object:
    return next((span.what for span in spans if span.since <= at < span.until), None)


@given(dice)
def test_the_first_difference_is_where_a_walk_through_all_moments_finds_it(dice: Random) -> None:
    before, after, until = timeline(dice), timeline(dice), dice.randrange(14)
    expected = next((at for at in range(until) if said(before, at) != said(after, at)), None)
    assert first_difference(before, after, until) == expected


def test_a_rate_that_is_only_cut_in_two_is_no_difference() -> None:
    assert first_difference([Span(0, 9, "a")], [Span(0, 4, "a"), Span(4, 9, "a")], 9) is None


def test_sums_beyond_the_largest_are_one_and_nothing_is_lost() -> None:
    groups = [GroupSum(f"p{at}", at, 1, 10, 10 + at) for at in range(MOST_GROUPS + 3)]
    kept = summed(groups)
    assert len(kept) == MOST_GROUPS + 1
    assert (kept[0].partner, kept[-1].partner) == (f"p{MOST_GROUPS + 2}", OTHERS)
    assert sum(one.after - one.before for one in kept) == sum(range(MOST_GROUPS + 3))
    assert sum(one.calls for one in kept) == MOST_GROUPS + 3


def a_proposal(**fields: int) -> Proposal:
    found: dict[str, Any] = {"calls": 9_000, "before": 55_350_000_000, "after": 52_650_000_000, "unrated": 0} | fields
    counted = Counted(**found, equal=3, groups=(GroupSum("kestrel", 7, 9_000, 1, 2),), place="kestrel-buy.3.5")
    return Proposal(PlanId("kestrel-buy"), "buy", USD, 2, 3, (5,), 0, 10, counted)


def test_a_proposal_is_the_same_after_it_was_stored() -> None:
    assert proposal_of(proposal_args(a_proposal())) == a_proposal()


def test_a_proposal_says_in_a_line_what_it_comes_to() -> None:
    assert a_proposal().words == "kestrel-buy version 3: 9,000 calls, -27.00 USD"
    one = a_proposal(calls=1, after=55_360_000_000, unrated=2)
    assert one.words == "kestrel-buy version 3: 1 call, +0.10 USD, 2 cannot be rated"
