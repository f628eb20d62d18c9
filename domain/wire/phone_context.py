"""Local numbers: what a phone-context makes of them (RFC 3966 §5.1.5)."""

import re

PHONE_CONTEXT = "phone-context"
_LOCAL = re.compile(r"[0-9*#]+")
_GLOBAL = re.compile(r"\+[0-9]+")
_SEPARATORS = str.maketrans("", "", "-.()")


def in_context(number: str, context: str) -> str:
    """Return a number as it is known everywhere: a local one behind the digits of its context, such as +44.

    A global number, no number at all, and one whose context is a domain (which only that domain knows) stay as they
    are: the rules of a trunk say what those mean.
    """
    local, digits = number.translate(_SEPARATORS), context.translate(_SEPARATORS)
    return digits + local if _LOCAL.fullmatch(local) and _GLOBAL.fullmatch(digits) else number
