"""`switchboard calls`."""

import json

import grpc

from protos.operators_pb2 import CallRef, CallStory, Changed, OpenCall, OpenCalls, StoryLine
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
            call_key=b"\xcd",
        ),
        OpenCall(client="callwell", trunk="cw-in", a="2", b="447", since_ms=65_999),
    ],
    total=2,
    now_ms=66_000,
)


def test_a_call_ends_with_the_time_that_its_switch_was_told_and_not_with_its_hold(desk: FarDesk) -> None:
    calls = [
        OpenCall(client="orbita", started=True, limit_ms=126_000, expires_ms=366_000),
        OpenCall(client="callwell", limit_ms=126_000, expires_ms=126_900),
        OpenCall(client="pampas", expires_ms=246_000),
    ]
    desk.says("Calls.Find", OpenCalls(calls=calls, total=3, now_ms=66_000))
    lines = [line.split() for line in desk.run("calls", "list").stdout.splitlines()[1:4]]
    assert [line[-2:] for line in lines[:1]] == [["1:00", "5:00"]]
    assert lines[1][-1] == "1:00" and lines[2][-1] == "3:00"


def test_open_calls_show_age_state_and_money(desk: FarDesk) -> None:
    desk.says("Calls.Find", PAGE)
    _, talking, asked = desk.run("calls", "list", "254", "--client", "orbita", "--state", "started").stdout.splitlines()
    assert talking.split() == "1:05 talking orbita orbita-in 1 2547 Kenya Mobile 1.05 USD cd".split()
    assert asked.split() == "0:00 asked callwell cw-in 2 447".split()
    query = desk.asked("Calls.Find")
    assert (query.number, query.client, query.state, query.limit) == ("254", "orbita", "started", 50)


def test_open_calls_as_json(desk: FarDesk) -> None:
    desk.says("Calls.Find", PAGE)
    first = json.loads(desk.run("calls", "list", "--json").stdout)["calls"][0]
    assert (first["hold_id"], first["since"], first["held"]["amount"]) == ("ab", "1970-01-01T00:00:01.000Z", "1.05")


def test_no_calls_are_said_in_words(desk: FarDesk) -> None:
    desk.says("Calls.Find", OpenCalls())
    assert desk.run("calls", "list").stdout == "no open calls\n"


def test_a_story_is_told_line_by_line_with_its_moments(desk: FarDesk) -> None:
    lines = [
        StoryLine(at_ms=3_723_004, kind="request", text="gw1 asks over sip: 1 to 2547", details=["source 10.0.0.1"]),
        StoryLine(kind="posting", text="0.06 USD: in the book, not sealed yet"),
    ]
    desk.says("Calls.Story", CallStory(call_key="ab" * 16, state="ended", lines=lines))
    said = desk.run("calls", "show", "abababab").stdout.splitlines()
    assert said[0].split() == ["call", "ab" * 16]
    assert said[3] == "01:02:03.004  request   gw1 asks over sip: 1 to 2547"
    assert said[4].strip() == "source 10.0.0.1"
    assert said[5].strip().startswith("posting")
    assert desk.asked("Calls.Story") == CallRef(call="abababab")
    assert desk.run("calls", "show", "a84b@host", "--switch", "gw1").exit_code == 0
    assert desk.requests["Calls.Story"][1] == CallRef(call="a84b@host", switch_id="gw1")


def test_an_open_call_is_found_by_the_id_that_its_switch_shows(desk: FarDesk) -> None:
    desk.says("Calls.Find", PAGE)
    desk.run("calls", "list", "--call", "a84b@host", "--switch", "gw1")
    query = desk.asked("Calls.Find")
    assert (query.call, query.switch_id) == (CallRef(call="a84b@host", switch_id="gw1"), "gw1")


def test_ending_a_call_says_what_its_switch_was_told_or_why_it_cannot_be(desk: FarDesk) -> None:
    desk.says("Calls.Disconnect", Changed(what="gw1 was told to end it"))
    assert desk.run("calls", "end", "ab" * 16).stdout == "gw1 was told to end it\n"
    desk.refuses("Calls.Disconnect", grpc.StatusCode.INVALID_ARGUMENT, "switch gw1 cannot be told to end a call")
    result = desk.run("calls", "end", "ab" * 16)
    assert (result.exit_code, result.stderr) == (1, "Error: switch gw1 cannot be told to end a call\n")
