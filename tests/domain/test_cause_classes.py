"""Classes of causes, NER and retry advice."""

import pytest

from domain.cause_classes import CauseClass, Retry, class_of, is_user_failure, retry_advice


@pytest.mark.parametrize("cause", [17, 18, 19, 20, 21, 24, 27])
def test_the_users_own_failures_count_for_ner(cause: int) -> None:
    assert is_user_failure(cause, alerted=False)


@pytest.mark.parametrize("cause", [0, 1, 2, 3, 22, 28, 34, 38, 41, 42, 47, 50, 88, 102, 111, 127])
def test_network_and_number_failures_do_not(cause: int) -> None:
    assert not is_user_failure(cause, alerted=False)


@pytest.mark.parametrize("cause", [16, 31, 102])
def test_an_end_without_answer_is_the_users_only_once_it_rang(cause: int) -> None:
    assert is_user_failure(cause, alerted=True)
    assert not is_user_failure(cause, alerted=False)


def test_terminal_out_of_order_can_be_taken_for_the_networks() -> None:
    assert not is_user_failure(27, alerted=False, terminal_faults_count=False)
    assert is_user_failure(17, alerted=False, terminal_faults_count=False)


def test_an_answered_leg_is_answered_whatever_its_cause() -> None:
    assert class_of(41, answered=True, alerted=True) is CauseClass.ANSWERED


def test_a_cause_of_no_class_is_other() -> None:
    assert class_of(99, answered=False, alerted=False) is CauseClass.SERVICE
    assert class_of(120, answered=False, alerted=False) is CauseClass.OTHER


@pytest.mark.parametrize("cause", [1, 16, 17, 18, 19, 20, 21, 22, 28])
def test_another_vendor_cannot_help_a_busy_or_wrong_number(cause: int) -> None:
    assert retry_advice(cause, alerted=False) is Retry.STOP


@pytest.mark.parametrize("cause", [34, 38, 41, 42, 44, 47, 2, 3, 27, 102, 127])
def test_another_vendor_may_help_a_failure_of_the_network(cause: int) -> None:
    assert retry_advice(cause, alerted=False) is Retry.GO_ON


def test_an_expired_timer_after_ringing_stops() -> None:
    assert retry_advice(102, alerted=True) is Retry.STOP


def test_a_vendor_that_rejects_for_want_of_capacity_is_passed_over() -> None:
    assert retry_advice(21, alerted=False, go_on_for=frozenset({21})) is Retry.GO_ON
