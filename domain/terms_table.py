"""The table of the different terms of a plan as plain numbers: 400,000 prices need not become objects."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import fields
from itertools import chain
from operator import attrgetter
from typing import overload

from domain.rates import Terms

TERMS_FIELDS = tuple(field.name for field in fields(Terms))
WIDTH = len(TERMS_FIELDS)
_in_order = attrgetter(*TERMS_FIELDS)


class TermsTable(Sequence[Terms]):
    """Terms over their numbers (int64, those of one after the other), made when they are asked for."""

    __slots__ = ("numbers",)

    def __init__(self, numbers: Sequence[int]) -> None:
        assert len(numbers) % WIDTH == 0, "whole terms"
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers) // WIDTH

    @overload
    def __getitem__(self, index: int) -> Terms: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Terms]: ...

    def __getitem__(self, index: int | slice) -> Terms | Sequence[Terms]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        first = index % len(self) * WIDTH
        return Terms(*self.numbers[first : first + WIDTH])


def numbers_of(table: Iterable[Terms]) -> Sequence[int]:
    """Return a table's numbers."""
    return table.numbers if isinstance(table, TermsTable) else array("q", chain.from_iterable(map(_in_order, table)))
