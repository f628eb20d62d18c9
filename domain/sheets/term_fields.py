"""Terms of a plan's sheets by the names of their fields: what `plans terms` takes and shows.

Prices are decimals a minute in the plan's currency. Increments are written 60/1, several with commas between. A bound
of one country stands behind its ISO 3166 code: `ceilings.KE=0.5`; an empty one takes it away. Notice days that are
empty are those of the partner's contract.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from domain.errors import InputError
from domain.field_text import names_of, parts_of, texts_of, unknown_field, with_texts
from domain.money import decimal_text, units_of
from domain.sheets.terms import RateTerms

_PRICES, _BY_COUNTRY = ("floor", "ceiling"), ("floors", "ceilings")
_STEPS, _ALLOWED, _ZONE = "increments", "allowed_increments", "zone"
_OWN = (*_PRICES, *_BY_COUNTRY, _STEPS, _ALLOWED)
TERM_FIELDS = names_of(RateTerms)
"""All that can be set of the terms, in the order in which it is shown."""
MOST = {"range_codes": 1_000_000, "rejects_percent": 100, "lacking_percent": 100, "similarity_percent": 100}
MOST_DAYS = 3_650
MOST_OF_ANY = 1_000_000_000
_INCREMENTS = re.compile(r"(\d{1,6})\s*/\s*(\d{1,6})")
_COUNTRY = re.compile(r"[A-Z]{2}|001")


def terms_texts(terms: RateTerms) -> dict[str, str]:
    """Return every field as text, as `changed_terms` takes it; bounds of countries are names of their own."""
    plain = texts_of(replace(terms, increments=(1, 1), allowed_increments=(), floors={}, ceilings={}))
    own = {name: decimal_text(getattr(terms, name)) for name in _PRICES}
    own |= {_STEPS: _text(terms.increments), _ALLOWED: ",".join(map(_text, terms.allowed_increments))}
    texts: dict[str, str] = {}
    for name in TERM_FIELDS:
        if name in _BY_COUNTRY:
            held: Mapping[str, int] = getattr(terms, name)
            texts |= {f"{name}.{country}": decimal_text(held[country]) for country in sorted(held)}
        else:
            texts[name] = own[name] if name in own else plain[name]
    return texts


def differing(terms: RateTerms) -> list[str]:
    """Return the fields that are not as they are by default."""
    usual = terms_texts(RateTerms())
    return [name for name, text in terms_texts(terms).items() if usual.get(name) != text]


def changed_terms(terms: RateTerms, texts: Mapping[str, str], where: str) -> RateTerms:
    """Return terms with some fields changed. Raises InputError, which names the field and what it takes."""
    own: dict[str, Any] = {}
    for name, text in texts.items():
        field, _, country = name.partition(".")
        if field not in TERM_FIELDS or bool(country) != (field in _BY_COUNTRY):
            known = [*(one for one in TERM_FIELDS if one not in _BY_COUNTRY), *(f"{one}.KE" for one in _BY_COUNTRY)]
            raise unknown_field(name, known, where)
        if field in _BY_COUNTRY:
            own[field] = _bounded(own.get(field, getattr(terms, field)), name, country, text.strip(), where)
        elif field in _PRICES:
            own[field] = _price(name, text.strip(), where)
        elif field == _STEPS:
            own[field] = _steps(name, text.strip(), where)
        elif field == _ALLOWED:
            own[field] = tuple(_steps(name, part, where) for part in parts_of(text))
    plain = {name: text for name, text in texts.items() if name.partition(".")[0] not in _OWN}
    changed = replace(with_texts(terms, plain, where), **own)
    _check(changed, where)
    return changed


def _check(terms: RateTerms, where: str) -> None:
    for name in TERM_FIELDS:
        value = getattr(terms, name)
        if type(value) is not int or name in _PRICES:
            continue
        most = MOST.get(name, MOST_DAYS if name.endswith("_days") else MOST_OF_ANY)
        if not 0 <= value <= most:
            raise InputError(f"{name} is {value}", where=where, mend=f"Give 0 to {most}.")
    if terms.floor > terms.ceiling:
        what = f"floor {decimal_text(terms.floor)} is above ceiling {decimal_text(terms.ceiling)}"
        raise InputError(what, where=where, mend="Give a floor that is not above the ceiling.")
    for sender in terms.senders:
        if "@" not in sender:
            mend = "Give addresses and @domains: rates@kestrel.example,@kestrel.example."
            raise InputError(f"{sender!r} is no sender", where=f"{where}, senders", mend=mend)
    if terms.zone:
        try:
            ZoneInfo(terms.zone)
        except (KeyError, ValueError, OSError):
            mend = "Give a name such as UTC or Africa/Nairobi, or nothing for the plan's."
            raise InputError(f"{terms.zone!r} is no time zone", where=f"{where}, zone", mend=mend) from None


def _bounded(held: Mapping[str, int], name: str, country: str, text: str, where: str) -> dict[str, int]:
    code = country.upper()
    if not _COUNTRY.fullmatch(code):
        mend = "Give two letters as of ISO 3166, such as KE."
        raise InputError(f"{country!r} is no country", where=f"{where}, {name}", mend=mend)
    others = {one: units for one, units in held.items() if one != code}
    return others | {code: _price(name, text, where)} if text else others


def _price(name: str, text: str, where: str) -> int:
    mend = "Give a price a minute such as 0.01."
    try:
        units = units_of(text)
    except InputError:
        raise InputError(f"{text!r} is no price", where=f"{where}, {name}", mend=mend) from None
    if not 0 <= units < 2**63:
        raise InputError(f"{text} cannot be", where=f"{where}, {name}", mend=mend)
    return units


def _steps(name: str, text: str, where: str) -> tuple[int, int]:
    found = _INCREMENTS.fullmatch(text)
    if found is None or not (int(found[1]) and int(found[2])):
        mend = "Give the first and the next interval in seconds, such as 60/1."
        raise InputError(f"{text!r} is no increment", where=f"{where}, {name}", mend=mend)
    return int(found[1]), int(found[2])


def _text(increments: tuple[int, int]) -> str:
    return f"{increments[0]}/{increments[1]}"
