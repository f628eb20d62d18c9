"""The mail server that takes our mail, by SMTP (RFC 5321, submission RFC 6409); it blocks, so it runs in threads."""

import smtplib
import ssl
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from enum import StrEnum
from pathlib import Path

from domain.settings import MailSettings
from store.catalog.mail import Mail, message_id

PERMANENT = 500
"""Replies from here on are final (RFC 5321 §4.2.1); those below may change."""


class MailServerError(Exception):
    """The mail server is out of reach, or refuses us whatever the mail: no mail is to blame."""


class Fate(StrEnum):
    """What became of a mail. LATER: tried again; NEVER: it is of no use."""

    SENT = "sent"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a mail, and what the server said."""

    fate: Fate
    said: str = ""


class MailServer:
    """One connection. Every method blocks, `wait_s` of the settings at most for each step."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._smtp: smtplib.SMTP | None = None

    def open(self) -> None:
        """Connect, encrypt and authenticate as the settings say. Raises MailServerError."""
        its = self._settings
        try:
            if its.security == "tls":
                self._smtp = smtplib.SMTP_SSL(its.host, its.port, timeout=its.wait_s, context=self._context())
            else:
                self._smtp = smtplib.SMTP(its.host, its.port, timeout=its.wait_s)
            if its.security == "starttls":
                self._smtp.starttls(context=self._context())
            if its.user:
                self._smtp.login(its.user, self._password())
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self.close()
            raise MailServerError(f"{its.host}:{its.port}: {said_by(error)}") from error

    def send(self, mail: Mail, now_s: float) -> Result:
        """Hand one mail over. Raises MailServerError where the server refuses us as a sender."""
        assert self._smtp is not None, "the server is open"
        try:
            message = self.message(mail, now_s)
        except Exception as error:  # an address that cannot be: the parser of addresses raises what it likes
            return Result(Fate.NEVER, said_by(error))
        try:
            self._smtp.send_message(message, self._settings.sender, [mail.address])
        except smtplib.SMTPRecipientsRefused as error:
            code, text = error.recipients.get(mail.address, (PERMANENT, b""))
            return Result(_fate(code), f"{code} {text.decode('utf-8', 'replace')}")
        except smtplib.SMTPSenderRefused as error:
            raise MailServerError(f"sender {self._settings.sender}: {said_by(error)}") from error
        except smtplib.SMTPNotSupportedError as error:
            return Result(Fate.NEVER, said_by(error))
        except smtplib.SMTPResponseException as error:
            return Result(_fate(error.smtp_code), said_by(error))
        except (OSError, smtplib.SMTPException) as error:  # it hung up: perhaps over this mail
            self.close()
            return Result(Fate.LATER, said_by(error))
        except (ValueError, MessageError) as error:  # an address or a header that cannot be
            return Result(Fate.NEVER, said_by(error))
        return Result(Fate.SENT)

    @property
    def is_open(self) -> bool:
        """Whether the connection may be used."""
        return self._smtp is not None

    def message(self, mail: Mail, now_s: float) -> EmailMessage:
        """Return a mail as it goes out."""
        message = EmailMessage()
        message["Subject"] = mail.subject
        message["From"] = Address("Switchboard", addr_spec=self._settings.sender)
        message["To"] = Address(addr_spec=mail.address)
        message["Date"] = formatdate(now_s)
        message["Message-ID"] = message_id(mail.cause, mail.made_ms, self._settings.sender)
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no holiday replies
        message.set_content(mail.body)
        return message

    def close(self) -> None:
        """Say good-bye, where somebody still listens."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            try:
                smtp.quit()
            except (OSError, smtplib.SMTPException):
                smtp.close()

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._settings.ca_file:
            context.load_verify_locations(self._settings.ca_file)
        return context

    def _password(self) -> str:
        return Path(self._settings.password_file).read_text("utf-8").strip() if self._settings.password_file else ""


def said_by(error: Exception) -> str:
    """Return what an error says, in one line: what the server replied where it did."""
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        said = f"{error.smtp_code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
    else:
        said = f"{type(error).__name__}: {error}"
    return " ".join(said.split())


def _fate(code: int) -> Fate:
    return Fate.NEVER if code >= PERMANENT else Fate.LATER
