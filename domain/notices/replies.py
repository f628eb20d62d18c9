"""Mail that comes back to mail of ours: reports of delivery (RFC 3464), and what people answered."""

from dataclasses import dataclass

from domain.notices.states import ContactState


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail that names mails of ours by their Message-IDs (with < and >): the one it is about first.

    `state`: what it says of the contact: DELIVERED, BOUNCED, ACCEPTED, REFUSED or ANSWERED; SENT: nothing that was not
    known, as of a delay or somebody's holidays. `address`: of the contact where a machine reports, else of who wrote;
    "" where it does not say. `words`: the server's diagnosis, or the first words of who answered. `is_report`: a
    mail server or mail program tells of our mail; files in it are ours, sent back.
    """

    about: tuple[str, ...]
    state: ContactState
    address: str = ""
    words: str = ""
    is_report: bool = False
