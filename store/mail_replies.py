"""Mail that comes back to mail of ours: reports of delivery (RFC 3464) and of reading (RFC 8098), what servers send
that speak neither, and what people answer.

A mail names ours by its Message-ID, which nobody knows but who got it; whether its sender may speak for a contact is
for the catalog to say. Whatever comes, it is read as far as it can be, and up to a bound.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from domain.notices.own_words import own_words
from domain.notices.replies import Reply
from domain.notices.states import ContactState
from domain.notices.verdict import verdict
from store.mail_body import body_of
from store.mail_bounces import read_bounce
from store.mail_reports import read_report
from store.mime import ODD, Part, first, header, parsed, sender_of
from store.returned import ids_in

READ_MOST = 1 << 20
"""Bytes that are read: a returned mail has its head first, an answer its text."""
PARTS_MOST = 200
WORDS_MOST = 200
_AUTOMATIC = ("X-Autoreply", "X-Autorespond", "X-Autoreply-From", "X-Mail-Autoreply")
_AWAY = re.compile(
    r"\s*(auto(matic|mated)?[ -]?(reply|response)|out of (the )?office|away from (the|my) (office|mail)|on vacation"
    r"|automatische antwort|abwesenheit|respuesta automática|réponse automatique|absence|resposta automática"
    r"|автоматический ответ|автоответ)",
    re.IGNORECASE,
)


def read_reply(raw: bytes) -> Reply | None:
    """Return what a mail says about a mail that it names, None where it names none. Never raises for what is in it."""
    try:
        message = parsed(raw[:READ_MOST])
        parts = list(islice(_parts(message), PARTS_MOST))
        return read_report(message, parts) or read_bounce(message, parts) or _answer(message, parts)
    except (RecursionError, *ODD):
        return None


def _parts(message: Part) -> Iterator[Part]:
    """Yield the parts of a mail, without those of mails and reports within."""
    yield message
    if message.get_content_maintype() != "message" and message.is_multipart():
        for part in message.get_payload():
            if not isinstance(part, str):
                yield from _parts(part)


def _answer(message: Part, parts: Sequence[Part]) -> Reply | None:
    about = ids_in(first(message, "In-Reply-To"), *reversed(ids_in(first(message, "References"))))
    if not about:
        return None
    address = sender_of(message)
    subject = header(message, "Subject")
    if _is_automatic(message, subject):
        return Reply(about, ContactState.SENT, address, subject[:WORDS_MOST])
    lines = own_words(body_of(parts))
    return Reply(about, verdict(lines), address, " ".join(lines)[:WORDS_MOST] or subject[:WORDS_MOST])


def _is_automatic(message: Part, subject: str) -> bool:
    """Tell what a machine wrote for somebody: RFC 3834 section 5, and what was before it."""
    return (
        header(message, "Auto-Submitted").lower() not in ("", "no")
        or header(message, "Precedence").lower() == "auto_reply"
        or any(name in message for name in _AUTOMATIC)
        or bool(_AWAY.match(subject))
    )
