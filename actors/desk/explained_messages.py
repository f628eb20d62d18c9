"""Explained routes as messages: every vendor with each figure, and what each term is worth."""

import math

from domain.formulas.program import Value, value_text
from domain.policies.explaining import Explained, Explanation
from protos import explaining_pb2 as pb


def explained_message(found: Explanation, at_ms: int) -> pb.ExplainedRoutes:
    """Render all but the decision itself and the prices that would have won."""
    message = pb.ExplainedRoutes(
        policy=found.decision.policy, base_currency=found.decision.base_currency, at_ms=at_ms, unmet=found.unmet,
        terms=[pb.OrderTerm(text=term.text, most=term.most) for term in found.terms],
        only=found.only, keep=found.keep, window=found.window, drawn=found.decision.drawn,
    )  # fmt: skip
    names = [str(one) for one in found.asked]
    terms = [term.text for term in found.terms]
    message.vendors.extend(_vendor(one, names, terms) for one in found.vendors)
    return message


def _vendor(one: Explained, names: list[str], terms: list[str]) -> pb.VendorRank:
    message = pb.VendorRank(vendor=one.vendor, trunk=one.trunk or "", place=one.place, reason=one.reason)
    offered = one.offered
    if offered is not None:
        message.rated = True
        message.code, message.price_units, message.currency = offered.code, offered.price, offered.currency
        message.real_cost_units, message.margin_units = offered.cost, offered.margin
        message.figures.extend(_figure(name, value) for name, value in zip(names, offered.figures, strict=True))
        message.worth.extend(_figure(term, value) for term, value in zip(terms, offered.worth, strict=True))
    return message


def _figure(name: str, value: Value) -> pb.FigureValue:
    figure = pb.FigureValue(name=name, text=value_text(value))
    if not isinstance(value, str | bool) and math.isfinite(value):
        figure.number = value
    return figure
