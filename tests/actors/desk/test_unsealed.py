"""A statement says what a partner owes, whether its calls are sealed or not."""

from pathlib import Path

from actors.desk.unsealed import movements
from domain.calls import Side
from domain.statements import statement
from store.book_reader import BookReader
from tests.actors.builders import open_shard, outcomes
from tests.domain.builders import NOON
from tests.domain.call_builders import stop
from tests.store.books import draft


def test_the_statement_closes_with_what_is_owed_before_and_after_sealing(book_url: str, tmp_path: Path) -> None:
    shard = open_shard(book_url, tmp_path)
    ends = [stop("c1"), stop("c2", seconds=61), stop("c1", Side.VENDOR)]
    outcomes(shard, *ends)
    leg = ends[0].leg
    reader = BookReader(book_url, tmp_path, 1)

    def closing() -> int:
        made = statement(leg.partner, leg.currency, movements(reader, leg.partner, NOON), 0, 2**62)
        return made.closing.units

    owed = sum(end.leg.charge for end in ends[:2])
    assert owed > 0
    assert shard.partner(leg.partner).owed(leg.currency) == closing() == owed
    shard.seal([draft(shard.book)], NOON)
    assert closing() == owed
    shard.book.close()
