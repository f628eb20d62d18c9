"""Real files that are not part of the project: SWITCHBOARD_SHARED_DATA, else ../shared/data beside the checkout."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).parents[2] / "shared" / "data"


def shared_file(name: str) -> Path:
    """Return a shared file; the test that asks is skipped where it is absent."""
    path = Path(os.environ.get("SWITCHBOARD_SHARED_DATA") or _BESIDE) / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    return path
