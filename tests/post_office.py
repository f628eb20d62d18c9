"""A real mail server on a free port, which keeps what it takes and refuses whom it is told to."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from ssl import SSLContext
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from tests.live.running import free_ports

REPORTS = re.compile(r" (RET|ENVID|NOTIFY|ORCPT)=(\S+)")


class Reporting(SMTP):
    """A server that offers reports of delivery (DSN, RFC 3461): what a mail asks for is in `asked`."""

    asked: dict[str, str]

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        self.asked = dict(REPORTS.findall(arg or ""))
        await super().smtp_MAIL(REPORTS.sub("", arg or ""))

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        self.asked |= dict(REPORTS.findall(arg or ""))
        await super().smtp_RCPT(REPORTS.sub("", arg or ""))


class Office(Controller):
    """Makes the server of each connection."""

    def factory(self) -> SMTP:
        return Reporting(self.handler, **self.SMTP_kwargs)


class PostOffice:
    """Takes mail; `refuse` is what it answers to a recipient, by address, as often as there are answers.

    `asked`: for each mail what reports it asks for, by the words of RFC 3461; `reports`: whether it offers any.
    """

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.asked: list[dict[str, str]] = []
        self.reports = True
        self.refuse: dict[str, list[str]] = {}
        self.port = free_ports("smtp")["smtp"]

    async def handle_EHLO(  # noqa: N802  (aiosmtpd calls it)
        self, server: Any, session: Any, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], "250-DSN", *responses[1:]] if self.reports else responses

    async def handle_RCPT(  # noqa: N802  (aiosmtpd calls it)
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse.get(address):
            return self.refuse[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken.append(message_from_bytes(content, policy=policy.default))
        self.asked.append(server.asked)
        return "250 taken"

    def to(self, address: str) -> list[str]:
        """Return the subjects of the mails to an address, in the order in which they came."""
        return [str(mail["Subject"]) for mail in self.taken if mail["To"] == address]

    @property
    def ids(self) -> Counter[str]:
        """Return how often each Message-ID came."""
        return Counter(str(mail["Message-ID"]) for mail in self.taken)


@contextmanager
def post_office(
    tls: SSLContext | None = None, login: tuple[str, str] | None = None, most: int = 0
) -> Iterator[PostOffice]:
    """Open one on loopback; with `tls` it wants STARTTLS, with `login` (user, password) authentication.

    `most`: longest mail that it takes, in bytes; 0: it does not say.
    """
    office = PostOffice()

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and login == (data.login.decode(), data.password.decode())
        return AuthResult(success=good, handled=False)

    more: dict[str, Any] = {"tls_context": tls, "require_starttls": True} if tls is not None else {}
    if login is not None:
        more |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": tls is not None}
    more["data_size_limit"] = most
    controller = Office(office, hostname="127.0.0.1", port=office.port, **more)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
