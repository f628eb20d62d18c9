"""Route templates: how a route is written for a switch that wants it in a form of its own, in so many words.

`Routing:{user}@{host_port};expires={credit}` has a field for each thing known of a route; a literal brace is doubled.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from domain.errors import InputError
from domain.targets import Target

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_Value = Callable[[Target, int, int], str]
"""From a target, its position in the list (1 the first) and the seconds granted, to the text of a field."""


def prefix_of(target: Target) -> str:
    """Return what stands before the number in the dial string: the vendor's tech prefix."""
    return target.user.removesuffix(target.number) if target.number else ""


def bracketed(host: str) -> str:
    """Return the host as it stands in a URI: an IPv6 address in brackets (RFC 3986 §3.2.2)."""
    return f"[{host}]" if ":" in host and host[0] != "[" else host


FIELDS: dict[str, _Value] = {
    "user": lambda target, position, credit_s: target.user,
    "number": lambda target, position, credit_s: target.number or target.user,
    "prefix": lambda target, position, credit_s: prefix_of(target),
    "host": lambda target, position, credit_s: target.host,
    "port": lambda target, position, credit_s: str(target.port),
    "host_port": lambda target, position, credit_s: f"{bracketed(target.host)}:{target.port}",
    "trunk": lambda target, position, credit_s: target.trunk,
    "mark": lambda target, position, credit_s: target.mark,
    "position": lambda target, position, credit_s: str(position),
    "transport": lambda target, position, credit_s: target.transport,
    "user_params": lambda target, position, credit_s: target.user_params,
    "credit": lambda target, position, credit_s: str(credit_s),
}
"""What may stand in braces. `user` is the dial string, `number` without the vendor's prefix, `credit` seconds."""


@dataclass(frozen=True, slots=True)
class RouteTemplate:
    """A template that was checked when it was written. Invariant: one part more of `literals` than of `fields`."""

    text: str
    literals: tuple[str, ...]
    fields: tuple[_Value, ...]

    @classmethod
    def parse(cls, text: str, where: str = "") -> "RouteTemplate":
        """Read a template. Raises InputError, which names the wrong field and the column where it stands."""
        literals, fields, end = [""], [], 0
        for found in _BRACES.finditer(text):
            literals[-1] += text[end : found.start()]
            end = found.end()
            if found[0] in ("{{", "}}"):
                literals[-1] += found[0][0]
                continue
            fields.append(_field(found, where))
            literals.append("")
        literals[-1] += text[end:]
        return cls(text, tuple(literals), tuple(fields))

    def render(self, target: Target, position: int, credit_s: int = 0) -> str:
        """Write a route: `position` 1 is the first of the list; some two microseconds."""
        written = self.literals[0]
        for value, literal in zip(self.fields, self.literals[1:], strict=True):
            written += value(target, position, credit_s) + literal
        return written


@lru_cache(maxsize=256)
def template_of(text: str) -> RouteTemplate:
    """Return the template of a text that was checked when it was entered."""
    return RouteTemplate.parse(text)


def _field(found: re.Match[str], where: str) -> _Value:
    column = f"column {found.start() + 1}"
    if found[1] is None:
        raise InputError(f"the brace in {column} stands alone", where=where, mend="Write a literal brace twice.")
    value = FIELDS.get(found[1])
    if value is None:
        mend = f"Take one of {', '.join(FIELDS)}; write a literal brace twice."
        raise InputError(f"{found[0]} in {column} is no field of a route", where=where, mend=mend)
    return value
