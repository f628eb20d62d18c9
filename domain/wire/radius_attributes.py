"""RADIUS attributes by name: reading and writing of values. What names mean is in radius_dictionaries."""

from collections.abc import Iterable, Sequence

from domain.errors import WireError
from domain.wire.radius_dictionaries import CISCO as CISCO
from domain.wire.radius_dictionaries import STANDARD, Definition, Dictionary
from domain.wire.radius_dictionaries import Kind as Kind
from domain.wire.radius_packet import Attribute

ATTRIBUTES: dict[str, Definition] = dict(STANDARD.names)
"""The attributes that all makers share. What no dictionary has is kept raw in the packet."""

_IVR = ("h323-ivr-out", "h323-ivr-in")
"""Pairs that hold pairs: `h323-ivr-out=name:value;name:value` (facts: radius §7)."""


class Values:
    """A packet's attributes by name. Of a repeated one the first counts.

    A name is looked for as attribute, then among the `name=value` pairs: switches write `call-id`, `release-source` or
    a conf-id either way. Values that repeat their own name (`h323-conf-id=...`) lose it.
    """

    __slots__ = ("_numbered", "_pairs", "_words")

    def __init__(self, attributes: Sequence[Attribute], dictionary: Dictionary = STANDARD) -> None:
        self._words = dictionary.words
        whole: Sequence[tuple[int, int, bytes]] = attributes
        if len(dictionary.cisco) > 1 or dictionary.cisco[0] != CISCO:
            whole = [(CISCO if one[0] in dictionary.cisco else one[0], one[1], one[2]) for one in attributes]
        found = {(vendor, number): value for vendor, number, value in reversed(whole)}
        self._numbered: dict[tuple[int, int], bytes] = found
        self._pairs: dict[str, bytes] = {}
        if not dictionary.pairs.isdisjoint(found):
            for vendor, number, value in whole:
                if (vendor, number) in dictionary.pairs:
                    self._add_pair(value)
                    found.pop((vendor, number), None)

    def _add_pair(self, value: bytes) -> None:
        name, _, content = value.partition(b"=")
        text = name.strip().lower().decode("latin-1")
        self._pairs.setdefault(text, content)
        if text in _IVR:
            for part in content.split(b";"):
                inner, colon, its = part.partition(b":")
                if colon:
                    self._pairs.setdefault(inner.strip().lower().decode("latin-1"), its)

    def octets(self, name: str) -> bytes | None:
        """Return a value as bytes, stripped of the name it may repeat; None when absent."""
        word = self._words.get(name)
        if word is not None:
            value = self._numbered.get(word[0])
            if value is not None:
                own = word[2]
                return value[len(own) :] if own and value[: len(own)].lower() == own else value
        if not self._pairs:
            return None
        value = self._pairs.get(name.lower())
        return None if value is None else _without_name(value, name)

    def text(self, name: str) -> str:
        """Return a value as text (UTF-8, else latin-1) without outer blanks and zeros; empty when absent."""
        value = self.octets(name)
        return _text(value) if value else ""

    def integer(self, name: str) -> int | None:
        """Return a number, from four octets or from decimal text as its kind says; None when absent or wrong."""
        word = self._words.get(name)
        if word is not None and word[1] is Kind.INTEGER:
            value = self._numbered.get(word[0])
            return int.from_bytes(value, "big") if value is not None and len(value) == 4 else None
        text = self.text(name)
        return int(text) if len(text) <= 18 and text.isascii() and text.isdecimal() else None

    def said(self, name: str) -> str:
        """Return a value in words, whatever its kind: numbers in decimal, addresses dotted; "" when absent."""
        if not name:
            return ""
        word = self._words.get(name)
        value = self._numbered.get(word[0]) if word is not None else None
        if word is None or value is None:  # as a pair, if at all: most of what a recipe knows is not in most records
            value = self._pairs.get(name.lower()) if self._pairs else None
            return "" if value is None else _text(_without_name(value, name))
        _, kind, own = word
        if len(value) == 4 and (kind is Kind.INTEGER or kind is Kind.ADDRESS):
            return str(int.from_bytes(value, "big")) if kind is Kind.INTEGER else self.address(name)
        return _text(value[len(own) :] if own and value[: len(own)].lower() == own else value)

    def first(self, names: Iterable[str]) -> str:
        """Return the first of some values that is there, as `said`; "" when none is."""
        for name in names:
            text = self.said(name)
            if text:
                return text
        return ""

    def address(self, name: str) -> str:
        """Return an IPv4 address as dotted text; empty when absent or wrong."""
        value = self.octets(name)
        return ".".join(map(str, value)) if value is not None and len(value) == 4 else ""


def attribute(
    name: str, value: str | int | bytes, *, repeat_name: bool = True, dictionary: Dictionary = STANDARD
) -> Attribute:
    """Write an attribute by its name. `repeat_name` is the Cisco habit. Raises WireError for what does not fit.

    A name that the dictionary lacks becomes a pair; Cisco's numbers go out under the vendor who took them.
    """
    definition = dictionary.names.get(name)
    if definition is None:
        return attribute("Cisco-AVPair", f"{name}={value!s}", dictionary=dictionary)
    vendor, number, kind = definition
    if vendor == CISCO:
        vendor = dictionary.cisco[0]
    if kind is Kind.INTEGER:
        if isinstance(value, str) and value.isascii() and value.isdecimal():
            value = int(value)
        if not isinstance(value, int) or not 0 <= value < 1 << 32:
            raise WireError("bad-value", name)
        return Attribute(vendor, number, value.to_bytes(4, "big"))
    if kind is Kind.ADDRESS:
        parts = str(value).split(".")
        if len(parts) != 4 or not all(part.isdecimal() and int(part) < 256 for part in parts):
            raise WireError("bad-value", name)
        return Attribute(vendor, number, bytes(map(int, parts)))
    content = value if isinstance(value, bytes) else str(value).encode()
    if kind is Kind.NAMED and repeat_name:
        content = name.encode() + b"=" + content
    if len(content) > (247 if vendor else 253):
        raise WireError("attribute-too-long", name)
    return Attribute(vendor, number, content)


def pair(name: str, value: str) -> Attribute:
    """Write a Cisco-AVPair."""
    return attribute("Cisco-AVPair", f"{name}={value}")


def _text(value: bytes) -> str:
    try:
        return value.decode().strip("\0 \t")
    except UnicodeDecodeError:
        return value.decode("latin-1").strip("\0 \t")


def _without_name(value: bytes, name: str) -> bytes:
    size = len(name) + 1
    return value[size:] if value[:size].lower() == name.lower().encode() + b"=" else value
