"""Commitments and swaps by the names of their fields: what `add`, `set` and `show` speak of.

Dates are days of the partner's zone: from its midnight, and until the end of the day that is named.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from domain.errors import InputError
from domain.field_text import unknown_field
from domain.ids import DestinationId, PartnerId
from domain.money import Currency, decimal_text, units_of
from domain.quantities.volumes import Commitment, Swap, Volume

V = TypeVar("V", bound=Volume)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_PLACE = ("destination", "country", "code")
COMMITMENT_FIELDS = ("vendor", *_PLACE, "minutes", "money", "true_up", "from", "until", "warn_pct", "note")
SWAP_FIELDS = ("partner", *_PLACE, "low", "high", "unit", "from", "until", "note")
MINUTES, MONEY = "minutes", "money"
"""What a swap is counted in."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a partner's contract, and of the reference book, is needed to read fields."""

    currency: Currency
    zone: str
    destination_of: Callable[[str], DestinationId]


def new_commitment(name: str, vendor: PartnerId, texts: Mapping[str, str], terms: Terms) -> Commitment:
    """Return a commitment with these fields. Raises InputError, which names the field and what it takes."""
    return changed_commitment(Commitment(name, vendor, *_period(f"commitment {name}", texts, terms)), texts, terms)


def new_swap(name: str, partner: PartnerId, texts: Mapping[str, str], terms: Terms) -> Swap:
    """Return a swap with these fields. Raises InputError, which names the field and what it takes."""
    return changed_swap(Swap(name, partner, *_period(f"swap {name}", texts, terms)), texts, terms)


def changed_commitment(its: Commitment, texts: Mapping[str, str], terms: Terms) -> Commitment:
    """Return a commitment with some fields changed. Raises InputError."""
    _check_names(its, texts, COMMITMENT_FIELDS)
    where, changed = its.title, _with_place(its, texts, terms)
    if texts.get("minutes"):
        changed = replace(changed, minutes=_whole(texts, "minutes", where), units=None, currency=None)
    if texts.get("money"):
        units = _money(texts["money"], where, "money")
        changed = replace(changed, units=units, minutes=None, currency=terms.currency)
    if texts.get("minutes") and texts.get("money"):
        raise InputError("both minutes and money are given", where=where, mend="Give one of them.")
    if "true_up" in texts:
        text = texts["true_up"].strip()
        changed = replace(changed, true_up=_money(text, where, "true_up") if text else None)
    if "warn_pct" in texts:
        changed = replace(changed, warn_pct=_whole(texts, "warn_pct", where))
    return changed


def changed_swap(its: Swap, texts: Mapping[str, str], terms: Terms) -> Swap:
    """Return a swap with some fields changed. Raises InputError."""
    _check_names(its, texts, SWAP_FIELDS)
    where, changed = its.title, _with_place(its, texts, terms)
    unit = texts.get("unit", MONEY if its.currency is not None else MINUTES).strip() or MINUTES
    if unit not in (MINUTES, MONEY):
        raise InputError(f"{unit!r} is no unit", where=where, mend=f"Give {MINUTES} or {MONEY}.")
    other = (unit == MONEY) is not (its.currency is not None)
    if other and not {"low", "high"} <= texts.keys():
        raise InputError("the band is in another unit", where=where, mend="Give low and high, too.")
    changed = replace(changed, currency=terms.currency if unit == MONEY else None)
    for name in ("low", "high"):
        if name in texts:
            amount = _money(texts[name], where, name) if unit == MONEY else _whole(texts, name, where)
            changed = replace(changed, low=amount) if name == "low" else replace(changed, high=amount)
    return changed


def commitment_texts(its: Commitment, zone: str, name_of: Callable[[DestinationId], str]) -> dict[str, str]:
    """Return every field as text, as `changed_commitment` takes it."""
    own = {
        "vendor": str(its.partner),
        "minutes": "" if its.minutes is None else str(its.minutes),
        "money": "" if its.units is None else decimal_text(its.units),
        "true_up": "" if its.true_up is None else decimal_text(its.true_up),
        "warn_pct": str(its.warn_pct),
    }
    texts = own | _common_texts(its, zone, name_of)
    return {name: texts[name] for name in COMMITMENT_FIELDS}


