"""`switchboard panic`: stop a client's calls, or those to a vendor or trunk, at every node by itself."""

import os
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Any

import grpc
import typer

from cli import output
from cli.parsing import AsJson
from cli.reach import fail
from protos import connect
from protos.switch_pb2 import PanicOrder, PanicState, PanicStates
from protos.switch_pb2_grpc import PanicServiceStub

WAIT_S = 5.0
"""A node that has not answered by then is told of as not reached; it takes the order from the desk when it is back."""
KINDS = ("client", "vendor", "trunk")
NOTHING = "nothing was in force"
SURE = "until `switchboard panic lift` takes it back"

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Stop calls at once, with the desk, the books or the database down. Every node is asked by itself and says "
    "what happened; exit code 1 when one was not reached. Calls that run go on.",
)
Reason = Annotated[str, typer.Option(help="Why, for the audit trail.", show_default=False)]
Nodes = Annotated[
    list[str] | None,
    typer.Option("--node", metavar="HOST:PORT", help="These nodes, not those of the data folder.", show_default=False),
]


@app.command()
def freeze(
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="Whose calls are refused.", show_default=False)],
    reason: Reason = "",
    node: Nodes = None,
    as_json: AsJson = False,
) -> None:
    """Refuse every new call of a client, at every door, until it is lifted."""
    _order(PanicOrder(client=client, reason=reason), f"client {client} is frozen {SURE}", node, as_json)


@app.command("drop-vendor")
def drop_vendor(
    vendor: Annotated[str, typer.Argument(metavar="VENDOR", help="Who gets no calls.", show_default=False)],
    reason: Reason = "",
    node: Nodes = None,
    as_json: AsJson = False,
) -> None:
    """Send no call to a vendor, until it is lifted."""
    _order(PanicOrder(vendor=vendor, reason=reason), f"vendor {vendor} is dropped {SURE}", node, as_json)


@app.command("drop-trunk")
def drop_trunk(
    trunk: Annotated[str, typer.Argument(metavar="TRUNK", help="By which no call goes or comes.", show_default=False)],
    reason: Reason = "",
    node: Nodes = None,
    as_json: AsJson = False,
) -> None:
    """Send no call to an outgoing trunk, take none from an incoming one, until it is lifted."""
    _order(PanicOrder(trunk=trunk, reason=reason), f"trunk {trunk} is dropped {SURE}", node, as_json)


@app.command()
def lift(
    kind: Annotated[
        str, typer.Argument(metavar="client|vendor|trunk", help="What the order is about.", show_default=False)
    ],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose order is taken back.", show_default=False)],
    reason: Reason = "",
    node: Nodes = None,
    as_json: AsJson = False,
) -> None:
    """Take an order back."""
    if kind not in KINDS:
        raise typer.BadParameter(f"{kind} is none of {', '.join(KINDS)}")
    order = PanicOrder(lift=True, reason=reason)
    setattr(order, kind, name)
    _order(order, f"{kind} {name}: lifted", node, as_json)


@app.command("list")
def list_orders(node: Nodes = None, as_json: AsJson = False) -> None:
    """List the orders in force, node by node."""
    _finish(_ask("List", PanicOrder(), node), "", as_json)


@dataclass(frozen=True, slots=True)
class _Said:
    """What one node said; `trouble` says why it did not do what it was asked."""

    node: str
    address: str
    states: PanicStates
    trouble: str = ""


def _order(order: PanicOrder, done: str, nodes: list[str] | None, as_json: bool) -> None:
    order.id = token_hex(8)
    _finish(_ask("Order", order, nodes), done, as_json)


