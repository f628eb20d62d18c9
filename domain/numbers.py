"""Numbers: what a switch sends becomes E.164 digits by the rules of its trunk, and back for the vendor's trunk."""

from domain.directory import NumberRules

SHORTEST, LONGEST = 5, 15
"""Lengths of a number that may be routed: fifteen digits is the most that E.164 §6 allows."""

_SEPARATORS = str.maketrans("", "", "-.() ")


def normalise(raw: str, rules: NumberRules) -> str | None:
    """Return the E.164 digits (5 to 15) of a number as received, or None when it is none; never raises.

    In this order: visual separators off; tech prefix off (where one is set the number must have it); `strip` digits
    off; `add` put in front; then an international prefix off, else, where a country is set, the number is national:
    its national prefix off and the country put in front.
    """
    text, tech = raw.translate(_SEPARATORS), rules.tech_prefix.translate(_SEPARATORS)
    if not text.startswith(tech):
        return None
    text = rules.add + text[len(tech) + max(rules.strip, 0) :]
    prefix = max((p for p in rules.international if p and text.startswith(p)), key=len, default="")
    if prefix:
        text = text[len(prefix) :]
    elif rules.country:
        text = rules.country + text.removeprefix(rules.national_prefix)
    return text if valid(text) else None


def dial(number: str, rules: NumberRules) -> str:
    """Return the number as an outgoing trunk wants it: the tech prefix, then the E.164 digits."""
    return rules.tech_prefix + number


def printable(text: str) -> str:
    """Return the text without control characters and broken code points, which not every database takes."""
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def valid(number: str) -> bool:
    """Return whether the text is 5 to 15 ASCII digits: nothing else is ever routed or rated."""
    return SHORTEST <= len(number) <= LONGEST and number.isascii() and number.isdigit()
