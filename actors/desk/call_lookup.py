"""One call, found by any id of it, and all that is known of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from actors.decision_log import DAY_MS, Logged, decisions_of_day
from actors.desk.call_keys import MOST_LEGS, calls_meant, meaning, one_of
from actors.desk.core import Desk
from actors.tasks import FoundLeg, LegQuery
from domain.calls import Parked
from domain.holds import Hold
from domain.ids import CallKey
from domain.ledger import Transfer, payable, receivable
from protos import operators_pb2 as pb
from store.call_reader import holds_and_parked, leg_moments, transfers_of


@dataclass(frozen=True, slots=True)
class FoundCall:
    """What books, segments, decisions and ledger know of one call. `postings` are those of its sealed legs."""

    key: CallKey
    holds: tuple[Hold, ...] = ()
    legs: tuple[FoundLeg, ...] = ()
    parked: tuple[Parked, ...] = ()
    decisions: tuple[Logged, ...] = ()
    postings: tuple[Transfer, ...] = ()


async def find_call(desk: Desk, ref: pb.CallRef) -> FoundCall:
    """Find one call. Raises InputError for what is no id or that of several, NotFoundError."""
    meant = await meaning(desk, ref)
    found = await calls_meant(desk, meant)
    return await _gather(desk, one_of(meant, found.keys), [one.at_ms for one in found.logged])


async def _gather(desk: Desk, key: CallKey, moments: list[int]) -> FoundCall:
    """Gather what is known of a call; `moments`: when it was, where neither hold nor leg may say so."""
    holds, parked = await asyncio.to_thread(holds_and_parked, desk.reader, key)
    moments += await asyncio.to_thread(leg_moments, desk.reader, key)
    moments += [hold.placed_ms for hold in holds] + [one.received_ms for one in parked]
    around = (min(moments) - DAY_MS, max(moments) + DAY_MS) if moments else (0, 2**62)
    query = LegQuery(call_keys=(key,), from_ms=around[0], to_ms=around[1], limit=MOST_LEGS)
    legs = sorted((await desk.tasks.find_legs(query))[0], key=lambda found: (found.leg.setup_ms, found.leg.side))
    moments += [found.leg.setup_ms for found in legs]
    # what a switch began before midnight, by its own clock, may be decided, or asked about again, after it
    days = range(min(moments) // DAY_MS - 1, max(moments) // DAY_MS + 2) if moments else range(0)
    decisions, postings = await asyncio.to_thread(_written, desk, key, days, legs)
    return FoundCall(key, tuple(holds), tuple(legs), tuple(parked), tuple(decisions), tuple(postings))


def _written(desk: Desk, key: CallKey, days: range, legs: Sequence[FoundLeg]) -> tuple[list[Logged], list[Transfer]]:
    """Return the decisions about a call, and the transfers of its sealed legs."""
    decisions = [one for day in days for one in decisions_of_day(desk.home.decisions, key.hex(), day)]
    accounts: dict[str, set[str]] = {}
    for found in legs:
        if found.segment:
            its = (receivable(found.leg.partner), payable(found.leg.partner))
            accounts.setdefault(found.segment, set()).update(its)
    postings = [
        transfer
        for segment, its_accounts in accounts.items()
        for transfer in transfers_of(desk.reader, segment)
        if {transfer.debit, transfer.credit} & its_accounts
    ]
    return decisions, postings
