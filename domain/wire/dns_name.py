"""Domain names on the wire (RFC 1035 §3.1, §4.1.4): as bytes, labels with their lengths and the root's zero at the end.

A name is kept as it was received, upper and lower case and all; `.lower()` of the bytes compares two, since no length
octet is a letter.
"""

import re
from collections.abc import Iterable

from domain.errors import WireError

LONGEST_NAME, LONGEST_LABEL = 255, 63
ROOT = b"\0"
_POINTER = 0xC0
_SINGLES = re.compile(rb"(?:\x01.)*", re.DOTALL)
_PLAIN = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?", re.ASCII)


def read_name(data: bytes, at: int) -> tuple[bytes, int]:
    """Return the name that begins at an offset, pointers followed, and the offset behind it. Raises WireError.

    A pointer leads to before the part of the name that it ends, so that none can go round in a circle.
    """
    start = at
    single = _SINGLES.match(data, at)
    assert single is not None, "no label at all fits too"
    at = single.end()  # the labels of a number's name are of one octet, twelve or so of them
    while at < len(data):
        length = data[at]
        if not length:
            if at + 1 - start > LONGEST_NAME:
                raise WireError("name-too-long", f"{at + 1 - start} octets")
            return data[start : at + 1], at + 1
        if length > LONGEST_LABEL:
            return _pointed(data, start, at)
        at += 1 + length
    raise WireError("cut-short", "in a name")


def _pointed(data: bytes, start: int, at: int) -> tuple[bytes, int]:
    """Go on with a name whose part from `start` ends at `at` with a pointer."""
    parts, behind, size = [data[start:at]], at + 2, at - start
    while True:
        if data[at] < _POINTER:
            raise WireError("bad-label", f"type {data[at] >> 6} at {at}")
        if at + 2 > len(data):
            raise WireError("cut-short", "in a pointer")
        target = (data[at] & 0x3F) << 8 | data[at + 1]
        if target >= start:
            raise WireError("bad-pointer", f"from {at} to {target}")
        start = at = target
        while at < len(data) and 0 < data[at] <= LONGEST_LABEL:
            at += 1 + data[at]
        if at >= len(data):
            raise WireError("cut-short", "in a name")
        parts.append(data[start:at])
        size += at - start
        if size >= LONGEST_NAME:
            raise WireError("name-too-long", f"{size + 1} octets")
        if not data[at]:
            return b"".join(parts) + ROOT, behind


def labels_of(name: bytes) -> list[bytes]:
    """Return the labels of a name, the root's empty one left out."""
    labels, at = [], 0
    while name[at]:
        labels.append(name[at + 1 : at + 1 + name[at]])
        at += 1 + name[at]
    return labels


def name_of(labels: Iterable[bytes]) -> bytes:
    """Return a name made of labels. Raises ValueError where one, or the name, has no form on the wire."""
    parts = list(labels)
    if not all(0 < len(label) <= LONGEST_LABEL for label in parts):
        raise ValueError("a label has 1 to 63 octets")
    name = b"".join([bytes([len(label)]) + label for label in parts]) + ROOT
    if len(name) > LONGEST_NAME:
        raise ValueError("a name has at most 255 octets")
    return name


def name_from_text(text: str) -> bytes:
    """Return the name that a person wrote, such as "E164.Example.": lower case, with or without the last dot.

    Raises ValueError where it is none: letters, digits, hyphens and underscores make a label.
    """
    labels = text.strip().removesuffix(".").lower().split(".")
    for label in labels:
        if not _PLAIN.fullmatch(label):
            raise ValueError(f"{label!r} is no label of a name")
    return name_of(label.encode() for label in labels)


def text_of(name: bytes) -> str:
    """Return a name for people; what is not printable is written as an escape (RFC 1035 §5.1)."""
    return ".".join(map(_label_text, labels_of(name))) + "."


def _label_text(label: bytes) -> str:
    return "".join(chr(c) if 0x21 <= c < 0x7F and c not in b'."\\' else f"\\{c:03d}" for c in label)


def tail_offset(name: bytes, tail: bytes) -> int | None:
    """Return where in a name another one stands that ends it, label by label, in the same case; None: nowhere."""
    at = 0
    while len(name) - at >= len(tail):
        if len(name) - at == len(tail):
            return at if name[at:] == tail else None
        at += 1 + name[at]
    return None
