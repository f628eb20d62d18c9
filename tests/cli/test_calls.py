"""`switchboard calls`."""

import json

from protos.operators_pb2 import OpenCall, OpenCalls
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk

PAGE = OpenCalls(
    calls=[
        OpenCall(
            client="orbita",
            trunk="orbita-in",
            a="1",
            b="2547",
            destination="Kenya Mobile",
            started=True,
            since_ms=1_000,
            held=Money(units=105_000_000, currency="USD"),
            hold_id=b"\xab",
        ),
        OpenCall(client="callwell", trunk="cw-in", a="2", b="447", since_ms=65_999),
    ],
    total=2,
    now_ms=66_000,
)


def test_open_calls_show_age_state_and_money(desk: FarDesk) -> None:
    desk.says("Calls.List", PAGE)
    _, talking, asked = desk.run("calls", "orbita").stdout.splitlines()
    assert talking.split() == "1:05 talking orbita orbita-in 1 2547 Kenya Mobile 1.05 USD".split()
    assert asked.split() == "0:00 asked callwell cw-in 2 447".split()
    assert desk.asked("Calls.List").filter == "orbita"


def test_open_calls_as_json(desk: FarDesk) -> None:
    desk.says("Calls.List", PAGE)
    first = json.loads(desk.run("calls", "--json").stdout)["calls"][0]
    assert (first["hold_id"], first["since"], first["held"]["amount"]) == ("ab", "1970-01-01T00:00:01.000Z", "1.05")


def test_no_calls_are_said_in_words(desk: FarDesk) -> None:
    desk.says("Calls.List", OpenCalls())
    assert desk.run("calls").stdout == "no open calls\n"
