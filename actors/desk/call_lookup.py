"""One call, found by its key, its hold or one of its legs, in hex or by the beginning of it; and all that is known."""

import asyncio
import string
from collections.abc import Sequence
from dataclasses import dataclass

from actors.decision_log import DAY_MS, KEY_DIGITS, Logged, decisions_of_day
from actors.desk.core import Desk
from actors.tasks import FoundLeg, LegQuery
from domain.calls import Parked
from domain.errors import InputError, NotFoundError
from domain.holds import Hold
from domain.ids import CallKey
from domain.ledger import Transfer, payable, receivable
from store.call_reader import holds_and_parked, keys_between, leg_moments, transfers_of

LEAST = 8
"""Hex digits that may stand for an id."""
MOST_LEGS = 200


@dataclass(frozen=True, slots=True)
class FoundCall:
    """What books, segments, decisions and ledger know of one call. `postings` are those of its sealed legs."""

    key: CallKey
    holds: tuple[Hold, ...] = ()
    legs: tuple[FoundLeg, ...] = ()
    parked: tuple[Parked, ...] = ()
    decisions: tuple[Logged, ...] = ()
    postings: tuple[Transfer, ...] = ()


async def find_call(desk: Desk, text: str) -> FoundCall:
    """Find a call. Raises InputError for what is no id or the beginning of several, NotFoundError."""
    given = text.strip().lower()
    if not LEAST <= len(given) <= KEY_DIGITS or set(given) - set(string.hexdigits):
        mend = f"Give a call key, hold id or leg id in hex, or {LEAST} digits or more of its beginning."
        raise InputError(f"{text!r} is no id of a call", mend=mend)
    low, high = bytes.fromhex(given.ljust(KEY_DIGITS, "0")), bytes.fromhex(given.ljust(KEY_DIGITS, "f"))
    keys = await asyncio.to_thread(keys_between, desk.reader, low, high)
    if not keys or len(given) < KEY_DIGITS:
        query = LegQuery(id_from=low, id_to=high, limit=MOST_LEGS)
        keys |= {found.leg.call_key for found in (await desk.tasks.find_legs(query))[0]}
    logged: Sequence[Logged] = ()
    if not keys:
        logged = await asyncio.to_thread(_latest_decisions, desk, given)
        keys = {CallKey(bytes.fromhex(one.key)) for one in logged}
    if not keys:
        raise NotFoundError(
            f"no call {text} is known", mend="See `switchboard calls list` and `switchboard cdrs list`."
        )
    if len(keys) > 1:
        raise InputError(f"several calls have ids that begin with {text}", mend="Give more digits.")
    return await _gather(desk, keys.pop(), [one.at_ms for one in logged])


async def _gather(desk: Desk, key: CallKey, moments: list[int]) -> FoundCall:
    """Gather what is known of a call; `moments`: when it was, where neither hold nor leg may say so."""
    holds, parked = await asyncio.to_thread(holds_and_parked, desk.reader, key)
    moments += await asyncio.to_thread(leg_moments, desk.reader, key)
    moments += [hold.placed_ms for hold in holds] + [one.received_ms for one in parked]
    around = (min(moments) - DAY_MS, max(moments) + DAY_MS) if moments else (0, 2**62)
    query = LegQuery(call_key=key, from_ms=around[0], to_ms=around[1], limit=MOST_LEGS)
    legs = sorted((await desk.tasks.find_legs(query))[0], key=lambda found: (found.leg.setup_ms, found.leg.side))
    moments += [found.leg.setup_ms for found in legs]
    days = range(min(moments) // DAY_MS - 1, max(moments) // DAY_MS + 1) if moments else range(0)
    decisions, postings = await asyncio.to_thread(_written, desk, key, days, legs)
    return FoundCall(key, tuple(holds), tuple(legs), tuple(parked), tuple(decisions), tuple(postings))


def _latest_decisions(desk: Desk, begins: str) -> list[Logged]:
    """Return the decisions about a call that nobody reported, of the last day that has any."""
    today = desk.now_ms() // DAY_MS
    for day in range(today, today - desk.home.settings.limits.decisions_days - 1, -1):
        if found := decisions_of_day(desk.home.decisions, begins, day):
            return found
    return []


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
