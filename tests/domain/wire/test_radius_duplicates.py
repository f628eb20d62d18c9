from domain.wire.radius_duplicates import Duplicates
from domain.wire.radius_packet import Code, RadiusPacket, decode, encode_request
from tests.domain.wire.radius_bytes import SECRET

SOURCE = ("192.0.2.1", 40000)


def packet(identifier: int = 1, authenticator: bytes = b"a" * 16) -> RadiusPacket:
    return decode(encode_request(Code.ACCESS_REQUEST, identifier, (), SECRET, authenticator=authenticator))


def test_a_repeat_is_dropped_while_in_work_and_then_gets_the_same_reply() -> None:
    seen = Duplicates(100, 30)
    assert seen.begin(packet(), SOURCE, 1.0) is None
    assert seen.begin(packet(), SOURCE, 2.0) == b""
    seen.answered(packet(), SOURCE, b"reply")
    assert seen.begin(packet(), SOURCE, 3.0) == b"reply"


def test_another_authenticator_or_port_is_another_request() -> None:
    seen = Duplicates(100, 30)
    seen.begin(packet(), SOURCE, 1.0)
    assert seen.begin(packet(), ("192.0.2.1", 40001), 1.0) is None
    assert seen.begin(packet(authenticator=b"b" * 16), SOURCE, 1.0) is None
    seen.answered(packet(), SOURCE, b"late reply to the first")
    assert seen.begin(packet(authenticator=b"b" * 16), SOURCE, 1.0) == b""


def test_a_request_that_failed_is_tried_again() -> None:
    seen = Duplicates(100, 30)
    seen.begin(packet(), SOURCE, 1.0)
    seen.failed(packet(), SOURCE)
    assert seen.begin(packet(), SOURCE, 2.0) is None


def test_memory_is_bounded_by_age_and_number() -> None:
    seen = Duplicates(10, 30)
    for identifier in range(50):
        seen.begin(packet(identifier), SOURCE, float(identifier))
    assert len(seen) == 10
    assert seen.begin(packet(49), SOURCE, 79.5) is None
    assert len(seen) == 1
