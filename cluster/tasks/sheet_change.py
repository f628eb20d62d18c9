"""What a digested sheet does to its plan, packed when it is digested: who approves it later does not wait for that."""

import polars as pl

from domain.origins import OriginCode
from domain.sheet_frames.asked import asked, ends_of, left_alone, shared
from domain.sheet_frames.case import Case, Comparison, Reading
from store.catalog.intents import Intents, Lines, pack
from store.sheets.change_file import PlanChange, packed


def packed_change(case: Case, version: int, origins: pl.DataFrame) -> bytes:
    """Return a change as its file has it. `version`: of the plan that was compared with; `origins`: ORIGINS. A million
    lines take a second."""
    reading, comparison, contract = case.reading, case.comparison, case.contract
    # in the order of their indexes the database writes them in half of the time
    added = comparison.added.sort("code", maintain_order=True)
    change = PlanChange(
        compared=(version, contract.now_ms),
        ended=comparison.ended.to_list(),
        added=Lines(*shared(added)),
        asked=_intents(reading, comparison, contract.received_ms),
        origins=[OriginCode(*row) for row in origins.iter_rows()],
    )
    return packed(change)


def _intents(reading: Reading, comparison: Comparison, received_ms: int) -> bytes:
    stays = left_alone(reading.rejects) + left_alone(reading.left_out)
    rest = comparison.rest
    within, without = ends_of(rest) if rest is not None else (frozenset[str](), frozenset[str]())
    lines = Lines(*shared(asked(comparison.changes)))
    return pack(Intents(lines, comparison.rest_from_ms, within, frozenset(stays), received_ms, rest_without=without))
