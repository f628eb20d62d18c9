"""Which calls an id means: one of ours in hex, or the beginning of one, or the id that a switch gave, as it shows it.

A switch's id is tried at every switch, in every form that it may have been sent in (domain.call_ids): what it makes is
a call key, and by it books, segments and decisions are searched. Acct-Session-Ids that are no call id are known of
calls that are held now, and of parked records.
"""

import asyncio
import string
from dataclasses import dataclass

from actors.decision_log import KEY_DIGITS, Logged, decisions_of_day, decisions_with_id
from actors.desk.core import Desk
from actors.tasks import LegQuery
from domain.call_ids import LONGEST, keys_of, sent_ids
from domain.errors import InputError, NotFoundError
from domain.ids import CallKey, SwitchId
from protos import operators_pb2 as pb
from store.call_reader import keys_between, keys_known, keys_running
from store.parked_reader import keys_reported

LEAST = 8
"""Hex digits that may stand for an id of ours."""
MOST_LEGS = 200
_HOW = "Give all of it as the switch shows it (SIP Call-ID, h323-conf-id, call_id of gRPC, Acct-Session-Id), or "
_NAMED = 8
"""Switches that a message names."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What a text may mean: `sent`, ids that a switch may have sent; `tried`, the keys that they make, and whose they
    are; `own`, the beginning of an id of ours in hex, "" where it can be none. `switch`: the only one that is asked of.
    """

    text: str
    switch: str
    switches: tuple[SwitchId, ...]
    sent: tuple[bytes, ...]
    tried: dict[CallKey, SwitchId]
    own: str

    @property
    def between(self) -> tuple[bytes, bytes]:
        """The lowest and the highest id of ours that begins so."""
        return bytes.fromhex(self.own.ljust(KEY_DIGITS, "0")), bytes.fromhex(self.own.ljust(KEY_DIGITS, "f"))

    @property
    def is_whole(self) -> bool:
        """Whether it may be an id of ours, given in full."""
        return len(self.own) == KEY_DIGITS


@dataclass(frozen=True, slots=True)
class MeantCalls:
    """The calls that were found, and the decisions by which, where nobody reported anything of them."""

    keys: frozenset[CallKey]
    logged: tuple[Logged, ...] = ()


async def meaning(desk: Desk, ref: pb.CallRef) -> Meant:
    """Read an id. Raises InputError for one that is none, NotFoundError for a switch that is not known."""
    text = ref.call.strip()
    if not text or len(text) > LONGEST:
        raise InputError(f"{text[:40]!r} is no id of a call", mend=f"{_HOW}8 to 32 hex digits of a call key.")
    switches = tuple(switch.id for switch in await desk.read(lambda catalog: catalog.switches.list()))
    if ref.switch_id and ref.switch_id not in switches:
        mend = f"There {_named(switches)}; see `switchboard switches list`."
        raise NotFoundError(f"no switch {ref.switch_id} is known", mend=mend)
    asked = (SwitchId(ref.switch_id),) if ref.switch_id else switches
    sent, plain = sent_ids(text), text.lower()
    is_own = LEAST <= len(plain) <= KEY_DIGITS and not set(plain) - set(string.hexdigits) and not ref.switch_id
    return Meant(text, ref.switch_id, asked, sent, keys_of(sent, asked), plain if is_own else "")


async def calls_meant(desk: Desk, meant: Meant, *, every: bool = False) -> MeantCalls:
    """Find the calls that have an id, one or more; `every`: look into the segments though the books know one.

    A whole id comes before the beginning of one. Raises NotFoundError where there is none, saying what was tried.
    """
    keys = await asyncio.to_thread(_by_whole_id, desk, meant)
    if not keys and meant.is_whole:
        keys = await _sealed_between(desk, meant)
    if meant.tried and (not keys or (every and not meant.is_whole)):
        keys |= await _sealed(desk, LegQuery(call_keys=tuple(meant.tried), limit=MOST_LEGS))
    if not keys and meant.own and not meant.is_whole:
        keys = await asyncio.to_thread(keys_between, desk.reader, *meant.between)
        keys |= await _sealed_between(desk, meant)
    logged = () if keys else await asyncio.to_thread(_latest_decisions, desk, meant)
    found = keys or {CallKey(bytes.fromhex(one.key)) for one in logged}
    if not found:
        raise unknown(meant)
    return MeantCalls(frozenset(found), logged)


