from hashlib import md5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import WireError
from domain.wire.radius_credentials import Means, Offered, challenge_attributes, digest_attribute, offered
from domain.wire.radius_packet import Attribute, Code, decode, encode_request
from tests.domain.wire.radius_bytes import RANDOM, SECRET, attributes, hide_password

STANDARD_EXAMPLE = {  # RFC 5090 §6
    "Digest-Realm": "example.com", "Digest-Nonce": "3bada1a0", "Digest-Nonce-Count": "00000001",
    "Digest-CNonce": "56593a80", "Digest-Qop": "auth", "Digest-Method": "INVITE",
    "Digest-URI": "sip:97226491335@example.com", "Digest-Username": "12345678",
    "Digest-Response": "756933f735fcd93f90a4bbdd5467f263",
}  # fmt: skip


def offer(*more: Attribute, user: str = "orbita") -> Offered | None:
    named = [*attributes(("User-Name", user)), *more]
    return offered(decode(encode_request(Code.ACCESS_REQUEST, 7, named, SECRET, authenticator=RANDOM)), SECRET)


def digest(**changed: str) -> list[Attribute]:
    said = STANDARD_EXAMPLE | {name.replace("_", "-"): value for name, value in changed.items()}
    return [digest_attribute(name, value) for name, value in said.items() if value]


def test_a_password_is_revealed_and_compared() -> None:
    found = offer(Attribute(0, 2, hide_password(b"arctangent", SECRET, RANDOM)))
    assert found is not None
    assert (found.means, found.user) == (Means.PAP, "orbita")
    assert found.proves("arctangent")
    assert not found.proves("arctangen")
    assert not found.proves("")


@pytest.mark.parametrize("challenge", [b"", b"0123456789abcdef"])
def test_chap_is_proved_by_its_challenge_or_by_the_authenticator(challenge: bytes) -> None:
    hashed = md5(b"\x07" + b"pa55" + (challenge or RANDOM)).digest()
    more = [Attribute(0, 60, challenge)] if challenge else []
    found = offer(Attribute(0, 3, b"\x07" + hashed), *more)
    assert found is not None
    assert found.proves("pa55")
    assert not found.proves("pa56")


def test_the_digest_of_the_standards_example_is_right_and_answered() -> None:
    found = offer(*digest())
    assert found is not None
    assert (found.means, found.user) == (Means.DIGEST, "12345678")
    assert found.proves("secret")
    assert not found.proves("secreT")
    assert found.server_proof("secret") == "f847de948d12285f8f4199e366f1af21"


def test_a_digest_of_another_method_uri_or_nonce_proves_nothing() -> None:
    for changed in ({"Digest_Method": "BYE"}, {"Digest_URI": "sip:1@x"}, {"Digest_Nonce": "3bada1a1"}):
        found = offer(*digest(**changed))
        assert found is not None
        assert not found.proves("secret")


def test_a_digest_without_a_nonce_asks_for_one() -> None:
    found = offer(*digest(Digest_Nonce="", Digest_Response="", Digest_CNonce=""))
    assert found is not None
    assert found.digest is None
    assert not found.proves("secret")


def tlv(number: int, text: str) -> bytes:
    return bytes((number, len(text) + 2)) + text.encode()


NUMBERS = {
    1: "Digest-Realm", 2: "Digest-Nonce", 3: "Digest-Method", 4: "Digest-URI", 5: "Digest-Qop", 8: "Digest-CNonce",
    9: "Digest-Nonce-Count", 10: "Digest-Username",
}  # fmt: skip


@pytest.mark.parametrize("together", [True, False])
def test_the_old_draft_carries_the_same_in_one_attribute_or_in_many(together: bool) -> None:
    said = [tlv(number, STANDARD_EXAMPLE[name]) for number, name in NUMBERS.items()]
    values = [b"".join(said)] if together else said
    response = Attribute(0, 206, STANDARD_EXAMPLE["Digest-Response"].encode())
    found = offer(response, *(Attribute(0, 207, value) for value in values))
    assert found is not None
    assert (found.means, found.user) == (Means.STERMAN, "12345678")
    assert found.proves("secret")
    assert found.server_proof("secret") == ""


def test_a_challenge_says_whether_only_the_nonce_was_wrong() -> None:
    assert (0, 120, b"true") in challenge_attributes("r", "n", stale=True)
    assert not [one for one in challenge_attributes("r", "n", stale=False) if one.number == 120]


@given(st.lists(st.tuples(st.sampled_from([1, 2, 3, 60, 103, 104, 105, 108, 206, 207]), st.binary(max_size=60))))
@settings(max_examples=150)
def test_no_credentials_raise_anything_or_prove_an_empty_password(said: list[tuple[int, bytes]]) -> None:
    named = [Attribute(0, number, value) for number, value in said]
    packet = decode(encode_request(Code.ACCESS_REQUEST, 7, named, SECRET, authenticator=RANDOM))
    found = offered(packet, SECRET)
    assert found is None or not (found.proves("") or found.proves("not so"))


@given(st.binary(max_size=120))
@settings(max_examples=300)
def test_bytes_are_a_packet_or_a_wire_error(data: bytes) -> None:
    for candidate in (data, bytes((1, 7)) + (len(data) + 20).to_bytes(2, "big") + bytes(16) + data):
        try:
            packet = decode(candidate)
        except WireError:
            continue
        assert len(packet.raw) <= len(candidate)
        offered(packet, SECRET)
