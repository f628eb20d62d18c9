"""How figures of volumes travel from where they are counted to the nodes."""

from collections.abc import Mapping

Values = Mapping[str, float]
"""Figures of one volume by the names that formulas ask for."""
VolumeFigures = Mapping[str, Values]
"""Of those that run, by Volume.title; those of which nothing is known yet are not named."""