def keys_in_books(desk: Desk, meant: Meant) -> set[CallKey]:
    """Return the calls that have an id and of which the books hold something: all that run do. Runs in a thread."""
    keys = _by_whole_id(desk, meant)
    return keys or (keys_between(desk.reader, *meant.between) if meant.own else set())


def one_of(meant: Meant, keys: frozenset[CallKey]) -> CallKey:
    """Return the only call that is meant. Raises InputError where there are several, naming them."""
    if len(keys) == 1:
        return next(iter(keys))
    if not keys & meant.tried.keys():
        raise InputError(f"several calls have ids that begin with {meant.text}", mend="Give more digits.")
    named = [f"{key.hex()} of {meant.tried[key]}" if key in meant.tried else key.hex() for key in sorted(keys)]
    mend = "Name the switch (`--switch NAME`), or give one of these keys."
    raise InputError(f"{len(keys)} calls have the id {meant.text}: {', '.join(named[:_NAMED])}", mend=mend)


def unknown(meant: Meant) -> NotFoundError:
    """Return the error that says as what an id was looked for, and how it is to be given."""
    where = ", ".join(meant.switches) if len(meant.switches) <= _NAMED else f"each of {len(meant.switches)} switches"
    forms = f" ({len(meant.sent)} written forms)" if len(meant.sent) > 1 else ""
    tried = [f"a switch's id of a call, at {where or 'no switch, since there is none'}{forms}"]
    tried += ["the Acct-Session-Id of a running call or a parked record"]
    tried += ["the beginning of a call key, hold id or leg id"] if meant.own else []
    mend = f"{_HOW}8 digits or more of a call key; see `switchboard calls list` and `switchboard cdrs list`."
    return NotFoundError(f"no call {meant.text} is known; looked for as {'; as '.join(tried)}", mend=mend)


def _by_whole_id(desk: Desk, meant: Meant) -> set[CallKey]:
    """Return the calls that have this very id and of which the books hold something. Runs in a thread."""
    if meant.is_whole and (own := keys_between(desk.reader, *meant.between)):
        return own
    known = keys_known(desk.reader, meant.tried)
    known |= keys_running(desk.reader, meant.sent, meant.switch)
    return known | keys_reported(desk.reader, meant.sent, meant.switch)


async def _sealed_between(desk: Desk, meant: Meant) -> set[CallKey]:
    low, high = meant.between
    return await _sealed(desk, LegQuery(id_from=low, id_to=high, limit=MOST_LEGS))


async def _sealed(desk: Desk, query: LegQuery) -> set[CallKey]:
    return {found.leg.call_key for found in (await desk.tasks.find_legs(query))[0]}


def _latest_decisions(desk: Desk, meant: Meant) -> tuple[Logged, ...]:
    """Return the decisions about a call that nobody reported, of the last day that has any. Runs in a thread."""
    folder, today = desk.home.decisions, desk.now_ms() // 86_400_000
    for day in range(today, today - desk.home.settings.limits.decisions_days - 1, -1):
        found = [one for one in decisions_with_id(folder, meant.sent, day) if bytes.fromhex(one.key) in meant.tried]
        if not found and meant.own:
            found = decisions_of_day(folder, meant.own, day)
        if found:
            return tuple(found)
    return ()


def _named(switches: tuple[SwitchId, ...]) -> str:
    if not switches:
        return "is none"
    more = f" and {len(switches) - _NAMED} more" if len(switches) > _NAMED else ""
    return f"are {', '.join(switches[:_NAMED])}{more}"
