"""`switchboard trunks`."""

import json

from protos.operators_pb2 import Changed, Trunk, Trunks
from tests.cli.far_desk import FarDesk


def test_add_sends_an_outgoing_trunk_with_its_rules(desk: FarDesk) -> None:
    desk.says("Trunks.Add", Changed(what="trunk nordlink-1 added"))
    words = "trunks add nordlink-1 --partner nordlink --direction out --host 127.0.0.9 --port 5070 --tech-prefix 99# "
    result = desk.run(*(words + "--strip 1 --add 00 --max-cps 20").split())
    assert (result.exit_code, result.stdout) == (0, "trunk nordlink-1 added\n")
    sent = desk.asked("Trunks.Add")
    assert (sent.direction, sent.host, sent.port, sent.tech_prefix) == ("out", "127.0.0.9", 5070, "99#")
    assert (sent.strip, sent.add, sent.max_cps, sent.HasField("max_calls")) == (1, "00", 20, False)


def test_a_direction_is_in_or_out(desk: FarDesk) -> None:
    result = desk.run(*"trunks add t --partner p --direction both".split())
    assert result.exit_code == 2
    assert "'in', 'out'" in result.stderr


def test_list_shows_where_calls_come_from_and_go(desk: FarDesk) -> None:
    incoming = Trunk(id="orbita-in", partner="orbita", direction="in", port=5060)
    outgoing = Trunk(id="nord-out", partner="nordlink", direction="out", host="10.0.0.1", port=5070, disabled=True)
    desk.says("Trunks.List", Trunks(trunks=[incoming, outgoing]))
    _, first, second = desk.run("trunks", "list").stdout.splitlines()
    assert first.split() == ["orbita-in", "orbita", "in", "any", "enabled"]
    assert second.split() == ["nord-out", "nordlink", "out", "10.0.0.1:5070", "disabled"]
    assert json.loads(desk.run("trunks", "list", "--json").stdout)["trunks"][1]["disabled"] is True
