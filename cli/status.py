"""`switchboard status`: whether it runs, and how it is."""

import typer

from cli import output
from cli.parsing import AsJson
from cli.reach import desk
from protos.operators_pb2 import Actor, Board, Empty, Listener, Status, SwitchState
from protos.operators_pb2_grpc import StatusServiceStub

app = typer.Typer(add_completion=False)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show whether the switchboard runs, where it listens, its alarms, last hour, actors and switches."""
    with desk() as channel:
        reply = StatusServiceStub(channel).Get(Empty())
    output.answer(reply, as_json, _write)


def _write(found: Status) -> None:
    board = found.board
    output.pairs([("switchboard", found.version), ("data", found.data), *_figures(board)])
    if board.alarms:
        output.section("alarms")
        output.table(
            ("since (UTC)", "severity", "alarm"),
            ([output.when(alarm.since_ms), alarm.severity, alarm.text] for alarm in board.alarms),
            "",
        )
    output.section("listeners")
    output.table(
        ("owner", "door", "transport", "address", "state"), (_listener(one) for one in found.listeners), "not told"
    )
    output.section("actors")
    output.table(
        ("actor", "kind", "state", ">pid", ">start", ">MB", ">version", "since (UTC)"),
        (_actor(actor) for actor in found.actors),
        "none is alive",
    )
    output.section("switches")
    output.table(
        ("switch", "address", "recipe", ">asked", ">reported", ">errors", "last record (UTC)"),
        (_switch(switch) for switch in board.switches),
        "none: add one with `switchboard switches add`",
    )


def _figures(board: Board) -> list[tuple[str, str]]:
    asr = f", ASR {100 * board.answered_1h / board.attempts_1h:.2f} %" if board.attempts_1h else ""
    acd = f", ACD {output.clock(board.seconds_1h // board.answered_1h)}" if board.answered_1h else ""
    money = f"revenue {output.money(board.revenue_1h)}, cost {output.money(board.cost_1h)}"
    return [
        ("business time", f"{output.when(board.now_ms)} UTC, speed {board.clock_speed:g}"),
        ("now", f"{board.cps:g} calls a second, {output.count(board.open_calls)} open{_as_heard(board)}"),
        (
            "last hour",
            f"{output.count(board.attempts_1h)} attempts, {output.count(board.answered_1h)} answered{asr}{acd}",
        ),
        ("money, last hour", money if board.revenue_1h.currency else ""),
        ("refused", ", ".join(f"{cause} {output.count(n)}" for cause, n in sorted(board.refusals.items()))),
        ("parked", output.count(board.parked)),
    ]


def _as_heard(board: Board) -> str:
    """Say whose open calls are those of before: a shard that is away counts none now that we know of."""
    said = [f"{one.shard} as it was at {output.when(one.since_ms)} UTC, it is away" for one in board.away]
    return f" ({', '.join(said)})" if said else ""


def _listener(one: Listener) -> list[str]:
    return [one.owner, one.door, one.transport, one.address, "listening" if one.listening else "away"]


def _actor(actor: Actor) -> list[str]:
    return [
        actor.name,
        actor.kind,
        actor.state,
        str(actor.pid),
        str(actor.incarnation),
        f"{actor.rss_mb:.0f}",
        f"{actor.figures['version']:.0f}" if "version" in actor.figures else "",
        output.when(actor.started_ms),
    ]


def _switch(switch: SwitchState) -> list[str]:
    return [
        switch.switch_id,
        switch.address,
        switch.recipe,
        output.count(switch.asked),
        output.count(switch.reported),
        output.count(switch.errors),
        output.when(switch.last_record_ms),
    ]
