"""RADIUS packets out of a stream of octets."""

from hypothesis import given
from hypothesis import strategies as st

from domain.wire.radius_stream import RadiusStream


def packet(size: int, fill: int = 1) -> bytes:
    return bytes((4, 9)) + size.to_bytes(2, "big") + bytes([fill]) * (size - 4)


@given(st.lists(st.integers(20, 4096), max_size=5), st.lists(st.integers(1, 3000), max_size=20))
def test_packets_come_out_as_they_went_in_however_the_octets_were_cut(sizes: list[int], cuts: list[int]) -> None:
    sent = [packet(size, at) for at, size in enumerate(sizes)]
    octets, stream, found = b"".join(sent), RadiusStream(), []
    for cut in [*cuts, len(octets)]:
        found += stream.feed(octets[:cut])
        octets = octets[cut:]
    assert (found, stream.midway, stream.broken) == (sent, False, False)


def test_a_packet_that_has_begun_is_waited_for() -> None:
    stream = RadiusStream()
    assert stream.feed(packet(40)[:3]) == []
    assert stream.midway
    assert stream.feed(packet(40)[3:]) == [packet(40)]
    assert not stream.midway


@given(st.one_of(st.integers(0, 19), st.integers(4097, 65535)), st.binary(max_size=30))
def test_a_length_that_cannot_be_ends_all_reading(length: int, rest: bytes) -> None:
    stream = RadiusStream()
    assert stream.feed(packet(20) + bytes((1, 1)) + length.to_bytes(2, "big") + rest) == [packet(20)]
    assert stream.broken
    assert stream.feed(packet(20)) == []
