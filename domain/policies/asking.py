"""What all policies together ask of quality: no more than that is worked out and sent to nodes."""

from dataclasses import dataclass

from domain.formulas.figures import FIGURES, Source
from domain.policies.policy import Policies
from domain.policies.rules import WINDOW, rules_of
from domain.quality_windows import Window, window_of

LEVELS = ("vendor_", "country_", "destination_", "client_")
"""What the name of a figure begins with, where it is not of the vendor to the destination."""


@dataclass(frozen=True, slots=True)
class QualityAsked:
    """`levels`: of LEVELS, "" for the vendor to the destination; `quantities`: names of figures."""

    windows: frozenset[Window] = frozenset()
    levels: frozenset[str] = frozenset()
    quantities: frozenset[str] = frozenset()


def asked_of(policies: Policies) -> QualityAsked:
    """Return what the formulas of all policies ask for, however they are laid one over the other."""
    named = tuple(policies.every())
    own = {WINDOW} | {found for found in (window_of(one.window) for one in named if one.window) if found}
    windows: set[Window] = set()
    levels: set[str] = set()
    quantities: set[str] = set()
    for policy in named:
        for formula in rules_of((policy,)).formulas:
            for asked in formula.asked:
                source = FIGURES[asked.name].source
                if source is Source.QUANTITY:
                    quantities.add(asked.name)
                elif source is Source.QUALITY:
                    levels.add(next((level for level in LEVELS if asked.name.startswith(level)), ""))
                    windows |= {asked.window} if asked.window else own
    return QualityAsked(frozenset(windows), frozenset(levels), frozenset(quantities))
