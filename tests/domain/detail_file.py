"""Reader of the RADIUS "detail" text form, as servers log packets: a date line, then `name = value` lines."""

from domain.wire.radius_attributes import ATTRIBUTES, Kind, attribute
from domain.wire.radius_packet import Attribute

_STATUS = {"Start": 1, "Stop": 2, "Interim-Update": 3}


def records(text: str) -> list[list[Attribute]]:
    """The attributes of each record; names that our dictionary lacks are left out."""
    blocks = (block.strip("\n").splitlines()[1:] for block in text.split("\n\n") if block.strip())
    return [[one for line in block for one in _attribute(line)] for block in blocks]


def _attribute(line: str) -> list[Attribute]:
    name, _, value = line.strip().partition(" = ")
    if name not in ATTRIBUTES:
        return []
    value = value.strip('"')
    kind = ATTRIBUTES[name].kind
    if kind is not Kind.INTEGER:
        return [attribute(name, value, repeat_name=False)]
    number = _STATUS.get(value, 0) if name == "Acct-Status-Type" else int(value) if value.isdecimal() else None
    return [] if number is None else [attribute(name, number)]
