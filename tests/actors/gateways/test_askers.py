"""A hold goes when nobody waits for its answer any more, and nobody has it."""

from hypothesis import given
from hypothesis import strategies as st

from actors.gateways.askers import Askers


def test_the_last_who_leaves_without_an_answer_ends_the_call() -> None:
    askers = Askers()
    askers.begin("a")
    askers.begin("a")
    assert not askers.gone("a")
    assert askers.gone("a")


def test_who_was_told_keeps_the_call_though_an_earlier_question_goes_later() -> None:
    askers = Askers()
    askers.begin("a")
    askers.begin("a")
    askers.told("a")
    assert not askers.gone("a")
    askers.begin("a")
    assert askers.gone("a")  # asked anew, after all that


@given(st.lists(st.booleans(), min_size=1, max_size=8))
def test_of_questions_that_overlap_the_call_ends_only_if_none_was_told(fates: list[bool]) -> None:
    askers = Askers()
    for _ in fates:
        askers.begin("a")
    ended = False
    for told in fates:
        if told:
            askers.told("a")
        else:
            ended = askers.gone("a")
    assert ended == (not any(fates))
    assert len(askers) == 0