def swap_texts(its: Swap, zone: str, name_of: Callable[[DestinationId], str]) -> dict[str, str]:
    """Return every field as text, as `changed_swap` takes it."""
    low, high = (str(end) if its.currency is None else decimal_text(end) for end in (its.low, its.high))
    unit = MINUTES if its.currency is None else MONEY
    texts = {"partner": str(its.partner), "low": low, "high": high, "unit": unit} | _common_texts(its, zone, name_of)
    return {name: texts[name] for name in SWAP_FIELDS}


def moment_text(at_ms: int, zone: str, *, end: bool = False) -> str:
    """Return a moment as it would be given: a date where a day begins (or, of an end, was the last), else ISO 8601."""
    local = (_EPOCH + at_ms * _MS).astimezone(ZoneInfo(zone))
    if (local.hour, local.minute, local.second, local.microsecond) != (0, 0, 0, 0):
        return local.isoformat()
    return (local.date() - timedelta(days=1 if end else 0)).isoformat()


def moment_of(text: str, zone: str, where: str, *, end: bool = False) -> int:
    """Read an ISO date or time, of the zone where it says none, into UTC ms; of an end a date is all of its day."""
    try:
        day = date.fromisoformat(text.strip())
        local = datetime.combine(day, time()) + timedelta(days=1 if end else 0)
    except (ValueError, OverflowError):
        try:
            local = datetime.fromisoformat(text.strip())
        except ValueError:
            mend = "Write 2026-12-31 or 2026-12-31T18:00."
            raise InputError(f"{text!r} is not a date or time", where=where, mend=mend) from None
    aware = local if local.tzinfo else local.replace(tzinfo=ZoneInfo(zone))
    return (aware - _EPOCH) // _MS


def _check_names(its: Volume, texts: Mapping[str, str], fields: tuple[str, ...]) -> None:
    for name in texts:
        if name not in fields:
            raise unknown_field(name, fields, its.title)
    whose = fields[0]
    if texts.get(whose, its.partner) != its.partner:
        mend = "Add another one: its calls are others."
        raise InputError(f"the {whose} of a {its.noun} stays", where=its.title, mend=mend)


def _period(where: str, texts: Mapping[str, str], terms: Terms) -> tuple[int, int]:
    for name in ("from", "until"):
        if not texts.get(name):
            raise InputError(f"it has no {name}", where=where, mend="Give the first and the last day.")
    ends = moment_of(texts["until"], terms.zone, f"{where}, until", end=True)
    return moment_of(texts["from"], terms.zone, f"{where}, from"), ends


def _with_place(its: V, texts: Mapping[str, str], terms: Terms) -> V:
    where = its.title
    if "destination" in texts:
        named = texts["destination"].strip()
        its = replace(its, destination=terms.destination_of(named) if named else None)
    if "country" in texts:
        its = replace(its, country=_country(texts["country"].strip().upper(), where))
    if "code" in texts:
        its = replace(its, code=texts["code"].strip())
    if "from" in texts:
        its = replace(its, from_ms=moment_of(texts["from"], terms.zone, f"{where}, from"))
    if "until" in texts:
        its = replace(its, until_ms=moment_of(texts["until"], terms.zone, f"{where}, until", end=True))
    return replace(its, note=texts["note"].strip()) if "note" in texts else its


def _common_texts(its: Volume, zone: str, name_of: Callable[[DestinationId], str]) -> dict[str, str]:
    where = "" if its.destination is None else name_of(its.destination) or f"{its.destination}"
    period = {"from": moment_text(its.from_ms, zone), "until": moment_text(its.until_ms, zone, end=True)}
    return {"destination": where, "country": its.country, "code": its.code, **period, "note": its.note}


def _country(text: str, where: str) -> str:
    if text and not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise InputError(f"{text!r} is no country", where=where, mend="Give its two letters, such as KE.")
    return text


def _whole(texts: Mapping[str, str], name: str, where: str) -> int:
    text = texts[name].strip().replace(",", "").replace("_", "")
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 18):
        raise InputError(f"{texts[name]!r} is no value of {name}", where=where, mend="Give a whole number.")
    return int(text)


def _money(text: str, where: str, name: str) -> int:
    try:
        units = units_of(text.strip())
    except InputError as error:
        raise InputError(f"{text!r} is no amount", where=f"{where}, {name}", mend="Write it like 12.50.") from error
    if abs(units) >= 2**63:
        raise InputError(f"{text} cannot be", where=f"{where}, {name}", mend="Give 92 billion at most.")
    return units
