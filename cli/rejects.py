"""How rows of a file that did not go in are shown."""

from collections.abc import Iterable

from cli import output
from protos.operators_pb2 import RejectedRow


def write_rejects(rejects: Iterable[RejectedRow]) -> None:
    """List rejected rows with row number, reason and what stood there."""
    listed = [[str(one.row), one.reason, one.raw] for one in rejects]
    if listed:
        output.section("rejected")
        output.table((">row", "reason", "as it stood"), listed, "")
