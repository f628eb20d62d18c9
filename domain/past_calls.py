"""A decision of the past as its record has it: what was asked, what came of it, and what its formulas read.

Records are words (domain.decisions.explain), since people read them; here they become values again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.calls import CallSetup, Door
from domain.decisions import STANDS_LAST, LeftOut
from domain.ids import PartnerId, SwitchId, TrunkId
from domain.money import units_of
from domain.numbers import UNANSWERED, Dialled
from domain.rates import Service

_ROUTE = re.compile(
    r"\d+\. (\S+) by (\S+): (.*); real cost (\S+), margin (\S+) \w+/min"
    r"(?:; allowed loss (\S+): \S+ \w+ a call expected)?$"
)
_MOVED = re.compile(r"(?:ported: routed and rated by (\d+)|(not ported, by .*?)|not looked up)(?:, carrier (\S+))?$")
_OUT = re.compile(r"out: (\S+?)(?: by (\S+))?: (.*)$", re.DOTALL)
_LAST = re.compile(rf"{STANDS_LAST}: (\S+) by (\S+): (.*)$", re.DOTALL)
_READ = re.compile(r"figures of (\S+): (.*)$")
_FIGURE = re.compile(r"(\w+(?:\([^)]*\))?) (\S+?)(?:, |\)?$)")
_REVENUE = re.compile(r"sold at .*: (\S+) \w+ a real minute$")
_REFUSED = re.compile(r"refused: ([\w-]+)(?:, (.*))?$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class KeptRoute:
    """A route of the record. `quoted`: its rate in words; `real_cost` and its margin are units of the base currency.

    `allowed`: the name of the allowance by which it may lose money.
    """

    vendor: PartnerId
    trunk: TrunkId
    quoted: str
    real_cost: int
    margin: int
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a record has. `figures`: by trunk and by the name that a formula has for it, its window too.

    `revenue`: of a real minute, None where it came not so far. `refusal` "": it went. `moved`: what was known of its
    number, wherever that came from. `last`: who stood behind the others for its quality; old records name nobody.
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
    moved: Dialled = UNANSWERED
    last: tuple[LeftOut, ...] = ()


def kept_of(key: bytes, at_ms: int, asked: Mapping[str, str], words: Sequence[str]) -> Kept:
    """Read a record. `asked` and `words` as they were written."""
    routes = tuple(_route(found) for line in words if (found := _ROUTE.match(line)))
    outs = [found for line in words if (found := _OUT.match(line))]
    left_out = tuple(LeftOut(PartnerId(one[1]), TrunkId(one[2]) if one[2] else None, one[3]) for one in outs)
    lasts = [found for line in words if (found := _LAST.match(line))]
    refused = next((found for line in words if (found := _REFUSED.match(line))), None)
    sold = next((found for line in words if (found := _REVENUE.match(line))), None)
    head = words[0] if words else ""
    return Kept(
        setup=_setup(at_ms, asked, silent=" no caller to " in head),
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
        moved=next((_moved(found) for line in words[1:4] if (found := _MOVED.match(line))), UNANSWERED),
        last=tuple(LeftOut(PartnerId(one[1]), TrunkId(one[2]), one[3]) for one in lasts),
    )


def _route(found: re.Match[str]) -> KeptRoute:
    vendor, trunk, quoted, cost, margin, allowed = found.groups()
    return KeptRoute(PartnerId(vendor), TrunkId(trunk), quoted, units_of(cost), units_of(margin), allowed or "")


def _moved(found: re.Match[str]) -> Dialled:
    number, stayed, carrier = found.groups()
    return Dialled("", number or "", bool(stayed), carrier or "")


def _setup(at_ms: int, asked: Mapping[str, str], *, silent: bool) -> CallSetup:
    """Return the question; `silent`: its trunk read no caller in it."""
    service, callers = asked.get("service", ""), asked.get("callers", "")
    tried = tuple(TrunkId(trunk) for trunk in asked.get("tried", "").split(",") if trunk)
    return CallSetup(
        door=Door(asked.get("door") or Door.GRPC),
        switch=SwitchId(asked.get("switch", "")),
        call_id=asked.get("call_id", "").encode(),
        source=asked.get("source", ""),
        caller="" if silent else asked.get("caller", ""),
        called=asked.get("called", ""),
        at_ms=at_ms,
        attempt=int(asked.get("attempt") or 1),
        trunk_hint=asked.get("trunk_hint", ""),
        callers=tuple((name, number) for name, _, number in (one.partition("=") for one in callers.split("\n") if one)),
        user=asked.get("user", ""),
        user_name=asked.get("user_name", ""),
        routing_number=asked.get("routing_number", ""),
        dipped=asked.get("dipped", "") == "yes",
        carrier=asked.get("carrier", ""),
        service=Service(service) if service else None,
        last_cause=int(asked.get("last_cause") or 0),
        last_status=int(asked.get("last_status") or 0),
        tried=tried,
        asked=int(asked.get("asked") or 0),
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
