"""Sessions and messages become charged legs, by their time, their octets or their number."""

from dataclasses import replace
from typing import Any

import pytest

from domain.booking import fingerprint
from domain.calls import CallReport, Leg, LegState, Parked, ReportKind
from domain.causes import Cause, ParkCause
from domain.charging import charge_report, report_from_json, report_to_json
from domain.decisions import Decision, explain
from domain.directory import TrunkOptions
from domain.money import decimal_text, units_of
from domain.rates import Service, Unit
from domain.routing import decide
from domain.units import MOST_OCTETS
from domain.world import NO_DESTINATION, World
from tests.domain.builders import NOON, row, table
from tests.domain.reports import report
from tests.domain.worlds import UK_MOBILE, incoming, outgoing, setup, uk_world, world

GIGAWORD = 2**32


def carrying(service: Service, unit: Unit, price: str = "0.01", code: str = "00000", **fields: Any) -> World:
    """A client whose trunk carries a service, sold at a price and 1/1."""
    options = TrunkOptions(service=service, service_code=code)
    return world(table(row("0", price, **fields), row("44", price), unit=unit), {}, trunks=[incoming(options=options)])


def session(**fields: Any) -> CallReport:
    """The Stop of 1,905 s and 7,761 + 5,382 octets."""
    own = {
        "called": "", "caller": "guest7", "setup_ms": None, "alert_ms": None, "connect_ms": None, "cause": 0,
        "disconnect_ms": NOON + 1_905_000, "duration_ms": 1_905_000, "received_ms": NOON + 1_906_000,
        "octets_in": 7_761, "octets_out": 5_382,
    }  # fmt: skip
    return report(**(own | fields))


def leg(given: CallReport, of: World) -> Leg:
    got = charge_report(given, of)
    assert isinstance(got, Leg), got
    return got


def parked(given: CallReport, of: World) -> Parked:
    got = charge_report(given, of)
    assert isinstance(got, Parked), got
    return got


@pytest.mark.parametrize("mac", ["00-11-22-33-44-55", "00:11:22:33:44:55", "0011.2233.4455"])
def test_who_holds_a_session_is_kept_as_its_hardware_address(mac: str) -> None:
    assert leg(session(caller=mac), carrying(Service.DATA, Unit.SECOND)).a == mac


def test_a_session_sold_by_time_costs_its_session_time() -> None:
    got = leg(session(), carrying(Service.DATA, Unit.SECOND))
    assert (got.charge, got.billed_s, got.billed_volume) == (units_of("0.3175"), 1905, 0)
    assert (got.service, got.unit, got.volume) == (Service.DATA, Unit.SECOND, 13_143)
    assert (got.b, got.code, got.destination) == ("00000", "0", NO_DESTINATION)
    assert (got.connect_ms, got.setup_ms, got.state) == (NOON, NOON, LegState.CLOSED)


@pytest.mark.parametrize(
    ("octets", "billed", "amount"),
    [
        ((7_761, 5_382), 13, "0.00012695"),
        ((GIGAWORD + 5, 0), 4_194_305, "40.96000977"),
        ((0, GIGAWORD + 5), 4_194_305, "40.96000977"),
        ((1_048_576, None), 1024, "0.01"),
        ((0, 0), 0, "0.00"),
    ],
)
def test_a_session_sold_by_volume_costs_its_octets_both_ways(
    octets: tuple[int, int | None], billed: int, amount: str
) -> None:
    given = session(octets_in=octets[0], octets_out=octets[1])
    got = leg(given, carrying(Service.DATA, Unit.MEGABYTE))
    assert (got.billed_s, got.billed_volume, decimal_text(got.charge)) == (0, billed, amount)
    assert got.volume == sum(filter(None, octets))


@pytest.mark.parametrize("times", [{"disconnect_ms": NOON}, {"disconnect_ms": NOON, "connect_ms": NOON}])
def test_a_session_of_no_second_is_charged_by_what_it_moved(times: dict[str, int]) -> None:
    got = leg(session(duration_ms=0, **times), carrying(Service.DATA, Unit.MEGABYTE))
    assert (got.connect_ms, got.duration_ms, got.billed_volume) == (NOON, 0, 13)


def test_a_session_is_rated_by_its_service_code_whatever_it_says_it_called() -> None:
    of = carrying(Service.DATA, Unit.SECOND, code="00123")
    assert leg(session(called="447911123456"), of).b == "00123"


def test_an_interim_is_open_and_its_counters_are_replaced_by_the_end() -> None:
    of = carrying(Service.DATA, Unit.MEGABYTE)
    interim = leg(session(kind=ReportKind.INTERIM, disconnect_ms=None, connect_ms=NOON, octets_in=100), of)
    assert (interim.state, interim.charge, interim.billed_volume) == (LegState.OPEN, 0, 0)
    stop = leg(session(), of)
    assert (stop.leg_id, stop.volume) == (interim.leg_id, 13_143)


def test_a_message_is_one_event_to_its_number_or_else_to_the_service() -> None:
    of = carrying(Service.MESSAGE, Unit.EVENT, "0.05")
    one = leg(session(called="447911123456", octets_in=None, octets_out=None, duration_ms=0), of)
    assert (one.b, one.code, one.volume, one.billed_volume, one.charge) == (
        "447911123456", "44", 1, 1, units_of("0.05"),
    )  # fmt: skip
    many = leg(session(called="News", events=3, duration_ms=0), of)
    assert (many.b, many.volume, many.charge) == ("00000", 3, units_of("0.15"))


