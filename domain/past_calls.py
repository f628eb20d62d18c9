"""A decision of the past as its record has it: what was asked, what came of it, and what its formulas read.

Records are words (domain.decisions.explain), since people read them; here they become values again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.calls import CallSetup, Door
from domain.decisions import LeftOut
from domain.ids import PartnerId, SwitchId, TrunkId
from domain.money import units_of
from domain.rates import Service

_ROUTE = re.compile(r"\d+\. (\S+) by (\S+): (.*); real cost (\S+), margin (\S+) \w+/min$")
_OUT = re.compile(r"out: (\S+?)(?: by (\S+))?: (.*)$", re.DOTALL)
_READ = re.compile(r"figures of (\S+): (.*)$")
_FIGURE = re.compile(r"(\w+(?:\([^)]*\))?) (\S+?)(?:, |\)?$)")
_REVENUE = re.compile(r"sold at .*: (\S+) \w+ a real minute$")
_REFUSED = re.compile(r"refused: ([\w-]+)(?:, (.*))?$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class KeptRoute:
    """A route of the record. `quoted`: its rate in words; `real_cost` and its margin are units of the base currency."""

    vendor: PartnerId
    trunk: TrunkId
    quoted: str
    real_cost: int
    margin: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What a record has. `figures`: by trunk and by the name that a formula has for it, its window too.

    `revenue`: of a real minute, None where it came not so far. `refusal` "": it went.
    """

    setup: CallSetup
    key: bytes
    client: PartnerId
    trunk: TrunkId
    words: tuple[str, ...]
    routes: tuple[KeptRoute, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    refusal: str = ""
    detail: str = ""
    policy: str = ""
    drawn: str = ""
    attestation: str = ""
    destination: str = ""
    revenue: int | None = None
    figures: Mapping[tuple[TrunkId, str], float] = field(default_factory=dict)


def kept_of(key: bytes, at_ms: int, asked: Mapping[str, str], words: Sequence[str]) -> Kept:
    """Read a record. `asked` and `words` as they were written."""
    routes = tuple(_route(found) for line in words if (found := _ROUTE.match(line)))
    outs = [found for line in words if (found := _OUT.match(line))]
    left_out = tuple(LeftOut(PartnerId(one[1]), TrunkId(one[2]) if one[2] else None, one[3]) for one in outs)
    refused = next((found for line in words if (found := _REFUSED.match(line))), None)
    sold = next((found for line in words if (found := _REVENUE.match(line))), None)
    head = words[0] if words else ""
    return Kept(
        setup=_setup(at_ms, asked),
        key=key,
        client=PartnerId(asked.get("client", "")),
        trunk=TrunkId(asked.get("trunk", "")),
        words=tuple(words),
        routes=routes,
        left_out=left_out,
        refusal=refused[1] if refused else "",
        detail=(refused[2] or "") if refused else "",
        policy=_after("policy ", words),
        drawn=_after("drawn: ", words),
        attestation=_after("identity: ", words),
        destination=head[head.rindex("(") + 1 : -1] if head.endswith(")") else "",
        revenue=units_of(sold[1]) if sold else None,
        figures=dict(_figures(words, left_out)),
    )


def _route(found: re.Match[str]) -> KeptRoute:
    vendor, trunk, quoted, cost, margin = found.groups()
    return KeptRoute(PartnerId(vendor), TrunkId(trunk), quoted, units_of(cost), units_of(margin))


def _setup(at_ms: int, asked: Mapping[str, str]) -> CallSetup:
    service = asked.get("service", "")
    return CallSetup(
        door=Door(asked.get("door") or Door.GRPC),
        switch=SwitchId(asked.get("switch", "")),
        call_id=asked.get("call_id", "").encode(),
        source=asked.get("source", ""),
        caller=asked.get("caller", ""),
        called=asked.get("called", ""),
        at_ms=at_ms,
        attempt=int(asked.get("attempt") or 1),
        trunk_hint=asked.get("trunk_hint", ""),
        user=asked.get("user", ""),
        user_name=asked.get("user_name", ""),
        routing_number=asked.get("routing_number", ""),
        dipped=asked.get("dipped", "") == "yes",
        carrier=asked.get("carrier", ""),
        service=Service(service) if service else None,
    )


def _after(head: str, words: Sequence[str]) -> str:
    return next((line.removeprefix(head) for line in words if line.startswith(head)), "")


def _figures(words: Sequence[str], left_out: Sequence[LeftOut]) -> list[tuple[tuple[TrunkId, str], float]]:
    """Return what formulas read: of the routes, and of those that a condition left out."""
    found = [(TrunkId(read[1]), read[2]) for line in words if (read := _READ.match(line))]
    found += [
        (out.trunk, out.reason[out.reason.rfind(" (") + 2 :]) for out in left_out if out.trunk and " (" in out.reason
    ]
    told: list[tuple[tuple[TrunkId, str], float]] = []
    for trunk, text in found:
        for name, value in _FIGURE.findall(text):
            number = _number(value)
            if number is not None:
                told.append(((trunk, name), number))
    return told


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return {"yes": 1.0, "no": 0.0}.get(text)
