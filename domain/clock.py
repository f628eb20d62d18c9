"""Business time: one Clock, the same in every process (DESIGN §6). Rates, holds, windows and sealing go by it."""

from dataclasses import dataclass

from domain.errors import InputError

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """Maps machine time (UTC ms) to business time (UTC ms), which runs `speed` times as fast; 0: it stands still.

    Speeds count to six decimals. Invariant: business_ms never falls while machine time does not.
    """

    origin_business_ms: int
    origin_machine_ms: int
    speed: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.speed <= 10_000:
            raise InputError(f"a clock's speed cannot be {self.speed}", mend="Give 0 to 10000; 1 is real time.")

    @property
    def _ppm(self) -> int:
        return round(self.speed * _MILLION)  # integers from here on: a double would drift over months of ms

    def business_ms(self, machine_ms: int) -> int:
        """Return business time at a moment of machine time, rounded down to the millisecond."""
        return self.origin_business_ms + (machine_ms - self.origin_machine_ms) * self._ppm // _MILLION

    def machine_ms(self, business_ms: int) -> int | None:
        """Return the first machine moment at which business time is at least that; None: the clock stands before it."""
        ahead, ppm = business_ms - self.origin_business_ms, self._ppm
        if ppm:
            return self.origin_machine_ms - (-ahead * _MILLION // ppm)
        return self.origin_machine_ms if ahead <= 0 else None

    def wait_ms(self, business_ms: int, machine_ms: int) -> int | None:
        """Return the machine time to wait for a business moment: 0 when it is past, None when it never comes."""
        due = self.machine_ms(business_ms)
        return None if due is None else max(0, due - machine_ms)

    def set_to(self, business_ms: int, machine_ms: int, speed: float | None = None) -> "Clock":
        """Return a clock that shows `business_ms` at `machine_ms` and goes on from there, at a new speed if given."""
        return Clock(business_ms, machine_ms, self.speed if speed is None else speed)
