import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.errors import WireError
from domain.wire.sip_message import (
    SipError,
    SipRequest,
    SipResponse,
    build_request,
    is_keepalive,
    parse,
    split_outside,
)
from tests.domain.wire.sip_bytes import SDP, request_bytes, response_bytes


def parsed(data: bytes) -> SipRequest:
    message = parse(data)
    assert isinstance(message, SipRequest)
    return message


def outcome(data: bytes) -> SipRequest | SipResponse | WireError:
    try:
        return parse(data)
    except WireError as error:
        return error


def refused(data: bytes) -> SipError:
    with pytest.raises(SipError) as caught:
        parse(data)
    return caught.value


def test_an_invite_is_read_in_all_its_parts() -> None:
    request = parsed(request_bytes(body=SDP))
    assert (request.method, request.uri) == ("INVITE", "sip:777%23447911123456@198.51.100.1;user=phone")
    assert (request.via.host, request.via.port, request.via.branch) == ("192.0.2.10", 5060, "z9hG4bK-1")
    assert request.via.wants_rport
    assert (request.call_id, request.cseq, request.from_tag, request.to_tag) == ("call-1@192.0.2.10", 1, "from1", "")
    assert request.body == SDP
    assert len(request.headers["via"]) == 2


def test_bare_line_ends_and_leading_line_ends_read_as_the_standard_ones() -> None:
    data = request_bytes()
    assert parsed(data.replace(b"\r\n", b"\n")) == parsed(data) == parsed(b"\r\n\r\n" + data)


def test_a_body_with_blank_lines_stays_whole_after_a_head_with_bare_line_ends() -> None:
    body = b"v=0\r\n\r\ns=-\r\n"
    assert parsed(request_bytes().replace(b"\r\n", b"\n").replace(b": 0\n", b": 12\n") + body).body == body


def test_compact_and_folded_headers_read_as_the_long_ones() -> None:
    request = parsed(
        b"INVITE sip:1@h SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bKa\r\nf: <sip:2@h>\r\n ;tag=x\r\n"
        b"t : <sip:1@h>\r\ni: c\r\nCSEQ: 0009\r\n  INVITE\r\nm: <sip:2@h>\r\nl: 0\r\n\r\n"
    )
    assert request.from_tag == "x"
    assert request.cseq == 9
    assert request.header("contact") == "<sip:2@h>"


def test_octets_after_content_length_are_dropped() -> None:
    assert parsed(request_bytes(body=b"abc") + b"INVITE sip:x@y SIP/2.0\r\n\r\n").body == b"abc"


def test_a_response_is_read_with_an_odd_or_an_empty_phrase() -> None:
    heads = [("Via", "SIP/2.0/UDP h"), ("From", "<sip:a@h>"), ("To", "<sip:b@h>;tag=1")]
    heads += [("Call-ID", "c"), ("CSeq", "1 INVITE")]
    for phrase in ("", "= 2**3 * 8 bananas \xe4"):
        response = parse(response_bytes(302, phrase, heads))
        assert isinstance(response, SipResponse)
        assert (response.status, response.reason) == (302, phrase)
    with pytest.raises(SipError) as caught:
        parse(response_bytes(4294967301, "better not break the receiver", heads))
    assert caught.value.status == 0


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (request_bytes().replace(b"Content-Length: 0", b"Content-Length: 9999"), 400),  # clerr
        (request_bytes().replace(b"Content-Length: 0", b"Content-Length: -999"), 400),  # ncl
        (request_bytes(more=("Content-Length: 5",)), 400),  # mcl01
        (request_bytes(cseq=36893488147419103232), 400),  # scalar02
        (request_bytes(caller='"Mr. J. User <sip:j@h>;tag=1'), 400),  # quotbal
        (request_bytes(uri="<sip:user@example.com>"), 400),  # ltgtruri
        (request_bytes(uri="sip:user@example.com; lr"), 400),  # lwsruri
        (request_bytes(uri=" sip:user@example.com"), 400),  # lwsstart
        (request_bytes().replace(b"SIP/2.0\r\nVia", b"SIP/7.0\r\nVia"), 505),  # badvers
        (request_bytes().replace(b"1 INVITE", b"8 REGISTER"), 400),  # mismatch01
        (request_bytes(more=("Call-ID: another",)), 400),  # multi01
        (request_bytes().replace(b"Call-ID: call-1@192.0.2.10\r\n", b""), 400),  # insuf
        (request_bytes(more=("no colon here",)), 400),
        (request_bytes(via="SIP/2.0/UDP 192.0.2.15;;,;,,"), 400),  # badinv01
        (request_bytes(via="SIP/2.0/UDP ;branch=z9hG4bK1"), 0),  # no Via to answer to
        (b"hello\r\n\r\n", 0),
        (b"\0" * 20, 0),
        (b"", 0),
    ],
)
def test_what_is_malformed_names_the_status_to_answer(data: bytes, status: int) -> None:
    error = refused(data)
    assert error.status == status
    assert (error.request is not None) == (status > 0)


