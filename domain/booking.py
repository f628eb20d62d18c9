"""How reports of one leg become one record: whatever order, however often, charged once (DESIGN §5)."""

from dataclasses import dataclass, replace
from hashlib import blake2b

from domain.calls import Leg, LegState, Side
from domain.commands import Posting
from domain.ids import PartnerId
from domain.quick import quick


@quick
@dataclass(frozen=True, slots=True)
class Known:
    """What a book knows of a leg: its state and the fingerprint of its last report; sealed ones are not open.

    PARTIAL: closed by us and waiting for its real end, as `partial` has it; one that waits no longer is CLOSED.
    `alive_ms`: when an open one last showed itself, at its `duration_ms`.
    """

    state: LegState
    fingerprint: int
    charge: int = 0
    alive_ms: int = 0
    duration_ms: int = 0
    revision: int = 0
    partial: Leg | None = None


@quick
@dataclass(frozen=True, slots=True)
class Booked:
    """What is to be done with a report: `outcome` as in commands.Recorded, or "differs"; with the partner's posting.

    `write`: the leg's row is to be put as it is in the report, as this `revision`. `back`: what takes back the charge
    of an end that was ours, where the real one concerns another partner or currency.
    """

    outcome: str
    write: bool
    posting: Posting | None
    revision: int = 0
    back: Posting | None = None


def fingerprint(leg: Leg) -> int:
    """Return 63 bits over what a leg's end says, so that a second end of the same leg can be compared.

    Whether it was answered counts, not when: some switches give no connect time, and then it is counted back from the
    arrival of the report, which is another one each time that the report is sent.
    """
    return fingerprint_of(leg.side, leg.partner, leg.a, leg.b, leg.answered, leg.duration_ms, leg.cause, leg.volume)


def fingerprint_of(
    side: Side, partner: PartnerId, a: str, b: str, answered: bool, duration_ms: int, cause: int, volume: int = 0
) -> int:
    """Return the fingerprint of a leg from what goes into it."""
    said = [side.value, partner, a, b, "answered" if answered else "", f"{duration_ms}", f"{cause}"]
    if volume:  # calls have none, and keep the fingerprints that books know
        said.append(f"{volume}")
    return int.from_bytes(blake2b("\0".join(said).encode(), digest_size=8).digest(), "big") >> 1


def book(leg: Leg, mark: int, known: Known | None, at_ms: int, session_id: bytes = b"", alive_ms: int = 0) -> Booked:
    """Decide what a report changes, given what is known of its leg.

    A start after the end is late news: a duplicate. A second end that says the same is a duplicate; one that says
    something else differs, and is kept for a person to look at: the first one stands. An end that we made (PARTIAL) is
    no first end: the real one takes its place, and so does a sign of life that is later than it. `alive_ms`: when the
    leg that we end was last heard of; one that has been heard of since goes on.
    """
    if leg.state is LegState.OPEN:
        return _open(leg, known, at_ms, session_id)
    if leg.state is LegState.PARTIAL:
        if known is None or known.state is not LegState.OPEN or known.alive_ms > alive_ms:
            return Booked("duplicate", False, None)
        return Booked("closed", True, _ended(leg, at_ms, leg.charge, leg.billed_s), known.revision)
    if known is None or known.state is LegState.OPEN:
        posting = _ended(leg, at_ms, leg.charge, leg.billed_s)
        return Booked("new" if known is None else "closed", True, posting, known.revision if known else 0)
    if known.partial is not None:
        return _instead(leg, known.partial, at_ms)
    if known.fingerprint == mark:
        return Booked("duplicate", False, None)
    return Booked("differs", False, None)


def _open(leg: Leg, known: Known | None, at_ms: int, session_id: bytes) -> Booked:
    if known is None:
        return Booked("opened", True, _going(leg, "start", at_ms, session_id))
    if known.state is LegState.OPEN:
        return Booked("alive", False, _going(leg, "alive", at_ms, session_id))
    if known.partial is None or leg.duration_ms <= known.partial.duration_ms:
        return Booked("duplicate", False, None)
    going = _going(leg, "alive", at_ms, session_id)
    return Booked("opened", True, going, known.partial.revision + 1, _taken_back(known.partial, at_ms))


def _instead(leg: Leg, ours: Leg, at_ms: int) -> Booked:
    """Put the real end of a leg in the place of the one that we made: the difference is posted."""
    revision = ours.revision + 1
    if _counts_for(leg) == _counts_for(ours):
        change = _ended(leg, at_ms, leg.charge - ours.charge, leg.billed_s - ours.billed_s)
        return Booked("closed", True, change, revision)
    return Booked("closed", True, _ended(leg, at_ms, leg.charge, leg.billed_s), revision, _taken_back(ours, at_ms))


def _counts_for(leg: Leg) -> tuple[object, ...]:
    return leg.partner, leg.side, leg.currency, leg.trunk, leg.destination, leg.end_user


def _taken_back(ours: Leg, at_ms: int) -> Posting | None:
    """Return what undoes the charge of an end that was ours; it touches no hold."""
    posting = _ended(ours, at_ms, -ours.charge, -ours.billed_s)
    return replace(posting, phase="") if posting else None


def _going(leg: Leg, phase: str, at_ms: int, session_id: bytes) -> Posting | None:
    """Vendor legs move no hold: a failed vendor attempt changes nothing at the client."""
    if leg.side is Side.VENDOR:
        return None
    ran_s = leg.duration_ms // 1000
    return Posting(leg.partner, leg.side, leg.currency, 0, leg.call_key, phase, at_ms, ran_s, session_id)


def _ended(leg: Leg, at_ms: int, amount: int, seconds: int) -> Posting | None:
    """Return what an end changes: of a vendor's leg that costs nothing there is nothing to say."""
    if leg.side is Side.VENDOR and not amount and not seconds:
        return None
    return Posting(
        partner=leg.partner,
        side=leg.side,
        currency=leg.currency,
        amount=amount,
        call_key=leg.call_key,
        phase="" if leg.side is Side.VENDOR else "lost" if leg.state is LegState.PARTIAL else "end",
        at_ms=at_ms,
        ran_s=leg.duration_ms // 1000,
        trunk=leg.trunk,
        destination=leg.destination,
        b=leg.b,
        seconds=seconds,
        began_ms=leg.day_ms,
        end_user=leg.end_user,
    )
