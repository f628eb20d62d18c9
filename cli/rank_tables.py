"""How explained routes are written: vendors side by side with figures, terms and the price that would have won."""

from collections.abc import Sequence

from cli import output
from domain.money import decimal_text
from protos.explaining_pb2 import ExplainedRoutes, VendorRank


def write_explained(found: ExplainedRoutes) -> None:
    """Print a call's verdict, the order by its terms, and every vendor; who is out or last with the reason below."""
    decision = found.decision
    why = f", {decision.detail}" if decision.detail else ""
    verdict = "may go" if decision.admitted else f"refused: {decision.cause}{why}"
    terms = ", then ".join(f"{'most' if term.most else 'least'} {term.text}" for term in found.terms)
    output.pairs(
        [
            ("call", f"{decision.client} to {decision.called}: {verdict}"),
            ("destination", decision.destination),
            ("policy", found.policy),
            ("order", terms),
            ("only", found.only),
            ("promised", found.keep + (": no vendor keeps it" if found.unmet else "")),
            ("drawn", found.drawn),
        ]
    )
    for title, those in (("routes", [one for one in found.vendors if one.place]), ("left out", _out(found.vendors))):
        if those:
            output.section(title)
            titles, rows = _table(those, found.base_currency, found.window)
            output.table(titles, rows, "none")
    losing = [one for one in decision.routes if one.allowed_loss]
    if losing:
        output.section("by an allowance: below a floor, or at a loss")
        output.table(
            ("vendor", "allowed loss", f">a call is expected to lose {found.base_currency}"),
            ([one.vendor, one.allowed_loss, decimal_text(one.expected_loss_units, 6)] for one in losing),
            "",
        )
    for title, those in (
        ("last for their quality", [one for one in found.vendors if one.place and one.reason]),
        ("why they are out", [one for one in found.vendors if not one.place]),
    ):
        if those:
            output.section(title)
            output.table(("vendor", "trunk", "reason"), ([one.vendor, one.trunk, one.reason] for one in those), "")


def _out(vendors: Sequence[VendorRank]) -> list[VendorRank]:
    return [one for one in vendors if not one.place and one.rated]


def _table(vendors: Sequence[VendorRank], base: str, window: str) -> tuple[list[str], list[list[str]]]:
    first = vendors[0]
    shown = {"price", "real_cost", "margin"}  # these stand in columns of their own, exact
    names = [figure.name for figure in first.figures if figure.name not in shown]
    plain = {*shown, *names, *(name.removesuffix(f"({window})") for name in names)}
    terms = [term.name for term in first.worth if term.name not in plain]  # a term that is a figure stands there once
    titles = [">#", "vendor", "trunk", "code", ">price", "currency", f">real cost {base}", ">margin"]
    rows = []
    for one in vendors:
        figures = {figure.name: figure.text for figure in (*one.figures, *one.worth)}
        row = [
            str(one.place or "-"),
            one.vendor,
            one.trunk,
            one.code,
            decimal_text(one.price_units, 4),
            one.currency,
            decimal_text(one.real_cost_units, 4),
            decimal_text(one.margin_units, 4),
            *(figures.get(name, "") for name in (*names, *terms)),
            decimal_text(one.wins_units, 4) if one.HasField("wins_units") else output.UNKNOWN,
        ]
        rows.append(row)
    return [*titles, *(f">{name}" for name in (*names, *terms)), ">first up to"], rows
