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

REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@office.example>
Subject: Mail delivery report
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="edge"

--edge
Content-Type: text/plain

What became of your mail is below.
--edge
Content-Type: message/delivery-status

Reporting-MTA: dns; office.example
Original-Envelope-Id: {envelope}

Original-Recipient: {original}
Final-Recipient: rfc822; {to}
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; {said}

--edge
Content-Type: text/rfc822-headers

Message-ID: {id}
To: {to}

--edge--
"""


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

    def report(self, to: str, action: str, said: str) -> bytes:
        """Return the report that such a server makes of the last mail to an address: by what it was asked for."""
        place = max(place for place, mail in enumerate(self.taken) if mail["To"] == to)
        asked, mail = self.asked[place], self.taken[place]
        assert asked["RET"] == "HDRS" and "SUCCESS,FAILURE" in asked["NOTIFY"]
        return REPORT.format(
            to=to, action=action, said=said, envelope=asked["ENVID"], original=asked["ORCPT"], id=mail["Message-ID"]
        ).encode()

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
