"""Sheets of a plan that came before one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Former:
    """A sheet of the same plan that came before. `content` is a digest of what it said, whatever form it had."""

    id: int
    name: str
    received_ms: int
    sha256: str
    content: str
    rows: int
    full: bool
    applied: bool
