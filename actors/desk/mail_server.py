"""The mail server that takes our mail, by SMTP (RFC 5321, submission RFC 6409); it blocks, so it runs in threads."""

import smtplib
import ssl
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path

from actors.desk.mail_message import FileGoneError, mail_message
from domain.notices.states import NoticeKind
from domain.settings import MailSettings
from store.catalog.mail import Mail

PERMANENT = 500
"""Replies from here on are final (RFC 5321 §4.2.1); those below may change."""
OF_SIZE = (452, 523, 552)
"""Replies about the length of one mail (RFC 1870 §6), and no others."""
ENVELOPE_ID_MOST = 100
MB = 1 << 20


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

    def __init__(self, settings: MailSettings, data: Path) -> None:
        """`data`: the data folder, below which mails' files lie."""
        self._settings, self._data = settings, data
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
            self._smtp.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self.close()
            raise MailServerError(f"{its.host}:{its.port}: {said_by(error)}") from error

    def send(self, mail: Mail, now_s: float) -> Result:
        """Hand one mail over, with its files. Raises MailServerError where the server refuses us as a sender."""
        assert self._smtp is not None, "the server is open"
        try:
            message = mail_message(mail, self._settings, self._data, now_s)
        except OSError as error:  # the disk, now
            return Result(Fate.LATER, said_by(error))
        except FileGoneError as error:
            return Result(Fate.NEVER, str(error))
        except Exception as error:  # an address that cannot be: the parser of addresses raises what it likes
            return Result(Fate.NEVER, said_by(error))
        too_long = self._too_long(message) if mail.files else ""
        if too_long:
            return Result(Fate.NEVER, too_long)
        return self._hand_over(self._smtp, mail, message)

    def _hand_over(self, smtp: smtplib.SMTP, mail: Mail, message: EmailMessage) -> Result:
        options, of_recipient = _reports(mail, message) if _is_reported(mail) and smtp.has_extn("dsn") else ((), ())
        try:
            smtp.send_message(message, self._settings.sender, [mail.address], options, of_recipient)
        except smtplib.SMTPRecipientsRefused as error:
            code, text = error.recipients.get(mail.address, (PERMANENT, b""))
            return Result(_fate(code), f"{code} {text.decode('utf-8', 'replace')}")
        except smtplib.SMTPSenderRefused as error:
            if error.smtp_code in OF_SIZE:
                return Result(_fate(error.smtp_code), said_by(error))
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

    def _too_long(self, message: EmailMessage) -> str:
        """Return in words that the server takes no mail of this length (SIZE, RFC 1870), "" where it does or may."""
        assert self._smtp is not None, "the server is open"
        most = self._smtp.esmtp_features.get("size", "")
        if not most.isascii() or not most.isdigit() or not int(most):  # 0: no limit that it knows
            return ""
        size = len(message.as_bytes(policy=message.policy.clone(linesep="\r\n")))
        if size <= int(most):
            return ""
        return f"it has {size / MB:,.2f} MB with its files, and the mail server takes {int(most) / MB:,.2f} at most"

    @property
    def is_open(self) -> bool:
        """Whether the connection may be used."""
        return self._smtp is not None

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


def _is_reported(mail: Mail) -> bool:
    return mail.kind in list(NoticeKind)


def _reports(mail: Mail, message: EmailMessage) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what asks the server to report what became of a mail (DSN, RFC 3461): of the mail, of its recipient."""
    known_by = _xtext(str(message["Message-ID"])[1:-1])
    envelope = (f"ENVID={known_by}",) if len(known_by) <= ENVELOPE_ID_MOST else ()
    original = (f"ORCPT=rfc822;{_xtext(mail.address)}",) if mail.address.isascii() else ()
    return ("RET=HDRS", *envelope), ("NOTIFY=SUCCESS,FAILURE,DELAY", *original)


def _xtext(text: str) -> str:
    """Return ASCII as RFC 3461 section 4 writes it."""
    return "".join(sign if "!" <= sign <= "~" and sign not in "+=" else f"+{ord(sign):02X}" for sign in text)


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
