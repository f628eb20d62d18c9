"""The clocks of the machines: an alarm where one was set while we ran, and where two go by different times."""

import time
from collections.abc import Callable, Iterable

from actors.desk.core import Desk
from actors.home import machine_ms
from actors.pulse import Pulse
from store.machine_time import MACHINE

STEP_MS = 2_000
"""A machine's clock that differs by this much from the time since it was read was set by somebody; one that differs as
much from the first machine's is kept by nobody."""
Alarm = Callable[[str, str, str], None]


class Clocks:
    """What the actors of other machines say of the time there. Invariant: a machine that says nothing has no alarm."""

    def __init__(self, desk: Desk, alarm: Alarm) -> None:
        self._desk, self._alarm = desk, alarm
        self._apart_ms: dict[str, int] = {}
        self._alarmed: set[str] = set()

    def heard(self, pulse: Pulse, asked_s: float) -> None:
        """Compare the time of an actor with ours; `asked_s`: when it was asked (time.monotonic)."""
        trip_ms = int((time.monotonic() - asked_s) * 1000)
        self._apart_ms[pulse.name] = apart(pulse.at_ms - machine_ms(), trip_ms)

    def tell(self, pulses: Iterable[Pulse]) -> None:
        """Raise and clear the alarms, by the pulses of the actors that are alive."""
        self._alarm("clock", stepped(MACHINE.stepped_ms()), "warning")
        home = self._desk.home
        found: dict[str, str] = {}
        for pulse in pulses:
            machine = home.machine_of(pulse.name)
            if machine == home.settings.cluster.machine or found.get(f"clock {machine}"):
                continue
            text = differs(self._apart_ms.get(pulse.name, 0), machine) or stepped(pulse.stepped_ms, machine)
            found[f"clock {machine}"] = text
        for key in self._alarmed - found.keys():
            self._alarm(key, "", "warning")
        for key, text in found.items():
            self._alarm(key, text, "warning")
        self._alarmed = set(found)


def apart(ahead_ms: int, trip_ms: int) -> int:
    """Return by how much another's time is at least ahead of ours, negative: behind; 0 where it may be the same.

    It said its time at some moment of the trip of question and answer, and seemed that much ahead at the end of it.
    """
    return min(ahead_ms + trip_ms, 0) or max(ahead_ms, 0)


def stepped(by_ms: int, machine: str = "") -> str:
    """Say that a machine's clock was set while we ran, "" where it was not; by default: the first machine's."""
    if abs(by_ms) < STEP_MS:
        return ""
    way = "forward" if by_ms > 0 else "back"
    whose, command = (
        (f"machine {machine}", "`switchboard join` there") if machine else ("the machine", "`switchboard up`")
    )
    return (
        f"{whose}'s clock was set {abs(by_ms) / 1000:,.0f} s {way}; business time goes on as it did. Set the clock "
        f"right, or, if it is right now, start {command} again: it then goes by the new time"
    )


def differs(by_ms: int, machine: str) -> str:
    """Say that a machine goes by another time than the first one, "" where it does not; `by_ms`: so far ahead."""
    if abs(by_ms) < STEP_MS:
        return ""
    way = "ahead of" if by_ms > 0 else "behind"
    return (
        f"machine {machine} goes by a time {abs(by_ms) / 1000:,.0f} s {way} the first machine's: calls are rated and "
        "holds lapse there by it. Set the clock that is wrong right, and start `switchboard join` there again, or "
        "`switchboard up` here"
    )
