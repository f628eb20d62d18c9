"""What is known of vendors' quality, in a line."""

from dataclasses import replace

from domain.ids import PartnerId
from domain.policies.rules import WINDOW
from domain.quality_figures import UNKNOWN, DestinationFigures, Figures
from domain.quality_windows import Window


def quality(**figures: float) -> Figures:
    return replace(UNKNOWN, **figures)


def known(window: Window = WINDOW, /, **vendors: Figures) -> DestinationFigures:
    """Figures of vendors to the destination over one window."""
    return DestinationFigures(vendors={PartnerId(name): {window: figures} for name, figures in vendors.items()})
