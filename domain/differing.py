"""How a plan can differ from another for the numbers of a code."""

DEARER, CHEAPER, TERMS_ONLY, MISSING, EXTRA = "dearer", "cheaper", "terms", "missing", "extra"
"""By its price, by increments or fees at the same price, by having no route, by having one that the first has not."""
KINDS = (DEARER, CHEAPER, TERMS_ONLY, MISSING, EXTRA)
