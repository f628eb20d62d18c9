"""What becomes of a notice of rates, and of each contact that it goes to."""

from enum import StrEnum


class NoticeKind(StrEnum):
    """RATES: to a client, what its calls cost from when on. ANSWER: to whose sheet was applied, what went in."""

    RATES = "rates"
    ANSWER = "answer"


class NoticeState(StrEnum):
    """QUEUED: it waits for approval. APPROVED: its mails are on their way, or have arrived (the contacts say which).
    FAILED: no contact could be reached. TOLD: somebody said that the client knows otherwise. SUPERSEDED: a later one of
    the same client and plan took its place before it was approved. CANCELLED: it is not sent."""

    QUEUED = "queued"
    APPROVED = "approved"
    FAILED = "failed"
    TOLD = "told"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


class ContactState(StrEnum):
    """What one contact's mail came to. WAITING: our mail server has it not yet; SENT: it has; DELIVERED: theirs has
    (a report of delivery, RFC 3464); ANSWERED: somebody wrote back, which is for people to read; ACCEPTED, REFUSED:
    they said so; BOUNCED: theirs refused it later; FAILED: ours refused it, or gave up."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    BOUNCED = "bounced"
    FAILED = "failed"


UNREACHED = (ContactState.BOUNCED, ContactState.FAILED)
_RANK = {
    ContactState.WAITING: 0,
    ContactState.FAILED: 1,
    ContactState.SENT: 1,
    ContactState.DELIVERED: 2,
    ContactState.BOUNCED: 3,
    ContactState.ANSWERED: 4,
    ContactState.ACCEPTED: 5,
    ContactState.REFUSED: 5,
}


def may_follow(state: ContactState, after: ContactState) -> bool:
    """Tell whether a contact in state `after` may come to `state`: what says less than is known changes nothing."""
    return _RANK[state] > _RANK[after] or (_RANK[state] == _RANK[after] and state is not after)


class NoticesMode(StrEnum):
    """What a contract says of notices of rates: somebody approves them (ASK), they go out by themselves as soon as
    rates change (AUTO), none are made (OFF)."""

    ASK = "ask"
    AUTO = "auto"
    OFF = "off"
