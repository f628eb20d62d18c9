"""Numbers: what a switch sends becomes E.164 digits by the rules of its trunk, and back for the vendor's trunk.

Number portability (RFC 4694): a ported number comes with the routing number of the network that has it now.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import unquote

from domain.directory import BELIEVING, NumberRules, TrunkOptions
from domain.points import LONGEST as LONGEST
from domain.points import SHORTEST as SHORTEST
from domain.points import valid as valid
from domain.quick import quick
from domain.wire.phone_context import PHONE_CONTEXT, in_context

_SEPARATORS = str.maketrans("", "", "-.() ")
_CARRIER = re.compile(r"\+?[0-9A-Fa-f]{1,15}")
_ODD = frozenset(";%:@")
_PORTED = frozenset(("rn", "npdi", "cic", "rn-context", "cic-context"))


@quick
@dataclass(frozen=True, slots=True)
class Dialled:
    """What a called number's text says: the number, and rn, npdi and cic of RFC 4694 ("" and False: not there).

    `routing_number` and `carrier` begin with + where they are global; nothing is normalised yet.
    """

    number: str
    routing_number: str = ""
    dipped: bool = False
    carrier: str = ""


STAYED = Dialled("", dipped=True)
"""What a look-up says of a number that has not moved."""
UNANSWERED = Dialled("")
"""What it says where its source does not answer."""


def is_bare(raw: str) -> bool:
    """Tell whether a called number is all that its text says: no parameters, escapes or URI around it."""
    return _ODD.isdisjoint(raw)


def dialled(raw: str, routing_number: str = "") -> Dialled:
    """Take a called number apart as switches write it: `12025550100;npdi;rn=+12025550000`, perhaps as a URI.

    A local number with a phone-context of digits becomes the global one.
    `routing_number`: one that came beside it, which counts first.
    """
    if is_bare(raw):
        return Dialled(raw, routing_number)
    scheme, colon, rest = raw.partition(":")
    if colon and scheme.lower() in ("sip", "sips", "tel"):
        raw = rest
    number, *params = raw.partition("@")[0].split(";")
    pairs = [(name.lower(), unquote(value)) for name, _, value in (param.partition("=") for param in params)]
    ported = portability(pairs)
    context = next((value for name, value in pairs if name == PHONE_CONTEXT), "")
    number = in_context(unquote(number), context)
    return replace(ported, number=number, routing_number=routing_number or ported.routing_number)


def portability(params: Iterable[tuple[str, str]]) -> Dialled:
    """Read rn, npdi and cic among parameters (lower-case name, value); a number is for the caller to put in.

    What stands twice, or within a context that is no number (RFC 4694 §4: a domain), says nothing to us.
    """
    found: dict[str, str] = {}
    twice: set[str] = set()
    for name, value in params:
        if name in _PORTED:
            twice |= {name} & found.keys()
            found[name] = value.translate(_SEPARATORS)
    if not found:
        return Dialled("")
    rn, cic = ("" if name in twice else _in_context(found, name) for name in ("rn", "cic"))
    return Dialled("", rn, "npdi" in found, cic)


def _in_context(found: dict[str, str], name: str) -> str:
    value, context = found.get(name, ""), found.get(f"{name}-context", "")
    if not context or value.startswith("+"):
        return value
    return context + value if context[:1] == "+" and context[1:].isdecimal() else ""


def believed(said: Dialled, rules: NumberRules, options: TrunkOptions) -> Dialled:
    """Return what a trunk lets count of a routing number: normalised, or nothing (RFC 4694 §7: not everybody's word).

    A routing number that is no number by the trunk's rules is passed over: then the dialled one counts.
    """
    if options.portability not in BELIEVING:
        return Dialled(said.number)
    rn = said.routing_number
    digits = rn[1:] if rn[:1] == "+" else normalise(rn, caller_rules(rules)) or ""
    rn = digits if valid(digits) else ""
    carrier = said.carrier if _CARRIER.fullmatch(said.carrier) else ""
    return Dialled(said.number, rn, said.dipped or bool(rn), carrier)


def handed_on(said: Dialled) -> str:
    """Write what is believed of a number's portability for a URI's user part: "npdi;rn=+12025550000" or ""."""
    parts = [f"cic={said.carrier}"] if said.carrier else []
    parts += ["npdi"] if said.dipped else []
    parts += [f"rn=+{said.routing_number}"] if said.routing_number else []
    return ";".join(parts)


def normalise(raw: str, rules: NumberRules) -> str | None:
    """Return the E.164 digits (5 to 15) of a number as received, or None when it is none; never raises.

    In this order: visual separators off; tech prefix off (where one is set the number must have it); `strip` digits
    off; `add` put in front; then an international prefix off, else, where a country is set, the number is national:
    its national prefix off and the country put in front.
    """
    text = raw if raw.isalnum() else raw.translate(_SEPARATORS)
    if rules.tech_prefix:
        tech = rules.tech_prefix.translate(_SEPARATORS)
        if not text.startswith(tech):
            return None
        text = text[len(tech) :]
    if rules.strip > 0:
        text = text[rules.strip :]
    text = rules.add + text
    longest = 0
    for prefix in rules.international:
        if len(prefix) > longest and text.startswith(prefix):
            longest = len(prefix)
    if longest:
        text = text[longest:]
    elif rules.country:
        text = rules.country + text.removeprefix(rules.national_prefix)
    return text if valid(text) else None


@lru_cache(maxsize=4096)
def caller_rules(rules: NumberRules) -> NumberRules:
    """Return the rules for a number that is not B: its tech prefix, `strip` and `add` are about B only."""
    return replace(rules, tech_prefix="", strip=0, add="")


def dial(number: str, rules: NumberRules) -> str:
    """Return the number as an outgoing trunk wants it: the tech prefix, then the E.164 digits."""
    return rules.tech_prefix + number


def printable(text: str) -> str:
    """Return the text without control characters and broken code points, which not every database takes."""
    return text if text.isprintable() else "".join(filter(str.isprintable, text))
