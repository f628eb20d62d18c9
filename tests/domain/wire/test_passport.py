"""PASSporTs: the examples of RFC 8225 and 8588 with keys of our own, and everything that is no proof."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1
from hypothesis import given
from hypothesis import strategies as st

from domain.calls import Passport, Verdict
from domain.errors import WireError
from domain.wire.passport import SigningKey, parse_identity, passports_of
from tests.domain.wire.identity_headers import NOW_S, X5U, Signer, b64

SIGNER = Signer()
KEY = SigningKey(SIGNER.key.public_key(), NOW_S - 86_400, NOW_S + 86_400)


def find(x5u: str) -> SigningKey | None:
    return KEY if x5u == X5U else None


def verified(*values: str, now_s: int = NOW_S, key: SigningKey = KEY) -> tuple[Passport, ...]:
    return passports_of(values, lambda x5u: key if x5u == X5U else None, now_s, 60)


def verdict(value: str, **more: Any) -> Verdict:
    (one,) = verified(value, **more)
    return one.verdict


def test_a_passport_is_read_and_proved() -> None:
    assert verified(SIGNER.identity()) == (
        Passport(
            verdict=Verdict.VALID,
            attest="A",
            orig="12025550100",
            dest=("447911123456",),
            iat_s=NOW_S,
            origid="123e4567-e89b-12d3-a456-426655440000",
            x5u=X5U,
        ),
    )


def test_the_signing_input_is_the_text_as_sent_by_rfc_8225() -> None:
    # the header of RFC 8225 appendix A is fixed text: deterministic order, no white space
    value = SIGNER.identity()
    header = b64(b'{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://certs.example.org/passport.pem"}')
    assert value.startswith(header + ".")
    assert parse_identity(value).signed.decode() == value.partition(";")[0].rpartition(".")[0]


@pytest.mark.parametrize("late_s", [-60, 0, 60])
def test_a_passport_is_fresh_for_a_minute_either_way(late_s: int) -> None:
    assert verdict(SIGNER.identity(), now_s=NOW_S + late_s) is Verdict.VALID


@pytest.mark.parametrize("late_s", [-61, 61, 86_000])
def test_an_old_passport_is_stale(late_s: int) -> None:
    assert verdict(SIGNER.identity(), now_s=NOW_S + late_s) is Verdict.STALE


def test_a_time_that_is_no_number_is_stale() -> None:
    assert verdict(SIGNER.identity(iat=str(NOW_S))) is Verdict.STALE  # as RFC 8588 §6 misprints it
    assert verdict(SIGNER.identity(iat=True)) is Verdict.STALE


def test_who_signed_must_be_known_trusted_and_in_date() -> None:
    head = {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": "https://elsewhere.example/a.pem"}
    assert verdict(SIGNER.identity(head)) is Verdict.NO_CERTIFICATE
    key = SIGNER.key.public_key()
    for known in (
        SigningKey(key, NOW_S + 1, NOW_S + 2),
        SigningKey(key, NOW_S - 2, NOW_S - 1),
        SigningKey(key, 0, 2 * NOW_S, trusted=False),
        SigningKey(None, 0, 2 * NOW_S),
    ):
        assert verdict(SIGNER.identity(), key=known) is Verdict.UNSUPPORTED


@pytest.mark.parametrize("algorithm", ["RS256", "none", "HS256", "", 5])
def test_only_es256_is_a_signature(algorithm: object) -> None:
    head = {"alg": algorithm, "ppt": "shaken", "typ": "passport", "x5u": X5U}
    assert verdict(SIGNER.identity(head)) is Verdict.UNSUPPORTED


def test_another_curve_proves_nothing() -> None:
    other = Signer(curve=SECP384R1())
    assert verdict(SIGNER.identity(), key=SigningKey(other.key.public_key(), 0, 2 * NOW_S)) is Verdict.INVALID


def test_any_change_breaks_the_proof() -> None:
    good, (header, payload, tail) = SIGNER.identity(), SIGNER.identity().split(".", 2)
    forged = SIGNER.identity(orig={"tn": "12025550199"}).split(".", 2)
    assert verdict(good) is Verdict.VALID
    assert verdict(f"{header}.{forged[1]}.{tail}") is Verdict.INVALID
    assert verdict(f"{header}.{payload}.{b64(bytes(64))};ppt=shaken") is Verdict.INVALID
    assert verdict(f"{header}.{payload}.{b64(b'short')};ppt=shaken") is Verdict.INVALID
    assert verdict(Signer().identity()) is Verdict.INVALID


@pytest.mark.parametrize(
    "value",
    ["", "x", "a.b.c", "..abc;info=<u>;alg=ES256;ppt=shaken", "e30.W10.AA;ppt=shaken", "a.b;ppt=shaken", "é.é.é"],
)
def test_what_cannot_be_read_is_invalid(value: str) -> None:
    assert [one.verdict for one in verified(value)] == [Verdict.INVALID]


def test_other_kinds_are_passed_over_and_several_are_normal() -> None:
    div = {"alg": "ES256", "ppt": "div", "typ": "passport", "x5u": X5U}
    values = (SIGNER.identity(div, params=";ppt=div"), SIGNER.identity(attest="B"), "..sig;info=<u>;ppt=rph")
    assert [one.attest for one in verified(*values)] == ["B"]
    assert [one.attest for one in verified(f"{SIGNER.identity(attest='C')}, {SIGNER.identity()}")] == ["C", "A"]


def test_numbers_are_canonical_and_uris_are_none() -> None:
    (one,) = verified(SIGNER.identity(orig={"uri": "sip:a@b"}, dest={"tn": ["+44-7911-123456"], "uri": ["sip:b@c"]}))
    assert (one.verdict, one.orig, one.dest) == (Verdict.VALID, "", ("447911123456",))


@given(st.text(st.characters(max_codepoint=255), max_size=80))
def test_no_text_raises_anything_but_a_wire_error(text: str) -> None:
    try:
        parse_identity(text)
    except WireError:
        assert [one.verdict for one in passports_of([text], find, NOW_S, 60)][:1] in ([Verdict.INVALID], [])


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner)))
def test_no_claims_raise_anything(odd: object) -> None:
    verified(SIGNER.identity(orig=odd, dest={"tn": odd}, iat=odd, attest=odd, origid=odd))
