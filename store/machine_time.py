"""This machine's time as actors know it: it runs evenly, whatever steps the machine's clock is made to do.

Holds lapse, calls are cut and packets are known as repeated by this time. Were it the machine's clock, hours forward
would release every hold, hours back keep them all. So the clock is read once, when `up` starts, and the time since then
is counted by the kernel's clock that nothing sets. All processes of a data folder count from the same reading, in
`<data>/machine-time.json`; one of another boot of the machine says nothing.
"""

import time
from collections.abc import Callable
from pathlib import Path

import orjson

from store.files import write_atomically

NAME = "machine-time.json"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def _since_boot_ns() -> int:
    """Return the time since boot, suspension included (clock_gettime(2), CLOCK_BOOTTIME)."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def _boot() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""


class MachineTime:
    """UTC ms that never step. `clock` is the machine's (UTC ns), `even` runs evenly (ns)."""

    def __init__(
        self, clock: Callable[[], int] = time.time_ns, even: Callable[[], int] = _since_boot_ns, boot: str | None = None
    ) -> None:
        self._clock, self._even = clock, even
        self._boot = _boot() if boot is None else boot
        self._offset_ns = clock() - even()
        self._read: tuple[Path, int] | None = None

    def now_ms(self) -> int:
        """Return the time, UTC ms."""
        return (self._even() + self._offset_ns) // 1_000_000

    def stepped_ms(self) -> int:
        """Return by how much the machine's clock was set since it was read; negative: back."""
        return self._clock() // 1_000_000 - self.now_ms()

    def read_anew(self, data: Path) -> None:
        """Read the machine's clock now, for all processes of a folder that start from here on."""
        self._offset_ns = self._clock() - self._even()
        plain = {"boot": self._boot, "offset_ns": self._offset_ns}
        write_atomically(data / NAME, [orjson.dumps(plain)])

    def follow(self, data: Path) -> None:
        """Count from the reading of a folder, where it has one of this boot; looks at the file only when it is new."""
        path = data / NAME
        try:
            seen = path, path.stat().st_mtime_ns
            if seen == self._read:
                return
            plain = orjson.loads(path.read_bytes())
            if plain["boot"] == self._boot:
                self._offset_ns = int(plain["offset_ns"])
            self._read = seen
        except (OSError, ValueError, KeyError, TypeError):
            return  # without one, the reading of this process counts


MACHINE = MachineTime()
"""The time of this process."""
