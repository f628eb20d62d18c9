"""Who says that the caller may use this number, and what a trunk asks of it (RFC 8224 §6.2, RFC 8588, SHAKEN)."""

from collections.abc import Sequence

from domain.calls import Passport, Verdict
from domain.causes import Cause
from domain.directory import StirPolicy

LEVELS = "ABC"
"""Attestations, the best first: the customer and the number are known, the customer, only the way it came."""

_WORST = len(LEVELS)
_ASKED = {StirPolicy.REQUIRE: "ABC", StirPolicy.REQUIRE_AB: "AB", StirPolicy.REQUIRE_A: "A"}
_CAUSES = {
    Verdict.STALE: Cause.STIR_STALE,
    Verdict.NO_CERTIFICATE: Cause.STIR_NO_CERTIFICATE,
    Verdict.UNSUPPORTED: Cause.STIR_UNSUPPORTED,
    Verdict.INVALID: Cause.STIR_INVALID,
}


def attestation_of(passports: Sequence[Passport], a: str, called: Sequence[str]) -> str:
    """Return what is known of the caller in a word: "A", "B" or "C" where one is proved for these very numbers.

    Else "none", or what is wrong with the nearest: "A stale", "A no-certificate", "A for other numbers", "invalid".
    `a`: the caller, `called`: all forms in which the called number may be named; digits only.
    """
    passport = _best(passports, a, called)
    if passport is None:
        return "none"
    level = passport.attest if passport.attest in LEVELS else ""
    if passport.verdict is not Verdict.VALID:
        return f"{level} {passport.verdict}".strip() if passport.verdict is not Verdict.INVALID else "invalid"
    return level or "invalid" if _names(passport, a, called) else f"{level} for other numbers".strip()


def refusal_by(policy: StirPolicy, passports: Sequence[Passport], a: str, called: Sequence[str]) -> Cause | None:
    """Return why a trunk's policy refuses the call, None where it does not (RFC 8224 §6.2.2)."""
    if policy is StirPolicy.IGNORE:
        return None
    passport = _best(passports, a, called)
    if passport is None:
        return Cause.STIR_MISSING
    if passport.verdict is not Verdict.VALID:
        return _CAUSES[passport.verdict]
    if not _names(passport, a, called) or passport.attest not in LEVELS or not passport.attest:
        return Cause.STIR_INVALID
    return None if passport.attest in _ASKED[policy] else Cause.STIR_TOO_LOW


def _best(passports: Sequence[Passport], a: str, called: Sequence[str]) -> Passport | None:
    """Several may come (§4.1): a valid one for these numbers by its level, else a valid one, else the first."""
    return min(passports, key=lambda one: _rank(one, a, called), default=None)


def _rank(passport: Passport, a: str, called: Sequence[str]) -> int:
    if passport.verdict is not Verdict.VALID:
        return _WORST + 2
    if not _names(passport, a, called):
        return _WORST + 1
    return LEVELS.index(passport.attest) if passport.attest and passport.attest in LEVELS else _WORST


def _names(passport: Passport, a: str, called: Sequence[str]) -> bool:
    return passport.orig == a != "" and any(number in passport.dest for number in called)
