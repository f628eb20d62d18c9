"""`switchboard mail`: what was told to partners and to our own people, and whether it went out."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, Limit, Offset
from cli.reach import desk
from protos.operators_pb2 import Mail, Mails, Named, PageRequest
from protos.operators_pb2_grpc import MailServiceStub

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List mail, send it again, try the mail server.")

Wanted = Annotated[
    str, typer.Option(metavar="TEXT", help="waiting, sent, failed; or part of address, partner or subject.")
]


@app.command("list")
def list_mail(as_json: AsJson = False, filter: Wanted = "", limit: Limit = 50, offset: Offset = 0) -> None:
    """List mail, the newest first: what waits, what was sent, what was given up and why."""
    with desk() as channel:
        reply = MailServiceStub(channel).List(PageRequest(filter=filter, limit=limit, offset=offset))

    def write(page: Mails) -> None:
        _write(page)
        output.paged(len(page.mails), page.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def show(
    mail: Annotated[str, typer.Argument(metavar="MAIL", help="Its number.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Show a mail: to whom, what is in it, which files go with it, and what became of it."""
    with desk() as channel:
        reply = MailServiceStub(channel).Show(Named(name=mail))
    output.answer(reply, as_json, _write_one)


@app.command()
def retry(
    mail: Annotated[str, typer.Argument(metavar="MAIL", help="Its number; or: failed, for all.", show_default=False)],
) -> None:
    """Try mail again that was given up, or waits for its next try."""
    with desk() as channel:
        output.changed(MailServiceStub(channel).Retry(Named(name=mail)))


@app.command()
def test(address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Who gets it.", show_default=False)]) -> None:
    """Send a mail to an address now, and say what the mail server made of it."""
    with desk() as channel:
        output.changed(MailServiceStub(channel).Test(Named(name=address)))


def _write(found: Mails) -> None:
    output.table(
        (">mail", "made (UTC)", "partner", "kind", "to", "subject", "state", ">tries", "files", "error"),
        (
            [
                str(one.id),
                output.when(one.made_ms),
                one.partner,
                one.kind,
                one.address,
                one.subject,
                one.state,
                str(one.tries),
                ", ".join(one.files),
                one.error,
            ]
            for one in found.mails
        ),
        "no mail",
    )


def _write_one(mail: Mail) -> None:
    output.pairs(
        (
            ("to", mail.address),
            ("partner", mail.partner),
            ("kind", mail.kind),
            ("made (UTC)", output.when(mail.made_ms)),
            ("state", f"{mail.state}, tried {output.count(mail.tries)} time{'s' if mail.tries != 1 else ''}"),
            ("server said", mail.error),
            ("files", ", ".join(mail.files)),
        )
    )
    output.section(mail.subject)
    output.lines(mail.body.splitlines())
