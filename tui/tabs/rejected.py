"""Rows of a file that did not go in."""

from collections.abc import Sequence

from protos import operators_pb2 as pb
from tui.tabs.tab import Listed, Tab
from tui.widgets.cells import Column, Row, number, word


class RejectedTab(Tab):
    """One row per row that was refused, with the reason: as far as the switchboard listed them."""

    name = "Rejected rows"
    columns = (Column("row", 8, right=True), Column("why", 24, flex=2), Column("it says", 20, flex=3))

    def __init__(self, rejects: Sequence[pb.RejectedRow], total: int) -> None:
        rows = [
            Row(f"{one.row}", (number(f"{one.row:,}", one.row), word(one.reason), word(one.raw, "dim")), one)
            for one in rejects
        ]
        self._listed = Listed(rows, total)

    def live(self, status: pb.Status) -> Listed | None:
        """Return the rows that came with the answer to the file."""
        return self._listed
