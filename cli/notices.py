"""`switchboard notices`: telling clients what their rates will be, and what became of it."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from cli import notice_tables, output
from cli.downloads import Force, Target, said, save
from cli.fields import assignments
from cli.parsing import AsJson, At, Limit, Offset
from cli.plan_export import Fields, Form
from cli.progress import progress
from cli.reach import desk
from cli.sheet_pages import CodeOption
from cli.sheet_tables import write_changes
from domain.notices.shown import ALL, CHANGED
from domain.notices.states import NoticeState
from protos.notices_pb2 import (
    DueQuery,
    NoticeAnswer,
    NoticeApproval,
    NoticeOrder,
    NoticePage,
    NoticeQuery,
    NoticeRef,
    NoticeResend,
    NoticeRowsQuery,
    ToldOtherwise,
)
from protos.notices_pb2_grpc import NoticesServiceStub

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Tell clients what their rates will be: what is due, make, approve, resend, answers.",
)

Id = Annotated[int, typer.Argument(min=1, metavar="ID", help="As `notices list` counts.", show_default=False)]
Partner = Annotated[str, typer.Option(help="Only this partner's.", show_default=False)]
PlanOption = Annotated[str, typer.Option(help="Only of this plan.", show_default=False)]


SEEN_MOST = 1_000
"""Notices that are listed before all of them are approved."""


class Answered(StrEnum):
    """What a contact said, or what became of its mail."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    ANSWERED = "answered"
    DELIVERED = "delivered"
    BOUNCED = "bounced"


