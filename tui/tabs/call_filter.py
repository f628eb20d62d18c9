"""The words `call:ID` of a filter, by which lists show one call; `switch:NAME` before them says whose id it is."""

import re

from protos import operators_pb2

_CALL = re.compile(r"(?:^|\s)call:(.*)$", re.IGNORECASE | re.DOTALL)
_SWITCH = re.compile(r"(?:^|\s)switch:(\S+)", re.IGNORECASE)


def parted(text: str) -> tuple[str, operators_pb2.CallRef | None]:
    """Return the other words of a filter, and the call that it names, None where it names none.

    All that follows `call:` is its id: a conf-id has blanks.
    """
    named = _CALL.search(text)
    if named is None or not named[1].strip():
        return text, None
    words = text[: named.start()]
    switch = _SWITCH.search(words)
    if switch:
        words = words[: switch.start()] + words[switch.end() :]
    return words.strip(), operators_pb2.CallRef(call=named[1].strip(), switch_id=switch[1] if switch else "")
