"""The desk's figures of switches on disk: `<data>/switch-figures.json`. Derived: one that is damaged is begun anew."""

from pathlib import Path
from typing import Any

import orjson

from store.files import write_atomically

NAME = "switch-figures.json"


def read_figures(data: Path) -> dict[str, Any]:
    """Return what was kept, {} where there is nothing that can be read."""
    try:
        found = orjson.loads((data / NAME).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_figures(data: Path, figures: dict[str, Any]) -> None:
    """Keep figures; a power cut leaves the former or the new ones."""
    write_atomically(data / NAME, [orjson.dumps(figures)])
