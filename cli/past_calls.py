"""`switchboard calls explain`: a past call decided anew, beside what was decided and what would be today."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, AtSwitch
from cli.rank_tables import write_explained
from cli.reach import desk
from protos.explaining_pb2 import PastCall, PastCallQuery, PastRoute, TrialPolicy
from protos.explaining_pb2_grpc import ExplainingServiceStub
from protos.operators_pb2 import CallRef


def explain(
    call: Annotated[
        str,
        typer.Argument(metavar="ID", help="As `calls show` takes it: its key, or a switch's id.", show_default=False),
    ],
    policy: Annotated[
        str,
        typer.Option(metavar="NAME[@VERSION]", help="As if this policy had lain over the others.", show_default=False),
    ] = "",
    order: Annotated[
        str, typer.Option(metavar="FORMULA", help='As if sorted so: "price, then asr".', show_default=False)
    ] = "",
    only: Annotated[str, typer.Option(metavar="CONDITION", help="Who may carry it.", show_default=False)] = "",
    keep: Annotated[str, typer.Option(metavar="CONDITION", help="What is promised.", show_default=False)] = "",
    decision: Annotated[
        int, typer.Option(min=0, metavar="N", help="Which of its decisions, 1 the first; else the last with routes.")
    ] = 0,
    terms: Annotated[
        bool, typer.Option("--terms", help="Every figure and term of the order too, and the price that would have won.")
    ] = False,
    switch: AtSwitch = "",
    as_json: AsJson = False,
) -> None:
    """Decide a past call anew by what was known then, and by what is known now; nothing is changed."""
    name, at, version = policy.partition("@")
    if at and not (name and version.isdecimal()):
        raise typer.BadParameter("give NAME@VERSION, such as cheap@3", param_hint="--policy")
    asked = PastCallQuery(
        call=CallRef(call=call, switch_id=switch), decision=decision, version=int(version or 0), with_terms=terms
    )
    if policy or order or only or keep:
        asked.trial.CopyFrom(TrialPolicy(policy=name, order=order, only=only, keep=keep))
    with desk() as channel:
        found = ExplainingServiceStub(channel).Past(asked)
    output.answer(found, as_json, _write)


def _write(found: PastCall) -> None:
    which = f", decision {found.decision} of {found.decisions}" if found.decisions > 1 else ""
    anew = f"by {found.trial}" if found.trial else "the same" if found.same else "another one"
    output.pairs(
        [
            ("call", f"{found.call_key} at {output.when(found.at_ms)}{which}"),
            ("then", _side(found.then_verdict, found.then_policy)),
            ("decided anew", f"{anew}: {_side(found.anew_verdict, found.anew_policy)}"),
            ("today", _side(found.now_verdict, found.now_policy)),
        ]
    )
    for title, lines in (("what differs", found.differences), ("kept no more", found.missing)):
        if lines:
            output.section(title)
            output.lines(lines)
    output.section("routes")
    output.table((">then", ">anew", ">today", "vendor", "trunk", "why"), map(_row, found.routes), "nobody has a rate")
    if found.HasField("explained"):
        output.section("decided anew")
        write_explained(found.explained)


def _side(verdict: str, policy: str) -> str:
    return verdict + (f", by {policy}" if policy else "")


def _row(one: PastRoute) -> list[str]:
    reasons = dict.fromkeys(filter(None, (one.then_why, one.anew_why, one.now_why)))
    places = (one.then, one.anew, one.now)
    return [*(f"{place}" if place else "-" for place in places), one.vendor, one.trunk, "; ".join(reasons)]
