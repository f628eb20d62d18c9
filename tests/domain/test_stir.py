"""STIR: what an identity is worth, and which call a policy refuses."""

import pytest

from domain.calls import Passport, Verdict
from domain.causes import Cause
from domain.directory import StirPolicy
from domain.stir import attestation_of, refusal_by

A, B = "12025550100", "447911123456"


def passport(attest: str = "A", verdict: Verdict = Verdict.VALID, orig: str = A, dest: str = B) -> Passport:
    return Passport(verdict, attest, orig, (dest,))


@pytest.mark.parametrize(
    ("passports", "words", "by_require", "by_ab", "by_a"),
    [
        ((), "none", Cause.STIR_MISSING, Cause.STIR_MISSING, Cause.STIR_MISSING),
        ((passport("A"),), "A", None, None, None),
        ((passport("B"),), "B", None, None, Cause.STIR_TOO_LOW),
        ((passport("C"),), "C", None, Cause.STIR_TOO_LOW, Cause.STIR_TOO_LOW),
        ((passport("C"), passport("A")), "A", None, None, None),
        ((passport(""),), "invalid", *[Cause.STIR_INVALID] * 3),
        ((passport(orig="12025550199"),), "A for other numbers", *[Cause.STIR_INVALID] * 3),
        ((passport(dest="447911999999"),), "A for other numbers", *[Cause.STIR_INVALID] * 3),
        ((passport("B", Verdict.STALE),), "B stale", *[Cause.STIR_STALE] * 3),
        ((passport(verdict=Verdict.INVALID),), "invalid", *[Cause.STIR_INVALID] * 3),
        ((passport(verdict=Verdict.NO_CERTIFICATE),), "A no-certificate", *[Cause.STIR_NO_CERTIFICATE] * 3),
        ((passport(verdict=Verdict.UNSUPPORTED),), "A unsupported", *[Cause.STIR_UNSUPPORTED] * 3),
        ((passport(verdict=Verdict.STALE), passport("C")), "C", None, Cause.STIR_TOO_LOW, Cause.STIR_TOO_LOW),
    ],
)
def test_each_identity_has_its_word_and_each_policy_its_refusal(
    passports: tuple[Passport, ...], words: str, by_require: Cause | None, by_ab: Cause | None, by_a: Cause | None
) -> None:
    assert attestation_of(passports, A, (B,)) == words
    assert refusal_by(StirPolicy.IGNORE, passports, A, (B,)) is None
    assert refusal_by(StirPolicy.REQUIRE, passports, A, (B,)) is by_require
    assert refusal_by(StirPolicy.REQUIRE_AB, passports, A, (B,)) is by_ab
    assert refusal_by(StirPolicy.REQUIRE_A, passports, A, (B,)) is by_a


def test_a_call_without_a_caller_has_no_proved_number() -> None:
    assert attestation_of((Passport(Verdict.VALID, "A", "", (B,)),), "", (B,)) == "A for other numbers"
