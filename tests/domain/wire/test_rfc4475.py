"""The torture messages of RFC 4475: each gets the answer that its section asks of a redirect server."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.wire.sip_stream import Broken, Ping, SipStream
from domain.wire.sip_transactions import NewInvite, Send, ServerTransactions
from domain.wire.sip_transactions import Outcome as Done
from tests.domain.wire.rfc4475 import MESSAGES
from tests.domain.wire.rfc4475_case import CLOSES, DECIDE, DROP, WAITS, Case, Outcome
from tests.domain.wire.sip_bytes import SECRET, SOURCE

EVERY = pytest.mark.parametrize("case", MESSAGES, ids=[f"{one.section}-{one.name}" for one in MESSAGES])


def layer() -> ServerTransactions:
    return ServerTransactions(SECRET)


def outcome(done: Done) -> Outcome:
    if isinstance(done, NewInvite):
        return DECIDE
    if done is None:
        return DROP
    assert isinstance(done, Send)
    ((data, _),) = done.datagrams
    return int(data.removeprefix(b"SIP/2.0 ")[:3])


def over_a_stream(data: bytes, pieces: int = 1) -> tuple[Outcome, ...]:
    at, stream, out = layer(), SipStream(), list[Outcome]()
    step = -(-len(data) // pieces)
    for start in range(0, len(data), step):
        for one in stream.feed(data[start : start + step]):
            if isinstance(one, Broken):
                out += [outcome(at.unframed(one, SOURCE, 1)), CLOSES]
            elif not isinstance(one, Ping):
                out.append(outcome(at.receive(one, SOURCE, 1.0, 1)))
    return (*out, WAITS) if stream.midway else tuple(out)


def test_the_table_has_every_message_of_the_standard() -> None:
    assert len({case.name for case in MESSAGES}) == len({case.section for case in MESSAGES}) == 49


@EVERY
def test_a_datagram_gets_what_its_section_asks_for(case: Case) -> None:
    assert outcome(layer().receive(case.data, SOURCE, 1.0)) == case.on_udp


@EVERY
def test_a_stream_gets_what_its_section_asks_for(case: Case) -> None:
    assert over_a_stream(case.data) == (case.on_stream or (case.on_udp,))
    assert over_a_stream(case.data, 97) == (case.on_stream or (case.on_udp,))


@EVERY
def test_an_answer_brings_back_every_via_and_the_call_id_as_they_came(case: Case) -> None:
    done = layer().receive(case.data, SOURCE, 1.0)
    if isinstance(done, Send):
        ((data, _),) = done.datagrams
        asked, answered = (values(text.partition(b"\r\n\r\n")[0]) for text in (case.data, data))
        assert answered.get(b"call-id", []) == asked.get(b"call-id", [])[:1]
        assert len(answered[b"via"]) == len(asked[b"via"])


@given(st.sampled_from(MESSAGES), st.data())
@settings(max_examples=300)
def test_a_damaged_torture_message_raises_nothing(case: Case, data: st.DataObject) -> None:
    damaged = bytearray(case.data)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    layer().receive(bytes(damaged), SOURCE, 1.0)
    over_a_stream(bytes(damaged))


def values(head: bytes) -> dict[bytes, list[bytes]]:
    """Vias and Call-IDs of a head, by a reader that is not ours."""
    found: dict[bytes, list[bytes]] = {}
    for line in re.sub(rb"\r\n[ \t]+", b" ", head).split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        long = {b"v": b"via", b"i": b"call-id"}.get(name.strip().lower(), name.strip().lower())
        found.setdefault(long, []).append(value.strip())
    return found
