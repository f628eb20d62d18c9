"""What is asked for of quality, read: sides, windows, destinations."""

from typing import Any

from actors.desk.core import Desk
from domain.errors import InputError
from domain.ids import DestinationId
from domain.quality_windows import SPANS, Window, window_of


async def destination_of(desk: Desk, text: str) -> DestinationId:
    """Return the destination of a number, or by its name or a code. Raises NotFoundError."""
    found = desk.world.codes.destination_of(text) if text.isascii() and text.isdigit() and desk.world else None
    return found if found is not None else await desk.read(lambda catalog: catalog.limits.destination(text))


def one_of(kind: Any, text: str, what: str, where: str = "quality") -> Any:
    """Return the member of an enumeration. Raises InputError with all that there are."""
    names = [str(one.value) for one in kind]
    if text not in names:
        raise InputError(f"{text!r} is no {what}", where=where, mend=f"Take one of {', '.join(names)}.")
    return kind(text)


def window_asked(text: str, where: str = "quality") -> Window:
    """Return a window, 1h for none. Raises InputError."""
    found = window_of(text) if text else SPANS["1h"]
    if found is None:
        mend = f"Take one of {', '.join(SPANS)}, or a number of calls: 100 calls."
        raise InputError(f"{text!r} is no window", where=where, mend=mend)
    return found
