"""A mail with rate sheets, as it was read."""

from dataclasses import dataclass

from domain.notices.replies import Reply


@dataclass(frozen=True, slots=True)
class RateMail:
    """A mail. Moments are UTC ms of the machines that wrote them, None where it does not say.

    `files`: with their names, those of archives one by one; `left_out`: a sentence for each file that cannot be taken;
    `letters`: files that came along and are no sheets. `reply`: what it says of a mail of ours.
    """

    message_id: str = ""
    sender: str = ""
    subject: str = ""
    received_ms: int | None = None
    sent_ms: int | None = None
    files: tuple[tuple[str, bytes], ...] = ()
    left_out: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    reply: Reply | None = None
