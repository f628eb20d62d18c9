"""Where rate sheets come from by themselves: watched folders and a mailbox."""

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from domain.setting_section import MailAddress, Section

_NAME = r"^([ !#-\[\]-~]*[!#-\[\]-~])?$"
"""Printable ASCII without quotes and backslashes, as names on an IMAP server are written."""


class SheetFolderSettings(Section):
    """A folder in which others put rate sheets. `plan` "": it is found by the terms of plans, for files of `sender`
    whose names are their subjects; without one either, people say it.
    """

    path: str = Field(pattern=r"^/.+$")
    plan: str = ""
    sender: MailAddress | Literal[""] = ""
    every_s: int = Field(default=10, ge=1, le=86_400)
    settle_s: int = Field(default=2, ge=0, le=3_600)


class MailboxSettings(Section):
    """A mailbox that is read by IMAP (RFC 3501, RFC 9051); `host` "": there is none.

    `taken`: the folder of the mailbox where mail goes once its sheets are kept; "": it stays, with the keyword
    SwitchboardTaken. `mail_mb`: a longer mail is told of and not fetched.
    """

    host: str = ""
    port: int = Field(default=993, ge=1, le=65_535)
    security: Literal["tls", "starttls", "none"] = "tls"
    user: str = Field(default="", pattern=r"^[!#-\[\]-~]*$")
    password: SecretStr = SecretStr("")
    password_file: str = ""
    ca_file: str = ""
    folder: str = Field(default="INBOX", pattern=_NAME, min_length=1)
    taken: str = Field(default="Taken", pattern=_NAME)
    every_s: int = Field(default=60, ge=1, le=86_400)
    wait_s: int = Field(default=20, ge=1, le=300)
    mail_mb: int = Field(default=50, ge=1, le=500)

    @model_validator(mode="after")
    def _two_folders(self) -> Self:
        if self.taken and self.taken.casefold() == self.folder.casefold():
            raise ValueError("sheets.mailbox.taken is the folder that is read: name another one, or none")
        return self


class SheetsSettings(Section):
    """All sources of rate sheets besides those that people send. Invariant: no folder is named twice."""

    folder: tuple[SheetFolderSettings, ...] = Field(default=(), max_length=64)
    mailbox: MailboxSettings = MailboxSettings()

    @model_validator(mode="after")
    def _folders_differ(self) -> Self:
        paths = [one.path.rstrip("/") for one in self.folder]
        if len(set(paths)) < len(paths):
            raise ValueError("a [[sheets.folder]] is given twice: each needs a path of its own")
        return self
