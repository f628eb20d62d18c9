"""`switchboard quote`."""

import json

import grpc

from cli.parsing import moment
from protos.operators_pb2 import Board, ChargePart, QuoteReply, QuoteRequest, Status
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk

REPLY = QuoteReply(
    code="2547",
    destination="Kenya Mobile",
    billed_s=66,
    charge=Money(units=11_550_000, currency="USD"),
    rate_type="any",
    plan_version=3,
    parts=[
        ChargePart(what="first interval", from_s=0, seconds=30, price_units=10_500_000, rate_type="any"),
        ChargePart(what="next intervals", from_s=30, seconds=36, price_units=10_500_000, rate_type="any"),
    ],
    explanation=["61 s are billed as 30 + 6 × 6 = 66 s"],
)
WORDS = "quote --plan orbita --to 254711000001 --seconds 61".split()


def test_a_quote_shows_code_seconds_amount_and_breakdown(desk: FarDesk) -> None:
    desk.says("Routing.Quote", REPLY)
    result = desk.run(*WORDS, "--at", "2026-11-02T09:00")
    at_ms = moment("2026-11-02T09:00")
    assert desk.asked("Routing.Quote") == QuoteRequest(plan="orbita", to="254711000001", at_ms=at_ms, seconds=61)
    assert result.exit_code == 0
    for said in ("2547 Kenya Mobile", "61, billed 66", "0.1155 USD", "next intervals", "30 + 6 × 6 = 66 s"):
        assert said in result.stdout


def test_without_a_time_it_is_now_by_the_switchboards_clock(desk: FarDesk) -> None:
    desk.says("Status.Get", Status(board=Board(now_ms=77)))
    desk.says("Routing.Quote", REPLY)
    desk.run(*WORDS)
    assert desk.asked("Routing.Quote").at_ms == 77


def test_a_quote_as_json_is_exact(desk: FarDesk) -> None:
    desk.says("Routing.Quote", REPLY)
    shown = json.loads(desk.run(*WORDS, "--at", "2026-11-02", "--json").stdout)
    assert shown["charge"] == {"amount": "0.1155", "currency": "USD"}
    assert shown["parts"][1]["price"] == "0.105"


def test_a_number_without_a_rate_is_refused(desk: FarDesk) -> None:
    desk.refuses("Routing.Quote", grpc.StatusCode.NOT_FOUND, "no rate of plan orbita begins 99")
    result = desk.run(*WORDS, "--at", "2026-11-02")
    assert (result.exit_code, result.stderr) == (1, "Error: no rate of plan orbita begins 99\n")


def test_negative_seconds_are_wrong_usage(desk: FarDesk) -> None:
    assert desk.run(*"quote --plan p --to 1 --seconds -1".split()).exit_code == 2


def test_a_session_is_quoted_by_what_it_moves(desk: FarDesk) -> None:
    desk.says("Routing.Quote", QuoteReply(code="0", unit="megabyte", billed_volume=13, charge=REPLY.charge))
    words = "quote --plan wifi --to 00000 --octets 7761 --octets 5382 --at 2026-11-02".split()
    result = desk.run(*words)
    assert list(desk.asked("Routing.Quote").octets) == [7761, 5382]
    assert "13,143, billed 13 kB" in result.stdout


def test_messages_are_quoted_by_their_number(desk: FarDesk) -> None:
    desk.says("Routing.Quote", QuoteReply(code="44", unit="event", billed_volume=3, charge=REPLY.charge))
    result = desk.run(*"quote --plan sms --to 447911123456 --events 3 --at 2026-11-02".split())
    assert desk.asked("Routing.Quote").events == 3
    assert "3 events" in result.stdout


def test_a_quote_of_nothing_is_wrong_usage(desk: FarDesk) -> None:
    assert desk.run(*"quote --plan p --to 44".split()).exit_code == 2
