"""Clocks that were set, or that differ from machine to machine, are told; a drift and a slow answer are not."""

import time
from dataclasses import dataclass, field

import pytest

from actors.desk.clocks import Clocks, apart, stepped
from actors.desk.core import Desk
from actors.home import machine_ms
from actors.pulse import Pulse
from tests.actors.desk.clusters import of_two_machines

HOUR_MS = 3_600_000


def test_a_clock_that_was_set_is_told_and_a_drift_is_not() -> None:
    assert stepped(1_500) == stepped(-1_500) == ""
    assert "set 7,200 s back" in stepped(-7_200_000) and "set 3,600 s forward" in stepped(3_600_000)


@pytest.mark.parametrize(
    ("ahead_ms", "trip_ms", "expected"),
    [(0, 0, 0), (5_000, 30, 5_000), (-5_000, 30, -4_970), (-20, 30, 0), (-9_000, 9_500, 0), (7, 9_000, 7)],
)
def test_the_time_of_an_answer_on_its_way_is_no_difference(ahead_ms: int, trip_ms: int, expected: int) -> None:
    assert apart(ahead_ms, trip_ms) == expected


@dataclass(slots=True)
class Told:
    """The alarms of a desk of two machines, of which node-1 and shard-1 are on the second."""

    desk: Desk
    alarms: dict[str, str] = field(default_factory=dict)
    clocks: Clocks = field(init=False)

    def __post_init__(self) -> None:
        of_two_machines(self.desk)
        self.clocks = Clocks(self.desk, lambda key, text, _: self.alarms.update({key: text}))

    def by(self, ahead_ms: int = 0, stepped_ms: int = 0, name: str = "node-1") -> str:
        """Hear one actor; return what is told of its machine."""
        pulse = Pulse(name, "any", 1, 1, 1.0, at_ms=machine_ms() + ahead_ms, stepped_ms=stepped_ms)
        self.clocks.heard(pulse, time.monotonic())
        self.clocks.tell([Pulse("node-0", "node", 1, 1, 1.0), Pulse("shard-1", "shard", 1, 1, 1.0), pulse])
        return self.alarms.get("clock second", "")


def test_a_clock_of_another_machine_that_was_set_is_told_until_it_is_right(desk: Desk) -> None:
    told = Told(desk)
    assert told.by(stepped_ms=500) == ""
    said = told.by(stepped_ms=HOUR_MS)
    assert (
        said.startswith("machine second's clock was set 3,600 s forward") and "`switchboard join` there again" in said
    )
    assert told.alarms["clock"] == "", "ours was not"
    assert told.by(stepped_ms=10) == ""


def test_a_machine_that_goes_by_another_time_is_told(desk: Desk) -> None:
    told = Told(desk)
    assert "goes by a time 3,600 s ahead of the first machine's" in told.by(HOUR_MS)
    assert "s behind the first machine's" in told.by(-HOUR_MS)
    assert told.by() == ""
    assert told.by(HOUR_MS, name="node-0") == "", "an actor of the first machine counts as the desk does"


def test_a_machine_that_went_away_has_no_alarm_of_its_clock(desk: Desk) -> None:
    told = Told(desk)
    assert told.by(HOUR_MS)
    told.clocks.tell([])
    assert told.alarms["clock second"] == ""


def test_a_pulse_tells_the_time_by_which_its_process_goes() -> None:
    before_ms = machine_ms()
    pulse = Pulse("node-1", "node", 1, 1, 1.0)
    assert before_ms <= pulse.at_ms <= machine_ms() and abs(pulse.stepped_ms) < 1_000
