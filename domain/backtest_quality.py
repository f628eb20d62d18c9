"""Quality of a period that is over, for policies that are tried on its calls."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.quality_board import QualityBoard
from domain.quality_figures import Figures
from domain.quality_windows import Window


class Steady(Mapping[Window, Figures]):
    """The same figures over every window."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def __getitem__(self, window: Window) -> Figures:
        return self._figures

    def __iter__(self) -> Iterator[Window]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class PeriodQuality:
    """What is known of a period, and the processor time that counting it took."""

    board: QualityBoard
    cpu_s: float
