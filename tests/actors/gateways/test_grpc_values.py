"""What the Switch contract says of sessions and messages, read and rendered."""

from dataclasses import replace

import pytest

from actors.gateways.grpc_values import decision_message, report_of, setup_of
from actors.node import Authorized
from domain.calls import ReportKind
from domain.decisions import LeftOut
from domain.directory import TrunkOptions
from domain.errors import InputError
from domain.ids import PartnerId, TrunkId
from domain.rates import Service, Unit
from domain.routing import decide
from protos import switch_pb2 as sw
from tests.domain.builders import NOON, row, table
from tests.domain.worlds import SWITCH, incoming, setup, uk_world, world


def test_a_question_says_what_service_it_is_about_and_whose() -> None:
    asked = setup_of(sw.CallRequest(switch_id="sw1", service="message", user="guest7"), NOON)
    assert (asked.service, asked.user) == (Service.MESSAGE, "guest7")
    assert setup_of(sw.CallRequest(switch_id="sw1"), NOON).service is None
    with pytest.raises(InputError, match="service 'fax' is not known"):
        setup_of(sw.CallRequest(service="fax"), NOON)


def test_a_report_says_what_was_used_or_that_it_does_not_know() -> None:
    said = sw.Report(switch_id=SWITCH, session_id="s", octets_in=2**32 + 5, octets_out=0, events=3)
    got = report_of(said, ReportKind.STOP, NOON)
    assert (got.octets_in, got.octets_out, got.events) == (4_294_967_301, 0, 3)
    silent = report_of(sw.Report(), ReportKind.STOP, NOON)
    assert (silent.octets_in, silent.octets_out, silent.events) == (None, None, None)


def test_a_quota_is_told_in_octets() -> None:
    data = incoming(options=TrunkOptions(service=Service.DATA))
    of = world(table(row("0", "0.10"), unit=Unit.MEGABYTE), {}, trunks=[data])
    message = decision_message(Authorized(decide(setup(""), of), 3600, 5, granted_kb=2048), None)
    assert (message.admitted, list(message.routes), message.granted_octets) == (True, [], 2_097_152)
    assert (message.called, message.destination, message.granted_s) == ("00000", "data", 3600)


def test_a_question_asked_again_says_who_was_tried_and_how_it_failed() -> None:
    said = sw.CallRequest(attempt=3, tried=["a-out.1", "b-out.1"], last_cause=34, last_sip=503, mark="x.1")
    asked = setup_of(said, NOON)
    assert (asked.tried, asked.asked, asked.last_cause, asked.last_status) == (("a-out", "b-out"), 3, 34, 503)
    assert (asked.mark, asked.max_forwards) == ("x.1", None)
    assert setup_of(sw.CallRequest(max_forwards=0, last_cause=200, last_sip=200), NOON) == setup_of(
        sw.CallRequest(max_forwards=0), NOON
    )
    with pytest.raises(InputError, match="'a-out' in tried is no mark"):
        setup_of(sw.CallRequest(tried=["a-out"]), NOON)
    with pytest.raises(InputError, match="tried has 65 marks"):
        setup_of(sw.CallRequest(tried=["a.1"] * 65), NOON)


def test_who_stands_last_for_its_quality_is_told_beside_the_routes() -> None:
    last = (LeftOut(PartnerId("kestrel"), TrunkId("kestrel-out"), "out since noon"),)
    message = decision_message(Authorized(replace(decide(setup(), uk_world()), last=last)), None)
    assert [(one.vendor, one.trunk, one.reason) for one in message.stands_last] == [
        ("kestrel", "kestrel-out", "out since noon")
    ]
    assert "stands last: kestrel by kestrel-out: out since noon" in message.explanation


def test_what_a_client_is_to_be_told_after_a_failure_is_in_the_answer() -> None:
    refused = decide(setup(tried=(TrunkId("kestrel-out"),), last_cause=17), uk_world())
    message = decision_message(Authorized(refused), None)
    assert (message.cause, message.answer_sip, message.answer_q850) == ("failover-stopped", 486, 17)
    for cause, told in ((0, (503, 34)), (27, (502, 27))):
        over = decision_message(Authorized(decide(setup(asked=9, last_cause=cause), uk_world())), None)
        assert (over.cause, over.answer_sip, over.answer_q850) == ("over-attempts", *told), "the last failure, if known"
