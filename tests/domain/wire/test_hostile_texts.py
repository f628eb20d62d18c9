"""Texts made to be slow to read: each takes one pass. Read by patterns that backtrack, these take minutes."""

import contextlib

import pytest

from domain.errors import WireError
from domain.wire.digest import parse_credentials
from domain.wire.sip_message import MOST_IN_LINE, SipError, SipRequest, parse
from domain.wire.sip_uri import _remembered, callers_of, parse_uri
from tests.domain.wire.sip_bytes import request_bytes

TIMES = 100
BLANKS = " " * (MOST_IN_LINE - 200)
"""As many as one line may have."""
pytestmark = pytest.mark.timeout(10)


@pytest.mark.parametrize("tab", [" ", "\t"])
def test_blanks_in_a_via(tab: str) -> None:
    data = request_bytes(via="SIP/2.0/UDP h" + BLANKS.replace(" ", tab) + "x")
    for _ in range(TIMES):
        with pytest.raises(SipError):
            parse(data)


@pytest.mark.parametrize(
    "text", [60_000 * " " + "c\r\n d", 30_000 * "\n ", 20_000 * " \n "], ids=["run", "folds", "both"]
)
def test_blanks_where_lines_are_folded(text: str) -> None:
    data = request_bytes(more=(f"Subject: b{text}", "X: y"))
    for _ in range(TIMES // 10):
        with contextlib.suppress(SipError):
            parse(data)


@pytest.mark.parametrize("caller", ["a{}>", '"a"{}>', '"{}', "<sip:{}", "a{};"])
def test_blanks_in_an_address(caller: str) -> None:
    data = request_bytes(more=(f"P-Asserted-Identity: {caller.format(BLANKS)}",))
    for _ in range(TIMES):
        request = parse(data)
        assert isinstance(request, SipRequest)
        callers_of(request, "12025550100")


@pytest.mark.parametrize("text", ["a={}x", 'a={}"', 'a="{}', "a={},b={}", "{}"])
def test_blanks_in_credentials(text: str) -> None:
    for _ in range(TIMES):
        with pytest.raises(WireError):
            parse_credentials("Digest " + text.format(BLANKS, BLANKS) + "=")


def test_folds_are_one_blank_and_runs_of_blanks_elsewhere_stay() -> None:
    request = parse(request_bytes(more=("Subject: a  b \t\r\n \r\n\t c\r\n  d", "X-Y: y")))
    assert isinstance(request, SipRequest)
    assert (request.header("subject"), request.header("x-y")) == ("a  b c d", "y")


def test_a_line_too_long_is_refused_with_its_reason_and_a_via_too_long_in_silence() -> None:
    long = "x" * MOST_IN_LINE
    with pytest.raises(SipError) as caught:
        parse(request_bytes(more=(f"Subject: {long}",)))
    assert (caught.value.reason, caught.value.status) == ("line-too-long", 400)
    assert caught.value.request is not None
    with pytest.raises(SipError) as caught:
        parse(request_bytes(via=f"SIP/2.0/UDP h;branch=z9hG4bK{long}"))
    assert caught.value.status == 0
    many = tuple(f"Subject: {long[:1000]}" for _ in range(20))
    assert isinstance(parse(request_bytes(more=many)), SipRequest), "many short ones are not one long one"


def test_long_uris_are_read_and_not_remembered() -> None:
    before = _remembered.cache_info().currsize
    for number in range(20):
        assert parse_uri(f"sip:{number}@h;x={'y' * 300}").user == str(number)
    assert _remembered.cache_info().currsize == before
