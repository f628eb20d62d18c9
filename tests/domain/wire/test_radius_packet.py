from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyrad.dictionary import Dictionary
from pyrad.packet import AcctPacket, AuthPacket

from domain.errors import WireError
from domain.wire.radius_attributes import attribute, pair
from domain.wire.radius_packet import (
    Attribute,
    Code,
    RadiusPacket,
    decode,
    encode_reply,
    encode_request,
    reveal_password,
    status_reply,
    verify_reply,
    verify_request,
)
from tests.domain.wire.radius_bytes import RANDOM, SECRET, Named, access, accounting, attributes, hide_password

DICTIONARY = """
ATTRIBUTE User-Name 1 string
ATTRIBUTE User-Password 2 string encrypt=1
ATTRIBUTE NAS-IP-Address 4 ipaddr
ATTRIBUTE Class 25 octets
ATTRIBUTE Session-Timeout 27 integer
ATTRIBUTE Proxy-State 33 octets
ATTRIBUTE Acct-Status-Type 40 integer
ATTRIBUTE Acct-Session-Id 44 string
ATTRIBUTE Message-Authenticator 80 octets
VENDOR Cisco 9
BEGIN-VENDOR Cisco
ATTRIBUTE Cisco-AVPair 1 string
ATTRIBUTE h323-conf-id 24 string
END-VENDOR Cisco
"""

# RFC 2865 §7.1 and RFC 5997 §6.1
NEMO = bytes.fromhex(
    "010000380f403f9473978057bd83d5cb98f4227a01066e656d6f02120dbe708d93d413ce3196e43f782a0aee0406c0a80110050600000003"
)
NEMO_REPLY = bytes.fromhex("0200002686fe220e7624ba2a1005f6bf9b55e0b20606000000010f06000000000e06c0a80103")
STATUS = bytes.fromhex("0cda00268a54f4686fb394c52866e302185d062350125a665e2e1e8411f3e243822097c84fa3")
STATUS_REPLY = bytes.fromhex("02da0014ef0d552a4bf2d693ec2b6fe8b5411d66")

HIDDEN = hide_password(b"cisco", SECRET, RANDOM)


def dictionary() -> Dictionary:
    return Dictionary(StringIO(DICTIONARY))


def reason(data: bytes, secret: bytes = SECRET, **options: bool) -> str:
    with pytest.raises(WireError) as caught:
        verify_request(decode(data), secret, **options)
    return caught.value.reason


def raw(code: int, body: bytes, authenticator: bytes = RANDOM) -> bytes:
    return bytes((code, 1)) + (20 + len(body)).to_bytes(2, "big") + authenticator + body


def test_the_request_of_rfc_2865_is_read_with_its_password() -> None:
    packet = decode(NEMO)
    verify_request(packet, SECRET)
    assert (packet.code, packet.identifier, packet.first(1)) == (Code.ACCESS_REQUEST, 0, b"nemo")
    assert reveal_password(packet.first(2) or b"", SECRET, packet.authenticator) == b"arctangent"
    assert hide_password(b"arctangent", SECRET, packet.authenticator) == packet.first(2)


def test_the_reply_of_rfc_2865_is_proved_and_written_alike() -> None:
    verify_reply(decode(NEMO_REPLY), decode(NEMO), SECRET)
    values = [Attribute(0, 6, b"\0\0\0\1"), Attribute(0, 15, b"\0\0\0\0"), Attribute(0, 14, bytes((192, 168, 1, 3)))]
    assert encode_reply(decode(NEMO), Code.ACCESS_ACCEPT, values, SECRET, prove=False) == NEMO_REPLY


def test_the_status_server_of_rfc_5997_is_proved_and_answered() -> None:
    packet = decode(STATUS)
    verify_request(packet, SECRET)
    verify_reply(decode(STATUS_REPLY), packet, SECRET)
    assert encode_reply(packet, Code.ACCESS_ACCEPT, (), SECRET, prove=False) == STATUS_REPLY
    assert encode_request(Code.STATUS_SERVER, 0xDA, (), SECRET, authenticator=packet.authenticator) == STATUS
    for accounting_port, code in ((False, Code.ACCESS_ACCEPT), (True, Code.ACCOUNTING_RESPONSE)):
        reply = decode(status_reply(packet, SECRET, accounting=accounting_port))
        verify_reply(reply, packet, SECRET, require_proof=True)
        assert reply.code is code


