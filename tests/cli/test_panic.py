"""`switchboard panic` with nodes of which some answer."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from protos import connect, switch_pb2_grpc
from protos.switch_pb2 import PanicOrder, PanicState, PanicStates
from tests.live.running import free_ports

TOKEN = "sesame"


class OneNode(switch_pb2_grpc.PanicServiceServicer):
    """Remembers what it was asked; all of it is in force."""

    def __init__(self) -> None:
        self.asked: list[PanicOrder] = []
        self.not_kept = ""

    def Order(self, request: PanicOrder, context: Any) -> PanicStates:  # noqa: N802  the contract's name
        assert ("authorization", f"Bearer {TOKEN}") in context.invocation_metadata()
        if request.client == "nobody":
            context.abort(grpc.StatusCode.NOT_FOUND, "partner nobody is not known")
        self.asked.append(request)
        states = self.List(request, context)
        states.nothing_in_force = request.lift and not any(not one.lift for one in self.asked)
        return states

    def List(self, request: PanicOrder, context: Any) -> PanicStates:  # noqa: N802  the contract's name
        states = [PanicState(order=one, who="noc", since_ms=1_700_000_000_000) for one in self.asked if not one.lift]
        return PanicStates(node="node-0", orders=states, not_kept=self.not_kept)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[OneNode]:
    its, server = OneNode(), grpc.server(ThreadPoolExecutor(2))
    switch_pb2_grpc.add_PanicServiceServicer_to_server(its, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    listening(tmp_path, {"node-0": f"127.0.0.1:{port}"})
    yield its
    server.stop(None)


def listening(data: Path, nodes: dict[str, str]) -> None:
    connect.write_endpoint(data, connect.Listening("127.0.0.1:1", nodes), TOKEN)


def run(data: Path, *words: str) -> Result:
    plain = {"SWITCHBOARD_DATA": str(data), "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    return CliRunner().invoke(app, ["panic", *words], env=plain)


def test_each_node_tells_what_happened_with_the_desk_down(node: OneNode, tmp_path: Path) -> None:
    done = run(tmp_path, "freeze", "acme", "--reason", "fraud")
    assert done.exit_code == 0 and "node-0" in done.stdout and "client acme is frozen" in done.stdout
    assert (node.asked[0].client, node.asked[0].reason, bool(node.asked[0].id)) == ("acme", "fraud", True)
    listed = run(tmp_path, "list")
    assert "client acme frozen" in listed.stdout and "not yet" in listed.stdout


def test_a_node_that_is_not_reached_is_named_and_the_exit_code_says_so(node: OneNode, tmp_path: Path) -> None:
    nodes = dict(connect.endpoint(tmp_path).nodes) | {"node-1": f"127.0.0.1:{free_ports('one')['one']}"}
    listening(tmp_path, nodes)
    done = run(tmp_path, "drop-vendor", "kestrel", "--json")
    told = {one["node"]: one for one in json.loads(done.stdout)}
    assert done.exit_code == 1 and told["node-0"]["done"] and not told["node-1"]["done"]
    assert told["node-1"]["trouble"].startswith("not reached")
    assert node.asked[0].vendor == "kestrel"


def test_a_refusal_is_told_in_the_nodes_words(node: OneNode, tmp_path: Path) -> None:
    done = run(tmp_path, "freeze", "nobody")
    assert done.exit_code == 1 and "partner nobody is not known" in done.stdout


def test_an_order_that_the_disk_did_not_take_is_told(node: OneNode, tmp_path: Path) -> None:
    node.not_kept = "No space left on device"
    done = run(tmp_path, "drop-trunk", "kestrel-out")
    assert done.exit_code == 1 and "would forget it when restarted: No space left" in done.stdout


def test_a_lift_names_what_it_takes_back(node: OneNode, tmp_path: Path) -> None:
    assert run(tmp_path, "lift", "trunk", "kestrel-out").exit_code == 0
    assert node.asked[0].lift and node.asked[0].trunk == "kestrel-out"
    assert run(tmp_path, "lift", "partner", "acme").exit_code == 2


def test_nodes_can_be_named_where_no_endpoint_file_is_left(node: OneNode, tmp_path: Path) -> None:
    (address,) = connect.endpoint(tmp_path).nodes.values()
    (tmp_path / connect.ENDPOINT_FILE).unlink()
    assert run(tmp_path, "freeze", "acme").exit_code == 1
    assert run(tmp_path, "freeze", "acme", "--node", address).exit_code == 0


def test_a_lift_of_what_is_not_in_force_says_so(node: OneNode, tmp_path: Path) -> None:
    done = run(tmp_path, "lift", "client", "orbita")
    assert done.exit_code == 0 and "nothing was in force" in done.stdout and "lifted" not in done.stdout
    assert json.loads(run(tmp_path, "lift", "client", "orbita", "--json").stdout)[0]["nothing_in_force"] is True
    run(tmp_path, "freeze", "orbita")
    assert "client orbita: lifted" in run(tmp_path, "lift", "client", "orbita").stdout
