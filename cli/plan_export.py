"""`switchboard plans export`: a plan as the rate sheet that a client gets."""

from typing import Annotated

import typer

from cli import output
from cli.downloads import Force, Target, said, save
from cli.fields import assignments
from cli.notice_tables import kinds_text
from cli.parsing import At
from cli.progress import progress
from cli.reach import desk
from protos.notices_pb2 import ExportQuery
from protos.notices_pb2_grpc import NoticesServiceStub

Form = Annotated[str, typer.Option(metavar="NAME", help="Of `forms list`; else the partner's.", show_default=False)]
Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="A field of the form that is otherwise this time; may be repeated.",
        show_default=False,
    ),
]


def export(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="The plan's short name.", show_default=False)],
    partner: Annotated[
        str, typer.Option(help="As this partner gets it, changes against what it knows.", show_default=False)
    ] = "",
    form: Form = "",
    given: Fields = None,
    at: At = None,
    target: Target = None,
    force: Force = False,
) -> None:
    """Write a plan as a rate sheet, xlsx, csv or PDF; nobody is told of it."""
    query = ExportQuery(plan=plan, partner=partner, form=form, values=assignments(given or [], {}), at_ms=at)
    with desk() as channel, progress(plan):
        saved = save(NoticesServiceStub(channel).Export(query), target, force=force)
    changes = kinds_text(saved.head.kinds)
    against = f"against what {partner} knows" if partner else "against nothing told before"
    output.lines([said(saved), *([f"{changes}, {against}"] if changes else [])])
