"""End users by the names of their fields: what `end-users set` and `show` speak of, and a file of them has as columns.

Money is a decimal in the currency of the partner's contract. An id is chosen once.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from domain.end_users import LONGEST_CALLER, EndUser
from domain.errors import InputError
from domain.field_text import most_money, names_of, texts_of, unknown_field, with_texts
from domain.ids import EndUserId
from domain.money import decimal_text

_MONEY = "max_money"
END_USER_FIELDS = tuple(_MONEY if name == "max_units" else name for name in names_of(EndUser) if name != "id")
"""All that can be set of an end user, in the order in which it is shown."""
MOST_KEYS = 20
LONGEST_NAME = 253
"""Characters of a User-Name (RFC 2865 §5.1 allows 253 octets)."""
MOST = 2**31 - 1
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")


def end_user_texts(user: EndUser) -> dict[str, str]:
    """Return every field as text, as `changed_end_user` takes it."""
    texts = texts_of(user) | {_MONEY: "" if user.max_units is None else decimal_text(user.max_units)}
    return {name: texts[name] for name in END_USER_FIELDS}


def changed_end_user(user: EndUser, texts: Mapping[str, str], where: str) -> EndUser:
    """Return an end user with some fields changed. Raises InputError, which names the field and what it takes."""
    for name in texts:
        if name not in END_USER_FIELDS:
            raise unknown_field(name, END_USER_FIELDS, where)
    plain = {name: text for name, text in texts.items() if name != _MONEY}
    changed = with_texts(user, plain, where)
    if _MONEY in texts:
        changed = replace(changed, max_units=most_money(_MONEY, texts[_MONEY].strip(), where))
    callers = sorted(caller.removeprefix("+") for caller in changed.callers)
    changed = replace(changed, callers=tuple(callers), user_names=tuple(sorted(changed.user_names)))
    check_end_user(changed, where)
    return changed


def new_end_user(user: str, texts: Mapping[str, str], where: str) -> EndUser:
    """Return a new end user. Raises InputError."""
    return changed_end_user(EndUser(EndUserId(user)), texts, where)


def check_end_user(user: EndUser, where: str) -> None:
    """Raise InputError for an end user who cannot be."""
    if not _ID.fullmatch(user.id):
        mend = "Use 1 to 64 of letters, digits and . _ @ + -, and begin with a letter or digit."
        raise InputError(f"{user.id!r} is no end user's id", where=where, mend=mend)
    if not user.user_names and not user.callers:
        mend = "Give user_names (what switches call him) or callers (numbers or prefixes)."
        raise InputError("no call would be his: he has no key", where=where, mend=mend)
    if len(user.user_names) + len(user.callers) > MOST_KEYS:
        raise InputError(f"he has more than {MOST_KEYS} keys", where=where, mend="Let a prefix stand for many numbers.")
    for name in user.user_names:
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            mend = f"Give 1 to {LONGEST_NAME} printable characters."
            raise InputError(f"{name!r} is no user name", where=where, mend=mend)
    for caller in user.callers:
        if not (caller.isascii() and caller.isdigit() and len(caller) <= LONGEST_CALLER and caller[0] != "0"):
            mend = f"Give 1 to {LONGEST_CALLER} digits of E.164, such as 447911123456, or how they begin."
            raise InputError(f"{caller!r} is no caller's number", where=where, mend=mend)
    if len({*user.user_names}) < len(user.user_names) or len({*user.callers}) < len(user.callers):
        raise InputError("a key is given twice", where=where, mend="Give each once.")
    for what in ("max_calls", "max_cps", "max_minutes", "burst"):
        value = getattr(user, what)
        if value is not None and not 0 <= value <= MOST:
            raise InputError(f"{what} is {value}", where=where, mend=f"Give 0 to {MOST}.")
    if user.burst is not None and (user.max_cps is None or user.burst < 1):
        raise InputError("burst is of max_cps, and at least 1", where=where, mend="Give both, or leave it out.")
