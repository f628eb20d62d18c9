"""What the desk of fixed figures says of how routes come about."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from domain.money import units_of
from protos import explaining_pb2 as ep
from protos import operators_pb2 as op
from protos import switch_pb2 as sw
from tests.tui.figures import NOW_MS

PLAIN = (ep.OrderTerm(text="real_cost"), ep.OrderTerm(text="price"))
TRIED = (ep.OrderTerm(text="price"), ep.OrderTerm(text="asr * acd", most=True))


def decided(request: op.RouteRequest) -> sw.Decision:
    if request.client not in ("orbita", "callwell", "pampas", "minnow"):
        raise LookupError(f"no partner is called {request.client!r}")
    if request.client == "minnow":
        return sw.Decision(admitted=False, cause="no-credit", client="minnow", called=request.to,
                           destination="Kenya Mobile", code="2547",
                           sell_price_units=units_of("0.1050"), sell_currency="USD",
                           detail="no money: balance 0.00 USD", explanation=["0.00 is left"])  # fmt: skip

    def route(vendor: str, price: str, real: str, margin: str, code: str) -> sw.Route:
        return sw.Route(vendor=vendor, trunk=f"{vendor}-1", host="192.0.2.10", port=5060, code=code,
                        price_units=units_of(price), currency="USD", real_cost_units=units_of(real),
                        margin_units=units_of(margin))  # fmt: skip

    return sw.Decision(
        admitted=True, client=request.client, called=request.to, destination="United Kingdom Mobile", code="447",
        sell_price_units=units_of("0.0294"), sell_currency="USD", sell_plan_version=12,
        routes=[route("kestrel", "0.0246", "0.0246", "0.0048", "447"),
                route("bluewire", "0.0240", "0.024768", "0.004632", "4479")],
        left_out=[sw.LeftOut(vendor="nordlink", trunk="nordlink-1", reason="no rate for this number"),
                  sw.LeftOut(vendor="savanna", trunk="savanna-1", reason="no rate for this number"),
                  sw.LeftOut(vendor="tessera", reason="offer only, not a live rate")],
        explanation=[
            "trunk callwell-in is Callwell's; number 447911123456 needs no change",
            "sell plan callwell-sell v12: code 447 at 0.0294 USD, 1/1",
            "bluewire: 0.0240 at 30/6 over 72,000 observed answers is 25.8 billed minutes of 25.0: 0.024768 a minute",
            "kestrel: 0.0246 at 1/1: 0.0246 a minute",
            "order by policy cheapest: kestrel, bluewire",
        ],
    )  # fmt: skip


def explained(request: ep.ExplainRequest) -> ep.ExplainedRoutes:
    decision = decided(request.call)
    tried = request.HasField("trial")
    reply = ep.ExplainedRoutes(decision=decision, policy="default v2", base_currency="USD")
    if not decision.routes:
        return reply
    if tried:
        if "(" in request.trial.order:
            raise LookupError("the end in column 7 is missing: )")
        routes = list(reversed(decision.routes))
        del decision.routes[:]
        decision.routes.extend(routes)
        reply.decision.CopyFrom(decision)
    reply.terms.extend(TRIED if tried else PLAIN)
    wins = {"kestrel": "0.0262", "bluewire": "0.0238372"}
    quality = {"kestrel": "6870", "bluewire": "6210"}
    for place, route in enumerate(decision.routes, 1):
        price = f"{route.price_units / 10**8:g}"
        worth = [price, quality[route.vendor]] if tried else [f"{route.real_cost_units / 10**8:g}", price]
        reply.vendors.append(ep.VendorRank(
            vendor=route.vendor, trunk=route.trunk, place=place, rated=True, code=route.code, currency="USD",
            price_units=route.price_units, real_cost_units=route.real_cost_units, margin_units=route.margin_units,
            worth=[ep.FigureValue(name=term.text, text=text) for term, text in zip(reply.terms, worth, strict=True)],
            wins_units=units_of(wins[route.vendor]),
        ))  # fmt: skip
    reply.vendors.extend(
        ep.VendorRank(vendor=one.vendor, trunk=one.trunk, reason=one.reason) for one in decision.left_out
    )
    return reply


def past(query: ep.PastCallQuery) -> ep.PastCall:
    asked = op.RouteRequest(client="callwell", to="447911123456")
    its = explained(ep.ExplainRequest(call=asked))
    now = "admitted with 2 routes"
    return ep.PastCall(
        call_key=query.call.call, at_ms=NOW_MS, decision=1, decisions=1, same=False,
        then_verdict=now, anew_verdict=now, now_verdict=now,
        then_policy="default v2", anew_policy="default v2", now_policy="default v3",
        differences=["kestrel-1: its rate was 0.0250 code 447, anew 0.0246"], missing=["who stood last for quality"],
        routes=[
            ep.PastRoute(vendor="kestrel", trunk="kestrel-1", then=2, anew=1, now=1),
            ep.PastRoute(vendor="bluewire", trunk="bluewire-1", then=1, anew=2, now_why="out since 13:40"),
        ],
        anew=list(its.decision.explanation), explained=its,
    )  # fmt: skip


ROUTE_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "ExplainingService/Explain": explained,
    "ExplainingService/Past": past,
}