def test_a_message_that_failed_costs_nothing() -> None:
    got = leg(session(kind=ReportKind.ATTEMPT), carrying(Service.MESSAGE, Unit.EVENT))
    assert (got.answered, got.charge, got.billed_volume) == (False, 0, 0)


def test_a_session_sold_by_the_event_is_one() -> None:
    assert leg(session(), carrying(Service.DATA, Unit.EVENT, "0.50")).charge == units_of("0.50")


def test_a_call_may_be_sold_by_the_event() -> None:
    of = world(table(row("44", "0.05"), unit=Unit.EVENT), {})
    got = leg(report(), of)
    assert (got.charge, got.billed_s, got.billed_volume, got.volume) == (units_of("0.05"), 0, 1, 0)
    assert leg(report(kind=ReportKind.ATTEMPT), of).charge == 0


@pytest.mark.parametrize(
    ("given", "of", "cause"),
    [
        (session(octets_in=None, octets_out=None), carrying(Service.DATA, Unit.MEGABYTE), ParkCause.BAD_VOLUME),
        (session(octets_in=MOST_OCTETS), carrying(Service.DATA, Unit.SECOND), ParkCause.BAD_VOLUME),
        (session(octets_in=-1), carrying(Service.DATA, Unit.SECOND), ParkCause.BAD_VOLUME),
        (session(events=2**40), carrying(Service.MESSAGE, Unit.EVENT), ParkCause.BAD_VOLUME),
        (report(octets_in=7), world(table(row("44"), unit=Unit.MEGABYTE), {}), ParkCause.BAD_VOLUME),
        (session(), carrying(Service.DATA, Unit.SECOND, code="99999"), ParkCause.NO_RATE),
        (session(service=Service.MESSAGE), carrying(Service.DATA, Unit.SECOND), ParkCause.NO_TRUNK),
        (session(disconnect_ms=NOON + 5 * 86_400_000), carrying(Service.DATA, Unit.SECOND), ParkCause.BAD_TIME),
    ],
)
def test_what_cannot_be_measured_or_rated_is_parked(given: CallReport, of: World, cause: ParkCause) -> None:
    got = parked(given, of)
    assert got.cause is cause
    assert report_from_json(got.raw) == given


def test_what_a_record_says_it_is_comes_back_from_json() -> None:
    given = session(service=Service.DATA)
    assert report_from_json(report_to_json(given)) == given


def test_two_ends_that_differ_in_octets_alone_differ() -> None:
    of = carrying(Service.DATA, Unit.SECOND)
    marks = {fingerprint(leg(session(octets_in=octets), of)) for octets in (1, 1, 2)}
    assert len(marks) == 2


def test_calls_keep_the_fingerprint_that_books_know() -> None:
    call = leg(report(), world(table(row("44")), {}))
    assert fingerprint(call) == fingerprint(replace(call, service=Service.VOICE, volume=0))


def asked(of: World, **fields: Any) -> Decision:
    return decide(setup(**({"called": "", "caller": "02-11-22-33-44-55"} | fields)), of)


def test_a_session_is_admitted_without_routes_and_sold_by_its_service_code() -> None:
    got = asked(carrying(Service.DATA, Unit.MEGABYTE))
    assert (got.refusal, got.routes, got.service, got.b) == (None, (), Service.DATA, "00000")
    assert got.sell is not None
    assert (got.sell.code, got.sell.unit, got.destination_name) == ("0", Unit.MEGABYTE, "data")
    assert explain(got) == [
        "orbita by orbita-in: 02-11-22-33-44-55 to 00000 (data)",
        "data sold at 0.0100 USD per MB 1/1 (code 0, any, plan p version 1)",
    ]


def test_a_message_is_sold_by_its_number() -> None:
    got = asked(carrying(Service.MESSAGE, Unit.EVENT, "0.05"), called="447911123456")
    assert (got.refusal, got.b, got.destination) == (None, "447911123456", UK_MOBILE)


@pytest.mark.parametrize(
    ("of", "asking", "cause"),
    [
        (carrying(Service.DATA, Unit.SECOND, code="99999"), {}, Cause.NO_RATE),
        (carrying(Service.DATA, Unit.SECOND, blocked=True), {}, Cause.BARRED),
        (carrying(Service.DATA, Unit.SECOND), {"service": Service.VOICE}, Cause.UNKNOWN_TRUNK),
        (carrying(Service.MESSAGE, Unit.MEGABYTE), {}, Cause.NO_RATE),
        (world(table(row("44"), unit=Unit.EVENT), {}), {"called": "447911123456"}, Cause.NO_RATE),
        (uk_world(), {"called": ""}, Cause.BAD_NUMBER),
    ],
)
def test_what_is_not_sold_is_refused_with_its_cause(of: World, asking: dict[str, Any], cause: Cause) -> None:
    got = asked(of, **asking)
    assert got.refusal is cause
    assert got.detail


def test_no_call_goes_by_a_trunk_that_carries_data_or_by_a_price_of_megabytes() -> None:
    buys = {"bluewire": table(row("447", "0.01")), "kestrel": table(row("447", "0.01"), unit=Unit.MEGABYTE)}
    data = outgoing("bluewire", options=TrunkOptions(service=Service.DATA))
    got = asked(world(table(row("44", "0.03")), buys, trunks=[data]), called="447911123456")
    assert got.refusal is Cause.NO_ROUTE
    assert {out.vendor: out.reason for out in got.left_out} == {
        "bluewire": "trunk carries data",
        "kestrel": "plan buy-kestrel is sold per MB",
    }
