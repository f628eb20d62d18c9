"""Finding the highest sustained rate: the steps, the second try, and what is no result."""

import pytest

from cluster.bench.open_loop import Outcome, climb
from domain.errors import BrokenWorldError


class Server:
    """Redirects up to so many calls a second, but for its moments of weakness."""

    def __init__(self, capacity: float, *weak: int) -> None:
        self.capacity, self.weak, self.asked = capacity, weak, list[float]()

    def load(self, per_s: float) -> Outcome:
        self.asked.append(per_s)
        good = per_s <= self.capacity and len(self.asked) not in self.weak
        return Outcome(calls=1000, times_ms=[1.0] * (999 if good else 998))


def quiet(_: str) -> None:
    pass


def test_the_highest_rate_that_is_sustained_is_found_by_rising_steps() -> None:
    server = Server(2_000)
    assert climb((1_000, 2_000, 3_000, 4_000), server.load, quiet, "redirects") == (2_000, [1_000, 2_000, 3_000])
    assert server.asked == [1_000, 2_000, 3_000, 3_000, 3_000]


def test_one_bad_moment_does_not_end_the_climb() -> None:
    server = Server(2_000, 1)
    assert climb((1_000, 2_000), server.load, quiet, "redirects") == (2_000, [1_000, 2_000])
    assert server.asked == [1_000, 1_000, 2_000]


def test_a_queue_that_grows_is_not_sustained_although_every_caller_waits() -> None:
    growing = Outcome(calls=1000, times_ms=[at / 2 for at in range(1000)])
    assert growing.success == 1 and growing.behind_ms > 480
    with pytest.raises(BrokenWorldError, match="not sustained"):
        climb((1_000,), lambda _: growing, quiet, "redirects")


def test_a_rate_that_is_never_sustained_is_no_result() -> None:
    with pytest.raises(BrokenWorldError, match="1000 redirects a second are not sustained"):
        climb((1_000, 2_000), Server(500).load, quiet, "redirects")
