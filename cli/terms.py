"""`switchboard plans terms`: what a contract says of the rate sheets of a plan."""

from typing import Annotated

import typer

from cli import output
from cli.fields import assignments, in_order, write_fields
from cli.parsing import AsJson
from cli.reach import desk
from domain.sheets.term_fields import TERM_FIELDS
from protos.operators_pb2 import FieldChanges, Named
from protos.sheets_pb2 import PlanTerms
from protos.sheets_pb2_grpc import RateTermsServiceStub


def terms(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="The plan's short name.", show_default=False)],
    words: Annotated[
        list[str] | None, typer.Argument(metavar="FIELD=VALUE...", help="Fields to change.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show or change what a contract says of a plan's sheets: increase_days=7 semantics=full increments=60/1."""
    with desk() as channel:
        stub = RateTermsServiceStub(channel)
        if words:
            output.changed(stub.Set(FieldChanges(id=plan, values=assignments(words, {}))))
            return
        reply = stub.Show(Named(name=plan))
    output.answer(reply, as_json, _write)


def _write(found: PlanTerms) -> None:
    fields = in_order(found.values, TERM_FIELDS)
    usual = "not as by default"
    write_fields(fields, {name: fields[name] for name in found.differing if name in fields}, usual)
