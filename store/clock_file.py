"""The Clock on disk: `<data>/clock.json`, written once at the first start and when an operator sets the clock."""

from pathlib import Path

import orjson

from domain.clock import Clock
from domain.errors import BrokenWorldError
from domain.settings import ClockSettings
from store.files import write_atomically

NAME = "clock.json"


def read_clock(data: Path) -> Clock | None:
    """Read the clock of a data folder; None: it has none yet. Raises BrokenWorldError when the file is damaged."""
    path = data / NAME
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        given = orjson.loads(text)
        return Clock(int(given["origin_business_ms"]), int(given["origin_machine_ms"]), float(given["speed"]))
    except (ValueError, KeyError, TypeError) as error:  # guessing the time would move rates: better not to start
        raise BrokenWorldError(f"{path} is damaged ({error}); restore it from a backup") from error


def write_clock(data: Path, clock: Clock) -> None:
    """Write the clock so that a reader, or a power cut, finds the old or the new one, never half of either."""
    text = orjson.dumps(clock, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    write_atomically(data / NAME, [text])


def open_clock(data: Path, settings: ClockSettings, machine_ms: int) -> Clock:
    """Return the data folder's clock, made from the settings at the first start.

    A clock that exists wins over the settings: business time never jumps because a file was edited.
    """
    clock = read_clock(data)
    if clock is None:
        origin = settings.origin_ms()
        clock = Clock(machine_ms if origin is None else origin, machine_ms, settings.speed)
        write_clock(data, clock)
    return clock