@app.command()
def due(
    partner: Partner = "",
    plan: PlanOption = "",
    everybody: Annotated[bool, typer.Option("--all", help="Also those to whom nothing is due.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show who must be told what and by when, the most urgent first."""
    with desk() as channel:
        reply = NoticesServiceStub(channel).Due(DueQuery(partner=partner, plan=plan, all=everybody))
    output.answer(reply, as_json, notice_tables.write_due)


@app.command()
def make(
    partner: Partner = "",
    plan: PlanOption = "",
    form: Form = "",
    given: Fields = None,
    comment: Annotated[str, typer.Option(help="A paragraph of the mail.", show_default=False)] = "",
    even: Annotated[bool, typer.Option("--even", help="Also where nothing is due.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make notices for all to whom something is due; they wait for approval."""
    values = assignments(given or [], {})
    order = NoticeOrder(partner=partner, plan=plan, form=form, values=values, comment=comment, even=even)
    with desk() as channel, progress("notices"):
        reply = NoticesServiceStub(channel).Make(order)

    def write(made: NoticePage) -> None:
        empty = "no notice was made" if made.left_out else "nothing is due: no notice was made"
        notice_tables.write_list(made, empty)
        output.lines([f"not made: {words}" for words in made.left_out])
        waiting = [str(one.id) for one in made.notices if one.state == "queued"]
        if waiting:
            output.lines([f"read them with `notices show`, then `switchboard notices approve {' '.join(waiting)}`"])

    output.answer(reply, as_json, write)


@app.command("list")
def list_notices(
    partner: Partner = "",
    plan: PlanOption = "",
    state: Annotated[
        str,
        typer.Option(help="queued, approved, failed, told, superseded or cancelled.", show_default=False),
    ] = "",
    kind: Annotated[
        str, typer.Option(help="rates, to clients; answer, to whom sheets came from.", show_default=False)
    ] = "",
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List notices, the newest first, with what became of each."""
    query = NoticeQuery(partner=partner, plan=plan, state=state, kind=kind, limit=limit, offset=offset)
    with desk() as channel:
        reply = NoticesServiceStub(channel).List(query)

    def write(page: NoticePage) -> None:
        notice_tables.write_list(page, "no notices: make some with `switchboard notices make`")
        output.paged(len(page.notices), page.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def show(notice: Id, as_json: AsJson = False) -> None:
    """Show a notice: its mail, what became of it with every contact, and its history."""
    with desk() as channel:
        reply = NoticesServiceStub(channel).Show(NoticeRef(id=notice))
    output.answer(reply, as_json, notice_tables.write_notice)


@app.command()
def changes(
    notice: Id,
    kind: Annotated[
        str, typer.Option(help="changed, new, increase, decrease, unchanged, closed, blocked or all.")
    ] = CHANGED,
    code: CodeOption = "",
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """Show what a notice tells, code by code: what the client knew and what it will pay."""
    its = "" if kind == ALL else kind
    query = NoticeRowsQuery(id=notice, kind=its, code=code, limit=limit, offset=offset)
    with desk() as channel:
        reply = NoticesServiceStub(channel).Changes(query)
    output.answer(reply, as_json, write_changes)
    if not as_json:
        output.paged(len(reply.changes), reply.total, offset)


@app.command()
def file(notice: Id, target: Target = None, force: Force = False) -> None:
    """Write the file of a notice as it is or was sent."""
    with desk() as channel:
        saved = save(NoticesServiceStub(channel).File(NoticeRef(id=notice)), target, force=force)
    output.lines([said(saved)])


@app.command()
def approve(
    notices: Annotated[
        list[int] | None, typer.Argument(min=1, metavar="[ID]...", help="As `notices list` counts.", show_default=False)
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All that wait: they are listed, and nothing else goes.")
    ] = False,
    up_to: Annotated[
        int | None,
        typer.Option(min=1, metavar="ID", help="With --all: the highest that you have seen.", show_default=False),
    ] = None,
    late: Annotated[
        int, typer.Option(min=0, metavar="N", help="How many late changes you have seen: all that they have.")
    ] = 0,
    comment: Annotated[str, typer.Option(help="Why; it is kept.", show_default=False)] = "",
) -> None:
    """Send notices that wait; refused while changes are told too late that you have not seen."""
    if bool(notices) == everything:
        raise typer.BadParameter("name notices by their numbers, or all that wait by --all")
    if up_to and not everything:
        raise typer.BadParameter("--up-to goes with --all")
    approval = NoticeApproval(ids=notices or [], late_seen=late, comment=comment, up_to=up_to or 0)
    with desk() as channel:
        service = NoticesServiceStub(channel)
        if everything and not up_to:
            approval.up_to = _seen(service)
        if approval.ids or approval.up_to:
            output.changed(service.Approve(approval))


def _seen(service: NoticesServiceStub) -> int:
    """List what waits, ask on a terminal whether it is meant, and return its highest number, 0: nothing is."""
    page = service.List(NoticeQuery(state=NoticeState.QUEUED, limit=SEEN_MOST))
    notice_tables.write_list(page, "no notice waits for approval")
    output.paged(len(page.notices), page.total, 0)
    if not page.notices or (sys.stdin.isatty() and not typer.confirm("Send them?")):
        return 0
    return max(one.id for one in page.notices)


@app.command()
def cancel(notice: Id) -> None:
    """Do not send a notice that waits."""
    with desk() as channel:
        output.changed(NoticesServiceStub(channel).Cancel(NoticeRef(id=notice)))


@app.command()
def resend(
    notice: Id,
    address: Annotated[
        str,
        typer.Argument(
            metavar="[ADDRESS]", help="One contact, or a new one; else all that were not reached.", show_default=False
        ),
    ] = "",
) -> None:
    """Send a notice again, with the same file."""
    with desk() as channel:
        output.changed(NoticesServiceStub(channel).Resend(NoticeResend(id=notice, address=address)))


@app.command()
def told(
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="Who knows.", show_default=False)],
    comment: Annotated[str, typer.Option(help="How it knows; it is kept.", show_default=False)],
    plan: Annotated[str, typer.Option(help="Else all of its sell plans.", show_default=False)] = "",
    at: At = None,
) -> None:
    """Write down that a client knows its rates otherwise: by phone, by its portal, before this switchboard."""
    order = ToldOtherwise(partner=partner, plan=plan, at_ms=at, comment=comment)
    with desk() as channel, progress(partner):
        reply = NoticesServiceStub(channel).Told(order)
    output.changed(reply)


@app.command()
def answer(
    notice: Id,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The contact.", show_default=False)],
    state: Annotated[
        Answered,
        typer.Argument(metavar="ANSWER", help="accepted, refused, delivered or bounced.", show_default=False),
    ],
    comment: Annotated[str, typer.Option(help="In whose words; it is kept.", show_default=False)] = "",
) -> None:
    """Write down what a contact said, or what became of its mail."""
    order = NoticeAnswer(id=notice, address=address, state=state, comment=comment)
    with desk() as channel:
        output.changed(NoticesServiceStub(channel).Answer(order))