def test_the_reply_of_rfc_5997_on_the_accounting_port_has_a_misprinted_code() -> None:
    status = decode(encode_request(Code.STATUS_SERVER, 1, (), SECRET, authenticator=RANDOM))
    right = encode_reply(status, Code.ACCOUNTING_RESPONSE, (), SECRET, prove=False)
    verify_reply(decode(right), status, SECRET)
    with pytest.raises(WireError, match="bad-authenticator"):
        verify_reply(decode(b"\x02" + right[1:]), status, SECRET)


def test_a_status_server_without_its_proof_is_dropped() -> None:
    assert reason(raw(12, b"")) == "no-message-authenticator"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x01" * 19, "bad-length"),
        (raw(1, b"")[:2] + b"\0\x13" + RANDOM, "bad-length"),
        (raw(1, b"\x01\x03a")[:-1], "bad-length"),
        (raw(99, b""), "unknown-code"),
        (raw(1, b"\x01\x09ab"), "bad-attribute"),
        (raw(1, b"\x01\x01"), "bad-attribute"),
        (raw(1, b"\x01"), "bad-attribute"),
        (raw(1, b"\x50\x04ab"), "bad-attribute"),
        (raw(1, (b"\x50\x12" + bytes(16)) * 2), "bad-attribute"),
        (raw(4, b""), "bad-authenticator"),
        (raw(4, b"", bytes(16)), "bad-authenticator"),
        (raw(2, b""), "not-a-request"),
        (raw(1, b"\x50\x12" + bytes(16)), "bad-message-authenticator"),
    ],
)
def test_a_packet_that_is_not_sound_or_not_proved_names_its_fault(data: bytes, expected: str) -> None:
    assert reason(data) == expected


def test_octets_past_the_length_are_padding() -> None:
    assert decode(NEMO + b"padding") == decode(NEMO)


def test_a_wrong_secret_is_found_wherever_the_kind_allows() -> None:
    assert reason(access(("User-Name", "a")).raw, b"other") == "bad-message-authenticator"
    assert reason(accounting(("Acct-Status-Type", 1)).raw, b"other") == "bad-authenticator"


def test_a_client_may_be_held_to_prove_its_access_requests() -> None:
    plain = access(("User-Name", "a"), ("User-Password", HIDDEN), prove=False).raw
    assert reason(plain, require_proof=True) == "no-message-authenticator"
    verify_request(decode(plain), SECRET)
    proxied = access(("User-Name", "a"), ("Proxy-State", b"x"), prove=False).raw
    assert reason(proxied, limit_proxy_state=True) == "proxy-state-without-message-authenticator"
    verify_request(access(("Proxy-State", b"x")), SECRET, require_proof=True, limit_proxy_state=True)


@pytest.mark.parametrize("password", [HIDDEN, hide_password(b"", SECRET, RANDOM)])
def test_a_password_proves_an_access_request_that_has_no_better_proof(password: bytes) -> None:
    hidden: Named = ("User-Password", password)
    verify_request(access(hidden, prove=False), SECRET)
    assert reason(access(hidden, prove=False).raw, b"other") == "unproved"


@pytest.mark.parametrize("password", [(), (("User-Password", b"x"),), (("User-Password", RANDOM),)])
def test_an_access_request_that_nothing_proves_is_dropped(password: tuple[Named, ...]) -> None:
    assert reason(access(("User-Name", "a"), *password, prove=False).raw) == "unproved"


def test_access_replies_begin_with_their_proof_and_end_with_the_proxy_states() -> None:
    request = access(("Proxy-State", b"one"), ("User-Name", "a"), ("Proxy-State", b"two"))
    reply = decode(encode_reply(request, Code.ACCESS_REJECT, attributes(("Reply-Message", "no")), SECRET))
    assert [one.number for one in reply.attributes] == [80, 18, 33, 33]
    assert reply.all(33) == [b"one", b"two"]
    verify_reply(reply, request, SECRET, require_proof=True)


def test_sub_attributes_that_share_one_attribute_are_taken_apart() -> None:
    shared = b"\0\0\0\x09" + b"\x01\x05a=b" + b"\x18\x03x"
    packet = decode(raw(1, bytes((26, len(shared) + 2)) + shared))
    assert packet.attributes == (Attribute(9, 1, b"a=b"), Attribute(9, 24, b"x"))


def test_a_vendor_attribute_of_another_form_is_kept_as_it_came() -> None:
    odd = b"\0\0\0\x09\x01\x09ab"
    assert decode(raw(1, bytes((26, len(odd) + 2)) + odd)).attributes == (Attribute(0, 26, odd),)


