"""Leaving says what became of it, and no wait ends before the one that it waits for."""

import ray.exceptions

from actors.machines import EMPTIED_S, ENTER_S, MOVE_S, STOP_S
from cluster import join, leave


def test_a_first_machine_that_is_slow_was_told_all_the_same() -> None:
    said = leave.failure(ray.exceptions.GetTimeoutError())
    assert said == f"the first machine was told, and did not finish within {leave.WAIT_S:.0f} s"
    assert leave.failure(ConnectionError("refused")) == "the first machine was not told: refused"


def test_no_wait_ends_before_the_one_it_waits_for() -> None:
    assert EMPTIED_S >= STOP_S + STOP_S + ENTER_S + MOVE_S + STOP_S + ENTER_S
    assert leave.WAIT_S > EMPTIED_S
    assert join.LEAVE_S >= leave.WAIT_S + leave.BEGIN_S
