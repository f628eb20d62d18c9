"""A real mail server on a free port, which keeps what it takes and refuses whom it is told to."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from ssl import SSLContext
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from tests.live.running import free_ports


class PostOffice:
    """Takes mail; `refuse` is what it answers to a recipient, by address, as often as there are answers."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.refuse: dict[str, list[str]] = {}
        self.port = free_ports("smtp")["smtp"]

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
        return "250 taken"

    def to(self, address: str) -> list[str]:
        """Return the subjects of the mails to an address, in the order in which they came."""
        return [str(mail["Subject"]) for mail in self.taken if mail["To"] == address]

    @property
    def ids(self) -> Counter[str]:
        """Return how often each Message-ID came."""
        return Counter(str(mail["Message-ID"]) for mail in self.taken)


@contextmanager
def post_office(tls: SSLContext | None = None, login: tuple[str, str] | None = None) -> Iterator[PostOffice]:
    """Open one on loopback; with `tls` it wants STARTTLS, with `login` (user, password) authentication."""
    office = PostOffice()

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and login == (data.login.decode(), data.password.decode())
        return AuthResult(success=good, handled=False)

    more: dict[str, Any] = {"tls_context": tls, "require_starttls": True} if tls is not None else {}
    if login is not None:
        more |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": tls is not None}
    controller = Controller(office, hostname="127.0.0.1", port=office.port, **more)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
