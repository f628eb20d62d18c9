"""What may enter the catalog. Each check returns the value in its normal form or raises InputError: what, where, mend.

Table models do not validate, so every value that a person gives passes through here first.
"""

import re
from contextlib import suppress
from difflib import get_close_matches
from functools import cache
from ipaddress import ip_address
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel.core import get_global
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from domain.errors import ConflictError, InputError, NotFoundError
from domain.money import ROUNDINGS, Currency, decimal_text
from domain.rates import PlanRules
from store.tables import CatalogTable

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_WORD = re.compile(r"[!#$%&'()*+\-./0-9=?A-Z\[\]^_`a-z{|}~]")
_Record = TypeVar("_Record", bound=CatalogTable)


def slug(text: str, where: str) -> str:
    """Check a short name that is chosen once: it becomes part of ledger accounts and file names."""
    if not _SLUG.fullmatch(text):
        mend = "Use 1 to 40 of a-z, 0-9, - and _, and begin with a letter or digit."
        raise InputError(f"{text!r} is no short name", where=where, mend=mend)
    return text


def currency(text: str, where: str) -> Currency:
    """Check a currency code of ISO 4217."""
    if text not in get_global("all_currencies"):
        raise InputError(f"unknown currency {text!r}", where=where, mend="Give an ISO 4217 code such as USD.")
    return Currency(text)


@cache
def zone(text: str, where: str) -> str:
    """Check a time zone of the IANA database."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = get_close_matches(text, available_timezones(), 1)
        mend = f"Did you mean {near[0]}?" if near else "Give an IANA name such as UTC or Europe/Berlin."
        raise InputError(f"unknown time zone {text!r}", where=where, mend=mend) from None
    return text


def digits(text: str, where: str, most: int = 15) -> str:
    """Check a code: up to `most` digits."""
    if not (text.isascii() and text.isdigit() and len(text) <= most):
        raise InputError(f"{text!r} is no code", where=where, mend=f"Give 1 to {most} digits without + or spaces.")
    return text


def address(text: str, where: str) -> str:
    """Check an IP address and write it in its one normal form; a zone of IPv6 ("%eth0", any text) is none of it."""
    try:
        if "%" not in text:
            return str(ip_address(text))
    except ValueError:
        pass
    raise InputError(f"{text!r} is no IP address", where=where, mend="Give one like 192.0.2.10.")


def host(text: str, where: str) -> str:
    """Check an IP address or a domain name (RFC 1123 §2.1, with _ as many have it), and write it in its normal form."""
    text = text.strip().lower()
    with suppress(InputError):
        return address(text, where)
    labels = text.split(".")
    if len(text) > 253 or labels[-1].isdigit() or not all(_LABEL.fullmatch(label) for label in labels):
        mend = "Give an IP address such as 192.0.2.10 (without brackets or port), or a domain name."
        raise InputError(f"{text!r} is no host", where=where, mend=mend)
    return text


def word(text: str, what: str, where: str, also: str = "") -> None:
    """Check a text that goes into URIs, headers and files as it is: up to 64 characters that break none of them.

    `also`: characters that it may have besides.
    """
    if len(text) > 64 or not all(_WORD.fullmatch(char) or char in also for char in text):
        mend = 'Give up to 64 ASCII letters, digits and signs other than , ; : @ < > " and \\.'
        raise InputError(f"{what} is {text!r}", where=where, mend=mend)


def no_debt(units: int | None, what: str, where: str) -> None:
    """Check an amount of money, in units, that may be absent but never negative."""
    if units is not None and units < 0:
        raise InputError(f"{what} is negative ({decimal_text(units)})", where=where, mend="Give 0 or more.")


def not_negative(value: int | None, what: str, where: str) -> None:
    """Check a limit or amount that may be absent but never negative."""
    if value is not None and value < 0:
        raise InputError(f"{what} is negative ({value})", where=where, mend="Give 0 or more.")


def plan_rules(rules: PlanRules, where: str) -> None:
    """Check what holds for a whole plan."""
    slug(rules.plan, where)
    currency(rules.currency, where)
    zone(rules.zone, where)
    if rules.rounding not in ROUNDINGS:
        raise InputError(
            f"unknown rounding {rules.rounding!r}", where=where, mend=f"Use one of {', '.join(ROUNDINGS)}."
        )
    if not 0 <= rules.decimals <= 8:
        raise InputError(f"{rules.decimals} decimals", where=where, mend="Give 0 to 8.")
    for window in rules.windows:
        if not 0 <= window.from_min < window.to_min <= 1440 or not window.weekdays <= frozenset(range(7)):
            mend = "Times run from 00:00 to 24:00; split a window that crosses midnight in two."
            raise InputError(f"the window of {window.rate_type!r} is not within a day", where=where, mend=mend)


def existing(session: Session, table: type[_Record], key: object, what: str) -> _Record:
    """Return the record with this key. Raises NotFoundError, which names near ones."""
    record = session.get(table, key)
    if record is None:
        column = inspect(table).primary_key[0]
        near = get_close_matches(str(key), [str(name) for name in session.scalars(select(column))], 1)
        mend = (
            f"Did you mean {near[0]}?"
            if near
            else f"None has a name like it: look at the list, or add the {what} first."
        )
        raise NotFoundError(f"there is no {what} {key!r}", mend=mend)
    return record


def free(session: Session, table: type[CatalogTable], key: object, what: str) -> None:
    """Raise ConflictError when the key is taken."""
    if session.get(table, key) is not None:
        raise ConflictError(f"there is already a {what} {key!r}", mend="Choose another name or change that one.")
