"""What the desk of the tests says of mail."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from protos import operators_pb2 as op
from tests.tui.figures import NOW_MS


def mails(page: op.PageRequest) -> op.Mails:
    def one(number: int, partner: str, address: str, subject: str, state: str, error: str = "") -> op.Mail:
        return op.Mail(
            id=number, partner=partner, kind="warned", address=address, subject=subject, state=state, error=error,
            tries=3 if error else 1, made_ms=NOW_MS - 600_000 * (5 - number),
            body="Callwell owes 24,002.19 USD, 80 % or more of its credit limit of 30000.00 USD.\n",
        )  # fmt: skip

    every = [
        one(4, "callwell", "noc@callwell.example", "Callwell has used 80 % of its credit", "waiting", "451 try later"),
        one(3, "minnow", "pay@minnow.example", "Minnow may call again", "sent"),
        one(2, "minnow", "gone@minnow.example", "Minnow is suspended", "failed", "550 no such user"),
        one(1, "minnow", "pay@minnow.example", "Minnow is suspended", "sent"),
    ]
    found = [mail for mail in every if page.filter in (mail.state, mail.partner, "")]
    return op.Mails(mails=found[page.offset : page.offset + page.limit], total=len(found))


MAIL_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "MailService/List": mails,
    "MailService/Retry": lambda named: op.Changed(what=f"retried {named.name}"),
}
