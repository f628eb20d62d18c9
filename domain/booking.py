"""How reports of one leg become one record: whatever order, however often, charged once (DESIGN §5)."""

from dataclasses import dataclass
from hashlib import blake2b

from domain.calls import Leg, LegState, Side
from domain.commands import Posting
from domain.ids import PartnerId


@dataclass(frozen=True, slots=True)
class Known:
    """What a book knows of a leg: its state and the fingerprint of its last report; sealed ones are not open."""

    state: LegState
    fingerprint: int
    charge: int = 0


@dataclass(frozen=True, slots=True)
class Booked:
    """What is to be done with a report: `outcome` as in commands.Recorded, or "differs"; with the partner's posting.

    `write`: the leg's row is to be put as it is in the report.
    """

    outcome: str
    write: bool
    posting: Posting | None


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


def book(leg: Leg, mark: int, known: Known | None, at_ms: int, session_id: bytes = b"") -> Booked:
    """Decide what a report changes, given what is known of its leg.

    A start after the end is late news: a duplicate. A second end that says the same is a duplicate; one that says
    something else differs, and is kept for a person to look at: the first one stands.
    """
    if leg.state is LegState.OPEN:
        if known is None:
            return Booked("opened", True, _posting(leg, 0, "start", at_ms, session_id))
        if known.state is LegState.OPEN:
            return Booked("alive", False, _posting(leg, 0, "alive", at_ms, session_id))
        return Booked("duplicate", False, None)
    if known is None or known.state is LegState.OPEN:
        return Booked("new" if known is None else "closed", True, _posting(leg, leg.charge, "end", at_ms))
    if known.fingerprint == mark:
        return Booked("duplicate", False, None)
    return Booked("differs", False, None)


def _posting(leg: Leg, amount: int, phase: str, at_ms: int, session_id: bytes = b"") -> Posting | None:
    """Vendor legs move no hold: a failed vendor attempt changes nothing at the client."""
    if leg.side is Side.VENDOR:
        if not amount:
            return None
        phase = ""
    ran_s = leg.duration_ms // 1000
    return Posting(leg.partner, leg.side, leg.currency, amount, leg.call_key, phase, at_ms, ran_s, session_id)
