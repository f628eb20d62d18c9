"""The moved numbers of one source as a file that nodes map: numbers in order, and where each has moved to.

Columns: `numbers` (E.164 digits as integers, ascending), `place` (index into `about["moved"]`, which has routing number
and carrier). Imports neither SQLModel nor Polars.
"""

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

from domain.numbers import Dialled
from store.column_file import open_columns, write_columns

KIND = "ported"
Moved = tuple[str, str]
"""Routing number and carrier."""


def write_ported(path: Path, numbers: Sequence[int], place: Sequence[int], moved: Sequence[Moved]) -> str:
    """Write a file, whole or not at all; return its sha256 in hex."""
    return write_columns(path, KIND, {"moved": moved}, {"numbers": numbers, "place": place})


class MappedPorted:
    """The numbers of a file: a PortedNumbers of the world."""

    def __init__(self, path: Path) -> None:
        """Map a file. Raises BrokenWorldError."""
        file = open_columns(path, KIND)
        self.numbers, self.place = file.columns["numbers"], file.columns["place"]
        self.moved: list[Moved] = [(routing, carrier) for routing, carrier in file.about["moved"]]

    def __len__(self) -> int:
        return len(self.numbers)

    def of(self, number: str) -> Dialled | None:
        """Return what is known of a number (E.164 digits); None where it stayed."""
        wanted = int(number)
        at = bisect_left(self.numbers, wanted)
        if at == len(self.numbers) or self.numbers[at] != wanted:
            return None
        routing, carrier = self.moved[self.place[at]]
        return Dialled("", routing, True, carrier)
