"""Attributes of our Access-Accept and Access-Reject. Facts: radius §7, §10."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from domain.causes import RETURN_CODE, Cause
from domain.directory import Recipe
from domain.errors import InputError, WireError
from domain.ids import CallKey
from domain.money import Currency, decimal_text
from domain.recipe import LENT
from domain.route_text import RouteTemplate, template_of
from domain.targets import Target
from domain.wire.radius_attributes import attribute
from domain.wire.radius_dictionaries import DICTIONARIES, Dictionary
from domain.wire.radius_packet import Attribute

MAX_ROUTES = 20
MAX_BYTES = 1400
"""Replies above this are fragmented, and fragments are lost at firewalls: routes at the end are left out instead."""
ANSWERS = (
    "h323-return-code", "h323-credit-time", "Session-Timeout", "Class", "h323-credit-amount", "h323-currency",
    "h323-billing-model", "ChilliSpot-Max-Total-Octets", "ChilliSpot-Max-Total-Gigawords", "Mikrotik-Total-Limit",
    "Mikrotik-Total-Limit-Gigawords",
)  # fmt: skip
"""What a recipe may name among its `answers`."""
QUOTAS = {
    "ChilliSpot-Max-Total-Octets": "ChilliSpot-Max-Total-Gigawords",
    "Mikrotik-Total-Limit": "Mikrotik-Total-Limit-Gigawords",
}
"""Where a quota goes: its octets, and the attribute of what is above 32 bits."""

_HEAD_BYTES = 20 + 18  # the packet's head and its Message-Authenticator
_MOST_TEXT = 247
_LINE = re.compile(r"(?P<name>[A-Za-z0-9-]+)(?:\[(?P<joint>[^\]]{1,4})\])?=(?P<template>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Account:
    """The client's money as an Accept may tell it: `left` units of the contract's currency for new calls."""

    left: int
    currency: Currency
    prepaid: bool


def access_accept_attributes(
    recipe: Recipe,
    key: CallKey,
    credit_s: int,
    targets: Sequence[Target],
    *,
    account: Account | None = None,
    quota_octets: int = 0,
    call_id: bytes = b"",
    more: Sequence[Attribute] = (),
    max_bytes: int = MAX_BYTES,
) -> list[Attribute]:
    """Return what the recipe's `answers` name, what else there is to say, and the routes in order.

    The time granted goes out twice: a client takes the smaller. Class carries the call key as hex: a check when it is
    echoed, never a need; but a call id that we lent (recipe.LENT) goes out in it. `quota_octets`: of a session sold
    by volume; 0: none.
    """
    dictionary = DICTIONARIES[recipe.dictionary]
    values = _values(key, credit_s, account) | _quota(recipe, quota_octets)
    if call_id.startswith(LENT):
        values["Class"] = call_id.decode("ascii")
    attributes = [
        attribute(name, values[name], repeat_name=recipe.repeat_names, dictionary=dictionary)
        for name in recipe.answers
        if name in values
    ]
    if recipe.sends_interims and recipe.interim_s:
        attributes.append(attribute("Acct-Interim-Interval", recipe.interim_s))
    attributes += more
    room = max_bytes - _HEAD_BYTES - sum(map(_size, attributes))
    return attributes + _routes(recipe, targets, credit_s, dictionary, room)


def access_reject_attributes(recipe: Recipe, cause: Cause) -> list[Attribute]:
    """Return the return code that the table of causes names, and its words."""
    dictionary = DICTIONARIES[recipe.dictionary]
    value = str(RETURN_CODE[cause])
    code = attribute("h323-return-code", value, repeat_name=recipe.repeat_names, dictionary=dictionary)
    return [code, attribute("Reply-Message", cause.value)]


def tells_quota(recipe: Recipe) -> bool:
    """Whether an Access-Accept tells a switch how much it may let through, where volume is sold."""
    return any(name in recipe.answers for name in QUOTAS)


def check_answers(recipe: Recipe, where: str) -> None:
    """Check what a recipe says of replies. Raises InputError, which names what is wrong and what may stand there."""
    unknown = [name for name in recipe.answers if name not in ANSWERS]
    if unknown:
        raise InputError(
            f"an Access-Accept cannot carry {unknown[0]!r}", where=where, mend=f"Take of {', '.join(ANSWERS)}."
        )
    for line in recipe.routes:
        found = _LINE.fullmatch(line)
        if found is None:
            mend = "Write attribute=template or attribute[;]=template, such as h323-ivr-in=Routing:{user}@{host_port}."
            raise InputError(f"{line!r} says not which attribute it is", where=where, mend=mend)
        RouteTemplate.parse(found["template"], f"{where}, {line}")


def _values(key: CallKey, credit_s: int, account: Account | None) -> dict[str, str]:
    values = {
        "h323-return-code": "0",
        "h323-credit-time": str(credit_s),
        "Session-Timeout": str(credit_s),
        "Class": key.hex(),
    }
    if account is not None:
        values["h323-credit-amount"] = decimal_text(max(account.left, 0))
        values["h323-currency"] = account.currency
        values["h323-billing-model"] = "1" if account.prepaid else "0"
    return values


def _quota(recipe: Recipe, octets: int) -> dict[str, str]:
    """Return a quota for each pair of attributes; where a recipe names none for the upper bits, what fits 32."""
    values: dict[str, str] = {}
    for low, high in QUOTAS.items() if octets else ():
        upper, rest = divmod(octets, 1 << 32)
        if upper and high not in recipe.answers:
            upper, rest = 0, (1 << 32) - 1
        values[low] = str(rest)
        if upper:
            values[high] = str(upper)
    return values


def _routes(
    recipe: Recipe, targets: Sequence[Target], credit_s: int, dictionary: Dictionary, room: int
) -> list[Attribute]:
    """Return the routes' attributes, as many routes as have room; all lines of a route or none."""
    every = _lines(recipe.routes)
    fixed = [_text(line.name, line.template.text, recipe, dictionary) for line in every if not line.template.fields]
    room -= sum(map(_size, fixed))
    lines = [line for line in every if line.template.fields]
    joined = {at: "" for at, line in enumerate(lines) if line.joint}
    written: list[Attribute] = []
    for position, target in enumerate(targets[:MAX_ROUTES], 1):
        texts = [line.template.render(target, position, credit_s) for line in lines]
        longer = {at: text + lines[at].joint + texts[at] if text else texts[at] for at, text in joined.items()}
        try:
            alone = [
                _text(line.name, texts[at], recipe, dictionary) for at, line in enumerate(lines) if at not in joined
            ]
        except WireError:
            continue  # no host or dial string of ours is that long; an attribute cannot be
        its_size = sum(map(_size, alone))
        shared = [(len(text), len(lines[at].name)) for at, text in longer.items()]
        too_long = [size for size, name in shared if size > _MOST_TEXT - name - 1]
        if too_long or its_size + sum([size + name + 9 for size, name in shared]) > room:
            break
        joined, room = longer, room - its_size
        written += alone
    together = [_text(lines[at].name, text, recipe, dictionary) for at, text in joined.items() if text]
    return fixed + together + written


@dataclass(frozen=True, slots=True)
class _Line:
    """What a recipe says of one attribute; `joint`: what stands between routes that share it ("": each has its own)."""

    name: str
    joint: str
    template: RouteTemplate


@lru_cache(maxsize=256)
def _lines(routes: tuple[str, ...]) -> tuple[_Line, ...]:
    """Take a recipe's lines apart: once for all of its replies."""
    read = (_LINE.fullmatch(line) for line in routes)
    return tuple(_Line(one["name"], one["joint"] or "", template_of(one["template"])) for one in read if one)


def _text(name: str, text: str, recipe: Recipe, dictionary: Dictionary) -> Attribute:
    return attribute(name, text, repeat_name=recipe.repeat_names, dictionary=dictionary)


def _size(one: Attribute) -> int:
    return len(one.value) + (8 if one.vendor else 2)
