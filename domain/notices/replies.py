"""Mail that comes back to mail of ours: reports of delivery (RFC 3464), and what people answered."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.notices.states import ContactState


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail that names mails of ours by their Message-IDs (with < and >): the one it is about first.

    `state`: what it says of the contact: DELIVERED, BOUNCED, ACCEPTED, REFUSED or ANSWERED; SENT: nothing that was not
    known, as of a delay or somebody's holidays. `address`: of the contact where a machine reports, else of who wrote;
    "" where it does not say. `words`: the server's diagnosis, or the first words of who answered. `is_report`: a
    mail server or mail program tells of our mail; files in it are ours, sent back. `by_text`: who such a report is
    from that names our mail in its text alone, which anybody can write; None: it sends our mail back, or is a report
    of RFC 3462.
    """

    about: tuple[str, ...]
    state: ContactState
    address: str = ""
    words: str = ""
    is_report: bool = False
    by_text: str | None = None


_ANYBODYS = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com aol.com icloud.com me.com"
    " gmx.com gmx.net gmx.de web.de t-online.de mail.com mail.ru bk.ru list.ru inbox.ru yandex.ru yandex.com ya.ru"
    " rambler.ru proton.me protonmail.com zoho.com orange.fr free.fr libero.it uol.com.br qq.com 163.com".split()
)
"""Domains of mail where anybody may have an address."""


def speaks_for(address: str, contacts: Iterable[str]) -> bool:
    """Tell whether who writes from an address may say yes or no for contacts: one of them, or of their mail domain."""
    named = {contact.lower() for contact in contacts}
    domain = domain_of(address)
    return address.lower() in named or (domain not in _ANYBODYS and domain in {domain_of(one) for one in named} - {""})


def is_server_of(address: str, domains: Iterable[str]) -> bool:
    """Tell whether a server that writes from an address is of one of some domains of mail."""
    its = domain_of(address)
    return any(its == domain or its.endswith(f".{domain}") for domain in domains if domain)


def domain_of(address: str) -> str:
    """Return the domain of an address, in lower case; "" of what is none."""
    return address.rpartition("@")[2].lower() if "@" in address else ""
