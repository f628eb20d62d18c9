"""Operators' service of mail."""

from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.mailing import Mailing
from actors.tokens import caller
from domain.errors import InputError
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services
from store.catalog.mail import FAILED, Mail

Context = grpc.aio.ServicerContext[Any, Any]


class MailService(services.MailServiceServicer):
    """Lists mail, tries again what was given up, and tries the mail server."""

    def __init__(self, desk: Desk, mailing: Mailing) -> None:
        self._desk, self._mailing = desk, mailing

    async def List(self, request: pb.PageRequest, context: Context) -> pb.Mails:
        """List mail, newest first."""
        limit, offset, text = self._desk.page(request.limit), request.offset, request.filter
        found = await self._desk.read(lambda catalog: catalog.mail.list(text, limit=limit, offset=offset))
        total = await self._desk.read(lambda catalog: catalog.mail.count(text))
        return pb.Mails(mails=[_message(mail) for mail in found], total=total)

    async def Show(self, request: pb.Named, context: Context) -> pb.Mail:
        """Show one."""
        number = _number(request.name)
        return _message(await self._desk.read(lambda catalog: catalog.mail.get(number)))

    async def Retry(self, request: pb.Named, context: Context) -> pb.Changed:
        """Try one again, or all that were given up."""
        mail = None if request.name == FAILED else _number(request.name, ", or: failed.")
        who, at_ms = caller(), self._desk.now_ms()
        count = await self._desk.write(lambda catalog: catalog.mail.retry(mail, who=who, at_ms=at_ms))
        return pb.Changed(what=f"{count} mail{'' if count == 1 else 's'} to be tried again")

    async def Test(self, request: pb.Named, context: Context) -> pb.Changed:
        """Send a mail to an address now."""
        address = request.name.strip()
        if address.count("@") != 1 or not address.isprintable() or " " in address:
            raise InputError(f"{address!r} is no mail address", mend="Give a@b.c.")
        return pb.Changed(what=await self._desk.whole(self._mailing.test(address)))


def _number(name: str, more: str = ".") -> int:
    if not (name.isascii() and name.isdigit() and len(name) < 19):
        raise InputError(f"{name!r} is no mail", mend=f"Give its number (`switchboard mail list`){more}")
    return int(name)


def _message(mail: Mail) -> pb.Mail:
    return pb.Mail(
        id=mail.id,
        partner=mail.partner or "",
        kind=mail.kind,
        address=mail.address,
        subject=mail.subject,
        body=mail.body,
        state=mail.state,
        made_ms=mail.made_ms,
        tries=mail.tries,
        next_ms=mail.next_ms,
        error=mail.error,
        files=[name for name, _ in mail.files],
    )