def test_torture_of_blanks_and_unknown_headers_is_read() -> None:  # RFC 4475 §3.1.1.1 wsinv, in short
    request = parsed(
        b"INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n"
        b"TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n"
        b'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n'
        b"MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 3\r\ncseq: 0009\r\n  INVITE\r\n"
        b"Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\ns :\r\n"
        b"NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n"
        b"UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n"
        b"v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n"
        b" SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n\r\nv=0"
    )
    assert (request.via.transport, request.via.host, request.via.branch) == ("UDP", "192.0.2.2", "390skdjuw")
    assert (request.to_tag, request.from_tag, request.cseq) == ("1918181833n", "98asjd8", 9)


def test_the_first_of_several_vias_in_one_header_is_the_top_one() -> None:
    via = parsed(request_bytes(via="SIP/2.0/UDP [2001:db8::1]:5070;branch=z9hG4bKq ,SIP/2.0/UDP b;branch=z9hG4bKr")).via
    assert (via.host, via.port, via.branch) == ("[2001:db8::1]", 5070, "z9hG4bKq")
    assert via.rest == " ,SIP/2.0/UDP b;branch=z9hG4bKr"


def test_odd_method_tokens_are_methods_of_their_own() -> None:  # intmeth, esc02
    assert parsed(request_bytes("!interesting-Method0123456789_*+`.%indeed'~")).method[0] == "!"
    assert parsed(request_bytes("RE%47IST%45R")).method == "RE%47IST%45R"


def test_keepalives_are_known() -> None:
    assert is_keepalive(b"\r\n\r\n")
    assert is_keepalive(b"\0\0\0\0")
    assert not is_keepalive(request_bytes())


def test_a_line_end_in_a_header_is_never_written() -> None:
    with pytest.raises(WireError):
        build_request("INVITE", "sip:1@h", [("Subject", "a\r\nContact: <sip:evil@h>")])


def test_separators_within_quotes_and_angles_do_not_split() -> None:
    assert split_outside('"a, \\", b" <sip:1@h;x=1,2> ;tag=1, <sip:2@h>', ",") == [
        '"a, \\", b" <sip:1@h;x=1,2> ;tag=1',
        "<sip:2@h>",
    ]


TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-._!%*+'~", min_size=1, max_size=12)
VALUE = st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters='\x85\xa0"'), max_size=30)


@given(method=TOKEN, uri=TOKEN, value=VALUE, call_id=TOKEN, body=st.binary(max_size=40), cseq=st.integers(0, 2**32 - 1))
@settings(max_examples=100)
def test_what_we_build_is_what_is_read(method: str, uri: str, value: str, call_id: str, body: bytes, cseq: int) -> None:
    headers = [("Via", "SIP/2.0/UDP h;branch=z9hG4bK1"), ("From", "<sip:a@h>;tag=1"), ("To", "<sip:b@h>")]
    headers += [("Call-ID", call_id), ("CSeq", f"{cseq} {method}"), ("X-Value", value)]
    request = parse(build_request(method, uri, headers, body)) if method != "SIP/2.0" else None
    assert isinstance(request, SipRequest)
    assert (request.method, request.uri, request.call_id, request.cseq) == (method, uri, call_id, cseq)
    assert (request.header("x-value"), request.body) == (value, body)


@given(st.binary(max_size=200) | st.lists(st.sampled_from(request_bytes().split(b" "))).map(b" ".join))
@settings(max_examples=300)
@example(request_bytes().replace(b"Content-Length: 0", "Content-Length: ²".encode("latin-1")))
def test_no_bytes_raise_anything_but_a_wire_error(data: bytes) -> None:
    assert isinstance(outcome(data), SipRequest | SipResponse | WireError)


@given(st.data())
@settings(max_examples=200)
def test_a_damaged_invite_raises_nothing_but_a_wire_error(data: st.DataObject) -> None:
    good = bytearray(request_bytes(body=SDP))
    for _ in range(data.draw(st.integers(1, 6))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(outcome(bytes(good)), SipRequest | SipResponse | WireError)
