"""What formulas may ask for, and what one means, as messages."""

import re

from domain.errors import InputError
from domain.formulas.figures import FIGURES, FUNCTIONS, Figure
from domain.formulas.program import Asked, Condition, Order, Value, condition_of, order_of, proportion_of
from domain.formulas.tree import Direction, Kind
from domain.policies.explaining import term_texts
from domain.policies.spread import by_of
from domain.quality_windows import MOST_CALLS, SPANS
from protos import policies_pb2 as pb

_COLUMN = re.compile(r"column (\d+)")
_BETTER = {1: Direction.MOST.value, -1: Direction.LEAST.value}


def figures() -> pb.PolicyFigures:
    """Return all figures, functions and windows."""
    functions = {name: words for name, (_, _, words) in FUNCTIONS.items()}
    windows = [*SPANS, f"up to {MOST_CALLS} calls"]
    return pb.PolicyFigures(figures=map(_figure, FIGURES.values()), functions=functions, windows=windows)


def tried(text: str, field: str) -> pb.FormulaCheck:
    """Read a formula that is meant for a field of a policy, and try it with the figures' examples.

    What is wrong with it stands in the answer. Raises InputError where the field takes no formula.
    """
    if field not in ("order", "only", "keep", "split"):
        raise InputError(f"{field!r} takes no formula", where="check", mend="Give order, only, keep or split.")
    try:
        if field == "split":
            return _order(proportion_of(by_of(text), field))
        return _order(order_of(text, field)) if field == "order" else _condition(condition_of(text, field))
    except InputError as error:
        found = _COLUMN.search(error.what)
        return pb.FormulaCheck(error=error.what, column=int(found[1]) if found else 0, mend=error.mend)


def _order(order: Order) -> pb.FormulaCheck:
    worth = order.worth([asked.example for asked in order.asked])
    terms = [
        pb.FormulaTerm(text=text.text, column=term.column, direction=term.direction or "", worth=value)
        for text, term, value in zip(term_texts(order), order.terms, worth, strict=True)
    ]
    return pb.FormulaCheck(kind="order", terms=terms, figures=map(_asked, order.asked))


def _condition(condition: Condition) -> pb.FormulaCheck:
    holds = condition.holds([asked.example for asked in condition.asked])
    return pb.FormulaCheck(kind="condition", figures=map(_asked, condition.asked), holds=holds)


def _asked(asked: Asked) -> pb.PolicyFigure:
    message = _figure(FIGURES[asked.name])
    message.name = str(asked)
    return message


def _figure(figure: Figure) -> pb.PolicyFigure:
    return pb.PolicyFigure(
        name=figure.name,
        kind=figure.kind.value,
        source=figure.source.value,
        better=_BETTER.get(figure.better, ""),
        words=figure.words,
        windowed=figure.windowed,
        example=_example(figure.example, figure.kind),
    )


def _example(value: Value, kind: Kind) -> str:
    if kind is Kind.TRUTH:
        return "yes" if value else "no"
    return f"{value:.10g}" if kind is Kind.NUMBER else str(value)
