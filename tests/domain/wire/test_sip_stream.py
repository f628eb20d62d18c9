import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.wire.sip_message import SipRequest, parse
from domain.wire.sip_stream import MOST_BYTES, Broken, Ping, SipStream
from tests.domain.wire.sip_bytes import SDP, request_bytes

PARTS = [
    request_bytes(body=SDP),
    request_bytes("ACK", body=b"\r\n\r\nINVITE sip:1@h SIP/2.0\r\n"),
    request_bytes("OPTIONS").replace(b"\r\n", b"\n"),
    request_bytes("OPTIONS").replace(b"Content-Length: 0", b"l\t:\r\n 000"),
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    b"x" * 300,
    b"Content-Length: -1\r\n\r\n",
]


def came(pieces: list[bytes]) -> list[bytes | Ping | Broken]:
    stream = SipStream()
    return [one for piece in pieces for one in stream.feed(piece)]


@st.composite
def cut(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """A stream of octets, whole and in pieces."""
    whole = b"".join(draw(st.lists(st.sampled_from(PARTS) | st.binary(max_size=40), max_size=8)))
    places = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    return whole, [whole[a:b] for a, b in zip([0, *places], [*places, len(whole)], strict=True)]


@given(cut())
@settings(max_examples=300)
def test_however_a_stream_is_cut_the_same_messages_come(stream: tuple[bytes, list[bytes]]) -> None:
    whole, pieces = stream
    assert came(pieces) == came([whole]) == came([whole[at : at + 1] for at in range(len(whole))])


@given(st.lists(st.binary(max_size=3000).map(lambda data: data * 20), max_size=8))
@settings(max_examples=50)
def test_garbage_never_grows_beyond_one_message(pieces: list[bytes]) -> None:
    stream = SipStream()
    for piece in pieces:
        stream.feed(piece)
        assert len(stream._kept) <= MOST_BYTES


def test_messages_back_to_back_come_apart() -> None:
    first, second = request_bytes(body=SDP), request_bytes("ACK")
    assert came([first + second]) == [first, second]


def test_a_double_line_end_is_a_ping_and_a_single_one_is_nothing() -> None:
    message = request_bytes()
    assert came([b"\r\n\r\n", b"\r", b"\n\r\n", b"\r\n" + message]) == [Ping(), Ping(), message]


def test_a_message_midway_is_known_for_one_that_may_stall() -> None:
    stream = SipStream()
    assert [stream.midway, stream.feed(b"\r\n"), stream.midway] == [False, [], False]
    stream.feed(request_bytes(body=SDP)[:-3])
    assert stream.midway
    stream.feed(SDP[-3:])
    assert not stream.midway


@pytest.mark.parametrize(
    ("old", "new", "reason", "status"),
    [
        (b"Content-Length: 0\r\n", b"", "no-content-length", 400),
        (b"Content-Length: 0", b"Content-Length: -999", "bad-content-length", 400),
        (b"Content-Length: 0", b"Content-Length: 1\r\nl: 2", "bad-content-length", 400),
        (b"Content-Length: 0", b"Content-Length: 99999", "message-too-large", 513),
        (b"Content-Length: 0", b"X: " + b"y" * MOST_BYTES, "message-too-large", 513),
    ],
)
def test_bad_framing_ends_a_stream_with_a_head_that_can_be_answered(
    old: bytes, new: bytes, reason: str, status: int
) -> None:
    (broken,) = came([request_bytes().replace(old, new) + request_bytes()])
    assert isinstance(broken, Broken)
    assert (broken.reason, broken.status) == (reason, status)
    assert broken.head.startswith(b"INVITE")


def test_a_length_that_is_told_twice_alike_is_one_length() -> None:
    (message,) = came([request_bytes(more=("l: 3",)).replace(b"Content-Length: 0", b"Content-Length: 3") + b"abc"])
    assert isinstance(message, bytes)
    request = parse(message)
    assert isinstance(request, SipRequest)
    assert request.body == b"abc"
