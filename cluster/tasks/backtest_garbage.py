"""Work on very many small values, for which Python would search for rings of garbage again and again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_search_for_garbage() -> Iterator[None]:
    """Look for no rings of garbage meanwhile: there are hardly any, and millions of values to look through, which takes
    a third of the time where formulas ask for what was known then."""
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()