def test_what_does_not_fit_is_an_error_and_never_a_broken_packet() -> None:
    for values in ([Attribute(0, 1, bytes(254))], [Attribute(9, 1, bytes(248))], [Attribute(0, 1, bytes(253))] * 17):
        with pytest.raises(WireError, match="too-long"):
            encode_request(Code.ACCOUNTING_REQUEST, 1, values, SECRET)


def test_pyrad_proves_and_reads_what_we_write() -> None:
    auth = AuthPacket(packet=access(("User-Name", "ann"), ("=call-id", "c1")).raw, secret=SECRET, dict=dictionary())
    assert auth.verify_message_authenticator()
    assert (auth["User-Name"], auth["Cisco-AVPair"]) == (["ann"], ["call-id=c1"])
    for prove in (False, True):
        acct = AcctPacket(packet=accounting(("Acct-Status-Type", 2), prove=prove).raw, secret=SECRET, dict=dictionary())
        assert acct.VerifyAcctRequest()
        assert not prove or acct.verify_message_authenticator()


def test_pyrad_accepts_our_replies() -> None:
    client = AuthPacket(id=3, secret=SECRET, authenticator=RANDOM, dict=dictionary(), message_authenticator=True)
    client.AddAttribute("User-Name", "ann")
    request = decode(client.RequestPacket())
    verify_request(request, SECRET, require_proof=True)
    values = [attribute("Session-Timeout", 60), pair("h323-ivr-in", "Routing:1@h"), attribute("Class", "k")]
    reply = encode_reply(request, Code.ACCESS_ACCEPT, values, SECRET)
    assert client.VerifyReply(client.CreateReply(packet=reply), reply, enforce_ma=True)


def test_we_prove_and_read_what_pyrad_writes() -> None:
    client = AcctPacket(id=3, secret=SECRET, dict=dictionary())
    client.AddAttribute("Acct-Session-Id", "s1")
    client.AddAttribute("Cisco-AVPair", ["a=1", "b=2"])
    packet = decode(client.RequestPacket())
    verify_request(packet, SECRET)
    assert (packet.first(44), packet.all(1, 9)) == (b"s1", [b"a=1", b"b=2"])
    auth = AuthPacket(id=4, secret=SECRET, authenticator=RANDOM, dict=dictionary())
    auth["User-Password"] = auth.PwCrypt("a password of more than 16")
    hidden = decode(auth.RequestPacket()).first(2) or b""
    assert reveal_password(hidden, SECRET, RANDOM) == b"a password of more than 16"


@given(st.binary(max_size=128).filter(lambda text: not text.endswith(b"\0")), st.binary(min_size=16, max_size=16))
@settings(max_examples=50)
def test_a_hidden_password_is_revealed(password: bytes, authenticator: bytes) -> None:
    assert reveal_password(hide_password(password, SECRET, authenticator), SECRET, authenticator) == password


VENDORS = st.integers(1, 2**24 - 1)
NUMBERS = st.integers(1, 255).filter(lambda number: number not in (26, 80))
ANY_ATTRIBUTE = st.builds(Attribute, st.just(0), NUMBERS, st.binary(max_size=60)) | st.builds(
    Attribute, VENDORS, st.integers(0, 255), st.binary(max_size=60)
)


@given(st.lists(ANY_ATTRIBUTE, max_size=20), st.sampled_from([Code.ACCESS_REQUEST, Code.ACCOUNTING_REQUEST]))
@settings(max_examples=100)
def test_what_we_write_is_what_is_read(values: list[Attribute], code: Code) -> None:
    packet = decode(encode_request(code, 5, values, SECRET, authenticator=RANDOM))
    verify_request(packet, SECRET, require_proof=True)
    assert list(packet.attributes[1:]) == values


def read(data: bytes) -> RadiusPacket | WireError:
    try:
        packet = decode(data)
        verify_request(packet, SECRET, require_proof=True)
    except WireError as error:
        return error
    return packet


@given(st.data())
@settings(max_examples=200)
def test_damaged_bytes_raise_nothing_but_a_wire_error(data: st.DataObject) -> None:
    good = bytearray(accounting(("Acct-Session-Id", "s1"), ("=call-id", "c1")).raw)
    at = data.draw(st.integers(0, len(good) - 1))
    good[at] ^= data.draw(st.integers(1, 255))
    assert isinstance(read(bytes(good)), WireError)


@given(st.binary(max_size=120) | st.binary(max_size=60).map(lambda body: raw(1, body)))
@settings(max_examples=200)
def test_any_bytes_raise_nothing_but_a_wire_error(data: bytes) -> None:
    assert isinstance(read(data), WireError)
