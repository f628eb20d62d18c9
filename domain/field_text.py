"""Values of flat frozen dataclasses as text and back by field name: what a person sets and is shown.

A value is text, a whole number, a decimal one, yes or no (true, false), one word of a list, or a list of these with
commas between, in which a comma that belongs to a text has a backslash before it; "" is none where none is allowed. The
answers of a trunk are one name each: `answers.no-route` = `503/34 No route`, which is status[/q850][ phrase]; an empty
one takes the rule away.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from domain.causes import Cause
from domain.directory import AnswerRule
from domain.errors import InputError
from domain.money import units_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Value = TypeVar("Value", bound="DataclassInstance")
YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,9})?", re.ASCII)
_SIGN = re.compile(r"\\(.)|(.)", re.DOTALL)
NEAR = 3
"""Names that are offered for one that is not known."""


def texts_of(value: "DataclassInstance") -> dict[str, str]:
    """Return the fields of a value as text, in their order; each answer rule is a name of its own."""
    texts: dict[str, str] = {}
    for field in fields(value):
        held = getattr(value, field.name)
        if _kind(type(value), field.name) == tuple[AnswerRule, ...]:
            texts |= {f"{field.name}.{rule.cause}": _answer_text(rule) for rule in held}
        else:
            texts[field.name] = _text(held)
    return texts


def with_texts(value: Value, texts: Mapping[str, str], where: str) -> Value:
    """Return the value with some fields changed. Raises InputError, which names the field and what it takes."""
    changes: dict[str, Any] = {}
    for name, text in texts.items():
        field, _, cause = name.partition(".")
        if field not in names_of(type(value)):
            raise unknown_field(name, names_of(type(value)), where)
        kind = _kind(type(value), field)
        if not text.isprintable():
            raise _wrong(name, text, "text without control characters", where)
        if kind == tuple[AnswerRule, ...]:
            rules = changes.get(field, getattr(value, field))
            changes[field] = _with_answer(rules, name, cause, text, where)
        elif cause:
            raise unknown_field(name, names_of(type(value)), where)
        else:
            changes[field] = _read(kind, name, text.strip(), where)
    return replace(value, **changes)


@cache
def names_of(kind: type["DataclassInstance"]) -> tuple[str, ...]:
    """Return the names of the fields of a dataclass."""
    return tuple(field.name for field in fields(kind))


def unknown_field(name: str, known: Iterable[str], where: str) -> InputError:
    """Return the error for a name that is not known; it offers those that are near, else all."""
    known = sorted(known)
    near = get_close_matches(name, known, NEAR) or [one for one in known if one.endswith(f".{name}")]
    mend = f"Did you mean {' or '.join(near)}?" if near else f"There is: {', '.join(known)}."
    return InputError(f"there is no field {name!r}", where=where, mend=mend)


@cache
def _kind(kind: type["DataclassInstance"], name: str) -> Any:
    return get_type_hints(kind)[name]


def _text(held: object) -> str:
    if isinstance(held, bool):
        return "true" if held else "false"
    if isinstance(held, tuple):
        return ",".join(_text(one).replace("\\", r"\\").replace(",", r"\,") for one in held)
    if isinstance(held, float):
        return f"{held:.10g}"
    return "" if held is None else str(held)


def _read(kind: Any, name: str, text: str, where: str) -> object:
    """Read one text as what the field holds."""
    kind = getattr(kind, "__supertype__", kind)  # a NewType is as what it is made of
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], name, part.strip(), where) for part in _parts(text))
    if NoneType in get_args(kind):
        [given] = [one for one in get_args(kind) if one is not NoneType]
        return None if text in ("", "none") else _read(given, name, text, where)
    if kind is bool:
        if text.lower() not in YES + NO:
            raise _wrong(name, text, "true or false", where)
        return text.lower() in YES
    if kind is int:
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 18):
            raise _wrong(name, text, "a whole number", where)
        return int(text)
    if kind is float:
        if not _NUMBER.fullmatch(text):
            raise _wrong(name, text, "a number such as 35 or 2.5", where)
        return float(text)
    if issubclass(kind, StrEnum):
        words = [word.value for word in kind]
        if text not in words:
            raise _wrong(name, text, f"one of {', '.join(words)}", where)
        return kind(text)
    assert kind is str, f"{name} has a form in text"
    return text


def parts_of(text: str) -> list[str]:
    """Return the members of a list that was written with commas between, without the space around them."""
    return [part.strip() for part in _parts(text) if part.strip()]


def most_money(name: str, text: str, where: str) -> int | None:
    """Read the most money that something allows, units; nothing: no limit. Raises InputError."""
    if text in ("", "none"):
        return None
    try:
        units = units_of(text)
    except InputError:
        mend = "Give an amount such as 5 or 12.50, or nothing for no limit."
        raise InputError(f"{text!r} is no amount", where=f"{where}, {name}", mend=mend) from None
    if not 0 <= units < 2**63:
        raise InputError(f"{text} cannot be", where=f"{where}, {name}", mend="Give 0 to 92 billion.")
    return units


def _parts(text: str) -> list[str]:
    parts = [""] if text else []
    for escaped, plain in _SIGN.findall(text):
        if plain == ",":
            parts.append("")
        else:
            parts[-1] += escaped or plain
    return parts


def _wrong(name: str, text: str, allowed: str, where: str) -> InputError:
    secret = "password" in name or "secret" in name
    shown = f"{name} cannot be that" if secret else f"{text!r} is no value of {name}"
    return InputError(shown, where=where, mend=f"{name} takes {allowed}.")


def _answer_text(rule: AnswerRule) -> str:
    q850 = f"/{rule.q850}" if rule.q850 else ""
    return f"{rule.status}{q850} {rule.phrase}".rstrip()


def _with_answer(rules: tuple[AnswerRule, ...], name: str, cause: str, text: str, where: str) -> tuple[AnswerRule, ...]:
    """Return the rules with that of one cause put in its place, or taken away."""
    causes = [one.value for one in Cause]
    if cause not in causes:
        raise unknown_field(name, (f"answers.{one}" for one in causes), where)
    others = tuple(rule for rule in rules if rule.cause != cause)
    if not text.strip():
        return others
    numbers, _, phrase = text.strip().partition(" ")
    status, _, q850 = numbers.partition("/")
    if not (_within(status, 300, 699) and (not q850 or _within(q850, 1, 127))):
        raise _wrong(name, text, "status[/q850][ phrase], such as 503/34 No route: status 300-699, q850 1-127", where)
    rule = AnswerRule(Cause(cause), int(status), phrase.strip(), int(q850 or 0))
    return tuple(sorted((*others, rule), key=lambda one: causes.index(one.cause)))


def _within(text: str, least: int, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3 and least <= int(text) <= most
