"""Mail that comes back to mail of ours: reports of delivery (RFC 3464), and what people answered."""

from dataclasses import dataclass

from domain.notices.states import ContactState


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail that names mails of ours by their Message-IDs (with < and >): the one it is about first.

    `state`: what it says of the contact: DELIVERED, BOUNCED, ACCEPTED, REFUSED or ANSWERED. `address`: of the contact,
    "" where it does not say; `words`: the server's diagnosis, or the first words of who answered.
    """

    about: tuple[str, ...]
    state: ContactState
    address: str = ""
    words: str = ""
