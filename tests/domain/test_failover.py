"""What follows from a vendor's failure, in a small language."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InputError
from domain.failover import NO_RULES, Action, Failover, Failure, Rule, course_after, failover_of

RULES = failover_of("17,19,1: stop; 34,38,40-42: next; 404: 503; 500-599: next; else: stop")


@pytest.mark.parametrize(
    ("failure", "goes_on", "answered"),
    [
        (Failure(cause=17), False, (486, 17)),
        (Failure(cause=34), True, (503, 34)),
        (Failure(cause=41), True, (503, 41)),
        (Failure(status=404), False, (503, 41)),
        (Failure(cause=1, status=404), False, (503, 41)),
        (Failure(cause=1), False, (404, 1)),
        (Failure(status=486), False, (486, 17)),
        (Failure(status=503), True, (503, 41)),
        (Failure(cause=31), False, (480, 31)),
    ],
)  # fmt: skip
def test_the_rule_that_names_a_failure_decides(failure: Failure, goes_on: bool, answered: tuple[int, int]) -> None:
    course = course_after(failure, NO_RULES, RULES)
    assert (course.goes_on, (course.status, course.q850)) == (goes_on, answered)


@pytest.mark.parametrize("cause", [1, 16, 17, 18, 19, 20, 21, 22, 28])
def test_as_usual_a_failure_of_the_user_or_the_number_stops(cause: int) -> None:
    assert not course_after(Failure(cause=cause), NO_RULES, NO_RULES).goes_on


@pytest.mark.parametrize("cause", [2, 3, 27, 34, 38, 41, 42, 44, 47, 102, 127])
def test_as_usual_a_failure_of_the_network_goes_on(cause: int) -> None:
    assert course_after(Failure(cause=cause), NO_RULES, NO_RULES).goes_on


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_as_usual_a_status_counts_by_what_it_means(status: int) -> None:
    assert course_after(Failure(status=status), NO_RULES, NO_RULES).goes_on
    assert not course_after(Failure(status=486), NO_RULES, NO_RULES).goes_on


def test_a_vendors_own_rule_is_asked_before_the_policys() -> None:
    own = failover_of("404,603: next")
    course = course_after(Failure(status=404), own, RULES, "kestrel")
    assert (course.goes_on, course.words) == (True, "SIP 404: goes on by kestrel's own rule `404,603: next`")
    assert (
        course_after(Failure(cause=17), own, RULES, "kestrel").words
        == "cause 17: stop by the policy's rule `17,19,1: stop`"
    )


def test_both_signs_are_read_and_one_is_written() -> None:
    assert str(failover_of("404=503;17 : STOP ;")) == "404: 503; 17: stop"


def test_an_answer_may_be_a_cause_too() -> None:
    course = course_after(Failure(status=603), NO_RULES, failover_of("603: 34"))
    assert (course.goes_on, course.status, course.q850) == (False, 503, 34)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("17: stopp", "'stopp' in column 5 is neither"),
        ("200: stop", "200 in column 1 is neither a Q.850 cause"),
        ("17 stop", "'stop' in column 4 where ':' or '=' is wanted"),
        ("17:", "the text ends in column 4"),
        ("17: stop 18: next", "'18' in column 10 where ';' is wanted"),
        ("17: stop; 1-20: next", "17 in column 11 is named in column 1 already"),
        ("else: stop; else: next", "a second `else` in column 13"),
        ("20-17: stop", "20-17 in column 4 is no range"),
        ("100-300: stop", "100-300 in column 5 is no range"),
        ("17: stop; ?", "'?' in column 11 means nothing"),
        (": stop", "':' in column 1 is neither"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_column(text: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        failover_of(text, "policy x, failover")
    assert told in caught.value.what
    assert "17,19: stop" in caught.value.mend


@st.composite
def any_rules(draw: st.DrawFn) -> Failover:
    codes = draw(st.lists(st.sampled_from([*range(1, 128), *range(300, 700)]), unique=True, max_size=30))
    rules: list[Rule] = []
    while codes:
        size = draw(st.integers(1, 5))
        ranges = tuple((code, code) for code in codes[:size])
        codes = codes[size:]
        action = draw(st.sampled_from(Action))
        rules.append(Rule(ranges, action, draw(st.integers(300, 699)) if action is Action.ANSWER else 0))
    if draw(st.booleans()):
        rules.append(Rule((), Action.STOP))
    return Failover(tuple(rules))


@given(any_rules())
def test_what_is_written_is_read_as_the_same(rules: Failover) -> None:
    assert failover_of(str(rules)) == rules


@given(st.text(alphabet="0123456789,;:=- elsnxtop", max_size=40))
def test_what_is_read_at_all_is_written_and_read_as_the_same(text: str) -> None:
    with suppress(InputError):
        read = failover_of(text)
        assert failover_of(str(read)) == read
