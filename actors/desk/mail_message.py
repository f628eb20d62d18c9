"""A mail as it goes out (RFC 5322, MIME: RFC 2045 to 2047, 2231), with its files."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path, PurePosixPath

from domain.settings import MailSettings
from store.catalog.mail import Mail, message_id

_TYPES = {
    ".xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ".csv": ("text", "csv"),
    ".txt": ("text", "plain"),
    ".pdf": ("application", "pdf"),
    ".zip": ("application", "zip"),
}
_ANY = ("application", "octet-stream")


class FileGoneError(Exception):
    """A file that goes with a mail is not there any more."""


def mail_message(mail: Mail, settings: MailSettings, data: Path, now_s: float) -> EmailMessage:
    """Return a mail as it goes out, with its files from the folder `data`.

    Raises FileGoneError, OSError where a file cannot be read now, and whatever the parser of addresses raises.
    """
    message = EmailMessage()
    message["Subject"] = mail.subject
    message["From"] = Address("Switchboard", addr_spec=settings.sender)
    message["To"] = Address(addr_spec=mail.address)
    if settings.reply_to:
        message["Reply-To"] = Address(addr_spec=settings.reply_to)
    message["Date"] = formatdate(now_s)
    message["Message-ID"] = message_id(mail, settings.sender)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no holiday replies
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"  # the same for Exchange
    message.set_content(mail.body)
    for name, path in mail.files:
        _attach(message, name, _bytes(data, path, name))
    return message


def _attach(message: EmailMessage, name: str, content: bytes) -> None:
    main, sub = _TYPES.get(PurePosixPath(name).suffix.lower(), _ANY)
    params = {"charset": "utf-8"} if main == "text" else {}
    printable = "".join(sign for sign in name if sign.isprintable())
    message.add_attachment(content, maintype=main, subtype=sub, filename=printable, params=params)


def _bytes(data: Path, path: str, name: str) -> bytes:
    whole = (data / path).resolve()
    if not whole.is_relative_to(data.resolve()):
        raise FileGoneError(f"{name} is not in the data folder")
    try:
        return whole.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise FileGoneError(f"its file {name} is gone") from None
