"""The world that a decision or a charge is made in: one immutable set of snapshots, swapped between two calls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from domain.attribution import DirectoryIndex
from domain.ids import NO_DESTINATION as NO_DESTINATION
from domain.ids import DestinationId, PlanId
from domain.panic import NOTHING, Panic
from domain.portability import PortedNumbers
from domain.quality_board import QualityBoard
from domain.rates import PlanTable


class CodeBook(Protocol):
    """The reference book: which destination a number belongs to."""

    def destination_of(self, number: str) -> DestinationId | None:
        """Return the destination of the longest code that begins the number."""
        ...

    def name_of(self, destination: DestinationId) -> str:
        """Return the destination's name; "" for one that is not known."""
        ...

    def country_of(self, destination: DestinationId) -> str:
        """Return the destination's country, ISO 3166-1 alpha-2; "" for one that is not known."""
        ...

    def kind_of(self, destination: DestinationId) -> str:
        """Return which kind of numbers the destination has, such as Mobile; "" for one that is not known."""
        ...

    def all_codes(self) -> Iterable[str]:
        """Return all codes; one that longer codes cover wholly may be left out."""
        ...


@dataclass(frozen=True, slots=True)
class World:
    """Everything that a node decides from. A change is a new World, so that its identity stands for its contents."""

    index: DirectoryIndex
    plans: Mapping[PlanId, PlanTable]
    codes: CodeBook
    quality: QualityBoard
    panic: Panic = NOTHING
    ported: Mapping[str, PortedNumbers] = field(default_factory=dict)