def _ask(method: str, order: PanicOrder, given: list[str] | None) -> list[_Said]:
    """Ask every node at the same time; none waits for another."""
    nodes, where = _nodes(given)
    waiting: list[tuple[str, str, Any, grpc.Channel]] = []
    for name, address in sorted(nodes.items()):
        channel = connect.channel(address, where.nodes_tls.get(name, where.desk_tls if where.remote else None))
        call = getattr(PanicServiceStub(channel), method)
        waiting.append(
            (name, address, call.future(order, timeout=WAIT_S, metadata=connect.metadata(where.token)), channel)
        )
    return [_said(*one) for one in waiting]


def _said(name: str, address: str, future: Any, channel: grpc.Channel) -> _Said:
    with channel:
        try:
            states: PanicStates = future.result()
        except grpc.RpcError as error:
            if not isinstance(error, grpc.Call):
                raise
            return _Said(name, address, PanicStates(), _trouble(error.code(), error.details() or ""))
    kept = f"it obeys, but would forget it when restarted: {states.not_kept}" if states.not_kept else ""
    return _Said(states.node or name, address, states, kept)


def _trouble(code: grpc.StatusCode, details: str) -> str:
    match code:
        case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.DEADLINE_EXCEEDED:
            return "not reached: it takes the order from the desk when both are back, else repeat this"
        case grpc.StatusCode.UNIMPLEMENTED:
            return "it knows no panic orders: upgrade it"
        case _:
            return details or code.name.lower().replace("_", " ")


def _nodes(given: list[str] | None) -> tuple[dict[str, str], connect.Endpoint]:
    """Return the nodes' gRPC ports by name, and how to speak to them. Ends the command where there are none."""
    data = connect.data_folder()
    try:
        where = connect.endpoint(data)
    except connect.NotRunningError as error:
        if not given:
            fail(f"{error}; or name its nodes with --node HOST:PORT")
        where = connect.Endpoint("", _token(data))
    except (OSError, ValueError, KeyError, TypeError) as error:
        if not given:
            fail(f"{data / connect.ENDPOINT_FILE} cannot be read ({error}): name the nodes with --node HOST:PORT")
        where = connect.Endpoint("", _token(data))
    if given:
        return {address: address for address in given}, where
    if not where.nodes:
        fail("no node with a gRPC port is known here: name them with --node HOST:PORT")
    return where.nodes, where


def _token(data: Path) -> str:
    try:
        return os.environ.get("SWITCHBOARD_TOKEN") or (data / connect.TOKEN_FILE).read_text().strip()
    except OSError as error:
        fail(f"no token: {error.filename} cannot be read; set SWITCHBOARD_TOKEN")


def _finish(said: list[_Said], done: str, as_json: bool) -> None:
    """Tell node by node what happened; exit code 1 where one did not do it."""
    if as_json:
        output.print_json(
            [
                {"node": one.node, "address": one.address, "done": not one.trouble, "trouble": one.trouble}
                | {"nothing_in_force": one.states.nothing_in_force}
                | {"orders": [output.plain(state) for state in one.states.orders]}
                for one in said
            ]
        )
    elif done:
        output.table(
            ("node", "address", "what happened"),
            (
                [one.node, one.address, one.trouble or (NOTHING if one.states.nothing_in_force else done)]
                for one in said
            ),
            "",
        )
    else:
        titles = ("node", "order", "since (UTC)", "by", "desk knows", "reason")
        output.table(titles, (row for one in said for row in _rows(one)), "no order is in force")
    if any(one.trouble for one in said):
        raise typer.Exit(1)


def _rows(said: _Said) -> list[list[str]]:
    if said.trouble and not said.states.orders:
        return [[said.node, said.trouble, "", "", "", ""]]
    return [[said.node, *panic_state(state)] for state in said.states.orders]


def panic_state(state: PanicState) -> list[str]:
    """Write an order in force as cells: what, since when, by whom, whether the desk has entered it, why."""
    order = state.order
    what = f"client {order.client} frozen" if order.client else f"vendor {order.vendor} dropped"
    what = f"trunk {order.trunk} dropped" if order.trunk else what
    return [what, output.when(state.since_ms), state.who, "yes" if state.told_desk else "not yet", order.reason]
