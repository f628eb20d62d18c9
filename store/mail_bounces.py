"""Mail that servers send back without a report of RFC 3464: qmail, Exim, old Exchange and their like.

Such a mail is a bounce only where it is certain: a server wrote it, says that it has given up, and sends back a mail
with its Message-ID. What is less certain is for people to read.
"""

import re
from collections.abc import Sequence
from email.utils import getaddresses

from domain.notices.replies import Reply
from domain.notices.states import ContactState
from store.mail_body import body_of
from store.mime import ADDRESS, Part, first, header, sender_of
from store.returned import ids_in, returned_ids

WORDS_MOST = 300
TEXT_LINES = 200
_SERVER = re.compile(
    r"(mailer-daemon|postmaster|mdaemon|mail ?delivery (sub)?system|system administrator)", re.IGNORECASE
)
_RETURNED = re.compile(r"^[ \t>]{0,8}Message-ID:\s*(<[^<>\s]{1,500}>)", re.IGNORECASE | re.MULTILINE)
_BELOW = re.compile(
    r"(copy of the message|below this line|original message|undelivered message|unsent message|message header"
    r"|returned message|message follows)",
    re.IGNORECASE,
)
_GAVE_UP = re.compile(
    r"(permanent (fatal )?error|permanent failure|could ?n[o']t be delivered|was ?n[o']t able to deliver|did not reach"
    r"|undeliverable|delivery (has |to .{1,80} )?failed|could not deliver|unable to deliver|giving up|user unknown"
    r"|unknown user|no such user|recipient (address )?rejected|mailbox (not found|unavailable|does not exist))",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"(delayed|not yet been delivered|will (be retried|continue|keep|try)|still trying|no action is required"
    r"|do not need to resend|warning message)",
    re.IGNORECASE,
)
_QMAIL = re.compile(r"^<([^<>\s]+@[^<>\s]+)>:\s*$", re.MULTILINE)
_CODE = re.compile(r"(?<!\d)[45]\d\d[ -]|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])")


def read_bounce(message: Part, parts: Sequence[Part]) -> Reply | None:
    """Return what a server says of a mail that it sends back, None where no server wrote it, or it names no mail."""
    failed = header(message, "X-Failed-Recipients")
    if not failed and not _SERVER.search(header(message, "From")):
        return None
    text = body_of(parts)
    sent_back = returned_ids(parts)
    returned = ids_in(*sent_back, *_RETURNED.findall(text))
    about = ids_in(*returned, first(message, "In-Reply-To"), *reversed(ids_in(first(message, "References"))))
    if not about:
        return None
    lines = _lines(text)
    told = " ".join((header(message, "Subject"), *lines))
    gave_up, goes_on = bool(failed or _GAVE_UP.search(told)), bool(_GOES_ON.search(told))
    if not (gave_up or goes_on or returned):
        return None  # a postmaster who answers as people do
    if gave_up and not goes_on and returned:
        state = ContactState.BOUNCED
    elif goes_on and not gave_up:
        state = ContactState.SENT
    else:
        state = ContactState.ANSWERED
    by_text = None if sent_back else sender_of(message)
    return Reply(about, state, _recipient(failed, text), _words(lines), is_report=True, by_text=by_text)


def _lines(text: str) -> list[str]:
    """Return what the server says, without the mail that it sends back."""
    lines: list[str] = []
    for line in text.splitlines()[:TEXT_LINES]:
        if _BELOW.search(line) and line.lstrip().startswith(("-", "=")):
            break
        if line.strip():
            lines.append(" ".join(line.split()))
    return lines


def _words(lines: Sequence[str]) -> str:
    """Return the line with the reason: one with a reply code, else the first that says that it was given up."""
    for wanted in (_CODE, _GAVE_UP, _GOES_ON):
        for line in lines:
            if wanted.search(line):
                return line[:WORDS_MOST]
    return " ".join(lines)[:WORDS_MOST]


def _recipient(failed: str, text: str) -> str:
    given = [address.strip().lower() for _, address in getaddresses([failed])]
    given += [found.lower() for found in _QMAIL.findall(text)[:1]]
    return next((address for address in given if ADDRESS.fullmatch(address)), "")
